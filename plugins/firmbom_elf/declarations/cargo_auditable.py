"""Crates that a Rust program was built from, as cargo-auditable links them in.

Format (rust-secure-code/cargo-auditable, PARSING.md): the section ``.dep-v0`` holds zlib-compressed JSON:
``{"packages": [{"name", "version", "source", "kind": "build"|"runtime", "dependencies": [index…], "root"}]}``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import msgspec

from firmbom.errors import InputError
from firmbom.identity import purl
from firmbom.model import ROOT, Component, Edge, Property, Ref
from firmbom_elf.declarations.subject import Declared, Subject, plain

LARGEST = 32 << 20
"""Bytes of JSON; a program of 1,000 crates has 100 kB."""
MOST = 20_000
MOST_EDGES = 400_000
_BEGINNINGS = (b"x\x9c", b"x\xda", b"x^", b"x\x01")
_JSON = (b'{"packages":', b'{"format":')


class _Crate(msgspec.Struct, frozen=True):
    name: str
    version: str
    source: str = ""
    kind: str = "runtime"
    dependencies: tuple[int, ...] = ()
    root: bool = False


class _Audit(msgspec.Struct, frozen=True):
    packages: tuple[_Crate, ...]


def read(subject: Subject) -> Declared:
    """The program's crate, and those that it was built from, inside it.

    Raises:
        InputError: the list is damaged or larger than such lists get.
    """
    section = subject.section(".dep-v0")
    if section:
        return _declared(subject, section.offset, unpacked(subject.content(section)))
    for at in _unnamed(subject):
        return _declared(subject, at, unpacked(subject.data[at : at + LARGEST]))
    return Declared()


def unpacked(packed: bytes, most: int = LARGEST) -> bytes:
    """Unpack zlib data of at most ``most`` bytes; what follows it does not matter.

    Raises:
        InputError: damaged, cut off, or larger.
    """
    stream = zlib.decompressobj()
    try:
        made = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise InputError(f"damaged ({error})") from error
    if len(made) > most:
        raise InputError(f"larger than the {most} bytes it may have")
    if not stream.eof:
        raise InputError("it is cut off")
    return made


def _unnamed(subject: Subject) -> Iterator[int]:
    """Where such a list begins behind all that is loaded, which is where sections that are not loaded lie."""
    loaded = max((one.offset + one.size for one in subject.layout.segments), default=0)
    for beginning in _BEGINNINGS:
        at = subject.data.find(beginning, loaded)
        for _ in range(MOST):
            if at < 0:
                break
            if _begins(subject.data[at : at + 256]):
                yield at
            at = subject.data.find(beginning, at + 1)


def _begins(packed: bytes) -> bool:
    try:
        return zlib.decompressobj().decompress(packed, 16).startswith(_JSON)
    except zlib.error:
        return False


def _declared(subject: Subject, offset: int, text: bytes) -> Declared:
    try:
        crates = msgspec.json.decode(text, type=_Audit).packages
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not as cargo-auditable writes it: {error}") from error
    if len(crates) > MOST or sum(len(one.dependencies) for one in crates) > MOST_EDGES:
        raise InputError(f"more than {MOST} crates or {MOST_EDGES} dependencies")
    root = next((one for one in crates if one.root), None)
    within = _component(subject, offset, root, ROOT).ref if root else ROOT
    made = [_component(subject, offset, one, ROOT if one is root else within) for one in crates]
    edges, dangling = _edges(crates, made)
    problems = (subject.problem(f"{dangling} dependencies in its list of crates lead nowhere"),) if dangling else ()
    return Declared(tuple({one.ref: one for one in reversed(made)}.values())[::-1], edges, problems)


def _component(subject: Subject, offset: int, crate: _Crate, within: Ref) -> Component:
    try:
        identity = purl("cargo", crate.name, crate.version)
    except ValueError as error:
        raise InputError(f"a crate without a name: {error}") from error
    source = "" if crate.source == "crates.io" else crate.source
    return Component(
        purl=identity,
        name=crate.name,
        version=crate.version,
        type="application" if crate.root else "library",
        within=within,
        scope="excluded" if crate.kind == "build" else "",
        claims=(subject.claim(offset, ".dep-v0"),),
        properties=(Property("firmbom:cargo:source", plain(source)),) if source else (),
    )


def _edges(crates: Sequence[_Crate], made: Sequence[Component]) -> tuple[tuple[Edge, ...], int]:
    found: dict[Edge, None] = {}
    dangling = 0
    for crate, component in zip(crates, made, strict=True):
        for index in crate.dependencies:
            if not 0 <= index < len(made):
                dangling += 1
            elif made[index].ref != component.ref:
                found[Edge(component.ref, made[index].ref)] = None
    return tuple(found), dangling
