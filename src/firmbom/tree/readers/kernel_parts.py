"""What is built into a Linux kernel: its configuration, initramfs and what follows it.

Sources: Linux's kernel/configs.c (the configuration between two marks) and usr/initramfs_data.S (the archive, plain or
compressed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.base import HEAD
from firmbom.tree.readers import cpio
from firmbom.tree.readers.kernel_payload import MAGICS, REACH, beginning, unpack
from firmbom.tree.readers.kernel_tail import entries as tail
from firmbom.tree.readers.kernel_tail import tree_length
from firmbom.tree.report import Report
from firmbom.tree.search import occurrences
from firmbom.tree.source import Source

_CONFIG, _CONFIG_END = b"IKCFG_ST", b"IKCFG_ED"
_CPIO = rb"07070[12][0-9A-Fa-f]{104}"
_END, _BLOCK = b"TRAILER!!!", 512
_TREE = b"\xd0\x0d\xfe\xed"
_PARTS = re.compile(b"|".join((_CONFIG, _CPIO, re.escape(_TREE), MAGICS)))
_MOST_HITS = 1_000_000
_NEAR_END = 1 << 16
"""An appended device tree has at most so much padding behind it."""
_ALIGNED = 4
"""What the linker puts an initramfs on, in bytes."""


def built_in(source: Source, report: Report) -> Iterator[Entry]:
    """Each part as a file."""
    end = archives = 0
    for hits, (offset, match) in enumerate(occurrences(source, _PARTS, max(REACH, 110))):
        if hits > _MOST_HITS:
            raise InputError("holds more beginnings of parts than any kernel")
        found = match.group()
        if offset < end or (found != _CONFIG and offset % _ALIGNED):
            continue
        if found == _CONFIG:
            yield from _configuration(source, offset + len(_CONFIG), report)
        elif found != _TREE:
            for entry in _initramfs(source, offset, archives, report):
                yield entry
                archives += 1
                end = offset + entry.size
        elif _is_last(source, offset):
            yield from tail(source, offset, report)
            return


def _configuration(source: Source, offset: int, report: Report) -> Iterator[Entry]:
    """What ``/proc/config.gz`` shows; nothing where the mark is only a string."""
    payload = unpack(source, offset)
    if payload is None:
        return
    if payload.fault or source.read_at(payload.end, len(_CONFIG_END)) != _CONFIG_END:
        report("error", f"its configuration is damaged: {payload.fault or 'no mark at its end'}")
    yield Entry(b"ikconfig", "file", payload.content.size, payload.content)


def _initramfs(source: Source, offset: int, number: int, report: Report) -> Iterator[Entry]:
    name = b"initramfs-%d" % number if number else b"initramfs"
    if source.read_at(offset, 5) == b"07070":
        if not cpio.confirm(source.read_at(offset, HEAD)):
            return
        end, fault = _archive_end(source, offset)
    else:
        if not cpio.confirm(beginning(source, offset, HEAD)):
            return
        payload = unpack(source, offset)
        end, fault = (payload.end, payload.fault) if payload else (0, "")
    if fault:
        report("error", f"an initramfs at byte {offset} is damaged: {fault}")
    yield Entry(name, "file", end - offset, source.window(offset, end - offset))


def _archive_end(source: Source, offset: int) -> tuple[int, str]:
    """Where the archives from ``offset`` on end, and what is wrong with them."""
    body = source.window(offset, source.size)
    try:
        *_, last = cpio.read(body, Report([], "", str))
    except InputError as error:
        return source.size, error.message
    follows = last.name.startswith(b"+") and last.kind == "file"
    size = body.size - (last.size if follows else 0)
    # Zeros behind the archive belong to it up to a multiple of its blocks; the size that follows may begin with a zero.
    whole = size - size % _BLOCK
    padded = _END in body.read_at(whole - _BLOCK, _BLOCK) if whole else False
    return offset + (whole if padded else size - size % _ALIGNED), ""


def _is_last(source: Source, offset: int) -> bool:
    size = tree_length(source, offset)
    rest = source.size - offset - size
    return bool(size) and rest <= _NEAR_END and not source.read_at(offset + size, rest).strip(b"\0\xff")
