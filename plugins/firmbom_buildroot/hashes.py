"""``*.hash`` files: a line ``<algorithm> <hexadecimal> <file>`` for each download and licence text."""

from __future__ import annotations

from collections.abc import Mapping

from firmbom.model import Digest
from firmbom.problems import Report
from firmbom.tree.base import File

_MOST_LINES = 100_000


def read(file: File, report: Report) -> Mapping[str, tuple[Digest, ...]]:
    """Digests by file name; a line that is none is told and left out."""
    found: dict[str, dict[Digest, None]] = {}
    for number, line in enumerate((report.text(file) or "").splitlines()[:_MOST_LINES], 1):
        words = line.split()
        if not words or words[0].startswith("#") or words[0] == "none":
            continue
        try:
            algorithm, value, name = words
            digest = Digest.named(algorithm, value)
        except ValueError as error:
            where = f"line {number}: {error}"
            report.say("warning", "a line that is no hash", file.location_path, detail=where)
            continue
        found.setdefault(name, {})[digest] = None
    return {name: tuple(digests) for name, digests in found.items()}
