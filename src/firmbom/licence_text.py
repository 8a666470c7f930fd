"""The text of a licence that SPDX does not list, as files beside a build's records hold it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from firmbom.model import LicenceText
from firmbom.problems import Report
from firmbom.spdx import REFERENCE
from firmbom.tree.base import File

LONGEST = 64 << 10
"""Bytes of all files of one licence; longer texts are left out."""

_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_WORDS = re.compile(r"[^\s()]+")


def references(expression: str) -> tuple[str, ...]:
    """The licences of an SPDX expression that SPDX does not list."""
    return tuple(sorted({word for word in _WORDS.findall(expression) if word.startswith(REFERENCE)}))


def licence_text(name: str, files: Iterable[File], report: Report) -> Iterator[LicenceText]:
    """What the files hold, one after the other; nothing where they are none, no texts or too long.

    Args:
        name: the ``LicenseRef-``.
        files: in the order in which they are to be read.
        report: told of what is left out.
    """
    pieces, size = [], 0
    for file in files:
        size += file.size
        data = report.read(file, "warning") if size <= LONGEST else None
        if data is None:
            if size > LONGEST:
                report.say("note", f"a licence of more than {LONGEST} bytes; its text is left out", file.location_path)
            return
        text = _decoded(data)
        if _NO_TEXT.search(text):
            report.say("note", "a licence that is no text; it is left out", file.location_path)
            return
        pieces.append(text.strip("\n"))
    if any(pieces):
        yield LicenceText(name, "\n\n".join(filter(None, pieces)) + "\n")


def _decoded(data: bytes) -> str:
    """UTF-8, else Latin-1, with lines that end as lines do."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
