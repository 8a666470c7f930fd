"""What a document says beside its components: release, images, inputs, plugins, problems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, cast, get_args

from firmbom.cyclonedx import names, read_bundles
from firmbom.cyclonedx.files import INSTALLED
from firmbom.cyclonedx.read_component import Source, digests
from firmbom.cyclonedx.shape import Node
from firmbom.model import (
    Aggregate,
    Algorithm,
    Coverage,
    FileProperties,
    PluginRun,
    Problem,
    Property,
    Severity,
    StoredFile,
)
from firmbom.release import Image, Release, Submodule, TagSignature

_SUBMODULE = re.compile(r"(.+?) ([0-9a-f]{40,64})(?: (\S+))?\Z")
"""``<path> <commit> <url>``."""

_Status = Literal["none", "good", "bad", "unverified"]
_Kind = Literal["", "gpg", "ssh", "x509"]


def release(top: Node) -> Release:
    """The release as ``metadata`` states it; what it does not state is empty."""
    metadata = top.object("metadata")
    product = metadata.object("component")
    stated = _properties(product)
    status, kind = stated.get(names.TAG_SIGNATURE, "none"), stated.get(names.TAG_SIGNATURE_KIND, "")
    vcs = [each for each in product.objects("externalReferences") if each.text("type") == "vcs"]
    return Release(
        version=product.text("version"),
        tag=stated.get(names.TAG, ""),
        nearest_tag=stated.get(names.NEAREST_TAG, ""),
        commit=stated.get(names.COMMIT, ""),
        dirty=stated.get(names.DIRTY) == "true",
        tag_signature=TagSignature(
            status=cast(_Status, status if status in get_args(_Status) else "unverified"),
            kind=cast(_Kind, kind if kind in get_args(_Kind) else ""),
            signer=stated.get(names.TAG_SIGNER, ""),
        ),
        remote=vcs[0].text("url") if vcs else "",
        submodules=tuple(_submodules(product)),
        timestamp=_seconds(metadata.text("timestamp")),
        images=tuple(sorted(_images(product))),
    )


def plugin_runs(top: Node) -> Iterator[tuple[str, PluginRun]]:
    """The plugins that took part in a document firmbom wrote, with their bom-refs."""
    for each in top.object("metadata").object("tools").objects("components"):
        ref = each.text("bom-ref")
        if ref.startswith(names.TOOL) and ref != names.FIRMBOM:
            programs = [" ".join(filter(None, (p.text("name"), p.text("version")))) for p in each.objects("components")]
            name = each.text("name").removeprefix(names.PLUGIN)
            yield ref, PluginRun(name, each.text("version"), next(iter(programs), ""))


def problems(top: Node) -> Iterator[Problem]:
    """The problems that a document firmbom wrote confesses."""
    for each in top.object("metadata").objects("properties"):
        severity = each.text("name").removeprefix(names.PROBLEM)
        if severity in get_args(Severity) and severity != each.text("name"):
            plugin, _, rest = each.text("value").partition(": ")
            path, _, message = rest.partition(": ")
            yield Problem(cast(Severity, severity), message, names.unpart(path), names.unpart(plugin))


def coverage(top: Node, source: Source) -> Iterator[Coverage]:
    """The inputs of a document firmbom wrote; of another's the document itself, as complete as it says it is."""
    if source.exact:
        for formula in top.objects("formulation"):
            for each in formula.objects("components"):
                yield from _inputs(each)
    elif source.location:
        whole = _stated(top)
        yield Coverage(source.location, whole, whole, source.plugin)


def files(top: Node) -> Iterator[StoredFile]:
    """The files of the images of a document firmbom wrote."""
    for each in _files(top):
        found = {digest.algorithm: digest for digest in digests(each)}
        if Algorithm.SHA256 in found:
            yield StoredFile(each.text("name"), found[Algorithm.SHA256])


def file_properties(top: Node) -> Iterator[FileProperties]:
    """What a document firmbom wrote says of the files of its images."""
    for each in _files(top):
        told = tuple(Property(*pair) for pair in read_bundles.of_the_file(each))
        if told:
            yield FileProperties(each.text("name"), told)


def _files(top: Node) -> Iterator[Node]:
    product = top.object("metadata").object("component")
    for holder in (product, *product.objects("components")):
        yield from (each for each in holder.objects("components") if each.text("type") == "file")


def owned(node: Node) -> Iterator[str]:
    """The paths in the images that a component of a document firmbom wrote has installed."""
    for each in node.object("evidence").objects("occurrences"):
        if each.text("additionalContext") == INSTALLED:
            yield each.text("location")


def _inputs(node: Node) -> Iterator[Coverage]:
    found = digests(node)
    for each in node.objects("properties"):
        name = each.text("name")
        if name.startswith(names.COVERAGE):
            told = dict(part.partition(" ")[::2] for part in each.text("value").split("; "))
            components, dependencies = (_aggregate(told.get(key, "")) for key in ("components", "dependencies"))
            yield Coverage(node.text("name"), components, dependencies, name.removeprefix(names.COVERAGE), found)


def _stated(top: Node) -> Aggregate:
    """What ``compositions`` says of the whole: incomplete if of anything, complete only if of everything it names."""
    stated = {each.text("aggregate") for each in top.objects("compositions")}
    if any(one.startswith("incomplete") for one in stated):
        return "incomplete"
    return "complete" if stated == {"complete"} else "unknown"


def _aggregate(text: str) -> Aggregate:
    return cast(Aggregate, text) if text in get_args(Aggregate) else "unknown"


def _images(product: Node) -> Iterator[Image]:
    for each in product.objects("components"):
        if each.text("bom-ref").startswith(names.IMAGE):
            size = read_bundles.size([*_properties(each).items()])
            yield Image(name=each.text("name"), size=size, digests=digests(each), bundle=read_bundles.read(each))


def _submodules(product: Node) -> Iterator[Submodule]:
    for each in product.objects("properties"):
        if each.text("name") == names.SUBMODULE and (found := _SUBMODULE.match(each.text("value"))):
            yield Submodule(path=found[1], commit=found[2], url=found[3] or "")


def _properties(node: Node) -> dict[str, str]:
    return {each.text("name"): each.text("value") for each in node.objects("properties")}


def _seconds(text: str) -> int | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(read.timestamp()) if read.tzinfo else None
