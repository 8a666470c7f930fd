"""``metadata``: when, by which tools, for whom, and the product itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from firmbom import __version__, identity
from firmbom.cyclonedx import names
from firmbom.cyclonedx.address import public
from firmbom.cyclonedx.content import same_version
from firmbom.cyclonedx.file_component import FileComponent
from firmbom.cyclonedx.files import by_image
from firmbom.cyclonedx.images import by_ref, file_facts, image_component
from firmbom.cyclonedx.licences import choices
from firmbom.cyclonedx.names import properties
from firmbom.cyclonedx.party import contact, entity
from firmbom.cyclonedx.references import hashes, references
from firmbom.cyclonedx.spec import Spec
from firmbom.errors import ConfigError
from firmbom.inventory import Inventory
from firmbom.model import ExternalReference, Licence, Party, PluginRun, Purl, Ref
from firmbom.project import Product
from firmbom.release import Image, Release

_END_OF_TIME = 253_402_300_800
"""1 January 10000: RFC 3339 years have four digits."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The product at this release."""

    product: Product
    release: Release
    purl: Purl
    """Also its bom-ref."""
    images: Mapping[Ref, Image]
    files: Mapping[Ref, list[FileComponent]]
    """By image; those of none under an empty ref."""


def subject(product: Product, release: Release, inventory: Inventory) -> Subject:
    """The product with its purl: the one in firmbom.toml at the release's version, else ``pkg:generic/name@version``.

    Raises:
        ConfigError: product.purl is not a package URL, or one of another version.
    """
    product = msgspec.structs.replace(product, name=product.name or "firmware")
    images = by_ref(release.images)
    return Subject(
        product=product,
        release=release,
        purl=_purl(product, release),
        images=images,
        files=by_image(inventory, images),
    )


def _purl(product: Product, release: Release) -> Purl:
    if not product.purl:
        return identity.purl("generic", product.name, release.version)
    try:
        stated = identity.parts(product.purl)
    except ValueError as error:
        raise ConfigError(f"not a package URL: {product.purl!r}", place="product.purl") from error
    if stated.version and release.version and not same_version(stated.version, release.version):
        raise ConfigError(
            f"version {stated.version!r} is not that of the release, {release.version!r}",
            place="product.purl",
            remedy="leave the version out of it",
        )
    return identity.spelt(stated if stated.version else stated._replace(version=release.version or None))


def timestamp(release: Release) -> str:
    """RFC 3339 in UTC; empty when the release has no time, for a clock would make every run another document."""
    at = release.timestamp
    if at is None or not 0 <= at < _END_OF_TIME:
        return ""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def metadata(
    about: Subject,
    inventory: Inventory,
    *,
    tools: Sequence[dict[str, Any]],
    evidence: dict[str, Any],
    remarks: Sequence[tuple[str, str]],
    spec: Spec,
    phase: str,
) -> dict[str, Any]:
    """The ``metadata`` object, its files as they are.

    Args:
        about: the product.
        inventory: for its problems.
        tools: ``tools.components[]``.
        evidence: what the inputs say of the product itself.
        remarks: properties that belong to no component.
        spec: the version to write.
        phase: of the lifecycle.
    """
    product = about.product
    members = {
        "timestamp": timestamp(about.release),
        "lifecycles": [{"phase": phase}],
        "tools": {"components": tools},
        "authors": [made for author in product.authors if (made := contact(author))],
        "component": _product(about, evidence, spec),
        "manufacturer": entity(_manufacturer(product)),
        "supplier": entity(supplier_of(product)),
        "properties": properties([(names.REPRODUCIBLE, "true"), *_problems(inventory), *remarks]),
    }
    return {name: value for name, value in members.items() if value}


