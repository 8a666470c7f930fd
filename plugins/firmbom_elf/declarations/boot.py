"""Boot loaders and firmware by the banner that each prints, in files that run without a loader.

Each banner was read in the project's own source (U-Boot ``include/version.h``, TF-A ``common``, OP-TEE ``core/arch``,
SeaBIOS ``src/version.c`` …) and, where a package was at hand, in real binaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.identity import purl
from firmbom.model import Component, ComponentType, Property
from firmbom_elf.catalogue.load import licences
from firmbom_elf.declarations.subject import Declared, Subject, merged, plain, upstream_version


class Banner(NamedTuple):
    """How one project's name and version stand in its binaries."""

    name: str
    text: bytes
    """Stands in the file wherever the banner does; looked for first."""
    pattern: re.Pattern[bytes]
    """Groups: ``version`` (as stated), perhaps ``part`` and ``described`` (``git describe``)."""
    cpes: tuple[str, ...] = ()
    """``part:vendor:product``."""
    before: int = 0
    """So many bytes before ``text`` the search begins; -1: anywhere in the file."""
    also: bytes = b""
    """Must be in the file too."""
    type: ComponentType = "firmware"
    confidence: float = 0.95


_DATE = rb"(?:[A-Z][a-z]{2} [ \d]\d \d{4}|\d{4}-\d\d-\d\d)"
_OPTEE = re.compile(
    rb"(?P<version>\d+\.\d+\.\d+(?:-\d+-g[0-9a-f]{6,40})?[\w.+-]{0,40}) (?:#[\w.-]{1,40} )?"
    rb"(?:\([^\0]{1,250}\) )?#\d{1,9} [^\0]{1,40}\d{4} (?:aarch64|arm)\b"
)
_SEABIOS = re.compile(rb"binutils: [^\0]{1,120}\0(?P<version>(?:rel-)?\d+\.\d+\.\d+[\w.+~-]{0,80})\0")

BANNERS = (
    Banner(
        "u-boot",
        b"U-Boot ",
        re.compile(
            rb"U-Boot (?:(?P<part>SPL|TPL|VPL) )?(?P<version>v?\d+\.\d+[^\s(]{0,80}) (?:#\S{1,60} )?\("
            + _DATE
            + rb"[^)\0]{0,60}\)"
        ),
        ("a:denx:u-boot",),
    ),
    Banner(
        "arm-trusted-firmware",
        b"Built : ",
        re.compile(rb"v(?P<version>\d+\.\d+(?:\.\d+)?)\((?:release|debug|)\):(?P<described>[\x20-\x7e]{0,80})[\n\0]"),
        ("o:arm:trusted_firmware-a",),
        before=200,
        also=b"BL",
    ),
    Banner("op-tee", b" aarch64", _OPTEE, ("a:linaro:op-tee",), before=500),
    Banner("op-tee", b" arm", _OPTEE, ("a:linaro:op-tee",), before=500),
    Banner("opensbi", b"OpenSBI v", re.compile(rb"OpenSBI v(?:%d\.%d|(?P<version>\d+\.\d+[\w.+-]*))")),
    Banner(
        "barebox",
        b"barebox ",
        re.compile(rb"barebox (?P<version>\d{4}\.\d{2}\.\d+[^\s\0]{0,60}) #\d+ "),
        ("a:pengutronix:barebox",),
    ),
    Banner(
        "coreboot",
        b"COREBOOT_VERSION",
        re.compile(rb'COREBOOT_VERSION[:\s"]{1,4}(?P<version>\d+\.\d+[^\s"\0]{0,80})'),
        ("a:coreboot:coreboot",),
    ),
    Banner("seabios", b"SeaBIOS (version ", _SEABIOS, before=-1),
    Banner("seabios", b"SeaVGABIOS (version ", _SEABIOS, before=-1),
    Banner(
        "grub",
        b"GNU GRUB  version %s",
        re.compile(rb"GNU GRUB  version %s\n?\0{1,16}(?P<version>\d+\.\d+[\w.+~-]{0,60})\0"),
        ("a:gnu:grub2",),
        type="application",
    ),
    Banner(
        "syslinux", b"Syslinux/", re.compile(rb"Syslinux/(?P<version>\d+\.\d+(?:\.\d+)?)[\r\n\0]"), type="application"
    ),
    Banner("openbios", b"OpenBIOS ", re.compile(rb"OpenBIOS (?P<version>\d+\.\d+(?:\.\d+)?) \[")),
    Banner("slof", b"FW Version = ", re.compile(rb"FW Version = release (?P<version>\d{8})\b"), also=b"SLOF"),
)

_LINE = re.compile(r"(?:2\.(?:[7-9]|\d\d+)|[3-9]\.\d+)\Z")
"""TF-A since 2.7, whose banner may leave out the patch level: all of 2.8.0 to 2.8.6 say v2.8."""


def read(subject: Subject) -> Declared:
    """Each boot loader or firmware whose banner is in the file; several versions are several components."""
    return Declared(
        merged(_component(subject, banner, match) for banner in BANNERS for match in _matches(subject, banner))
    )


def _matches(subject: Subject, banner: Banner) -> Iterator[re.Match[bytes]]:
    if banner.also and not subject.holds(banner.also):
        return
    if banner.before == 0:
        yield from subject.matches(banner.text, banner.pattern)
    elif banner.before > 0:
        for at in subject.find(banner.text):
            found = banner.pattern.search(subject.data, max(0, at - banner.before), at + banner.before)
            if found:
                yield found
    elif subject.holds(banner.text):
        found = banner.pattern.search(subject.data)
        if found:
            yield found


def _component(subject: Subject, banner: Banner, match: re.Match[bytes]) -> Component:
    groups = {key: plain(value) for key, value in match.groupdict().items() if value}
    version = _version(groups.get("version", ""), groups.get("described", ""))
    if banner.name == "arm-trusted-firmware" and _LINE.match(version):
        version = ""
    said = (("firmbom:boot:part", groups.get("part", "")), ("firmbom:boot:described", groups.get("described", "")))
    start = match.start() if banner.before >= 0 else match.start("version")
    text = subject.data[start : match.end()].strip(b"\0\n")
    return Component(
        purl=purl("generic", banner.name, version),
        name=banner.name,
        version=version,
        type=banner.type,
        cpes=tuple(f"cpe:2.3:{cpe}:{version}:*:*:*:*:*:*:*" for cpe in banner.cpes) if version else (),
        licences=licences(banner.name, version),
        claims=subject.banner(start, plain(text), version, groups.get("version", ""), confidence=banner.confidence),
        properties=tuple(Property(key, value) for key, value in said if value),
    )


def _version(stated: str, described: str) -> str:
    """The release; ``git describe`` counts where it is about a release of the same line (v2.8 and ``v2.8.6``)."""
    version = upstream_version(stated.removeprefix("rel-").removeprefix("v")) or (stated if stated.isdigit() else "")
    tag = upstream_version(described.removeprefix("lts-").removeprefix("v"))
    return tag if version and tag.startswith(version + ".") else version
