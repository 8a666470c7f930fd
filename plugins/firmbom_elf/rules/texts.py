"""Versions in strings that also name the component: package strings, ``--version`` texts, banners, build paths."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.grounds import Ground
from firmbom_elf.names import VERSION, akin, plain, spelt
from firmbom_elf.strings.printable import Printable

_V = rf"(?P<version>{VERSION})"
_NAME = r"(?P<name>[A-Za-z][A-Za-z0-9+._]{0,40}?(?:[ _-][A-Za-z][A-Za-z0-9+]*){0,2})"
_MARK = r"(?: - v|[ ,]+(?:[Vv]ersion|[Rr]elease|[Vv]er\.?):? v?|[ /_-][vV]?)"

_PROGRAM = re.compile(
    rf"^(?P<program>%s|[\w.+-]+):? \((?:the )?(?P<name>(?!Debian|Ubuntu)[A-Za-z][\w .+-]*?)\),? (?:version )?v?{_V}"
)
"""``ls (GNU coreutils) 9.1``, ``%s (util-linux) 2.38``."""
_NESTED = re.compile(rf"^(?P<program>%s|[\w.+-]+):? \((?P<name>(?!Debian|Ubuntu)[A-Za-z][\w+-]*) v?{_V}\) v?\d")
"""``fmfconv (fuse-utils 1.4.3) 0.5``: the project's release, and a number of the program."""
_LEADING = re.compile(rf"^(?:@\(#\) ?|\$| - |GNU |This is |Linux )?{_NAME}{_MARK}{_V}")
"""``dnsmasq-2.90``, ``OpenSSL 3.0.13 30 Jan 2024``, ``curl/7.88.1``, ``vsftpd: version 3.0.3``."""
_LATER = re.compile(rf"[ ,][Vv]ersion:? v?{_V}")
"""``Modern traceroute for Linux, version 2.1.2``: the name is further ahead."""
_INNER = re.compile(
    rf"(?<![A-Za-z0-9/.])(?P<name>[A-Za-z][A-Za-z0-9+_.]{{0,40}}(?:-[A-Za-z]{{1,20}}){{0,3}}){_MARK}{_V}"
)
"""The same anywhere in a string."""
_OWN = re.compile(
    r"^\s*(?:%s:? (?:[Vv]ersion )?v?(?![245]\.[0-7]\.\d{1,2} \w)|"
    rf"[Vv]ersion:? v?|VERSION:? v?|[Rr]elease:? v?){_V}"
)
"""``%s version 4.99.3``, ``Version 1.3.0``: whoever holds it; not what a mail server answers (RFC 3463, section 2):
``%s 5.7.1 Service unavailable``."""
_BUILT = re.compile(
    r"/(?:build|builds|build_dir|BUILD|src|work|debug)/(?:[^/\s=]+/){0,4}?"
    rf"(?P<name>[A-Za-z][\w+.]*?(?:-[A-Za-z][\w+.]*)*)[-/]{_V}"
    r"(?:(?:[+-]|~(?=dfsg|ds|repack|deb|bpo|ubuntu))[\w.+~]*)?(?=[/=\s]|$)"
)
"""``/build/reproducible-path/wget-1.21.3=.``, ``/build_dir/target-arm/dropbear-2022.82/``,
``/usr/src/debug/zlib/1.2.13-r0/``; 0.4.0~~pre6 comes before 0.4.0 (Debian Policy, section 5.6.12)."""
_CRATE = rf"/registry/(?:src/[^/\s]+/)?(?P<name>[A-Za-z][\w-]*?)-{_V}(?=/)"
"""``/usr/share/cargo/registry/virtiofsd-1.13.2/src/server.rs``: of Rust's packages, one that a program is called after
is that program. As text, for hardly a file needs it."""
_CARRIED = re.compile(r"/(?:vendor|third_party|node_modules|registry/src|rust/deps|\.cargo)/")
"""Folders of what a project carries along, and of what the parts of a language's library are built from."""
_WHOLE = re.compile(
    rf"^(?P<name>[A-Za-z][A-Za-z0-9+_-]{{0,40}}[A-Za-z][A-Za-z0-9+_]{{0,9}}) v?{_V}(?: \([^)]*\)|[-+~][\w.+~-]*)?$"
)
"""A package string and nothing else: ``util-linux 2.38.1``."""
_MADE = re.compile(rf"[a-z][a-z0-9+._-]*[ /_-]v?{VERSION}")
"""The same as build systems make it, ``ssldump 1.8``: nobody has to remember the number there for a release."""
_COMPILER = {"gcc", "clang", "llvm", "ghc", "go", "rustc", "gnu-c", "gnu-as", "linux", "gold", "mold", "lld"}
_PROTOCOLS = {
    "http",
    "https",
    "rtsp",
    "sip",
    "upnp",
    "tls",
    "ssl",
    "xml",
    "ssh",
    "dlnadoc",
    "html",
    "yaml",
    "soap",
    "mozilla",
    "gnu",
    "version",
    "glibc",
    "sha",
    "md",
    "ver",
    "hid",
    "usb",
    "pci",
    "ieee",
    "api",
    "openapi",
    "swagger",
    "json",
    "jsonrpc",
    "json-rpc",
    "pa-risc",
    "risc-v",
    "opengl",
    "opencl",
    "vulkan",
    "spir-v",
    "egl",
    "pdf",
    "ps",
    "postscript",
    "unicode",
    "dwarf",
    "css",
    "svg",
    "rss",
    "mpeg",
    "mp4",
    "exif",
    "icc",
    "midi",
    "iso",
    "java",
    "jdk",
    "posix",
}

