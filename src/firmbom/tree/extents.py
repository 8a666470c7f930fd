"""How far a part of a flash dump reaches that does not state its length: over what carries its marks without a break.

What lies in there may look like another part (a squashfs in a UBI volume, a file in a JFFS2 node) and is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from firmbom.errors import InputError
from firmbom.tree.source import Source

_WINDOW = 1 << 20
_PADDING = {b"\xff\xff\xff\xff": re.compile(rb"[^\xff]"), bytes(4): re.compile(rb"[^\0]")}
"""Words between the nodes of JFFS2, and what ends a run of them."""


def covered(name: str, source: Source) -> int:
    """The bytes from the beginning of ``source`` that belong to the part of this format; 0 when it has no marks."""
    return _COVERED[name](source) if name in _COVERED else 0


def _ubi(source: Source) -> int:
    """Up to the last of the blocks that have an erase counter or are erased."""
    from firmbom.tree.readers.ubi_headers import HEADER, MAGIC, block_size, erase_counter

    first = erase_counter(source.read_at(0, HEADER))
    try:
        size = block_size(source, first) if first else source.size
    except InputError:
        return 0
    offset = end = 0
    while offset < source.size:
        head = source.read_at(offset, HEADER)
        if head.startswith(MAGIC):
            end = offset + size
        elif head.strip(b"\xff"):
            break
        offset += size
    return min(end, source.size)


def _jffs2(source: Source) -> int:
    """Up to the last of the nodes with nothing but padding between them."""
    from firmbom.tree.readers.jffs2_nodes import HEADER, LITTLE, Layout

    layout = Layout("<" if source.read_at(0, 2) == LITTLE else ">")
    offset = end = start = 0
    window = b""
    while offset + HEADER <= source.size:
        if not start <= offset <= start + len(window) - HEADER:
            start, window = offset, source.read_at(offset, _WINDOW)
        at = offset - start
        _, size = layout.header(window, at)
        if size:
            offset += size + -size % 4
            end = offset
        elif window[at : at + 4] in _PADDING:
            rest = _PADDING[window[at : at + 4]].search(window, at)
            offset += ((rest.start() if rest else len(window)) - at) // 4 * 4
        else:
            break
    return min(end, source.size)


_COVERED: Mapping[str, Callable[[Source], int]] = {"ubi": _ubi, "jffs2": _jffs2}
