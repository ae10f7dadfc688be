#!/bin/sh
# Tells dracut that the root is ours when the command line has NFSROOT=server:directory.

if getarg NFSROOT= >/dev/null; then
    # shellcheck disable=SC2034 # read by dracut's init
    root=statelite rootok=1
fi
