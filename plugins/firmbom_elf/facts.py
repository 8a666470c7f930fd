"""What the bytes of one file say: the values that worker processes send and that decisions rest on."""

from __future__ import annotations

from collections.abc import Set
from enum import StrEnum
from typing import Literal

import msgspec

from firmbom.model import Component, Edge, Problem
from firmbom_elf.grounds import Ground


class Hardening(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What the file's build did against exploits; ``""`` where the bytes cannot tell."""

    pie: Literal["", "yes", "no", "library"] = ""
    relro: Literal["", "full", "partial", "no"] = ""
    nx: Literal["", "yes", "no"] = ""
    """Is the stack kept from being executed?"""
    canary: Literal["", "yes", "no"] = ""
    fortify: Literal["", "yes", "no"] = ""
    cfi: tuple[str, ...] = ()
    """``bti``, ``pac``, ``ibt``, ``shstk``, ``clang-cfi``."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a function or datum of a library says that is there to tell a version: a text, or else a number."""

    symbol: str
    text: str = ""
    number: int = -1


class PluginRelease(msgspec.Struct, frozen=True, gc=False):
    """What release a plugin states in the structure that its host asks it for."""

    name: str
    """Of the component that it is of, as its upstream or its packagers call it."""
    version: str
    symbol: str
    """By which the structure was found."""


NONE: frozenset[str] = frozenset()
"""No symbols; the very object that :class:`Elf` has for them takes no room on the way from a worker."""


class Elf(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One ELF file (System V gABI chapters 4 and 5). Names come in file order, as stored."""

    bits: Literal[32, 64]
    endian: Literal["little", "big"]
    machine: str
    """As ``readelf`` would shorten it and ``uname -m`` mostly spells it: ``aarch64``, ``arm``, ``mips``, ``riscv``."""
    kind: Literal["executable", "library", "object", "core"]
    """``executable`` is what is linked as one (DF_1_PIE), or has an interpreter or an entry point and no SONAME."""
    soname: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    interpreter: str = ""
    build_id: str = ""
    """Hexadecimal."""
    debug_link: str = ""
    """The file name in ``.gnu_debuglink``."""
    static: bool = False
    """Nothing is loaded with it: it has no dynamic section, or is a static program that may stand anywhere."""
    sections: bool = True
    """Has section headers; ``sstrip`` removes them."""
    exports: Set[str] = NONE
    """Names of the dynamic symbols that it defines; known in the worker only, as are the imports."""
    imports: Set[str] = NONE
    """Names of the dynamic symbols that it wants."""
    answers: tuple[Answer, ...] = ()
    """What tells a version among what a library defines; known in the worker only."""
    release: PluginRelease | None = None
    """What a plugin states in the structure that its host asks it for; known in the worker only."""
    defines: tuple[str, ...] = ()
    """Version nodes that it defines (``OPENSSL_3.0.0``), its own name not among them; known in the worker only."""
    requires: tuple[tuple[str, str], ...] = ()
    """(library, version node) that it wants; known in the worker only."""
    note: tuple[tuple[str, str], ...] = ()
    """FDO package note: (key, value) as stated; known in the worker only."""
    compilers: tuple[str, ...] = ()
    """``.comment``: who compiled it."""
    dlopens: tuple[str, ...] = ()
    """Library names that dlopen notes list, or that stand as strings in a file which imports ``dlopen``."""
    hardening: Hardening = Hardening()


class Rule(StrEnum):
    """What a sighting rests on, strongest first."""

    SYMBOL = "symbol"
    """The value or the name of an exported symbol, or a version node."""
    STRING = "string"
    """A printable string that names the component."""
    NUMBER = "number"
    """A printable string that is nothing but a version, in a file that is known to be the component's."""
    SOURCE = "source-path"
    """The path of a source file in debug information."""
    SIMILAR = "similarity"
    """Like a file of a database of known files, without being the same."""
    FILE = "file-name"
    """The file's name or SONAME."""


class Sighting(msgspec.Struct, frozen=True, gc=False, order=True, kw_only=True, omit_defaults=True):
    """A component that one rule saw in one file."""

    name: str
    """The catalogue entry's, or the one that the general rules derived."""
    version: str = ""
    """Upstream's, as people write it; empty when the rule tells the component alone."""
    purl: str = ""
    """Where it is known better than ``pkg:generic/<name>@<version>``."""
    rule: Rule
    confidence: float
    """0..1."""
    listed: bool = True
    """Is ``name`` an entry of the catalogue?"""
    own: bool = False
    """The file is one of the component's own files: its library, its program."""
    inside: bool = False
    """The component's code is in the file, whoever the file belongs to."""
    offset: int = -1
    """In the file, in bytes."""
    text: str = ""
    """What was read there, as :func:`firmbom_elf.strings.quoted.quoted` has it."""
    ground: Ground = Ground.RULE
    """What the version rests on."""
    beside: str = ""
    """Place of the file in which it was read, if that is another one than it speaks of."""


class Fingerprint(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What stays of a file when it is stripped or linked anew."""

    segments: tuple[tuple[int, str], ...] = ()
    """(size, SHA-256) of the bytes of each loadable segment, without the ELF header, which stripping changes."""
    exports: tuple[int, ...] = ()
    """Sketch of the set of exported symbols: the lowest of their 52-bit hashes, sorted."""
    count: int = 0
    """How many symbols are exported."""


class Examined(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """All that one file says by itself."""

    path: str
    """In its tree."""
    place: str
    """As evidence states it, through every container."""
    sha256: str = ""
    elf: Elf | None = None
    sightings: tuple[Sighting, ...] = ()
    components: tuple[Component, ...] = ()
    """What the file declares of itself and its content: a package note, Go modules, crates."""
    edges: tuple[Edge, ...] = ()
    problems: tuple[Problem, ...] = ()
    sources: tuple[str, ...] = ()
    """Paths of the source files that debug information names."""
    producers: tuple[str, ...] = ()
    """Compilers that debug information names."""
    fingerprint: Fingerprint | None = None
    """Only where somebody asked for it."""
