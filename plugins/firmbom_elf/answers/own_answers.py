"""What version a library is of, by what its own functions and data say that are there to tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from firmbom_elf import names
from firmbom_elf.catalogue.load import catalogue
from firmbom_elf.facts import Answer, Elf

_TELLING = re.compile(
    r"_*(?:(?:get|lib|library|package|release|build|sccs|current)_*)*(?:[vV]er(?:sion|_|$)|VERSION).*$", re.IGNORECASE
)
"""From where on a symbol's name is not that of a component."""
_STATED = re.compile(rf"(?<![\w.])[vV]?({names.VERSION})")
_FILLING = re.compile(r"(?i:version|release|library|lib)|\W+|\bv$")
_THIRD = ("mic", "micro", "patch", "patchlevel", "rev", "revision", "point", "sub", "subminor")
_PART = re.compile(
    rf"(?P<head>\w*?)(?:_get)?_?(?:[vV]ersion|VERSION|ver)?_?(?P<part>maj|major|min|minor|{'|'.join(_THIRD)})"
    r"(?:_?(?:[vV]ersion|VERSION|ver))?",
    re.IGNORECASE,
)
_MANNER = r"(?:_get)?_(?:major|minor|micro)_version|_get_(?:major|minor|micro)"
"""How libraries of GObject and their like call what tells one number of their release, behind their own name."""
_LARGEST = 1000
"""What a part of a version is less than."""
_LONGEST = 60
"""Characters of a text that tells a version and no more."""


class Answered(NamedTuple):
    """A version, and which symbol says so."""

    version: str
    symbol: str
    said: str
    manner: bool = False
    """Do three functions or data say it, one number each, in GObject's manner? Nobody counts an interface so."""


def versions(elf: Elf, base: str, called: Sequence[str]) -> Iterator[Answered]:
    """What the library says of itself; the number of its interface, which its name has too, is not what is meant.

    Args:
        elf: its facts.
        base: its file's name.
        called: what it and its component may be called.
    """
    interface = {names.numbered(base), names.numbered(elf.soname)}
    series = names.series(elf.soname or base)
    return (
        one
        for one in _versions(elf, called)
        if one.version not in interface and (one.manner or _is_of(one.version, series))
    )


def _is_of(version: str, series: str) -> bool:
    """May it be of the series in the file's name? ``libnova-0.16.so.0`` says 0.15.0; ``2.0`` is an interface."""
    return "." not in series or series.endswith(".0") or f"{version}.".startswith(f"{series}.")


def _versions(elf: Elf, called: Sequence[str]) -> Iterator[Answered]:
    for answer in elf.answers:
        if (version := release(answer)) and _is_about_itself(answer, elf, called):
            yield Answered(version, answer.symbol, answer.text)
    triples = {head: parts for head, parts in _triples(elf.answers).items() if len(parts) == 3}
    for head, parts in triples.items():
        manner = _asked(head, parts, called)
        if _own(head, elf, called) or (len(triples) == 1 and manner):
            version = ".".join(str(parts[place].number) for place in range(3))
            yield Answered(version, parts[0].symbol, version, manner)


def _asked(head: str, parts: Mapping[int, Answer], called: Sequence[str]) -> bool:
    """Are they functions or data of GObject's manner, of nobody who is known? ``gi_get_major_version``."""
    manner = all(re.fullmatch(_MANNER, one.symbol.removeprefix(head)) for one in parts.values())
    known = head.rstrip("_").lower() in catalogue().entries
    return manner and not known and not any(_of_another(one.symbol, called) for one in parts.values())


def release(answer: Answer) -> str:
    """The only version in the text of an answer; empty if there is none, or more."""
    found = set(_STATED.findall(answer.text)) if len(answer.text) <= _LONGEST else set[str]()
    return found.pop() if len(found) == 1 else ""


def _is_about_itself(answer: Answer, elf: Elf, called: Sequence[str]) -> bool:
    head = _TELLING.sub("", answer.symbol)
    return _speaks(answer.text, called) and not _of_another(answer.symbol, called) and _own(head, elf, called)


def _of_another(symbol: str, called: Sequence[str]) -> bool:
    """Is it known to be of a component that is inside?"""
    exporter = catalogue().index.exporters.get(symbol)
    return exporter is not None and not any(names.akin(exporter, one) for one in called)


def _triples(answers: Sequence[Answer]) -> Mapping[str, dict[int, Answer]]:
    """By what stands before them: the answers that are the first, second and third number."""
    found: dict[str, dict[int, Answer]] = {}
    for answer in answers:
        if 0 <= answer.number < _LARGEST and (part := _PART.fullmatch(answer.symbol)):
            place = 2 if part["part"].lower() in _THIRD else int(part["part"].lower().startswith("min"))
            found.setdefault(part["head"], {}).setdefault(place, answer)
    return found


def _own(head: str, elf: Elf, called: Sequence[str]) -> bool:
    """Is it the library's own name, or what most of its symbols begin with? Others' code in it has other beginnings."""
    head = head.rstrip("_")
    whole = names.plain(head)
    if len(whole) > 1 and any(whole == names.plain(one) for one in called):
        return True
    if len(head) < 2 or head.lower() in catalogue().entries:
        return False
    every = "\n".join(("", *elf.exports))
    return 2 * every.count(f"\n{head}") >= len(elf.exports)


def _speaks(text: str, called: Sequence[str]) -> bool:
    """Is nothing else named in the text, before the version?"""
    before = _FILLING.sub("", text[: next(_STATED.finditer(text)).start()])
    return not before or any(names.akin(before, one) for one in called)
