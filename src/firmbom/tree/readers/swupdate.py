"""SWUpdate's bundle: a cpio archive whose first file, sw-description, says what the others are.

Source: SWUpdate's documentation, "SWUpdate: syntax and tags with the default parser" and "Symmetric Update Encryption".
The description is libconfig or JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firmbom import libconfig, parse
from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.readers import cpio
from firmbom.tree.report import Report
from firmbom.tree.source import Source

DESCRIPTION = "sw-description"
LARGEST = 1 << 20
"""Bytes of a description."""
_NAME = DESCRIPTION.encode()
_MOST = 20_000
"""Groups and lists that are looked at."""
_CONTROL = bytes(one for one in range(32) if one not in b"\t\n\r\f\v")


def confirm(head: bytes) -> bool:
    """An archive of the new form that begins with the description."""
    return head[:6] in (b"070701", b"070702") and head[110:].startswith(_NAME + b"\0") and cpio.confirm(head)


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries of the archive; says which of them nobody can read without a key."""
    encrypted: frozenset[bytes] = frozenset()
    for entry in cpio.read(source, report):
        if entry.name == _NAME and isinstance(entry.content, Source):
            encrypted = _encrypted(entry.content.read_at(0, LARGEST), report)
        if entry.name in encrypted:
            report("error", f"encrypted: not opened; what its bytes 0 to {entry.size} hold is unknown", entry.name)
        yield entry


def is_text(description: bytes) -> bool:
    """Is it text? One that is not is encrypted."""
    try:
        description.decode()
    except UnicodeDecodeError:
        return False
    return len(description.translate(None, _CONTROL)) == len(description)


def software(description: bytes) -> Mapping[str, Any]:
    """The group ``software``.

    Raises:
        InputError: neither libconfig nor JSON, or without that group.
    """
    made = parse.json(description) if description.lstrip()[:1] == b"{" else libconfig.loads(description)
    found = made.get("software") if isinstance(made, dict) else None
    if not isinstance(found, dict):
        raise InputError("it has no group 'software'")
    return found


def groups(top: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every group of the description."""
    pending: list[Any] = [top]
    for _ in range(_MOST):
        if not pending:
            return
        one = pending.pop()
        if isinstance(one, dict):
            yield one
            pending += [each for each in one.values() if isinstance(each, dict | list)]
        else:
            pending += [each for each in one if isinstance(each, dict | list)]


def _encrypted(description: bytes, report: Report) -> frozenset[bytes]:
    """The names of files whose group says that they are encrypted."""
    if not is_text(description):
        report("error", "encrypted, as its bytes show: what the bundle's files are is unknown", _NAME)
        return frozenset()
    try:
        found = [one for one in groups(software(description)) if isinstance(one.get("filename"), str)]
    except InputError as error:
        report("error", f"{error.within('')}: which of the bundle's files are encrypted is unknown", _NAME)
        return frozenset()
    # Old versions wrote a number for true, new ones name the cipher.
    return frozenset(
        one["filename"].encode("utf-8", "surrogateescape")
        for one in found
        if str(one.get("encrypted", False)).lower() not in ("false", "0", "")
    )
