#!/bin/sh
# Prints what decides the image's bytes besides this folder: the machine, the tools, and the libraries that take part.
set -eu
uname -m
for tool in gcc ld strip tar zstd; do
    "$tool" --version | head -n 1
done
mksquashfs -version | head -n 1
dpkg-query --show --showformat '${Package} ${Version}\n' \
    libc6-dev libcjson-dev libcjson1 libsqlite3-0 libsqlite3-dev zlib1g-dev
