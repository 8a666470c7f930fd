"""The names that writer and reader agree on: properties, bom-ref prefixes, the word for what is not known.

docs/document.md says what each means; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOASSERTION = "NOASSERTION"
"""SPDX's word for "not known", written where CISA's minimum elements ask that the unknown be said."""

TOOL = "tool:"
"""bom-ref prefix of firmbom (``tool:firmbom``) and of its plugins."""
FIRMBOM = TOOL + "firmbom"
PLUGIN = "firmbom-"
"""Prefix of a plugin's name as a tool component: ``npm`` is another program."""
IMAGE = "image:"
"""bom-ref prefix of an image."""
INPUT = "input:"
"""bom-ref prefix of a file that was read."""

REPRODUCIBLE = "cdx:reproducible"
END_OF_SUPPORT = "cdx:lifecycle:milestone:endOfSupport"

FILENAME = "bsi:component:filename"
EXECUTABLE = "bsi:component:executable"
ARCHIVE = "bsi:component:archive"
STRUCTURED = "bsi:component:structured"
EFFECTIVE_LICENCE = "bsi:component:effectiveLicence"

PROBLEM = "firmbom:problem:"
"""+ severity."""
COVERAGE = "firmbom:coverage:"
"""+ plugin."""
CONFLICT = "firmbom:conflict:"
"""+ field."""
PROVENANCE = "firmbom:provenance:"
"""+ member."""
VERSION = "firmbom:version"
HASHES = "firmbom:hashes"
SUPPLIER = "firmbom:supplier"
WITHIN = "firmbom:within"
UNREACHED = "firmbom:unreached"

VEX_BASIS = "firmbom:vex:basis"
VEX_WORD = "firmbom:vex:word"
VEX_PATCH = "firmbom:vex:patch"
VEX_SOURCE = "firmbom:vex:source"
VEX_UNNAMED = "firmbom:vex:unnamed"
VEX_CONTRADICTION = "firmbom:vex:contradiction"

IMAGE_SIZE = "firmbom:image:size"
BUNDLE_FORMAT = "firmbom:bundle:format"
BUNDLE_VERSION = "firmbom:bundle:version"
BUNDLE_COMPATIBLE = "firmbom:bundle:compatible:"
"""+ the format's own word."""
BUNDLE_SIGNATURE = "firmbom:bundle:signature"
BUNDLE_SIGNATURE_KIND = "firmbom:bundle:signature-kind"
BUNDLE_SIGNATURE_DOUBT = "firmbom:bundle:signature-doubt"
BUNDLE_SIGNER = "firmbom:bundle:signer"
PAYLOAD_NAME = "firmbom:payload:name"
PAYLOAD_STATED = "firmbom:payload:stated"
PAYLOAD_IMAGE = "firmbom:payload:image"
TAG = "firmbom:release:tag"
NEAREST_TAG = "firmbom:release:nearest-tag"
COMMIT = "firmbom:release:commit"
DIRTY = "firmbom:release:dirty"
TAG_SIGNATURE = "firmbom:release:tag-signature"
TAG_SIGNATURE_KIND = "firmbom:release:tag-signature-kind"
TAG_SIGNER = "firmbom:release:tag-signer"
SUBMODULE = "firmbom:release:submodule"

Property = dict[str, str]
"""``{"name": …, "value": …}``."""


def properties(pairs: list[tuple[str, str]]) -> list[Property]:
    """Distinct pairs as ``properties[]``, sorted."""
    return [{"name": name, "value": value} for name, value in sorted(dict.fromkeys(pairs))]


def regenerated(name: str) -> bool:
    """Is this a property that the writer derives anew, so that a reader must not keep it?"""
    return name in {VERSION, HASHES, SUPPLIER, WITHIN, UNREACHED} or name.startswith(PROVENANCE)


def part(text: str) -> str:
    """A plugin or path before ``: ``, so that it ends where the colon says; ``-`` when there is none."""
    return text.replace("%", "%25").replace(": ", "%3A ") if text not in {"", "-"} else "%2D" if text else "-"


def unpart(text: str) -> str:
    """What :func:`part` was given."""
    return "" if text == "-" else text.replace("%3A ", ": ").replace("%2D", "-").replace("%25", "%")


def ours(document: Mapping[str, Any]) -> bool:
    """Does a document name firmbom as the tool that made it? Asked of anything, whatever its shape."""
    metadata = document.get("metadata")
    tools = metadata.get("tools") if isinstance(metadata, Mapping) else None
    listed = tools.get("components") if isinstance(tools, Mapping) else None
    return isinstance(listed, list) and any(
        isinstance(one, Mapping) and one.get("bom-ref") == FIRMBOM and one.get("name") == "firmbom" for one in listed
    )
