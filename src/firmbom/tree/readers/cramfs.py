"""cramfs, little and big endian: pages packed with zlib. Source: the kernel's include/uapi/linux/cramfs_fs.h."""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.codec import codec
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_PAGE = 4096
_SIGNATURE = b"Compressed ROMFS"
_ROOT, _INODE = 64, 12
_LARGEST_FILE = (1 << 24) - 1
_EXTENDED_POINTERS = 0x800
_unpack = codec("zlib")


class _Inode(NamedTuple):
    mode: int
    size: int
    name_length: int
    offset: int


def confirm(head: bytes) -> bool:
    """The signature behind the magic."""
    return head[16:32] == _SIGNATURE


def length(head: bytes) -> int:
    """The bytes that the image covers; 0 in the first version, which does not state it."""
    order = "<" if head[:4] == b"\x45\x3d\xcd\x28" else ">"
    size, flags = struct.unpack_from(f"{order}II", head, 4)
    return size if flags & 1 else 0


def read(source: Source, report: Report) -> Iterator[Entry]:
    """The entries, folders before what is in them."""
    order = "<" if source.read_at(0, 4) == b"\x45\x3d\xcd\x28" else ">"
    size, flags = struct.unpack(f"{order}4xII", source.read_at(0, 12))
    if flags & _EXTENDED_POINTERS:
        raise InputError("cramfs with extended block pointers (execute in place), which firmbom does not read")
    if flags & 1 and size > source.size:
        report("error", f"cut short: {source.size} of {size} bytes are there")
    pending = [(b"", _inode(source, _ROOT, order))]
    seen: set[int] = set()
    while pending:
        folder, inode = pending.pop()
        if inode.offset in seen and inode.size:
            report("error", "a folder that stands there already; not entered again", folder)
            continue
        seen.add(inode.offset)
        try:
            for name, child in _listing(source, inode, order):
                path = folder + b"/" + name if folder else name
                if stat.S_ISDIR(child.mode):
                    yield Entry(path, "folder")
                    pending.append((path, child))
                else:
                    yield from _leaf(source, report, path, child, order)
        except InputError as error:
            report("error", f"folder not read to its end: {error.message}", folder)


def _leaf(source: Source, report: Report, path: bytes, inode: _Inode, order: str) -> Iterator[Entry]:
    if stat.S_ISREG(inode.mode):
        yield Entry(path, "file", inode.size, partial(_content, source, inode, order))
    elif stat.S_ISLNK(inode.mode):
        try:
            yield Entry(path, "symlink", target=b"".join(_content(source, inode, order)))
        except InputError as error:
            report("error", f"link not read: {error.message}", path)


def _inode(source: Source, offset: int, order: str) -> _Inode:
    data = source.read_at(offset, _INODE)
    if len(data) < _INODE:
        raise InputError(f"an inode at byte {offset}, beyond the image's end")
    if order == "<":
        mode, _, packed, place = struct.unpack("<HHII", data)
        return _Inode(mode, packed & _LARGEST_FILE, (place & 0x3F) * 4, (place >> 6) * 4)
    mode, _, packed, place = struct.unpack(">HHII", data)
    return _Inode(mode, packed >> 8, (place >> 26) * 4, (place & 0x3FFFFFF) * 4)


def _listing(source: Source, folder: _Inode, order: str) -> Iterator[tuple[bytes, _Inode]]:
    offset, end = folder.offset, folder.offset + folder.size
    while offset < end:
        inode = _inode(source, offset, order)
        name = source.read_at(offset + _INODE, inode.name_length).rstrip(b"\0")
        if not name:
            raise InputError(f"an entry without a name at byte {offset}")
        yield name, inode
        offset += _INODE + inode.name_length


def _content(source: Source, inode: _Inode, order: str) -> Iterator[bytes]:
    """Page by page; a pointer says where each page ends, and a page without bytes is a hole."""
    pages = -(-inode.size // _PAGE)
    table = source.read_at(inode.offset, 4 * pages)
    if len(table) < 4 * pages:
        raise InputError("its image ends in it")
    start, left = inode.offset + 4 * pages, inode.size
    for end in struct.unpack(f"{order}{pages}I", table):
        wanted = min(_PAGE, left)
        if not 0 <= end - start <= 2 * _PAGE:
            raise InputError(f"a page of {end - start} bytes")
        packed = source.read_at(start, end - start)
        page = _unpack(packed, _PAGE) if packed else bytes(wanted)
        if len(page) != wanted:
            raise InputError(f"a page of {len(page)} bytes, where {wanted} are due")
        yield page
        start, left = end, left - wanted
