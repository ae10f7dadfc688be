#!/bin/sh
# Mounts and prepares the root once; dracut calls the mount hook until the root is usable.

# shellcheck disable=SC2154 # dracut sets root and NEWROOT
if [ "$root" = statelite ] && ! ismounted "$NEWROOT"; then
    STATELITE_ROOT=$NEWROOT /sbin/statelite-boot
fi
