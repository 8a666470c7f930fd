#!/bin/sh
# Assembles the root filesystem of the application layer and packs it into the two images that are shipped.
# Same inputs and same tools (toolchain.txt), same bytes. Needs no network: fetch.sh has filled vendor/ before.
#   usage: build.sh [OUT]           VENDOR and PYTHON as for fetch.sh; SOURCE_DATE_EPOCH dates every file
set -eu
umask 022
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1795219200}" # 2026-11-21, the day of release 1.0.0
here=$(cd "$(dirname "$0")/.." && pwd)
vendor=${VENDOR:-$here/vendor}
python=${PYTHON:-python3}
out=${1:-$here/images}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

for tool in gcc make strip dpkg-query mksquashfs tar zstd; do
    command -v "$tool" >/dev/null || { echo "build.sh: $tool is not installed" >&2; exit 1; }
done
[ -d "$vendor/wheels" ] || { echo "build.sh: $vendor is empty; run tools/fetch.sh first" >&2; exit 1; }

# The base system (Debian 12: C library, Python) lies below this layer and comes from the board's maker.
mkdir -p "$root/etc/sensor-gateway" "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/usr/share/sensor-gateway"
cp "$here/system/os-release" "$root/usr/lib/os-release"
ln -s ../usr/lib/os-release "$root/etc/os-release"
cp "$here/system/gateway.toml" "$here/system/sampled.json" "$root/etc/sensor-gateway/"
cp "$here"/system/*.service "$root/usr/lib/systemd/system/"

# The C program, and the Debian libraries it is linked with that the base system lacks.
cp -R "$here/sampled" "$work/sampled"
make --silent -C "$work/sampled" CC=gcc OUT="$root/usr/bin"
mkdir -p "$root/var/lib/dpkg/info"
for package in libcjson1 libsqlite3-0; do
    dpkg-query --status "$package" >>"$root/var/lib/dpkg/status"
    echo >>"$root/var/lib/dpkg/status"
    for file in $(dpkg-query --listfiles "$package"); do
        case $file in
        /usr/lib/*.so.* | */copyright)
            mkdir -p "$root${file%/*}"
            cp -P "$file" "$root$file"
            ;;
        esac
    done
    dpkg-query --listfiles "$package" >"$root/var/lib/dpkg/info/$package:$(dpkg --print-architecture).list"
done

# The Python service with its packages.
cp -R "$here/service" "$work/service"
mkdir "$work/wheels"
for wheel in "$vendor"/build/*.whl; do
    "$python" -m zipfile --extract "$wheel" "$work/tools"
done
PYTHONPATH=$work/tools "$python" -m pip wheel --quiet --no-index --no-deps --no-build-isolation \
    --wheel-dir "$work/wheels" "$work/service"
cp "$vendor"/wheels/*.whl "$work/wheels/"
PYTHONPATH=$work/tools "$python" -B "$here/tools/install_wheels.py" "$root" "$work/wheels"

# The user interface with its packages, as the browser loads them.
cp -R "$here/ui" "$work/ui"
rm -rf "$work/ui/node_modules" "$work/ui/package-lock.json"
cp -R "$vendor/ui/node_modules" "$work/ui/node_modules"
rm "$work/ui/node_modules/.package-lock.json"
find "$work/ui/node_modules" \( -name '*.map' -o -name '*.ts' -o -name '*.mts' \) -delete
"$python" "$here/tools/importmap.py" "$work/ui"
mv "$work/ui" "$root/usr/share/sensor-gateway/ui"

chmod -R u=rwX,go=rX "$root"
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$out"
rm -f "$out/sensor-gateway.squashfs" # mksquashfs would append
env -u SOURCE_DATE_EPOCH mksquashfs "$root" "$out/sensor-gateway.squashfs" -quiet -no-progress -all-root -no-xattrs \
    -comp xz -Xbcj x86 -b 1M -processors 1 -mkfs-time "$SOURCE_DATE_EPOCH" -all-time "$SOURCE_DATE_EPOCH"
tar --create --directory "$root" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner . |
    zstd --quiet --force -19 --threads=1 -o "$out/sensor-gateway-rootfs.tar.zst"
sh "$here/tools/toolchain.sh" >"$out/toolchain.txt"
