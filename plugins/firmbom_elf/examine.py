"""Everything that one file says by itself; runs in a worker process."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

import msgspec

from firmbom.errors import FirmbomError, printable
from firmbom.model import Problem
from firmbom_elf import elf
from firmbom_elf.binary import hardening, string_table
from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.debug import dwarf
from firmbom_elf.declarations import declared
from firmbom_elf.declarations.subject import Subject
from firmbom_elf.facts import NONE, Elf, Examined, Fingerprint, Sighting
from firmbom_elf.loading import opened
from firmbom_elf.rules import landmarks, numbers, sightings
from firmbom_elf.strings.automaton import Hits
from firmbom_elf.task import Task

T = TypeVar("T")

_MOST_GARBAGE = 100_000
"""Values after which cycles are looked for: files have thousands of symbols, and no cycles."""
_NO_ELF = elf.Read(None)


def examine(task: Task, data: bytes) -> Examined:
    """Read one file; a step that fails is a problem, and the other steps are done all the same."""
    problems: list[Problem] = []

    def step(what: str, say: Callable[[], T], nothing: T) -> T:
        try:
            return say()
        except FirmbomError as error:
            told = error.within(task.place)
        except MemoryError:
            told = f"its {what} would take more memory than a worker may have"
        except Exception as error:  # a defect of ours, or of a library's, costs this step of this file
            told = printable(f"its {what} cannot be read: unexpected {type(error).__name__}: {error}"[:300])
        problems.append(Problem("error", told, task.place))
        return nothing

    header = step("ELF header", lambda: elf.read(data), _NO_ELF) if data.startswith(elf.MAGIC) else _NO_ELF
    problems += (Problem("warning", doubt, task.place) for doubt in header.doubts)
    unseen: tuple[Sighting, ...] = ()
    unfound: Hits | None = None
    hits = step("texts", lambda: landmarks.found(data), unfound)
    facts = step("list of libraries", lambda: _opening(data, header.elf, hits), header.elf)
    seen = step("strings", lambda: sightings.sight(data, facts, task.path, hits), unseen)
    stated = step(
        "statements",
        lambda: declared.read(Subject(data, facts, task.path, task.place, header.tables, hits)),
        declared.Declared(),
    )
    units = step("debug information", lambda: dwarf.read(header.tables), dwarf.Units())
    likeness = step("fingerprint", lambda: _fingerprint(task, data, facts), None)
    return Examined(
        path=task.path,
        place=task.place,
        elf=_light(facts),
        sightings=seen,
        components=stated.components,
        edges=stated.edges,
        sources=units.sources,
        producers=units.producers,
        fingerprint=likeness,
        problems=(*problems, *stated.problems),
    )


def _opening(data: bytes, found: Elf | None, hits: Hits | None) -> Elf | None:
    """With what it opens by itself."""
    if found is None or hits is None or not any(name in found.imports for name in opened.OPENERS):
        return found
    ends = [end for text in opened.ENDS for end in hits.ends(text)]
    return msgspec.structs.replace(found, dlopens=opened.names(data, found, ends))


def _fingerprint(task: Task, data: bytes, found: Elf | None) -> Fingerprint | None:
    if not task.fingerprint or not found:
        return None
    from firmbom_elf.binary import fingerprint  # for hashlib, which else hardly a file needs

    return fingerprint.of(data, found)


def _light(found: Elf | None) -> Elf | None:
    """Without what rules alone ask for, symbols and versions: thousands a file, of which the host needs none."""
    if found is None:
        return None
    return msgspec.structs.replace(
        found, exports=NONE, imports=NONE, answers=(), release=None, defines=(), requires=(), note=()
    )


def prepare() -> None:
    """Load what every file needs, so that the first one does not wait for it."""
    gc.set_threshold(_MOST_GARBAGE)
    sightings.sight(b"", None, "")
    for names in (catalogue().telling, numbers.FUNCTIONS, hardening.CHECKABLE):
        names.prepare()
    string_table.prepare()
