"""One merged component as a CycloneDX ``component``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from firmbom import identity
from firmbom.cyclonedx import evidence, files, names
from firmbom.cyclonedx.address import address
from firmbom.cyclonedx.licences import choices
from firmbom.cyclonedx.names import properties
from firmbom.cyclonedx.party import contact, entity
from firmbom.cyclonedx.provenance import conflicts, provenance
from firmbom.cyclonedx.references import file_name, file_properties, hashes, references, the_download
from firmbom.cyclonedx.spec import COMPONENT_TYPES, Spec
from firmbom.cyclonedx.supplier import person, supplier
from firmbom.inventory import Conflict, Merged
from firmbom.model import Component, ExternalReference, Party, Patch, Purl, Ref

LONGEST_VERSION = 1_024
"""Characters; the schema's limit."""

_UNKNOWN_LICENCE = [{"license": {"name": names.NOASSERTION}}]


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What the document around a component knows of it."""

    spec: Spec
    tools: evidence.Tools
    conflicts: Mapping[Ref, Sequence[Conflict]] = {}
    direct: frozenset[Ref] = frozenset()
    """Components that the product uses directly, as an input says."""
    supplier: Party = Party()
    """Of the product."""
    unreached: frozenset[Ref] = frozenset()
    """Components that no input's edge leads to."""
    installed: Mapping[Ref, Sequence[str]] = {}
    """Paths in the images, by the component that owns them."""
    loose: frozenset[Ref] = frozenset()
    """Components that stand at the top although they are inside another one."""


def written(merged: Merged, frame: Frame) -> dict[str, Any]:
    """The ``component`` object, without those nested in it."""
    one = merged.component
    download = the_download(one)
    mirrored = not one.digests and download is not None
    licences, observed = choices(one.licences, frame.spec, one.licence_texts)
    party, taken_from = supplier(one, direct=merged.ref in frame.direct, product=frame.supplier)
    members = {
        "type": one.type if one.type in COMPONENT_TYPES else "library",
        "bom-ref": merged.ref,
        "supplier": entity(party),
        "manufacturer": entity(one.manufacturer),
        "authors": [contact(person(one.author))] if one.author else [],
        "group": one.group,
        "name": one.name or identity.parts(one.purl).name,
        "version": one.version if len(one.version) <= LONGEST_VERSION else "",
        "description": one.description,
        "scope": one.scope,
        "hashes": hashes(download.digests if mirrored and download else one.digests),
        "licenses": licences or _UNKNOWN_LICENCE,
        "copyright": one.copyright,
        "cpe": one.cpes[0] if one.cpes else "",
        "purl": one.purl,
        "pedigree": _pedigree(one),
        "externalReferences": references(one.references, frame.spec),
        "evidence": _evidence(one, observed, frame),
        "properties": properties(_properties(merged, frame, taken_from, download, mirrored=mirrored)),
    }
    return {name: value for name, value in members.items() if value}


def _evidence(one: Component, observed: list[dict[str, Any]], frame: Frame) -> dict[str, Any]:
    members = {
        "identity": evidence.identity(one, frame.tools),
        "occurrences": [*evidence.occurrences(one.claims), *files.occurrences(frame.installed.get(one.ref, ()))],
        "licenses": observed,
    }
    return {name: value for name, value in members.items() if value}


def _properties(
    merged: Merged, frame: Frame, taken_from: str, download: ExternalReference | None, *, mirrored: bool
) -> list[tuple[str, str]]:
    one = merged.component
    found = [(each.name, each.value) for each in one.properties]
    file = file_name(download) if download else ""
    if not any(name == names.FILENAME for name, _ in found):
        found += file_properties(file)
    if taken_from:
        found.append((names.SUPPLIER, taken_from))
    if mirrored:
        found.append((names.HASHES, file or "distribution"))
    if not one.version or len(one.version) > LONGEST_VERSION:
        found.append((names.VERSION, one.version or "unknown"))
    if merged.ref in frame.loose:
        found.append((names.WITHIN, one.within))
    if merged.ref in frame.unreached:
        found.append((names.UNREACHED, "true"))
    if len(merged.statements) > 1:
        found += provenance(merged)
    return found + conflicts(frame.conflicts.get(merged.ref, ()))


def _pedigree(one: Component) -> dict[str, Any]:
    if not one.upstream and not one.patches:
        return {}
    members = {
        "ancestors": [_ancestor(purl) for purl in sorted(set(one.upstream))],
        "patches": [_patch(patch) for patch in sorted(set(one.patches))],
    }
    return {name: value for name, value in members.items() if value}


def _ancestor(purl: Purl) -> dict[str, Any]:
    parsed = identity.parts(purl)
    members = {
        "type": "library",
        "group": parsed.namespace,
        "name": parsed.name,
        "version": parsed.version,
        "purl": purl,
    }
    return {name: value for name, value in members.items() if value}


def _patch(patch: Patch) -> dict[str, Any]:
    made: dict[str, Any] = {"type": patch.type, "diff": {"url": address(patch.url)}}
    if patch.resolves:
        made["resolves"] = [
            {"type": "security" if issue.startswith(("CVE-", "GHSA-")) else "defect", "id": issue}
            for issue in sorted(set(patch.resolves))
        ]
    return made