_PARTIES = _PROTOCOLS | _COMPILER
"""Names that are no component's whatever stands behind them."""

_FIRST = re.compile(r"^([012]\.[01]|0\.0\.\d)$")
"""The versions of protocols and of first drafts."""
_PROSE = re.compile(
    r"^(?:\.x|'s| \(compat|[*+]| or | v\d|\.[A-Z][a-z]+ |"
    r"[.,]? +(?!from (?:\d|[A-Z][a-z]{2} )|"
    r"(?:by|on|for|built|compiled|starting|started|ready|with|is|using|linked)\b)[a-z]+(?![\w-]))"
)
"""What follows a version that a text only mentions: ``GNU tar 1.13.x format``, ``Mosquitto 1.6 and earlier``."""


_PATHS = re.compile(r"\.so\.|\.debug$|/usr/lib/debug/|^[A-Za-z]\w*(?:\.\w+)+/\d+(?:\.\d+)+$")
"""File names whose numbers are those of interfaces, and names of interfaces: ``org.example.Plugin/2.70``."""
_LETTERS = re.compile(r"[A-Za-z][\w+-]+")
_LETTER = re.compile(r"[A-Za-z]")
"""Without one, a string names nothing."""
_STATED = re.compile(rf"[ /_-][vV]?{VERSION}")
"""What each of the expressions above ends with: most strings do not have it."""
_PRIVATE = re.compile(r"^(?:192\.168|127\.0|169\.254|172\.(?:1[6-9]|2\d|3[01])|10\.\d+\.\d+)\.\d")
"""Addresses of private networks (RFC 1918, section 3), of the machine itself and of links."""
_AHEAD = 60
"""So far ahead of the word version a name may stand."""
_LONGEST = 160
"""Characters of a name with what stands between it and its version, of which that is a few blanks."""
_LONG = 300
"""Characters of a string that is a text about many things."""


_WANTED = re.compile(r"requir|at least|too old|minim|older|newer|incompatib|supported|prior", re.IGNORECASE)
"""What a text says that is about a version which something else must have."""
_MENTIONED = re.compile(
    r"(?:^|[\s(])(?:in|at|import|since|for|by|from|until|till|before|after|of|or|and|than|with|prior|"
    r"using|requires?|old|earlier|to|like|via|/)\s+$",
    re.IGNORECASE,
)
"""What stands before a name that a text only mentions: ``Deprecated since Python 3.10``."""


_ELSEWHERE = re.compile(r"\b(?:since|from|until|before|after|than|with|requires?|old|earlier)\s+$", re.IGNORECASE)
"""The same before a name after which the word version comes: ``Created by Panotools version 2.9.22`` is its own."""


class Told(NamedTuple):
    """A version that a string tells."""

    name: str
    version: str
    confidence: float
    own: bool
    """Is it the file's own component by the text, or only named in the text?"""
    string: Printable
    ground: Ground = Ground.TEXT


def told(strings: Sequence[Printable], names: Sequence[str], known: Collection[str]) -> Iterator[Told]:
    """What ``strings`` tell of the component of a file that is called ``names``, the first of which is its own.

    ``known`` are names of libraries and of version nodes, which look like versions and are none.
    """
    for string in strings:
        text = string.text
        if text not in known and (at := _stated(text)) >= 0:
            for one in _told(string, at, names):
                if _PRIVATE.match(one.version):
                    continue
                yield one._replace(confidence=round(one.confidence * (0.6 if _FIRST.match(one.version) else 1), 3))


