"""What is known of a Debian root by its bytes alone, without its package database: firmbom, syft, cve-bin-tool.

Roots are made of Debian packages, fetched without root and unpacked without running anything; who owns which file, and
in which version, is the truth that every tool's document is held against.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import calibration
from measure import Runs, below, once

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "catalogue"))

from debian import Archive, Owner, Package, elf_files, plain, upstream  # noqa: E402  # found by the line above

PACKAGES = """
apache2-bin avahi-daemon bash bluez busybox-static chrony coreutils cpio curl dash dbus-daemon dnsmasq-base dosfstools
dropbear-bin e2fsprogs gawk grep gzip hostapd i2c-tools iproute2 iptables isc-dhcp-client iw kmod less libacl1
libarchive13 libasound2 libblkid1 libbrotli1 libbz2-1.0 libc-ares2 libc6 libcap2 libcurl4 libdb5.3 libdbus-1-3 libelf1
libevent-2.1-7 libexpat1 libffi8 libfontconfig1 libfreetype6 libgcrypt20 libglib2.0-0 libgmp10 libgnutls30 libicu72
libjansson4 libjpeg62-turbo libjson-c5 libkrb5-3 liblua5.3-0 liblz4-1 liblzma5 libmbedcrypto7 libmicrohttpd12 libmnl0
libmosquitto1 libncurses6 libnghttp2-14 libnl-3-200 libnode108 libpam0g libpcap0.8 libpcre2-8-0 libpng16-16
libprotobuf32 libpython3.11-minimal libreadline8 libseccomp2 libsodium23 libsqlite3-0 libssh2-1 libssl3 libsystemd0
libtiff6 libtinfo6 libusb-1.0-0 libuv1 libwebsockets17 libwolfssl35 libxml2 libyaml-0-2 libzstd1 lighttpd lua5.1
mosquitto mtd-utils nano nftables nginx openssh-client openssh-server openssl openvpn perl-base ppp procps
python3.11-minimal radvd redis-server rsync runc sed socat squashfs-tools strongswan-charon sudo systemd tar tcpdump
tmux u-boot-tools unbound util-linux vim-tiny wget wireguard-tools wpasupplicant xz-utils zlib1g
"""
"""What firmware is made of."""
RIGHT, NAMED, WRONG = 65.0, 85.0, 2.0
"""Per cent: of the sources at least, of the sources at least, of what was reported at most."""
SYFT, CVE_BIN_TOOL = 2.0, 40.0
"""So many times slower the peers should be."""
MEMORY = 300.0


class Found(NamedTuple):
    """What a document says of the ELF files of a root."""

    right: set[str]
    named: set[str]
    wrong: list[str]
    twice: list[str]
    openssl: list[str]


def make_root(root: Path, packages: Sequence[Package]) -> dict[str, Owner]:
    """Unpack packages into one folder; returns who owns each ELF file, by its path with a leading slash."""
    truth: dict[str, Owner] = {}
    root.mkdir(parents=True)
    for package in packages:
        subprocess.run(["dpkg-deb", "-x", str(package.file), str(root)], check=True)
        control = subprocess.run(["dpkg-deb", "-f", str(package.file), "Source"], capture_output=True, check=True)
        source = control.stdout.decode().split(" ")[0].strip() or package.name
        for member in elf_files(package):
            real = "/" + str((root / member.path).resolve().relative_to(root.resolve()))
            truth[real] = truth[f"/{member.path}"] = Owner(source, package.upstream)
    for folder in ("var/lib/dpkg", "usr/share/doc"):
        shutil.rmtree(root / folder, ignore_errors=True)
    return truth


def judge(document: Mapping[str, Any], truth: Mapping[str, Owner], root: Path) -> Found:
    """Hold a CycloneDX document against the truth."""
    found = Found(set(), set(), [], [], [])
    seen: set[tuple[str, str]] = set()
    for component, nested in _components(document.get("components", []), nested=False):
        name, version = component.get("name", ""), component.get("version", "").removeprefix("v")
        owners = {truth[path] for path in _paths(component, root) if path in truth}
        if component.get("type") == "file" or not owners:
            continue
        stated = {plain(version), *upstream(version)} if version else set()
        good = {owner.source for owner in owners if stated & owner.upstream}
        found.right.update(good)
        found.named.update(owner.source for owner in owners if not version)
        if version and not good and not nested:
            found.wrong.append(f"{name} {version}: {', '.join(sorted({owner.source for owner in owners}))}")
        if not nested:
            found.openssl.extend([version] * (name == "openssl"))
            found.twice.extend([f"{name} {version}"] * ((name, version) in seen))
            seen.add((name, version))
    return found


def _components(listed: Sequence[Mapping[str, Any]], *, nested: bool) -> Iterator[tuple[Mapping[str, Any], bool]]:
    for one in listed:
        yield one, nested
        yield from _components(one.get("components", []), nested=nested or one.get("type") != "file")


def _paths(component: Mapping[str, Any], root: Path) -> Iterator[str]:
    """Where a tool saw a component: evidence, or syft's properties."""
    for place in component.get("evidence", {}).get("occurrences", []):
        yield "/" + place["location"].rpartition("!")[2].lstrip("/")
    for known in component.get("properties", []):
        if re.fullmatch(r"syft:location:\d+:path", known["name"]):
            yield "/" + known["value"].removeprefix(str(root)).lstrip("/")


