"""Tiny ELF files that declare what they are made of, and what is read of them."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Literal

from firmbom.identity import canonical
from firmbom.model import Component
from firmbom_elf.declarations import declared, package_note, signs
from firmbom_elf.declarations.declared import Declared, Subject
from firmbom_elf.facts import Elf

START = bytes.fromhex("3077af0c9274080241e1c107e6d618e6")
END = bytes.fromhex("f932433186182072008242104116d8f2")
PLACE = "image!/usr/bin/tool"
Kind = Literal["executable", "library", "object", "core"]


def elf_file(
    sections: Mapping[str, bytes],
    *,
    wide: bool = True,
    big: bool = False,
    headers: bool = True,
    base: int = 0x10000,
    note: bool = False,
) -> bytes:
    """An ELF file of those sections at 16-byte boundaries, all in one PT_LOAD; ``note``: the first is PT_NOTE too."""
    order = ">" if big else "<"
    head, program, row = (64, 56, 64) if wide else (52, 32, 40)
    names = b"\0" + b"".join(name.encode() + b"\0" for name in (*sections, ".shstrtab"))
    body, spans = bytearray(head + 2 * program), []
    for content in (*sections.values(), names):
        body += bytes(-len(body) % 16)
        spans.append((len(body), len(content)))
        body += content
    body += bytes(-len(body) % 16)
    table = len(body)
    at = 1
    rows = [bytes(row)]
    for name, (offset, size) in zip((*sections, ".shstrtab"), spans, strict=True):
        fields = (at, 1, 0, base + offset, offset, size)
        rows.append(struct.pack(order + ("IIQQQQ" if wide else "6I"), *fields).ljust(row, b"\0"))
        at += len(name) + 1
    first = (4, spans[0]) if note else (6, (0, 0))
    segments = b""
    for kind, (offset, size) in ((1, (0, table)), first):
        if wide:
            segments += struct.pack(order + "IIQQQQQQ", kind, 7, offset, base + offset, 0, size, size, 1)
        else:
            segments += struct.pack(order + "8I", kind, offset, base + offset, 0, size, size, 7, 1)
    start = b"\x7fELF" + bytes((2 if wide else 1, 2 if big else 1, 1)).ljust(12, b"\0")
    start += struct.pack(order + ("HHIQQQI" if wide else "HHIIIII"), 2, 183, 1, 0, head, table if headers else 0, 0)
    count = len(rows) if headers else 0
    start += struct.pack(order + "6H", head, program, 2, row, count, count - 1 if headers else 0)
    body[: head + len(segments)] = start + segments
    return bytes(body) + (b"".join(rows) if headers else b"")


def facts(kind: Kind = "executable") -> Elf:
    return Elf(bits=64, endian="little", machine="aarch64", kind=kind, interpreter="/lib/ld.so", needed=("libc.so.6",))


def read(data: bytes, kind: Kind = "executable") -> Declared:
    said = declared.read(Subject(data, facts(kind), "usr/bin/tool", PLACE))
    for one in said.components:
        assert one.purl == canonical(one.purl)
        assert all(claim.location.path == PLACE for claim in one.claims)
    refs = {one.ref for one in said.components}
    assert all({edge.source, edge.target} <= refs for edge in said.edges)
    assert {one.within for one in said.components} - {""} <= refs
    return said


def purls(said: Declared) -> list[str]:
    return [one.purl for one in said.components]


def properties(component: Component) -> dict[str, str]:
    return {one.name: one.value for one in component.properties}


def varint(number: int) -> bytes:
    made = b""
    while number >= 0x80:
        made += bytes((number & 0x7F | 0x80,))
        number >>= 7
    return made + bytes((number,))


def inline(modules: str, toolchain: str = "go1.22.3") -> bytes:
    text = START + modules.encode() + END
    header = (signs.GO + bytes((8, 2))).ljust(32, b"\0")
    return header + varint(len(toolchain)) + toolchain.encode() + varint(len(text)) + text


MODULES = "\n".join(
    (
        "path\texample.org/tool/cmd/tool",
        "mod\texample.org/tool\tv1.4.0\th1:AAAA=",
        "dep\tgithub.com/Azure/azure-sdk\tv0.0.0-20230120002735-62a210ff1fd5\th1:BBBB=",
        "dep\tgolang.org/x/sys\tv0.1.0",
        "=>\texample.net/sys/v2\tv2.0.1\th1:CCCC=",
        "dep\texample.org/local\tv0.3.0",
        "=>\t./local\t(devel)",
        "build\tGOARCH=arm64",
        'build\t-tags="a b"',
        "build\tvcs.revision=eb4e504b",
        "",
    )
)


def crates(*packages: Mapping[str, object]) -> bytes:
    return zlib.compress(json.dumps({"packages": packages}, separators=(",", ":")).encode())


TOOL = {"name": "tool", "version": "0.1.0", "source": "local", "dependencies": [1, 2], "root": True}


def note(text: bytes, *, owner: bytes = b"FDO\0", kind: int = package_note.TYPE, big: bool = False) -> bytes:
    header = struct.pack(">3I" if big else "<3I", len(owner), len(text), kind)
    return header + owner + text + bytes(-len(text) % 4)


def stated(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\0"
