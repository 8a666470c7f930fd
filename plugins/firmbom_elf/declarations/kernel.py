"""Kernels: the banner ``Linux version …``, the version in a bzImage's header, a uImage's name, and IKCONFIG.

Sources: kernel ``init/version.c`` (banner), ``Documentation/arch/x86/boot.rst`` (``kernel_version``) and
``kernel/configs.c`` (``IKCFG_ST``, gzip, ``IKCFG_ED``);
U-Boot ``include/image.h`` (legacy header: 32 bytes of name at 32).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.model import Component, Problem
from firmbom_elf.declarations import linux
from firmbom_elf.declarations.signs import BANNER, CONFIGURATION
from firmbom_elf.declarations.subject import MOST_HITS, Declared, Subject, merged, plain

LARGEST = 16 << 20
"""Bytes of an unpacked configuration; real ones have 300 kB."""

_BANNER = re.compile(rb"Linux version (\d+\.\d+[^\s\0]{0,120}) \([^\n\0]{1,400}\) #\d* ?([^\n\0]{0,160})\n?\0")
_X86 = re.compile(rb"(\d+\.\d+[^\s\0]{0,120}) \([^\n\0]{1,200}\) #\d* ?([^\n\0]{0,160})\0")
_UBUNTU = re.compile(rb"Ubuntu \d+\.\d+\.\d+-[\d.]+-[\w-]+ (\d+\.\d+\.\d+)\n?\0")
_UIMAGE = re.compile(rb"[\w .]{0,24}?Linux[- ](\d+\.\d+[^\s\0]*)")
_CONFIG = re.compile(rb"#[^\n]*\bLinux/?[^\n]* (\d+\.\d+[\w.+-]*) (?:Kernel )?Configuration", re.IGNORECASE)


class Configuration(NamedTuple):
    """The configuration that a kernel carries."""

    version: str = ""
    """The upstream version in its header."""
    properties: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    offset: int = -1


NO_CONFIGURATION = Configuration()


def read(subject: Subject) -> Declared:
    """Each kernel whose banner, header or name is in the file."""
    config = configurations(subject)
    kernels = merged(_kernels(subject, config))
    if not kernels and config.offset >= 0:
        claim = subject.claim(config.offset, "IKCFG_ST")
        kernels = (linux.component((claim,), "", config.version, config.properties),)
    return Declared(kernels, problems=config.problems)


def _kernels(subject: Subject, config: Configuration) -> Iterator[Component]:
    seen: dict[tuple[bytes, bytes], int] = {}
    for found in subject.matches(BANNER, _BANNER, 800):
        seen.setdefault((found[1], found[2]), found.start())
    builds = {release: build for release, build in sorted(seen) if b"%" not in build}
    for release, build in builds.items():
        yield _kernel(subject, config, seen[release, build], release, build)
    if not builds:
        yield from _header(subject)


def _kernel(subject: Subject, config: Configuration, offset: int, release: bytes, build: bytes) -> Component:
    name, text = plain(release), plain(build)
    stated = linux.version(name, text) or config.version or _ubuntu(subject)
    claims = subject.banner(offset, f"Linux version {name} #{text}", stated, name)
    return linux.component(claims, name, stated, (("firmbom:linux:build", text), *config.properties))


def _ubuntu(subject: Subject) -> str:
    """Ubuntu's ``/proc/version_signature``, ``Ubuntu 5.15.0-91.101-generic 5.15.131``."""
    found = next(subject.matches(b"Ubuntu ", _UBUNTU, 160), None)
    return plain(found[1]) if found else ""


def _header(subject: Subject) -> Iterator[Component]:
    data = subject.data
    if data[0x202:0x206] == b"HdrS":
        (pointer,) = struct.unpack_from("<H", data.ljust(0x210, b"\0"), 0x20E)
        found = _X86.match(data, pointer + 0x200) if pointer else None
        if found:
            release, build = plain(found[1]), plain(found[2])
            stated = linux.version(release, build)
            claims = subject.banner(found.start(), f"{release} #{build}", stated, release)
            said = (("firmbom:linux:build", build),)
            yield linux.component(claims, release, stated, said)
    elif data[:4] == b"\x27\x05\x19\x56" and data[30:31] == b"\x02":
        named = _UIMAGE.match(data, 32, 64)
        if named:
            release = plain(named[1])
            stated = linux.version(release)
            claims = subject.banner(32, plain(data[32:64].rstrip(b"\0")), stated, release, confidence=0.7)
            yield linux.component(claims, release, stated)


def configurations(subject: Subject) -> Configuration:
    """The embedded configuration, unpacked with a bound; of several the first that can be read."""
    problem: tuple[Problem, ...] = ()
    for at in subject.find(CONFIGURATION, MOST_HITS):
        try:
            text = _gunzip(subject.data, at + 8)
        except zlib.error as error:
            problem = (subject.problem(f"its embedded configuration cannot be read: {error}"),)
            continue
        import hashlib  # which else hardly a file needs

        header = _CONFIG.search(text, 0, 400)
        said = (
            ("firmbom:linux:config-sha256", hashlib.sha256(text).hexdigest()),
            ("firmbom:linux:config-offset", str(at)),
        )
        return Configuration(linux.version(plain(header[1])) if header else "", said, (), at)
    return Configuration(problems=problem)


def _gunzip(data: bytes, at: int) -> bytes:
    stream = zlib.decompressobj(31)
    text = stream.decompress(data[at : at + LARGEST], LARGEST + 1)
    if len(text) > LARGEST:
        raise zlib.error(f"larger than {LARGEST} bytes")
    if not stream.eof:
        raise zlib.error("cut off")
    return text
