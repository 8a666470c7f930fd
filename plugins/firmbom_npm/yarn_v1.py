"""Reads yarn.lock of yarn 1: blocks of ``descriptor, descriptor:`` and indented fields.

Format: the yarn 1 documentation, "yarn.lock", and what yarn 1 writes; there is no specification. The file does not say
what the project itself asks for: the package.json beside it does, else what nobody in the file asks for is direct. Nor
does it say who asks for which peers.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import msgspec

from firmbom import parse
from firmbom.errors import InputError
from firmbom.tree.base import File
from firmbom_npm import manifest
from firmbom_npm.graph import Graph
from firmbom_npm.package import Package
from firmbom_npm.source import address
from firmbom_npm.table import Report, Table

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\s,"]+')
_DESCRIPTOR = re.compile(r"(@?[^@]+)@(.*)", re.DOTALL)
_ALIAS = re.compile(r"npm:((?:@[^/@]+/)?[^@]+)(?:@.*)?", re.DOTALL)


class _Line(NamedTuple):
    """What tells the kinds of line apart."""

    indent: int
    colon: bool
    tokens: int
    """2 stands for two or more."""


_SECTION, _FIELD, _DEPENDENCY = _Line(2, True, 1), _Line(2, False, 2), _Line(4, False, 2)
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")
_LISTS = ("dependencies", "optionalDependencies")


class Block(msgspec.Struct):
    """One entry as it stands in the file."""

    line: int
    descriptors: list[str]
    fields: dict[str, str] = {}
    dependencies: dict[str, str] = {}
    optional: dict[str, str] = {}


def read(file: File, data: bytes) -> Graph:
    """Read one lockfile.

    Raises:
        InputError: not text, or not a yarn lockfile.
    """
    report = Report(file)
    blocks = _blocks(parse.text(data, path=report.path), report)
    graph = Graph(report)
    graph.edges_told = False
    by_descriptor: dict[str, str] = {}
    by_name: dict[str, set[str]] = {}
    for block in blocks:
        package = _package(block, report)
        graph.add(package)
        for descriptor in block.descriptors:
            by_descriptor[descriptor] = package.key
            by_name.setdefault(_split(descriptor)[0], set()).add(package.key)

    def find(name: str, wanted: str) -> str | None:
        alias = wanted.removeprefix("npm:") if wanted.startswith("npm:") else ""
        found = by_descriptor.get(f"{name}@{wanted}", by_descriptor.get(alias))  # yarn at times forgets an alias
        if found is None and len(by_name.get(name, ())) == 1:  # "resolutions" may leave the descriptor out
            found = next(iter(by_name[name]))
        return found

    for block in blocks:
        package = graph.packages[", ".join(block.descriptors)]
        for name, wanted in {**block.dependencies, **block.optional}.items():
            graph.need(package, "optional" if name in block.optional else "prod", name, find(name, wanted))
    _projects(file, graph, find)
    return graph


def _package(block: Block, report: Report) -> Package:
    installed, wanted = _split(block.descriptors[0])
    alias = _ALIAS.fullmatch(wanted)
    name = alias[1] if alias else installed
    place = block.descriptors[0]
    fields = Table(block.fields, place, report)
    if not fields.data.get("version"):
        report.wrong(fields.at("version"), "text", None)
    resolved = fields.text("resolved")
    return Package(
        key=", ".join(block.descriptors),
        name=name,
        version=fields.text("version"),
        source=address(name, resolved or (wanted if wanted.startswith("file:") else "")),
        digests=fields.digests("integrity"),
        place=place,
        line=block.line,
        alias=installed if alias and installed != name else "",
    )


def _projects(file: File, graph: Graph, find: manifest.Find) -> None:
    """Add the project and its workspace members from their package.json."""
    project = Package(key="", name="", project=True)
    graph.add(project)
    stated = manifest.beside(file, graph.report)
    if stated is None:
        graph.infer_roots(project)
        return
    manifest.describe(project, stated)
    found = {"": (project, stated)}
    for folder in manifest.members(file, manifest.workspaces(stated)):
        table = manifest.beside(file, graph.report, folder)
        if table:
            member = Package(key=folder, name="", project=True, path=folder, place=folder)
            manifest.describe(member, table)
            graph.add(member)
            found[folder] = (member, table)
            graph.need(project, "workspace", member.name, folder)
    names = {member.name: key for key, (member, _) in found.items() if member.name}
    for package, table in found.values():
        for name, (kind, wanted) in manifest.asks(table, project=True).items():
            target = find(name, wanted) or names.get(name)
            graph.need(package, "peer-optional" if kind == "peer" else kind, name, target)


def _split(descriptor: str) -> tuple[str, str]:
    found = _DESCRIPTOR.fullmatch(descriptor)
    return (found[1], found[2]) if found else (descriptor, "")


def _blocks(text: str, report: Report) -> list[Block]:
    blocks: list[Block] = []
    section: dict[str, str] = {}
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip()
        if not line or line.lstrip().startswith("#"):
            continue
        if line.startswith(_CONFLICT):
            raise InputError("holds a merge conflict", path=report.path, place=f"line {number}", remedy="resolve it")
        indent = len(line) - len(line.lstrip(" "))
        tokens = [_plain(token) for token in _TOKEN.findall(line.removesuffix(":"))]
        kind = _Line(indent, line.endswith(":"), min(len(tokens), 2))
        if indent == 0 and line.endswith(":") and tokens:
            blocks.append(Block(number, tokens))
            section = {}
        elif not blocks:
            raise InputError("not a yarn lockfile", path=report.path, place=f"line {number}")
        elif kind == _SECTION and tokens[0] in _LISTS:
            section = blocks[-1].dependencies if tokens[0] == "dependencies" else blocks[-1].optional
        elif kind == _FIELD:
            blocks[-1].fields[tokens[0]] = " ".join(tokens[1:])
        elif kind == _DEPENDENCY:
            section[tokens[0]] = " ".join(tokens[1:])
        else:
            report.doubtful = True
            report.say("warning", "is not understood", f"line {number}")
    return blocks


def _plain(token: str) -> str:
    if not token.startswith('"'):
        return token
    if "\\" not in token:
        return token[1:-1]
    try:
        value = json.loads(token)
    except ValueError:
        return token.strip('"')
    return str(value).encode("utf-8", "backslashreplace").decode()
