"""OpenWrt's sysupgrade image: a tar of kernel and root, behind it metadata that names the boards, and a signature.

Source: OpenWrt's scripts/sysupgrade-tar.sh and its images' trailers: magic ``FWx0``, CRC-32, type, size, all
big endian and at the end of what they describe; type 1 is JSON, type 0 a signature.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

from firmbom import parse
from firmbom.bundles.bundle import Bundle, Compatible, Signature
from firmbom.bundles.reading import LARGEST_MANIFEST, Opened, Reading
from firmbom.errors import InputError
from firmbom.tree.source import Source

_TRAILER = struct.Struct(">4sIB3xI")
_HEADER = 8
"""Before the data of a trailer: version and flags."""
_SIGNATURE, _INFO = 0, 1
_MOST = 8
_CONTROL = re.compile(r"sysupgrade-[^/]+/CONTROL\Z")
_BOARD = re.compile(r"^BOARD=(.+)$", re.MULTILINE)


def fits(opened: Opened) -> bool:
    """Is it one? A tar with ``sysupgrade-<board>/CONTROL``."""
    return opened.container.name == "tar" and bool(_folder(opened))


def read(opened: Opened, reading: Reading) -> Bundle:
    """Read boards and version; the files that are written to flash state no digests.

    Raises:
        InputError: the metadata cannot be read.
    """
    reading.check_names()
    folder = _folder(opened)
    board = _BOARD.search(parse.text(reading.manifest(f"{folder}/CONTROL")))
    compatible = {Compatible("board", board[1].strip())} if board else set()
    for name in opened.tree.list(folder):
        if name != "CONTROL" and opened.tree.get(f"{folder}/{name}"):
            reading.payload(f"{folder}/{name}", name=name)
    version, signed = "", False
    for kind, data in _trailers(opened.source):
        signed = signed or kind == _SIGNATURE
        if kind == _INFO:
            stated = parse.json(data, path="metadata")
            compatible |= {Compatible("supported_device", one) for one in _texts(stated, "supported_devices")}
            of = stated.get("version") if isinstance(stated, dict) else None
            version = " ".join(_texts(of, "version") + _texts(of, "revision"))
    signature = Signature("not judged", "usign") if signed else Signature()
    return Bundle(
        format="sysupgrade",
        version=version,
        compatible=tuple(sorted(compatible)),
        payloads=reading.payloads,
        signature=reading.signed(signature),
    )


def _folder(opened: Opened) -> str:
    for name in opened.tree.list(""):
        if _CONTROL.match(f"{name}/CONTROL") and opened.tree.get(f"{name}/CONTROL"):
            return name
    return ""


def _trailers(source: Source) -> Iterator[tuple[int, bytes]]:
    """Type and data of each trailer, the last first."""
    end = source.size
    for _ in range(_MOST):
        tail = source.read_at(max(0, end - _TRAILER.size), _TRAILER.size)
        if len(tail) < _TRAILER.size or not tail.startswith(b"FWx0"):
            return
        _, _, kind, size = _TRAILER.unpack(tail)
        length = size - _TRAILER.size - _HEADER if kind == _INFO else size - _TRAILER.size
        start = end - _TRAILER.size - length
        if length < 0 or start < 0 or length > LARGEST_MANIFEST:
            raise InputError(f"the metadata at byte {end - _TRAILER.size} states a size of {size} bytes")
        yield kind, source.read_at(start, length)
        end -= size


def _texts(value: Any, key: str) -> list[str]:
    found = value.get(key) if isinstance(value, dict) else None
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str)]
