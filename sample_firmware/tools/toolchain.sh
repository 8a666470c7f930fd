#!/bin/sh
# Prints what decides the image's bytes besides this folder: the machine, and the Debian packages that take part.
set -eu
uname -m
dpkg-query --show --showformat '${Package} ${Version}\n' \
    binutils gcc-12 libc6-dev libcjson-dev libcjson1 libsqlite3-0 libsqlite3-dev squashfs-tools tar zlib1g-dev zstd
