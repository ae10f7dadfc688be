#!/bin/sh
# Mounts and prepares the root once; dracut calls the mount hook until the root is usable.

if [ "$root" = statelite ] && ! ismounted "$NEWROOT"; then
    STATELITE_ROOT=$NEWROOT /sbin/statelite-boot
fi