def tool_refs(runs: Iterable[PluginRun], named: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The bom-refs of each plugin: ``tool:<name>``, or one for each version where several took part.

    Args:
        runs: the plugins that took part.
        named: the plugins that claims name; one that reports no run is a tool all the same.
    """
    by_name: dict[str, set[PluginRun]] = {name: set() for name in named if name}
    for run in runs:
        by_name.setdefault(run.name, set()).add(run)
    return {name: _refs(name, sorted(by_name[name])) for name in sorted(by_name)}


def tools(runs: Iterable[PluginRun], refs: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """``tools.components[]``: firmbom, then its plugins, each with the program that it ran nested."""
    listed = sorted(set(runs))
    made = [{"type": "application", "bom-ref": names.FIRMBOM, "name": "firmbom", "version": __version__}]
    for name, own in refs.items():
        for ref, run in zip(own, [run for run in listed if run.name == name] or [PluginRun(name)], strict=True):
            made.append(_tool(ref, run))
    return made


def _refs(name: str, runs: Sequence[PluginRun]) -> tuple[str, ...]:
    if len(runs) < 2:
        return (names.TOOL + name,)
    return tuple(f"{names.TOOL}{name}@{run.version}" + (f" ({run.tool})" if run.tool else "") for run in runs)


def _tool(ref: str, run: PluginRun) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "application", "bom-ref": ref, "name": names.PLUGIN + run.name}
    if run.version:
        made["version"] = run.version
    if run.tool:
        name, _, of = run.tool.rpartition(" ")
        program = {"type": "application", "name": name or of}
        made["components"] = [{**program, "version": of} if name else program]
    return made


def _manufacturer(product: Product) -> Party:
    return product.manufacturer if product.manufacturer != Party() else product.supplier


def supplier_of(product: Product) -> Party:
    """Who supplies the product; its manufacturer unless another one is named."""
    return product.supplier if product.supplier != Party() else product.manufacturer


def _product(about: Subject, evidence: dict[str, Any], spec: Spec) -> dict[str, Any]:
    product, release = about.product, about.release
    licences, _ = choices([Licence(product.licence, "concluded")], spec)
    shared = {
        "supplier": entity(supplier_of(product)),
        "manufacturer": entity(_manufacturer(product)),
        "version": release.version,
        "licenses": licences,
        "copyright": product.copyright,
    }
    shared = {name: value for name, value in shared.items() if value}
    only = next(iter(about.images.values())) if len(about.images) == 1 else None
    members = {
        "type": "firmware",
        "bom-ref": about.purl,
        "supplier": shared.get("supplier"),
        "manufacturer": shared.get("manufacturer"),
        "group": product.group,
        "name": product.name,
        "version": release.version,
        "description": product.description,
        "hashes": hashes(only.digests) if only else [],
        "licenses": licences,
        "copyright": product.copyright,
        "cpe": product.cpe,
        "purl": about.purl,
        "externalReferences": references(_references(about, only), spec),
        "components": [
            *(image_component(ref, one, shared, about.files.get(ref, []), spec) for ref, one in about.images.items()),
            *about.files.get(Ref(""), ()),
        ],
        "evidence": evidence,
        "properties": properties(_properties(about, only)),
    }
    return {name: value for name, value in members.items() if value}


def _references(about: Subject, only: Image | None) -> list[ExternalReference]:
    product, release = about.product, about.release
    remote = public(release.remote)
    download = product.download_url or (only.name if only else "")
    found = [
        ExternalReference("vcs", remote, comment=f"commit {release.commit}" if release.commit else ""),
        ExternalReference("distribution", download, only.digests if only else ()),
        ExternalReference("source-distribution", product.source_url or remote),
        ExternalReference("rfc-9116", product.security_txt),
    ]
    return [one for one in found if one.url]


def _properties(about: Subject, only: Image | None) -> list[tuple[str, str]]:
    product, release = about.product, about.release
    signature = release.tag_signature
    stated = [
        (names.TAG, release.tag),
        (names.NEAREST_TAG, release.nearest_tag),
        (names.COMMIT, release.commit),
        (names.DIRTY, str(release.dirty).lower() if release.commit else ""),
        (names.TAG_SIGNATURE, signature.status if release.tag else ""),
        (names.TAG_SIGNATURE_KIND, signature.kind),
        (names.TAG_SIGNER, signature.signer),
        (names.END_OF_SUPPORT, product.end_of_support),
        (names.EFFECTIVE_LICENCE, product.licence),
        (names.VERSION, "" if release.version else "unknown"),
    ]
    stated += [
        (names.SUBMODULE, " ".join(part for part in (one.path, one.commit, public(one.url)) if part))
        for one in release.submodules
    ]
    return [pair for pair in stated if pair[1]] + (file_facts(only) if only else [])


def _problems(inventory: Inventory) -> list[tuple[str, str]]:
    return [
        (names.PROBLEM + one.severity, f"{names.part(one.plugin)}: {names.part(one.path)}: {one.message}")
        for one in inventory.problems
        if one.severity != "note"
    ]
