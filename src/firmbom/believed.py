"""Why a component's version is stated, or why none is, in plain words from the claims in its document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from firmbom.identity import parts
from firmbom.model import Basis, Claim, Component

_DECLARED: Mapping[Basis, str] = {
    Basis.BUILD_RECORD: "the record of the build",
    Basis.PACKAGE_DATABASE: "the record of an installer",
    Basis.LOCKFILE: "a lockfile",
    Basis.MANIFEST: "a manifest",
    Basis.EMBEDDED: "what a file declares of itself",
    Basis.HASH: "a known file that has the same bytes",
    Basis.REPORTED: "a document that does not show how it knows",
}
"""What tells the version together with the name."""
_NODE = re.compile(r"[A-Z][A-Z0-9_]*_v?\d[\d._]*")
"""The name of a version node: ``OPENSSL_3.0.0``."""
_ANSWER = re.compile(r"(?!Version:)[A-Za-z_]\w*: \S.*")
"""What a function of a library says, and its name: ``FcGetVersion: 21401``."""
_OF_NAMES = {"the name of a file", "the name of a version node"}
_MOST = 6
"""Versions that were read and not stated."""


def version_lines(component: Component, claims: Sequence[Claim]) -> Iterator[str]:
    """Yield one sentence on the stated version, or on why there is none, then one for each other that was read."""
    told: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.field == "version" or (claim.field == "purl" and not claim.value and claim.basis in _DECLARED):
            told.setdefault(claim.value or component.version, []).append(claim)
    upstream = {parts(purl).version or "" for purl in component.upstream} - {component.version}
    others = {version: found for version, found in told.items() if version not in {"", component.version}}
    if component.version:
        yield f"{component.version} is stated: {_ground(component, told.get(component.version, ()))}"
    else:
        yield f"none is stated: {_reason(component, others)}"
    ranked = sorted(others.items(), key=lambda pair: (-_surest(pair[1]).confidence, pair[0]))
    for version, found in ranked[:_MOST]:
        word = "agrees, as upstream's" if version in upstream else "is not" if component.version else "was read"
        yield f"{version} {word}: {_ground(component, found)}"
    if len(ranked) > _MOST:
        yield f"and {len(ranked) - _MOST} more were read"


def _ground(component: Component, found: Sequence[Claim]) -> str:
    """What a version rests on: the surest kind of evidence, in how many files, how sure, and what else there is."""
    if not found:
        return "the document does not say what it rests on"
    best = _surest(found)
    kinds = dict.fromkeys(_kind(component, claim) for claim in sorted(found, key=lambda one: -one.confidence))
    first, *rest = kinds
    files = len({claim.location.path for claim in found if _kind(component, claim) == first})
    places = "" if best.basis in _DECLARED else f" in {files} {'file' if files == 1 else 'files'}"
    also = f"; also {' and '.join(rest)}" if rest else ""
    return f"{first}{places}, {best.confidence:.2f} sure{also}"


def _reason(component: Component, others: Mapping[str, Sequence[Claim]]) -> str:
    kinds = {_kind(component, claim) for found in others.values() for claim in found}
    if not others:
        return "nothing that was read tells one"
    if kinds <= _OF_NAMES:
        return "names often number an interface, not a release"
    if not _agree(others):
        return "what was read disagrees, and none of it is sure enough"
    return "such evidence is wrong too often"


def _agree(versions: Iterable[str]) -> bool:
    """Is each the beginning of the longest, as 1.15 is of 1.15.0?"""
    longest = max(versions, key=len)
    return all(f"{longest}.".startswith(f"{version}.") for version in versions)


def _surest(found: Sequence[Claim]) -> Claim:
    return max(found, key=lambda claim: claim.confidence)


def _kind(component: Component, claim: Claim) -> str:
    if claim.basis in _DECLARED:
        return _DECLARED[claim.basis]
    if claim.basis is Basis.FILE_NAME:
        return "the name of a file"
    return next(kind for kind, fits in _TEXTS.items() if fits(component, claim))


def _alone(component: Component, claim: Claim) -> bool:
    return claim.location.text.strip().lstrip("vV") == (claim.value or component.version)


def _answered(_: Component, claim: Claim) -> bool:
    return claim.location.offset < 0 and bool(_ANSWER.fullmatch(claim.location.text))


def _read_in(pattern: str) -> Callable[[Component, Claim], bool]:
    return lambda _, claim: re.search(pattern, claim.location.path) is not None


_TEXTS: Mapping[str, Callable[[Component, Claim], bool]] = {
    "its manual": _read_in(r"/man/man\d/|/info/[^/]+\.info(\.|$)"),
    "its metainfo": _read_in(r"/(metainfo|appdata)/[^/]+\.xml$"),
    "the module that loads it": _read_in(r"\.pm$|/pkgIndex\.tcl$|/DESCRIPTION$|/ebin/[^/]+\.app$"),
    "pkg-config's file": _read_in(r"\.pc$"),
    "the path of a source file": lambda _, claim: claim.location.symbol.startswith(".debug"),
    "the name of a version node": lambda _, claim: bool(_NODE.fullmatch(claim.location.text)),
    "a function or value of its own that tells it": _answered,
    "a number that stands alone": _alone,
    "a text that names it": lambda component, claim: component.name.casefold() in claim.location.text.casefold(),
    "a text": lambda _, __: True,
}
"""What is read in a binary or beside it, the first that fits."""
