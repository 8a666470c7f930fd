"""Examined files with what was seen in them, and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence

from firmbom.model import Component
from firmbom_elf.deciding import identify
from firmbom_elf.facts import Elf, Examined, Rule, Sighting


def elf(soname: str = "", needed: tuple[str, ...] = ()) -> Elf:
    kind = "library" if soname else "executable"
    return Elf(bits=64, endian="little", machine="x", kind=kind, soname=soname, needed=needed)  # type: ignore[arg-type]  # one of both


def file(path: str, *seen: Sighting, soname: str = "", needed: tuple[str, ...] = (), **more: object) -> Examined:
    return Examined(path=path, place=f"image!/{path}", elf=elf(soname, needed), sightings=seen, **more)  # type: ignore[arg-type]  # fields


def owned(name: str) -> Sighting:
    return Sighting(name=name, rule=Rule.FILE, confidence=0.8, own=True, text=name)


def string(name: str, version: str, confidence: float = 0.9, **more: object) -> Sighting:
    return Sighting(name=name, version=version, rule=Rule.STRING, confidence=confidence, **more)  # type: ignore[arg-type]  # flags


def guess(name: str, version: str = "", rule: Rule = Rule.FILE, confidence: float = 0.3, own: bool = True) -> Sighting:
    return Sighting(name=name, version=version, rule=rule, confidence=confidence, listed=False, own=own, text=version)


def found(files: Sequence[Examined]) -> list[Component]:
    return [one for one in identify.components(files) if isinstance(one, Component)]


def refs(files: Sequence[Examined]) -> list[str]:
    return sorted(one.ref for one in found(files))
