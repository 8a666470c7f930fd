"""BOM-Links: ``urn:cdx:<serial number>/<version>#<bom-ref>`` (IANA registration of the URN namespace cdx).

A purl as bom-ref has characters of its own meaning in a URI, so it is percent-encoded, ``%`` itself not excepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from firmbom.cyclonedx.walk import inventory, product

SCHEME = "urn:cdx:"
_LINK = re.compile(
    r"urn:cdx:(?P<serial>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<version>[1-9][0-9]*)(?:#(?P<ref>.+))?\Z"
)


class Link(NamedTuple):
    """What a BOM-Link leads to."""

    serial: str
    """Of the document, without ``urn:uuid:``."""
    version: int
    ref: str = ""
    """The bom-ref in it, as it is spelt there; empty for the document itself."""

    def __str__(self) -> str:
        document = f"{SCHEME}{self.serial}/{self.version}"
        return f"{document}#{quote(self.ref)}" if self.ref else document


def parse(text: str) -> Link | None:
    """The parts of a BOM-Link, its bom-ref decoded; None for what is none."""
    match = _LINK.match(text)
    return Link(match["serial"], int(match["version"]), unquote(match["ref"] or "")) if match else None


def of(document: Mapping[str, Any]) -> Link:
    """The link to a document that has a serial number."""
    return Link(document["serialNumber"].removeprefix("urn:uuid:"), document.get("version", 1))


def refs(document: Mapping[str, Any]) -> Iterator[str]:
    """The bom-refs of what a document says the product is and is made of."""
    for one in chain(product(document), inventory(document)):
        if ref := one.component.get("bom-ref"):
            yield ref
