"""What the records state of one package, in one shape whatever the record."""

from __future__ import annotations

import re

import msgspec

from firmbom.model import Assessment, Location

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}\Z")
"""Package names as Kconfig and make allow them."""
CVE = re.compile(r"CVE-\d{4}-\d{4,7}\Z", re.ASCII)
_VERSION = re.compile(r"[^\s/\\\x00-\x20\x7f-\xa0\ufffd][^\s\\\x00-\x20\x7f-\xa0\ufffd]{0,255}\Z")
OVERRIDDEN = "custom"
"""The version that Buildroot gives a package built from a local folder (``<PKG>_OVERRIDE_SRCDIR``) or own archive."""


class Download(msgspec.Struct, frozen=True):
    """A file that the build downloads."""

    file: str
    """Base name."""
    addresses: tuple[str, ...]
    """Folders or repositories, each with Buildroot's method before it: ``https+https://…``, ``git+https://…``."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One package; a field that a record does not have is empty or None."""

    name: str
    """Without ``host-``."""
    location: Location
    host: bool = False
    virtual: bool = False
    version: str = ""
    licence: str = ""
    """As Buildroot spells it."""
    cpe: str = ""
    directory: str = ""
    """Of the package in the Buildroot tree; absolute for one of a br2-external tree."""
    installs: tuple[str, ...] | None = None
    """Of target, staging, images; None: not stated."""
    provides: tuple[str, ...] = ()
    needs: tuple[str, ...] | None = None
    """Names of what it depends on directly, ``host-…`` and virtual ones too."""
    needs_in_all: tuple[str, ...] | None = None
    """Names of what it depends on, however indirectly."""
    downloads: tuple[Download, ...] = ()
    hash_files: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()
    """Paths in the Buildroot or br2-external tree, or addresses."""
    redistributable: bool = True
    website: str = ""
    found_cves: tuple[Assessment, ...] = ()
    """What pkg-stats found; names no component yet."""
    ignored_cves: tuple[str, ...] = ()
    """What the packager judged not to apply or to be mended by a patch: matter for a VEX document, not for an SBOM."""
    locations: tuple[Location, ...] = ()
    """Where else it is stated."""

    @property
    def key(self) -> str:
        """Its name in the build: ``host-libzlib``."""
        return f"host-{self.name}" if self.host else self.name


class Said(msgspec.Struct, kw_only=True):
    """All that one record states."""

    packages: dict[str, Package] = {}
    """By key."""
    images: tuple[str, ...] = ()
    """File names of root filesystems."""
    buildroot: str = ""
    """Buildroot's own version."""


def version(text: str) -> str:
    """A version that can be one; empty for what cannot, such as a path."""
    return text if _VERSION.match(text) and text != OVERRIDDEN else ""


def joined(first: Package, second: Package) -> Package:
    """What the first states, and where that says nothing what the second does."""
    values = {
        name: getattr(second, name)
        for name in first.__struct_fields__
        if name not in ("name", "host", "virtual", "location", "locations") and not _says(getattr(first, name))
    }
    locations = (*first.locations, second.location, *second.locations)
    redistributable = first.redistributable and second.redistributable
    return msgspec.structs.replace(first, **{**values, "locations": locations, "redistributable": redistributable})


def _says(value: object) -> bool:
    return value is not None and value not in ("", ())
