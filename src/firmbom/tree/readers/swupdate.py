"""SWUpdate's bundle: a cpio archive whose first file, sw-description, says what the others are.

Source: SWUpdate's documentation, "SWUpdate: syntax and tags" and "Symmetric Update Encryption". The description is
libconfig or JSON; only ``filename`` and ``encrypted`` are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmbom.tree.archive import Entry
from firmbom.tree.readers import cpio
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_NAME = b"sw-description"
_LARGEST = 1 << 20
_TOKEN = re.compile(rb'//[^\n]*|#[^\n]*|/\*.*?\*/|"(?:[^"\\]|\\.)*"|[{}=:]|[^\s{}=:;,()\[\]"]+', re.DOTALL)


def confirm(head: bytes) -> bool:
    """An archive of the new form that begins with the description."""
    return head[:6] in (b"070701", b"070702") and head[110:].startswith(_NAME + b"\0") and cpio.confirm(head)


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries of the archive; says which of them nobody can read without a key."""
    encrypted: frozenset[bytes] = frozenset()
    for entry in cpio.read(source, report):
        if entry.name == _NAME and isinstance(entry.content, Source):
            text = entry.content.read_at(0, _LARGEST)
            if b"\0" in text or not text.isascii():
                report("error", "encrypted, as its bytes show: what the bundle's files are is unknown", _NAME)
            encrypted = _encrypted(text)
        if entry.name in encrypted:
            report("error", f"encrypted: not opened; what its bytes 0 to {entry.size} hold is unknown", entry.name)
        yield entry


def _encrypted(text: bytes) -> frozenset[bytes]:
    """The names of files whose group says that they are encrypted."""
    groups: list[dict[bytes, bytes]] = [{}]
    found: set[bytes] = set()
    before = key = b""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[:2] in (b"//", b"/*") or token[:1] == b"#":
            continue
        if token == b"{":
            groups.append({})
        elif token == b"}" and len(groups) > 1:
            group = groups.pop()
            # Old versions wrote a number for true, new ones name the cipher.
            if group.get(b"encrypted", b"false").lower() not in (b"false", b"0", b"") and b"filename" in group:
                found.add(group[b"filename"])
        elif token in (b"=", b":"):
            key = before
        else:
            before = token.strip(b'"')
            if key:
                groups[-1][key] = before
        if token not in (b"=", b":"):
            key = b""
    return frozenset(found)
