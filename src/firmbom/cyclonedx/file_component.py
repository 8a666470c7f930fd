"""One file of an image as a CycloneDX ``component``."""

from __future__ import annotations

import msgspec

from firmbom.digest import Algorithm
from firmbom.model import Property


class Hash(msgspec.Struct, frozen=True, gc=False):
    """``hashes[]``."""

    alg: Algorithm
    content: str


class FileComponent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag_field="type", tag="file"):
    """A ``component``, which msgspec writes as it stands: an image has many, and dictionaries cost three times that."""

    name: str
    hashes: list[Hash]
    properties: list[Property] = []
