"""What headers of vendors have in common: parts at stated places, and perhaps something behind the last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from firmbom.tree.archive import Entry
from firmbom.tree.report import Report
from firmbom.tree.source import Source


class Part(NamedTuple):
    """One part as a header states it; of no bytes when there is none."""

    name: bytes
    offset: int
    size: int


def parts(source: Source, report: Report, *listed: Part) -> Iterator[Entry]:
    """The parts as files, and what follows the last as ``+`` and its offset."""
    end = 0
    for part in listed:
        if part.size:
            content = source.window(part.offset, part.size)
            if content.size < part.size:
                report("error", f"cut short: {content.size} of {part.size} bytes are there", part.name)
            yield Entry(part.name, "file", content.size, content)
            end = max(end, part.offset + part.size)
    if end < source.size:
        yield Entry(b"+%d" % end, "file", source.size - end, source.window(end, source.size))
