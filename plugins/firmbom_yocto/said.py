"""What one source states of a build: recipes, packages and images, and how two statements of one thing are joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import msgspec

from firmbom.model import Assessment, Digest, ExternalReference, Location, Party, Patch

Files = Mapping[str, "Stored"]
"""By path from the root of the image, without leading slash."""


class Stored(NamedTuple):
    """A file of a package."""

    size: int = -1
    """In bytes; -1 is not stated."""
    sha256: str = ""
    """Lower-case hexadecimal; empty is not stated."""


class Kernel(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a kernel that a recipe builds."""

    location: Location
    release: str = ""
    """``uname -r``."""
    options: str = ""
    """As :data:`firmbom.kernel_config.OPTIONS`."""
    digests: tuple[Digest, ...] = ()
    """Of the configuration."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What a source states of a recipe; what it does not state is empty."""

    name: str
    """PN, with the multilib prefix or ``-native`` that a variant has."""
    location: Location
    base: str = ""
    """BPN, the recipe's name without those."""
    version: str = ""
    """PV."""
    layer: str = ""
    """The layer's name in BBFILE_COLLECTIONS."""
    layer_version: str = ""
    """The layer's revision."""
    licence: str = ""
    """An SPDX expression."""
    summary: str = ""
    description: str = ""
    homepage: str = ""
    supplier: Party = Party()
    cpes: tuple[str, ...] = ()
    sources: tuple[ExternalReference, ...] = ()
    patches: tuple[Patch, ...] = ()
    digests: tuple[Digest, ...] = ()
    kernel: Kernel | None = None


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What a source states of a binary package; what it does not state is empty, or None where empty says something."""

    name: str
    """As it is installed: after the renaming of shared libraries (``libz1``)."""
    location: Location
    key: str = ""
    """As the recipe names it (``zlib``); by this name other recipes depend on it."""
    recipe: str = ""
    """PN."""
    version: str = ""
    """``[PE:]PKGV[-PKGR]``."""
    architecture: str = ""
    """PACKAGE_ARCH."""
    licence: str = ""
    """An SPDX expression."""
    summary: str = ""
    homepage: str = ""
    section: str = ""
    supplier: Party = Party()
    cpes: tuple[str, ...] = ()
    requires: tuple[str, ...] | None = None
    """Names of packages, as keys, as installed or as provided."""
    recommends: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    files: Files | None = None


class Statement(NamedTuple):
    """What a source states of a vulnerability in a recipe."""

    recipe: str
    """PN; in SPDX documents without recipes an installed package."""
    version: str
    """PV; empty where it is not stated."""
    said: Assessment
    """Names no component yet."""


class Said(msgspec.Struct, kw_only=True):
    """All that one source states; filled while it is read."""

    recipes: dict[str, Recipe] = {}
    """By PN."""
    packages: dict[str, Package] = {}
    """By installed name."""
    deployed: set[str] = set()
    """Recipes whose files are shipped beside the root filesystem: kernel, boot loader."""
    deployed_files: dict[str, str] = {}
    """Those files by name, each with its recipe."""
    unfit: int = 0
    """Packages that were left out because their name cannot be one."""
    statements: list[Statement] = []
    contents: tuple[str, ...] | None = None
    """The installed names that the source says are in the image."""


class Installed(NamedTuple):
    """A line of an image manifest."""

    name: str
    architecture: str = ""
    version: str = ""
    location: Location = Location("")


def agree(package: Package, line: Installed) -> bool:
    """Is the package in the version that the line says? rpm's have neither epoch nor revision, and no dash."""
    whole = package.version.partition(":")[2] or package.version
    upstream = whole.rpartition("-")[0].replace("-", "+")
    return not line.version or not package.version or line.version in (package.version, whole, upstream)


One = TypeVar("One", Recipe, Package)


def filled(rich: One, poor: One) -> One:
    """``rich``, and where it says nothing, what ``poor`` says; of a file one may know the size, one the digest."""
    changes: dict[str, object] = {}
    for field in rich.__struct_fields__:
        mine, other = getattr(rich, field), getattr(poor, field)
        if (mine is None and other is not None) or (mine in _NOTHING and other):
            changes[field] = other
        elif field == "files" and mine and other:
            changes[field] = _united(mine, other)
    return msgspec.structs.replace(rich, **changes) if changes else rich


_NOTHING = ("", (), Party())


def _united(rich: Files, poor: Files) -> Files:
    """Every file that either names."""
    return {
        path: Stored(max(rich.get(path, _STORED).size, poor.get(path, _STORED).size), _digest(path, rich, poor))
        for path in rich.keys() | poor.keys()
    }


_STORED = Stored()


def _digest(path: str, *listed: Files) -> str:
    return next((one[path].sha256 for one in listed if path in one and one[path].sha256), "")


def join(into: dict[str, One], other: Mapping[str, One]) -> None:
    """Let ``other`` fill what ``into`` leaves open."""
    for name, one in other.items():
        into[name] = filled(into[name], one) if name in into else one
