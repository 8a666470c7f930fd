"""Kernel modules: what ``.modinfo`` says (kernel ``include/linux/module.h``), key=value strings with a NUL after each.

A module of the kernel's own source (``intree=Y``) is one more place where that kernel is; any other one is a component.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from firmbom.errors import InputError
from firmbom.identity import purl
from firmbom.model import Basis, Component, Edge, Licence, Property
from firmbom_elf.declarations import kernel, linux
from firmbom_elf.declarations.subject import Declared, Subject, plain, with_stated

MOST = 20_000
"""Entries; a driver has a few thousand aliases at the most."""

_VERSION = re.compile(r"[\w.+~:-]{1,80}\Z", re.ASCII)
_NAME = re.compile(r"[\w-]{1,64}\Z", re.ASCII)
_KEPT = ("vermagic", "srcversion", "depends")


def read(subject: Subject) -> Declared:
    """The kernel that the module belongs to or was built for, and the module unless it is the kernel's own.

    Raises:
        InputError: nothing in it says so.
    """
    section = subject.section(".modinfo")
    if section is None:
        return Declared()
    said = parse(subject.content(section))
    release = _one(said, "vermagic").partition(" ")[0]
    if not release and not _one(said, "name"):
        raise InputError("it has neither a name nor a vermagic")
    known = linux.version(release)
    config = kernel.configurations(subject) if _one(said, "name") == "configs" else kernel.NO_CONFIGURATION
    known = known or config.version
    vermagic = _one(said, "vermagic")
    claim = subject.claim(section.offset, ".modinfo", text=vermagic, basis=Basis.VERSION_STRING, confidence=0.9)
    host = linux.component(with_stated(claim, known, release), release, known, config.properties)
    if _one(said, "intree") == "Y" or _one(said, "name") == "configs":
        return Declared((host,), problems=config.problems)
    made = _module(subject, section.offset, said)
    if not release:
        return Declared((made,))
    return Declared((made, host), (Edge(made.ref, host.ref),))


def parse(content: bytes) -> Mapping[str, Sequence[str]]:
    """Every key with its values, in order."""
    found: dict[str, list[str]] = {}
    for entry in content.split(b"\0", MOST)[:MOST]:
        key, equals, value = entry.partition(b"=")
        if equals:
            found.setdefault(key.decode("utf-8", "replace"), []).append(plain(value))
    return found


def _one(said: Mapping[str, Sequence[str]], key: str) -> str:
    return said.get(key, ("",))[0]


def _module(subject: Subject, offset: int, said: Mapping[str, Sequence[str]]) -> Component:
    name = _one(said, "name") or subject.path.rpartition("/")[2].partition(".")[0]
    if not _NAME.match(name):
        raise InputError(f"no name of a module: {name[:40]!r}")
    version = _one(said, "version")
    version = version if _VERSION.match(version) else ""
    return Component(
        purl=purl("generic", name, version),
        name=name,
        version=version,
        type="device-driver",
        description=_one(said, "description"),
        author=", ".join(said.get("author", ()))[:300],
        licences=tuple(Licence(one) for one in dict.fromkeys(said.get("license", ())) if one),
        claims=(subject.claim(offset, ".modinfo"),),
        properties=tuple(Property(f"firmbom:linux:{key}", _one(said, key)) for key in _KEPT if _one(said, key)),
    )
