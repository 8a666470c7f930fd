"""Microsoft's cabinet, as fwupd's firmware comes in: files in folders of data blocks, stored or packed with MSZIP.

Source: [MS-CAB] "Cabinet File Format", section 2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from firmbom.errors import InputError
from firmbom.tree.archive import Entry
from firmbom.tree.readers.cabinet_folder import OPENED, Folder
from firmbom.tree.report import Report
from firmbom.tree.source import Source

_HEADER = struct.Struct("<4sIIIIIBBHHHHH")
"""Section 2.1: magic, reserved, size, reserved, offset of the files, reserved, version (minor, major), how many folders
and files, flags, set, number in the set."""
_PREVIOUS, _NEXT, _RESERVES = 1, 2, 4
_RESERVED = struct.Struct("<HBB")
"""Bytes set aside in the header, in each folder and in each block."""
_FOLDER = struct.Struct("<IHH")
_FILE = struct.Struct("<IIHHHH")
"""Section 2.3: size, offset in its folder, folder, date, time, attributes."""
_ELSEWHERE = 0xFFFD
"""Folder numbers from here on say that the file continues in another cabinet."""
_LONGEST_NAME = 256
"""Section 2.3: szName, with its final zero."""
_METHODS = {2: "Quantum", 3: "LZX"}


class _Header(NamedTuple):
    size: int
    files_at: int
    folders: int
    files: int
    flags: int
    end: int
    """Where the folders begin."""
    of_folder: int
    of_block: int
    """Bytes set aside in each."""


def confirm(head: bytes) -> bool:
    """Version 1.x, and files behind the header."""
    return len(head) >= _HEADER.size and head[25] == 1 and _HEADER.unpack_from(head)[4] >= _HEADER.size


def read(source: Source, report: Report) -> Iterator[Entry]:
    """Every file; what is packed otherwise, or continues in another cabinet, is an error for each file.

    Raises:
        InputError: the header or the list of files ends too early.
    """
    header = _header(source)
    if header.size > source.size:
        report("error", f"cut short: {source.size} of {header.size} bytes are there")
    elif header.size < source.size:
        report("warning", f"{source.size - header.size} bytes follow its end; not read")
    if header.flags & (_PREVIOUS | _NEXT):
        report("error", "is one of several cabinets; only what lies whole in it was read")
    folders = _folders(source, header)
    offset = header.files_at
    for _ in range(header.files):
        fields = source.read_at(offset, _FILE.size)
        name, zero, _ = source.read_at(offset + _FILE.size, _LONGEST_NAME).partition(b"\0")
        if len(fields) < _FILE.size or not zero:
            raise InputError(f"its list of files is damaged at byte {offset}")
        size, start, number, _, _, _ = _FILE.unpack(fields)
        offset += _FILE.size + len(name) + 1
        name = name.replace(b"\\", b"/")
        if number >= _ELSEWHERE:
            report("error", "continues in another cabinet; not read", name)
        elif number >= len(folders):
            report("error", f"lies in folder {number}, which is not there; not read", name)
        elif method := _method(folders[number]):
            report("error", f"is packed with {method}; not opened, so what it holds is unknown", name)
        else:
            yield Entry(name, "file", size, folders[number].content(start, size))


def _method(folder: Folder) -> str:
    """How a folder is packed, where that is none of what is opened here."""
    return "" if folder.method in OPENED else _METHODS.get(folder.method, f"method {folder.method}")


def _header(source: Source) -> _Header:
    fixed = source.read_at(0, _HEADER.size)
    if len(fixed) < _HEADER.size:
        raise InputError("ends in its header")
    _, _, size, _, files_at, _, _, _, folders, files, flags, _, _ = _HEADER.unpack(fixed)
    end = _HEADER.size
    of_folder = of_block = 0
    if flags & _RESERVES:
        reserved = source.read_at(end, _RESERVED.size)
        if len(reserved) < _RESERVED.size:
            raise InputError("ends in its header")
        of_header, of_folder, of_block = _RESERVED.unpack(reserved)
        end += _RESERVED.size + of_header
    for flag in (_PREVIOUS, _NEXT):
        for _ in range(2 if flags & flag else 0):  # the name of the cabinet and that of its disk
            text, zero, _ = source.read_at(end, _LONGEST_NAME).partition(b"\0")
            if not zero:
                raise InputError("the name of the cabinet beside it has no end")
            end += len(text) + 1
    return _Header(size, files_at, folders, files, flags, end, of_folder, of_block)


def _folders(source: Source, header: _Header) -> list[Folder]:
    """The folders, none of which may share its blocks with another: so they cost no more than the file is long."""
    step = _FOLDER.size + header.of_folder
    table = source.read_at(header.end, step * header.folders)
    if len(table) < step * header.folders:
        raise InputError("ends in its list of folders")
    found = [
        Folder(source, start, blocks, method & 0xF, header.of_block)
        for start, blocks, method in (_FOLDER.unpack_from(table, step * number) for number in range(header.folders))
    ]
    end = 0
    for folder in sorted(found, key=lambda one: one.start):
        if folder.blocks and folder.start < end:
            raise InputError(f"its folders share the bytes at {folder.start}, as those of a decompression bomb do")
        end = max(end, folder.end)
    return found
