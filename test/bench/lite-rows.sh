#!/bin/sh
# What the benchmark compares liteimg with: the plain way, some processes for every row. Usage: lite-rows.sh rootimg <rows; a directory ends in /
cd "$1" || exit 1
mkdir -p .default .statelite/tmpfs
while IFS= read -r row; do
    path=${row#/} path=${path%/} up=
    directory=$(dirname "$path")
    for _ in $(echo "$directory" | tr / ' '); do up=../$up; done
    [ -h "$path" ] && continue
    mkdir -p ".default/$directory" ".statelite/tmpfs/$directory"
    cp -a "$path" ".default/$directory/"
    ln -sfn "../../$up.default/$path" ".statelite/tmpfs/$path"
    rm -rf "${path:?}"
    ln -sfn "$up.statelite/tmpfs/$path" "$path"
done
