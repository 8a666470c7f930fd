"""The module text of Go build information: lines of tab-separated fields, made into components.

``path`` main package · ``mod`` main module, version, sum · ``dep`` module, version, sum · ``=>`` what stands in for the
line before · ``build`` setting (Go's ``runtime/debug``, ``ParseBuildInfo``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from firmbom.identity import purl
from firmbom.model import ROOT, Component, Edge, Property, Ref
from firmbom_elf.declarations.subject import Declared, Subject, plain

MOST = 20_000
"""Modules of one program."""

_DEVELOPED = "(devel)"
_SETTINGS = ("vcs", "vcs.revision", "vcs.time", "vcs.modified", "GOOS", "GOARCH", "CGO_ENABLED", "-tags", "-buildmode")
_TOOLCHAIN = re.compile(r"go(\d+(?:\.\d+)*(?:(?:rc|beta)\d+)?)(?![.\w])")
_LINKED_VERSION = re.compile(
    r"-X[ =]+[\"']?([^\s=\"']+)\.(?:[vV]ersion|VERSION|[bB]uildVersion|appVersion)=([vV]?\d+(?:\.\d+)+[\w.+~-]*)"
)
"""A variable that the builder set on the linker's command line."""


_REPOSITORY = re.compile(r"(?:github\.com|bitbucket\.org)/[^/]+/[^/]+(?=/|$)")
"""Where the path of a package says which repository it is of (``go help importpath``)."""


class Module(NamedTuple):
    """A module as one line states it, after replacement."""

    path: str
    version: str
    sum: str = ""
    replaces: str = ""
    """What ``go.mod`` asks for and this stands in for; or the local folder that it was replaced by."""


class Modules(NamedTuple):
    """All lines."""

    package: str = ""
    """Import path of the main package."""
    main: Module | None = None
    needs: tuple[Module, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    unreadable: int = 0
    """Lines that could not be understood."""


def parse(text: str) -> Modules:
    """Read the module text; a line that nothing is known of is passed over, as Go does."""
    package, unreadable = "", 0
    mains: list[Module] = []
    needs: list[Module] = []
    settings: list[tuple[str, str]] = []
    last: list[Module] | None = None
    for line in text.split("\n"):
        kind, *fields = line.split("\t")
        if kind == "path" and fields:
            package = fields[0]
        elif kind in ("mod", "dep"):
            last = mains if kind == "mod" else needs
            if len(fields) < 2 or not fields[0] or len(needs) >= MOST:
                last, unreadable = None, unreadable + 1
                continue
            last.append(Module(fields[0], _version(fields[1]), fields[2] if len(fields) > 2 else ""))
        elif kind == "=>":
            if last and len(fields) >= 2:
                last[-1] = _replaced(last[-1], fields)
            else:
                unreadable += 1
            last = None
        elif kind == "build" and fields:
            key, _, value = fields[0].partition("=")
            settings.append((key, _unquoted(value)))
    return Modules(package, mains[0] if mains else None, tuple(needs), tuple(settings), unreadable)


def _version(stated: str) -> str:
    return "" if stated == _DEVELOPED else stated


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in '"`'
    return value[1:-1].replace('\\"', '"') if quoted else value


def _replaced(stated: Module, fields: Sequence[str]) -> Module:
    """The code is the replacement's; a local folder keeps the module's name and has no version."""
    path, version = fields[0], _version(fields[1])
    if not version and (path.startswith((".", "/", "\\")) or path[1:3] in (":\\", ":/")):
        return Module(stated.path, "", "", f"folder {path}")
    return Module(path, version, fields[2] if len(fields) > 2 else "", f"{stated.path}@{stated.version}".rstrip("@"))


def declared(subject: Subject, offset: int, toolchain: str, text: str) -> Declared:
    """Components and edges: the program needs each of its modules and the standard library."""
    modules = parse(text)
    lost = modules.unreadable
    program = _program(subject, offset, modules)
    within = program.ref if program else ROOT
    found: dict[Ref, Component] = {}
    for module in modules.needs:
        made = _component(subject, offset, module, within)
        if made:
            found.setdefault(made.ref, made)
        else:
            lost += 1
    standard = _standard_library(subject, offset, toolchain, within)
    found[standard.ref] = standard
    problems = (subject.problem(f"{lost} modules of its Go build information have no usable name"),) if lost else ()
    edges = tuple(Edge(program.ref, ref) for ref in found) if program else ()
    return Declared((*((program,) if program else ()), *found.values()), edges, problems)


def _program(subject: Subject, offset: int, modules: Modules) -> Component | None:
    """The main module; without modules (GOPATH) only the path of the main package is known, or its repository."""
    main = modules.main
    if main is None and "." in modules.package.partition("/")[0]:
        hosted = _REPOSITORY.match(modules.package)
        main = Module(hosted[0] if hosted else modules.package, "")
    if main is None:
        return None
    settings = dict(modules.settings)
    linked = _linked_version(settings.get("-ldflags", ""), main.path) if not main.version else ""
    made = _component(subject, offset, main._replace(version=main.version or linked), ROOT)
    if made is None:
        return None
    said = [Property(f"firmbom:go:{key.lstrip('-')}", plain(settings[key])) for key in _SETTINGS if settings.get(key)]
    if linked:
        said.append(Property("firmbom:go:version-from", "ldflags"))
    if modules.package and modules.package != main.path:
        said.append(Property("firmbom:go:package", plain(modules.package)))
    return Component(
        purl=made.purl,
        name=made.name,
        version=made.version,
        type="application",
        claims=(subject.claim(offset, ".go.buildinfo", confidence=0.9 if linked else 1.0),),
        properties=(*made.properties, *said),
    )


def _linked_version(flags: str, module: str) -> str:
    """The version that the builder gave by ``-X``, if there is only one and it is about the program itself."""
    own = {
        version if version[0] in "vV" else f"v{version}"
        for package, version in _LINKED_VERSION.findall(flags)
        if package == "main" or (package + "/").startswith(module + "/")
    }
    return own.pop() if len(own) == 1 else ""


def _component(subject: Subject, offset: int, module: Module, within: Ref) -> Component | None:
    namespace, _, name = module.path.rpartition("/")
    if not name or not module.path.isprintable() or len(module.path) > 1024 or not module.version.isprintable():
        return None
    version = module.version[:256]
    try:
        identity = purl("golang", name, version, namespace=namespace)
    except ValueError:
        return None
    said = (("firmbom:go:sum", module.sum), ("firmbom:go:replaces", module.replaces))
    return Component(
        purl=identity,
        name=module.path,
        version=version,
        within=within,
        claims=(subject.claim(offset, ".go.buildinfo"),),
        properties=tuple(Property(key, plain(value)) for key, value in said if value),
    )


def _standard_library(subject: Subject, offset: int, toolchain: str, within: Ref) -> Component:
    """``go1.22.3``, ``go1.23.0 X:boringcrypto``, ``devel go1.24-abcdef …`` (which is no version)."""
    found = _TOOLCHAIN.match(toolchain)
    version = found[1] if found else ""
    return Component(
        purl=purl("golang", "stdlib", version),
        name="stdlib",
        version=version,
        within=within,
        cpes=(f"cpe:2.3:a:golang:go:{version}:*:*:*:*:*:*:*",) if version else (),
        claims=(subject.claim(offset, ".go.buildinfo"),),
        properties=(Property("firmbom:go:toolchain", plain(toolchain)),),
    )