@lru_cache(4096)
def _stated(text: str) -> int:
    """Where the first version stands that the text may tell of something; -1 if it tells none. Many files have it."""
    found = _STATED.search(text) if _LETTER.search(text) else None
    return found.start() if found and not _PATHS.search(text) else -1


def _told(string: Printable, at: int, names: Sequence[str]) -> Iterator[Told]:
    """What one string tells, in which no version stands before ``at``."""
    text = string.text
    if "(" in text and (stated := _in_brackets(string, names)):
        yield stated
        return
    if (found := _OWN.match(text)) and not _PROSE.match(text[found.end() :]):
        bare = text.lstrip().startswith("%") and "ersion" not in text
        short = 0.3 if bare else 0.45
        sure = 0.6 if found["version"].count(".") > 1 else short
        formed = "%" in text[: found.start("version")]  # with the name that it is called by
        yield Told("", found["version"], sure, True, string, Ground.ITSELF if formed else Ground.ABOUT)
        return
    for found, confidence in _calling(text, at):
        if _akin(found["name"], names) and not _mentioned(text, found) and not _WANTED.search(found["name"]):
            factor = 0.6 if len(text) > _LONG else 1 if found["version"].count(".") > 1 else 0.9
            made = _MADE.fullmatch(text) and not _of_another(found["name"], names)
            ground = Ground.PACKAGE if made else Ground.TEXT
            yield Told("", found["version"], confidence * factor, True, string, ground)
            return
    if (
        "ersion" in text
        and (found := _LATER.search(text))
        and not (_PROSE.match(text[found.end() :]) or _WANTED.search(text))
    ):
        start = max(0, found.start() - _AHEAD)
        ahead = _LETTERS.finditer(text, start, found.start())
        if any(_akin(word[0], names) and not _ELSEWHERE.search(text[: word.start()]) for word in ahead):
            sure = 0.6 if found["version"].count(".") > 1 else 0.45
            yield Told("", found["version"], sure, True, string)
            return
    if "/" in text and (built := _built(string, names)):
        yield built
        return
    if (found := _WHOLE.match(text)) and not _FIRST.match(found["version"]) and spelt(found["name"]) not in _PARTIES:
        yield Told(spelt(found["name"]), found["version"], 0.4, False, string, Ground.OTHER)


def _calling(text: str, at: int) -> Iterator[tuple[re.Match[str], float]]:
    """What may be a name with its version, and how far that is trusted; no version stands before ``at``."""
    if found := _LEADING.match(text):
        yield found, 0.8
    for found in _INNER.finditer(text, max(0, at - _LONGEST)):
        yield found, 0.65


def _in_brackets(string: Printable, names: Sequence[str]) -> Told | None:
    """What a text tells of the project that it names in brackets after the program."""
    found = _NESTED.match(string.text) or _PROGRAM.match(string.text)
    if found is None or not (found["program"] == "%s" or _akin(found["program"], names)):
        return None
    nested = found.re is _NESTED
    own = not nested or _akin(found["name"], names)
    return Told(spelt(found["name"]), found["version"], 0.8 if nested else 0.85, own, string, Ground.BRACKETS)


def _built(string: Printable, names: Sequence[str]) -> Told | None:
    """What a build path tells, unless it is the compiler's, or of what a project carries along."""
    text = string.text
    if "/registry/" in text and (crate := _crate(text, names)):
        return Told("", crate, 0.88, True, string, Ground.BUILD)
    found = _BUILT.search(text)
    if found is None or spelt(found["name"]) in _COMPILER or _CARRIED.search(text[: found.end()]):
        return None
    near = _akin(found["name"], names)
    sure = (0.88 if text[found.end() :].startswith("=") else 0.75) if near else 0.45
    return Told("" if near else spelt(found["name"]), found["version"], sure, near, string, Ground.BUILD)


def _crate(text: str, names: Sequence[str]) -> str:
    """The version of the package of Rust that is called as the file itself; empty if its path is not there."""
    for found in re.finditer(_CRATE, text):
        if plain(found["name"]) == plain(names[0]):
            return found["version"]
    return ""


def _mentioned(text: str, found: re.Match[str]) -> bool:
    """Is the version part of a sentence about some release?"""
    return bool(_PROSE.match(text[found.end() :]) or _MENTIONED.search(text[: found.start()]))


def _of_another(name: str, names: Sequence[str]) -> bool:
    """Is it what the catalogue calls another component, of which the file may hold a copy: git of ``git-cinnabar``?"""
    return spelt(name) in catalogue().entries and not any(plain(name) == plain(other) for other in names)


def _akin(name: str, names: Sequence[str]) -> bool:
    return spelt(name) not in _PROTOCOLS and any(akin(name, other) for other in names)
