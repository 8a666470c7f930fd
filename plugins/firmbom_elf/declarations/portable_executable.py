"""PE and EFI programs: SBAT, the version resource, shim's and systemd's banners, and unified kernel images.

Sources: Microsoft "PE Format" and ``VS_VERSIONINFO``; shim ``shim.c`` (``UEFI SHIM``, ``$Version``); systemd
``src/boot`` (``LoaderInfo``); UAPI Group "Unified Kernel Image" (``.uname``).
"""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator, Mapping

from firmbom.identity import purl
from firmbom.model import Component, Party, Property
from firmbom_elf.catalogue.load import licences
from firmbom_elf.declarations import linux, sbat
from firmbom_elf.declarations.subject import Declared, Subject, merged, plain, upstream_version, with_stated

_SHIM = re.compile(rb"UEFI SHIM\s+\$Version: (\d[\w.+~-]{0,60}) \$")
_SYSTEMD = re.compile(rb"LoaderInfo: systemd-(boot|stub) (\d[\w.+~-]{0,60}) ####")
_RESOURCES = 2
"""Index of the resource table among the data directories."""
_NAMES = ("ProductName", "InternalName", "OriginalFilename")
_VERSIONS = ("ProductVersion", "FileVersion")


def read(subject: Subject) -> Declared:
    """Everything that the file says of itself in any of these ways.

    Raises:
        InputError: its SBAT is damaged.
    """
    return Declared(merged((*sbat.read(subject).components, *_stated(subject))))


def _stated(subject: Subject) -> Iterator[Component]:
    for found in subject.matches(b"UEFI SHIM", _SHIM):
        yield _banner(subject, "shim", found, plain(found[1]), "a:redhat:shim")
    for found in subject.matches(b"LoaderInfo: systemd-", _SYSTEMD):
        yield _banner(subject, "systemd", found, plain(found[2]), "a:systemd_project:systemd")
    uname = subject.section(".uname")
    if uname:
        release = plain(subject.content(uname)[:256].partition(b"\0")[0])
        stated = linux.version(release)
        claims = with_stated(subject.claim(uname.offset, ".uname", text=release), stated, release)
        yield linux.component(claims, release, stated)
    yield from _resource(subject)


def _banner(subject: Subject, name: str, found: re.Match[bytes], stated: str, cpe: str) -> Component:
    version = upstream_version(stated) or stated.partition("-")[0]
    return Component(
        purl=purl("generic", name, version),
        name=name,
        version=version,
        type="application",
        cpes=(f"cpe:2.3:{cpe}:{version}:*:*:*:*:*:*:*",),
        licences=licences(name, version),
        claims=subject.banner(found.start(), plain(found[0]), version, stated),
    )


def _resource(subject: Subject) -> Iterator[Component]:
    """The product that the version resource names."""
    if not _has_resources(subject.data):
        return
    said = _strings(subject.data)
    name = next((said[key] for key in _NAMES if said.get(key)), "")
    slug = re.sub(r"[^a-z0-9.+]+", "-", name.lower()).strip("-.")
    if not slug:
        return
    stated = next((said[key] for key in _VERSIONS if said.get(key)), "")
    version = upstream_version(stated.replace(", ", "."))
    section = subject.section(".rsrc")
    company = said.get("CompanyName", "")
    yield Component(
        purl=purl("generic", slug, version),
        name=name,
        version=version,
        type="application",
        supplier=Party(company) if company else Party(),
        description=said.get("FileDescription", ""),
        copyright=said.get("LegalCopyright", ""),
        claims=with_stated(
            subject.claim(section.offset if section else -1, ".rsrc", text=f"{name} {stated}", confidence=0.8),
            version,
            stated,
        ),
        properties=(Property("firmbom:pe:file-version", said["FileVersion"]),) if said.get("FileVersion") else (),
    )


def _has_resources(data: bytes) -> bool:
    try:
        (header,) = struct.unpack_from("<I", data, 0x3C)
        wide = data[header + 24 : header + 26] == b"\x0b\x02"
        (count,) = struct.unpack_from("<I", data, header + 24 + (108 if wide else 92))
        _, size = struct.unpack_from("<II", data, header + 24 + (112 if wide else 96) + _RESOURCES * 8)
    except struct.error:
        return False
    return bool(count > _RESOURCES and size)


def _strings(data: bytes) -> Mapping[str, str]:
    """Key and value of each string of the version resource, by LIEF."""
    import lief

    lief.logging.disable()
    binary = lief.PE.parse(data)
    manager = binary.resources_manager if binary else None
    if not isinstance(manager, lief.PE.ResourcesManager):
        return {}
    found: dict[str, str] = {}
    for version in manager.version:
        info = version.string_file_info
        for table in info.children if info else ():
            for entry in table.entries:
                with contextlib.suppress(UnicodeDecodeError):  # half a character at the end of a damaged one
                    found.setdefault(plain(str(entry.key)), plain(str(entry.value).rstrip("\0")))
    return found