def tell(tool: str, found: Found, sources: set[str]) -> None:
    """Print one tool's figures and faults."""
    known = found.right | found.named
    print(
        f"  {tool}: right {len(found.right)} of {len(sources)} ({100 * len(found.right) / len(sources):.0f} %), "
        f"named {len(known)}, wrong {len(found.wrong)}, OpenSSL {found.openssl or 'not found'}"
    )
    if tool == "firmbom":
        for fault in sorted(found.wrong):
            print(f"    wrong: {fault}")
        print(f"    without version: {' '.join(sorted(found.named - found.right))}")
        print(f"    not found: {' '.join(sorted(sources - known))}")


def kept(found: Found, sources: set[str]) -> bool:
    """Print firmbom's figures with their limits; returns whether all are kept."""
    reported = max(1, len(found.right) + len(found.wrong))
    good = [
        below("sources without the right version", 100 - 100 * len(found.right) / len(sources), 100 - RIGHT, "%"),
        below("sources not named", 100 - 100 * len(found.right | found.named) / len(sources), 100 - NAMED, "%"),
        below("wrong versions", 100 * len(found.wrong) / reported, WRONG, "%"),
        below("said twice", len(found.twice), 0, "components"),
        below("OpenSSL beside the one", abs(len(found.openssl) - 1), 0, "components"),
    ]
    return all(good)


def measure(root: Path, truth: Mapping[str, Owner], given: argparse.Namespace) -> bool:
    """Run the tools on one root and print what they found and cost."""
    sources = {owner.source for owner in truth.values()}
    ours, theirs = root.with_suffix(".firmbom.json"), root.with_suffix(".syft.json")
    commands = {"firmbom": [given.firmbom, "audit", str(root), "-o", str(ours)]}
    if shutil.which(given.syft):
        commands["syft"] = [given.syft, "scan", f"dir:{root}", "-q", "-o", f"cyclonedx-json={theirs}"]
    if shutil.which(given.cve_bin_tool):
        listed = root.with_suffix(".cve-bin-tool.json")
        commands["cve-bin-tool"] = [given.cve_bin_tool, "--offline", "-q", "-f", "json", "-o", str(listed), str(root)]
    runs = {name: Runs() for name in commands}
    for number in range(given.rounds + 1):
        for name, command in commands.items():
            if name != "cve-bin-tool" or number == 1:  # minutes each
                once(command, root.parent, runs[name] if number else Runs())
    for name, cost in runs.items():
        print(f"  {name:14} {cost.median:7.2f} s  {cost.peak:6.0f} MB")
    found = judge(json.loads(ours.read_text(encoding="utf-8")), truth, root)
    tell("firmbom", found, sources)
    if theirs.exists():
        tell("syft", judge(json.loads(theirs.read_text(encoding="utf-8")), truth, root), sources)
    good = kept(found, sources) & below("memory", runs["firmbom"].peak, MEMORY, "MB")
    for name, times in (("syft", SYFT), ("cve-bin-tool", CVE_BIN_TOOL)):
        if name in runs:
            share = runs["firmbom"].median / runs[name].median
            good &= below(f"time for {name}'s", 100 * share, 100 / times, "%")
    return good


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("package", nargs="*", help="Debian packages (default: about 130 that firmware is made of)")
    parser.add_argument("--arch", action="append", help="Debian's name of an architecture (default: arm64 and armhf)")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "firmbom-catalogue"
    parser.add_argument("--cache", type=Path, default=cache, help="where lists and packages are kept (%(default)s)")
    parser.add_argument("--calibrate", action="store_true", help="tell what each kind of evidence is worth, no times")
    parser.add_argument("--standard", action="store_true", help="Debian's standard system instead: some 205 packages")
    parser.add_argument("--sample", type=int, default=0, help="so many random packages instead, one a source")
    parser.add_argument("--seed", type=int, default=1, help="for another sample (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each command is run (default: %(default)s)")
    parser.add_argument("--firmbom", default="firmbom", help="the command to measure (default: %(default)s)")
    parser.add_argument("--syft", default="syft", help="left out if it is not installed (default: %(default)s)")
    parser.add_argument("--cve-bin-tool", default="cve-bin-tool", help="left out too (default: %(default)s)")
    return parser.parse_args()


def _names(archive: Archive, given: argparse.Namespace) -> list[str]:
    if given.sample:
        return calibration.sample(archive, given.sample, given.seed)
    if not given.standard:
        return PACKAGES.split()
    with ProcessPoolExecutor(1) as apart:  # the index is large, and what this process holds counts as its children's
        return apart.submit(archive.standard).result()


def main() -> int:
    """Exits 1 when a limit is not kept."""
    given, good = _arguments(), True
    versions: list[calibration.Told] = []
    for arch in given.arch or ("arm64", "armhf"):
        root = given.cache / "roots" / arch
        shutil.rmtree(root, ignore_errors=True)
        archive = Archive(arch, given.cache)
        packages = list(archive.fetch(given.package or _names(archive, given)))
        truth = make_root(root, packages)
        sources = len({owner.source for owner in truth.values()})
        print(f"\n{arch}: {len(packages)} packages, {sources} sources with ELF files")
        if given.calibrate:
            versions += calibration.told(root, truth)
        else:
            good &= measure(root, truth, given)
    return int(not (calibration.show(versions) if given.calibrate else good))


if __name__ == "__main__":
    sys.exit(main())
