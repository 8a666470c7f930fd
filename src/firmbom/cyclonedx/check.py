"""Is a document sound? The official schema first, then what it lets pass.

The schema accepts an unknown ``specVersion``, a bom-ref given twice, references to nothing, and ``garbage`` as a purl.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from firmbom.cyclonedx.content import content_faults
from firmbom.cyclonedx.links import link_faults
from firmbom.cyclonedx.pause import collector_paused
from firmbom.cyclonedx.schema import validator
from firmbom.cyclonedx.spec import READABLE, schema_url
from firmbom.cyclonedx.vulnerabilities import vulnerability_faults
from firmbom.errors import printable

MOST = 100
"""Faults named; a document that has more is not mended by reading the rest."""

_LONGEST = 300


def faults(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What is wrong with a document, one line each with its JSON pointer (RFC 6901); empty if it is sound.

    What the schema finds comes first; if it finds anything, the rest is not asked, because shapes cannot be relied on.
    """
    version = document.get("specVersion")
    if version not in READABLE:
        return (
            f"/specVersion: {_shown(version)} is no CycloneDX version that has a JSON form ({', '.join(READABLE)})",
        )
    with collector_paused():
        return _bounded(_schema_faults(document, version)) or _bounded(
            chain(
                _schema_named(document, version),
                vulnerability_faults(document),
                link_faults(document),
                content_faults(document),
            )
        )


def _schema_faults(document: Mapping[str, Any], version: str) -> Iterator[str]:
    try:
        for error in validator(version).iter_errors(document):
            pointer = "".join(f"/{_escaped(str(step))}" for step in error.instance_path)
            yield f"{pointer or '/'}: {_shortened(error.message)}"
    except ValueError as error:  # not made of JSON values, or nested deeper than the validator goes
        yield f"/: cannot be checked: {_shortened(str(error))}"


def _schema_named(document: Mapping[str, Any], version: str) -> Iterator[str]:
    """``$schema`` may be absent, be named by https, and be the strict variant of 1.2 and 1.3."""
    stated = document.get("$schema", "")
    plain = stated.replace("https://", "http://").replace("-strict.schema", ".schema")
    if plain not in {"", schema_url(version)}:
        yield f"/$schema: {_shown(stated)} is not that of {version}"


def _bounded(found: Iterable[str]) -> tuple[str, ...]:
    rest = iter(found)
    named = tuple(islice(rest, MOST))
    more = sum(1 for _ in rest)
    return (*named, f"and {more} more") if more else named


def _escaped(step: str) -> str:
    return printable(step.replace("~", "~0").replace("/", "~1"))


def _shown(value: object) -> str:
    return _shortened(repr(value))


def _shortened(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST // 2] + " … " + line[-_LONGEST // 2 :]
