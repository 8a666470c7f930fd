"""Claims as CycloneDX ``evidence``: one ``identity`` for each field, value and plugin, and where it was seen.

``methods[].value`` is ``<basis>: <location>``, where the location is the path and, as a fragment, the place in that
file: ``lockfile: web/package-lock.json#symbol=packages.node_modules/ms``. Path and fragment are percent-encoded only
where they would be ambiguous, so the text can be read by a person and parsed back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from firmbom.cyclonedx import names
from firmbom.model import Basis, Claim, Component, Location, own_value

TECHNIQUE: Mapping[str, str] = {
    str(Basis.BUILD_RECORD): "manifest-analysis",
    str(Basis.PACKAGE_DATABASE): "manifest-analysis",
    str(Basis.LOCKFILE): "manifest-analysis",
    str(Basis.MANIFEST): "manifest-analysis",
    str(Basis.EMBEDDED): "binary-analysis",
    str(Basis.HASH): "hash-comparison",
    str(Basis.REPORTED): "other",
    str(Basis.VERSION_STRING): "binary-analysis",
    str(Basis.FILE_NAME): "filename",
}
"""CycloneDX ``methods[].technique`` of each basis."""

WRITTEN = "text: "
"""Begins the ``additionalContext`` of an occurrence that quotes what stands there."""

Tools = Mapping[str, Sequence[str]]
"""The bom-refs of the tool components of each plugin."""


def identity(component: Component, tools: Tools) -> list[dict[str, Any]]:
    """``evidence.identity[]``: which plugin concluded what, by which methods; further CPEs have no method."""
    grouped: defaultdict[tuple[str, str, str], set[tuple[str, float, str]]] = defaultdict(set)
    for claim in component.claims:
        value = claim.value or own_value(component, claim.field)
        method = TECHNIQUE[claim.basis], _confidence(claim), claim_text(claim)
        grouped[claim.field, value, claim.plugin].add(method)
    stated = [_identity(*key, sorted(grouped[key]), tools) for key in sorted(grouped)]
    return stated + [{"field": "cpe", "concludedValue": cpe} for cpe in component.cpes[1:]]


def occurrences(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """``evidence.occurrences[]``: every place that a claim rests on, once."""
    return [_occurrence(one) for one in sorted({claim.location for claim in claims if claim.location.path})]


def location_text(location: Location) -> str:
    """A location as one line."""
    path = location.path
    if "%" in path or "#" in path:
        path = path.replace("%", "%25").replace("#", "%23")
    place = f"&line={location.line}" if location.line else ""
    if location.offset >= 0:
        place += f"&offset={location.offset}"
    if location.symbol:
        place += f"&symbol={_escaped(location.symbol)}"
    if location.text:
        place += f"&text={_escaped(location.text)}"
    return f"{path}#{place[1:]}" if place else path


def location_of(text: str) -> Location:
    """The location that :func:`location_text` wrote; other text is a path."""
    path, _, fragment = text.partition("#")
    place = dict(part.partition("=")[::2] for part in fragment.split("&"))
    line, offset = place.get("line", ""), place.get("offset", "")
    return Location(
        path.replace("%23", "#").replace("%25", "%"),
        line=int(line) if _is_number(line) else 0,
        offset=int(offset) if _is_number(offset) else -1,
        symbol=_unescaped(place.get("symbol", "")),
        text=_unescaped(place.get("text", "")),
    )


def claim_text(claim: Claim) -> str:
    """``methods[].value``."""
    return claim.basis + ": " + location_text(claim.location)  # to format an enum's member takes three times as long


def claimed(text: str) -> tuple[Basis, Location] | None:
    """The basis and location that :func:`claim_text` wrote, or None for anybody else's text."""
    basis, colon, place = text.partition(": ")
    if not colon or basis not in _BASES:
        return None
    return _BASES[basis], location_of(place)


_BASES = {basis.value: basis for basis in Basis}


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26") if "%" in text or "&" in text else text


def _unescaped(text: str) -> str:
    return text.replace("%26", "&").replace("%25", "%")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16


def _identity(
    field: str, value: str, plugin: str, methods: Sequence[tuple[str, float, str]], tools: Tools
) -> dict[str, Any]:
    made: dict[str, Any] = {"field": field, "confidence": max([sure for _, sure, _ in methods])}
    if value:
        made["concludedValue"] = value
    made["methods"] = [{"technique": name, "confidence": sure, "value": text} for name, sure, text in methods]
    if plugin:
        made["tools"] = list(tools.get(plugin, (names.TOOL + plugin,)))
    return made


def _confidence(claim: Claim) -> float:
    """Within 0..1; a whole number is written as one, which spares a signer the rewriting that RFC 8785 asks for."""
    sure = claim.confidence
    return sure if 0 < sure < 1 else int(sure >= 1)


def _occurrence(location: Location) -> dict[str, Any]:
    made: dict[str, Any] = {"location": location.path}
    if location.line:
        made["line"] = location.line
    if location.offset >= 0:
        made["offset"] = location.offset
    if location.symbol:
        made["symbol"] = location.symbol
    if location.text:
        made["additionalContext"] = f"{WRITTEN}{location.text}"
    return made
