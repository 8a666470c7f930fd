"""dm-verity's hash tree over a file, made anew from the file.

Source: the kernel's Documentation/admin-guide/device-mapper/verity.rst: format 1, SHA-256, blocks of 4096 bytes.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from firmbom.tree.source import Source

BLOCK = 4096
LONGEST_SALT = 256
_DIGEST = 32
_STEP = 256
"""Blocks read at once."""


class Tree(NamedTuple):
    """A hash tree."""

    root: bytes
    stored: bytes
    """Its blocks as they lie behind the data: from the root's down to those of the data."""


def tree(source: Source, salt: bytes) -> Tree:
    """The tree of a file of whole blocks; in memory it takes 1/128 of the file."""
    salted = hashlib.sha256(salt)
    level = bytearray()
    for offset in range(0, source.size, _STEP * BLOCK):
        level += _hashed(source.read_at(offset, _STEP * BLOCK), salted)
    levels: list[bytes] = []
    while len(level) > _DIGEST:
        blocks = bytes(level) + bytes(-len(level) % BLOCK)
        levels.append(blocks)
        level = _hashed(blocks, salted)
    return Tree(bytes(level), b"".join(reversed(levels)))


def _hashed(blocks: bytes, salted: hashlib._Hash) -> bytearray:
    made = bytearray()
    for offset in range(0, len(blocks), BLOCK):
        running = salted.copy()
        running.update(blocks[offset : offset + BLOCK])
        made += running.digest()
    return made
