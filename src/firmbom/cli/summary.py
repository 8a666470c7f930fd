"""What a run found, for a person on stderr or for a script as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from firmbom.bundles.bundle import Bundle
from firmbom.errors import printable
from firmbom.inventory import Conflict, Inventory
from firmbom.model import Problem
from firmbom.release import Release

_MOST_LINES = 20
"""Of problems and of conflicts; the document has them all."""


def summary(
    inventory: Inventory, release: Release, *, written: str, key_ids: Iterable[str], sha256: str = "", status: int = 0
) -> dict[str, Any]:
    """The facts of a run as plain values; ``sha256`` is that of the document, empty where nothing was written."""
    return {
        "components": dict(sorted(by_ecosystem(inventory).items())),
        "conflicts": [_conflict(one) for one in inventory.conflicts],
        "problems": [
            {"severity": one.severity, "plugin": one.plugin, "path": one.path, "message": one.message}
            for one in inventory.problems
        ],
        "images": {
            image.name: {"size": image.size, **{digest.algorithm.value: digest.value for digest in image.digests}}
            for image in release.images
        },
        "bundles": bundles(release),
        "release": {
            "version": release.version,
            "tag": release.tag,
            "commit": release.commit,
            "dirty": release.dirty,
            "tag signature": release.tag_signature.status,
        },
        "signed by": list(key_ids),
        "written to": written,
        "sha256": sha256,
        "exit status": status,
    }


def _bundle(one: Bundle) -> dict[str, Any]:
    return {
        "format": f"{one.format} {one.variant}".strip(),
        "version": one.version,
        "compatible": [f"{each.kind} {each.value}" for each in one.compatible],
        "payloads": {payload.path: ", ".join(payload.images) for payload in one.payloads},
        "signature": one.signature.judgement,
        "signed by": list(one.signature.signers),
    }


def bundle_lines(bundles: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Update bundles as a person reads them: what they are for, who signed, what they install."""
    for name, one in bundles.items():
        told = ", ".join(part for part in (f"{one['format']} {one['version']}".strip(), *one["compatible"]) if part)
        yield printable(f"bundle      {name}  {told}")
        signers = f" ({', '.join(one['signed by'])})" if one["signed by"] else ""
        yield printable(f"  signature {one['signature']}{signers}")
        installs = [f"  installs  {path}" + (f" = {image}" if image else "") for path, image in one["payloads"].items()]
        yield from _bounded([printable(line) for line in installs])


def by_ecosystem(inventory: Inventory) -> Counter[str]:
    """Number of components by purl type."""
    return Counter(one.component.purl[4:].split("/", 1)[0] for one in inventory.components)


def lines(facts: dict[str, Any]) -> Iterator[str]:
    """The summary as a person reads it."""
    counts = facts["components"]
    each = ", ".join(f"{name} {count}" for name, count in counts.items())
    yield f"components  {sum(counts.values())}" + (f" ({each})" if each else "")
    yield f"conflicts   {len(facts['conflicts'])}"
    yield from (f"  {line}" for line in _bounded(facts["conflicts"]))
    severities = Counter(one["severity"] for one in facts["problems"])
    tally = ", ".join(f"{severities[name]} {name}{'s'[: severities[name] != 1]}" for name in _ORDER if severities[name])
    yield f"problems    {tally or 'none'}"
    yield from _bounded([_problem(**one) for one in facts["problems"] if one["severity"] != "note"])
    yield from _bounded([_problem(**one) for one in facts["problems"] if one["severity"] == "note"])
    for name, image in facts["images"].items():
        yield f"image       {printable(name)}  {image['size']} bytes"
        yield from (f"  {algorithm} {value}" for algorithm, value in image.items() if algorithm != "size")
    yield from bundle_lines(facts["bundles"])
    release = facts["release"]
    state = [release["commit"][:12], "dirty" if release["dirty"] else "", f"tag signature: {release['tag signature']}"]
    yield f"release     {printable(release['version'] or 'unknown')} ({', '.join(part for part in state if part)})"
    yield f"signed by   {', '.join(facts['signed by']) or 'nobody'}"
    yield f"written to  {printable(facts['written to'])}"


def bundles(release: Release) -> dict[str, dict[str, Any]]:
    """The update bundles among the images, as plain values."""
    return {image.name: _bundle(one) for image in release.images for one in image.bundle}


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Problems as a person reads them, the worst first, bounded."""
    ranked = sorted(problems, key=lambda one: (_ORDER.index(one.severity), one))
    yield from _bounded([_problem(one.severity, one.plugin, one.path, one.message) for one in ranked])


_ORDER = ("error", "warning", "note")


def _problem(severity: str, plugin: str, path: str, message: str) -> str:
    where = printable(": ".join(part for part in (path, message) if part))
    return f"  {severity:<8} {where}" + (f"  [{plugin}]" if plugin else "")


def _conflict(one: Conflict) -> str:
    chosen, rejected = (
        f"{value} ({', '.join(dict.fromkeys(f'{claim.plugin} {claim.location.path}' for claim in claims))})"
        for value, claims in ((one.chosen, one.chosen_by), (one.rejected, one.rejected_by))
    )
    return printable(f"{one.ref} {one.field}: {chosen}, not {rejected}")


def _bounded(found: list[str]) -> Iterator[str]:
    yield from found[:_MOST_LINES]
    if len(found) > _MOST_LINES:
        yield f"  … and {len(found) - _MOST_LINES} more"
