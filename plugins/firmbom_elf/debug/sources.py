"""Which component a source file belongs to, by its path: build systems keep each release in a folder of its own."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from firmbom.errors import ConfigError
from firmbom.identity import canonical, parts
from firmbom.identity import purl as purl_of
from firmbom.model import Purl
from firmbom_elf import names

_YOCTO = re.compile(r"/usr/src/debug/(?P<name>[^/]+)/(?P<version>\d[^/]*?)(?:-r\d+)?/")
"""Where OpenEmbedded's debug packages keep sources: ``<recipe>/<version>[-<revision>]``."""
_EPOCH = re.compile(r"\A\d+_(?=\d)")
_CRATE = re.compile(r"/registry/src/[^/]+-[0-9a-f]{16}/(?P<name>[A-Za-z0-9_-]+?)-(?P<version>\d+\.\d+\.\d+[^/]*)/")
"""Where cargo unpacks the crates of a registry."""
_FOLDER = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9+._]*(?:-[A-Za-z][A-Za-z0-9+._]*)*)-v?(?P<version>\d+(?:\.\d+)+[A-Za-z0-9.~+]*)"
    r"(?:-\d[\w.~+]*)?\Z"
)
"""An unpacked release: ``zlib-1.2.13``, ``wpa_supplicant-2.10``, Debian's ``curl-7.88.1-10``."""
_START = frozenset(
    {"crtstuff", "crti", "crtn", "crt1", "Scrt1", "start", "abi-note", "init", "static-reloc", "elf-init"}
)
"""Start files, which the compiler puts into every program."""


class PathRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of ``[[plugin.elf.sources]]`` in firmbom.toml."""

    path: str
    """Pattern of source paths: ``*`` and ``?`` as in a shell; ``*`` also fits slashes."""
    purl: str
    """The component that such sources are: a package URL, best with its version."""


class Origin(NamedTuple):
    """A component that sources come from."""

    name: str
    version: str
    purl: Purl | None
    """Where firmbom.toml or the path states it."""
    example: str
    """One of the paths."""
    files: int
    """How many source files."""


def origins(sources: Iterable[str], rules: Sequence[PathRule] = ()) -> tuple[Origin, ...]:
    """The components that ``sources`` belong to, the one with most files first; firmbom.toml's word goes first."""
    found: dict[tuple[str, str, Purl | None], list[str]] = {}
    for path in sources:
        for key in _origin(path, rules):
            found.setdefault(key, []).append(path)
    counted = [Origin(*key, example=min(paths), files=len(paths)) for key, paths in found.items()]
    return tuple(sorted(counted, key=lambda one: (-one.files, one.name, one.version)))


def check(rules: Iterable[PathRule]) -> None:
    """See that every purl is one.

    Raises:
        ConfigError: one is not, with the value.
    """
    for number, rule in enumerate(rules):
        try:
            canonical(rule.purl)
        except ValueError as error:
            raise ConfigError(f"plugin.elf.sources[{number}].purl: {rule.purl!r} is no package URL") from error


def first(sources: Iterable[str], rules: Sequence[PathRule] = ()) -> tuple[str, str] | None:
    """Name and version of the component of the first source; a program's own objects are linked before its libraries.

    None if that source does not tell.
    """
    own = next((path for path in sources if not _starts(path)), "")
    return next(((name, version) for name, version, _ in _origin(own, rules)), None)


def _starts(path: str) -> bool:
    return posixpath.splitext(posixpath.basename(path))[0] in _START


def _origin(path: str, rules: Sequence[PathRule]) -> Iterator[tuple[str, str, Purl | None]]:
    for rule in rules:
        if fnmatchcase(path, rule.path):
            purl = canonical(rule.purl)
            parsed = parts(purl)
            yield parsed.name, parsed.version or "", purl
            return
    if _starts(path):
        return
    if yocto := _YOCTO.search(path):
        version = _EPOCH.sub("", yocto["version"].partition("+git")[0])
        yield yocto["name"].lower(), version, None
        return
    if crate := _CRATE.search(path):
        yield crate["name"], crate["version"], purl_of("cargo", crate["name"], crate["version"])
        return
    for folder in reversed(posixpath.dirname(path).split("/")):
        if release := _FOLDER.match(folder):
            yield _named(release.groupdict())
            return


def _named(found: Mapping[str, str]) -> tuple[str, str, Purl | None]:
    return found["name"].lower(), names.upstream(found["version"]), None
