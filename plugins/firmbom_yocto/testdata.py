"""``IMAGE.testdata.json``: all variables of the image recipe, of which a few are wanted (oe-core, ``image.bbclass``).

Most of the 2,000 variables hold paths of the build machine. Only those below are read, if they are plain
names.
"""

from __future__ import annotations

import re

import msgspec

from firmbom_yocto.reading import json_object, named, text_in, versioned

_REVISION = re.compile(r"[0-9a-f]{7,64}\Z")
_PACKAGE_TYPES = frozenset({"deb", "ipk", "rpm"})


class Variables(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the image and its configuration; empty where it is not."""

    image: str = ""
    """IMAGE_BASENAME."""
    name: str = ""
    """IMAGE_NAME, with the date."""
    machine: str = ""
    distro: str = ""
    distro_version: str = ""
    version: str = ""
    """PV of the image recipe."""
    package_type: str = ""
    """IMAGE_PKGTYPE: deb, ipk or rpm."""
    architecture: str = ""
    """DPKG_ARCH."""
    layer: str = ""
    """The layer of the image recipe."""
    core_revision: str = ""
    """METADATA_REVISION: of the layer ``core``."""


def read(data: bytes, path: str) -> Variables:
    """The wanted variables.

    Raises:
        InputError: not a JSON object.
    """
    found = json_object(data, path)
    kind, revision = text_in(found, "IMAGE_PKGTYPE"), text_in(found, "METADATA_REVISION")
    return Variables(
        image=named(text_in(found, "IMAGE_BASENAME")),
        name=named(text_in(found, "IMAGE_NAME")),
        machine=named(text_in(found, "MACHINE")),
        distro=named(text_in(found, "DISTRO")),
        distro_version=versioned(text_in(found, "DISTRO_VERSION")),
        version=versioned(text_in(found, "PV")),
        package_type=kind if kind in _PACKAGE_TYPES else "",
        architecture=named(text_in(found, "DPKG_ARCH")),
        layer=named(text_in(found, "FILE_LAYERNAME").lower()),
        core_revision=revision if _REVISION.match(revision) else "",
    )
