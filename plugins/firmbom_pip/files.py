"""Wheels and source distributions of a lock's package, as references with their digests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from firmbom.model import Digest, ExternalReference
from firmbom_pip import source
from firmbom_pip.report import Report, at
from firmbom_pip.source import Source


def digests(report: Report, texts: Iterable[str], place: str) -> tuple[Digest, ...]:
    """The digests that can be read, the rest told; empty texts are no digests."""
    found = (report.tried(partial(source.digest, text), None, place) for text in texts if text)
    return tuple(digest for digest in found if digest)


def listed(report: Report, entry: Mapping[str, Any], key: str, place: str) -> Iterator[ExternalReference]:
    """The files of Poetry and PDM: ``{file = …, url = …, hash = "sha256:…"}``."""
    for here, file in report.tables(entry, key, place):
        yield from reference(report, file, here, digests(report, [report.text(file, "hash", here)], at(here, "hash")))


def reference(
    report: Report, file: Mapping[str, Any], place: str, found: tuple[Digest, ...]
) -> Iterator[ExternalReference]:
    """The address of a file, else its path, else its name, with the digests ``found`` for it."""
    url, path = report.text(file, "url", place), report.text(file, "path", place)
    names = (report.text(file, key, place) for key in ("file", "filename", "name"))
    name = next((name for name in names if name), "")
    if url:
        shown = report.tried(partial(source.public, url), "", at(place, "url"))
    else:
        shown = source.escaped(source.local_path(path) if path else name)
    if shown:
        yield source.file_reference(shown, found, name)
    else:
        report.say("warning", "a file without address, path and name", place)


def by_digest_only(name: str, version: str, found: Iterable[Digest], origin: Source) -> tuple[ExternalReference, ...]:
    """Files of which only digests are known, one reference each: they are alternatives, not digests of one file."""
    shown = sorted(found)
    page = source.page(name, version, origin) if shown else ""
    return tuple(source.file_reference(page, (digest,)) for digest in shown)
