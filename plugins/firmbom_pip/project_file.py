"""The project beside its lock: name, version and direct dependencies from ``pyproject.toml``.

Read are ``[project]`` and ``[dependency-groups]`` (PyPA "pyproject.toml specification", PEP 735), ``[tool.poetry]`` and
``[tool.pdm.dev-dependencies]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from firmbom import parse
from firmbom.errors import FirmbomError
from firmbom.identity import purl, pypi_name
from firmbom.model import ROOT, Basis, Component, Licence, Ref
from firmbom.tree.base import File
from firmbom_pip import requirement
from firmbom_pip.groups import is_development
from firmbom_pip.lockfile import Lock
from firmbom_pip.package import MAIN, Root
from firmbom_pip.reach import Level
from firmbom_pip.report import Report, at
from firmbom_pip.requirement import Need, is_name, is_version

NAME = "pyproject.toml"
DEEPEST = 20
"""Dependency groups that include groups."""


class ProjectFile:
    """A ``pyproject.toml`` that lies beside a lock."""

    def __init__(self, file: File, table: Mapping[str, Any], report: Report) -> None:
        self._file, self._table, self._report = file, table, report
        self._tool = report.table(table, "tool", "")
        self._poetry = report.table(self._tool, "poetry", "tool")
        self._project = report.table(table, "project", "")

    def component(self) -> Component | None:
        """The project as an application; None when it has no name."""
        name = self._stated("name")
        version = self._stated("version")
        if not is_name(name):
            return None
        if version and not is_version(version):
            version = ""
        licence = self._project.get("license", self._poetry.get("license"))
        return Component(
            purl=purl("pypi", name, version),
            name=name,
            version=version,
            type="application",
            claims=(self._file.claim(Basis.MANIFEST, symbol="project" if self._project else "tool.poetry"),),
            description=self._stated("description"),
            licences=(Licence(licence),) if isinstance(licence, str) and licence.isprintable() and licence else (),
        )

    def _stated(self, key: str) -> str:
        report = self._report
        return report.text(self._project, key, "project") or report.text(self._poetry, key, "tool.poetry")

    def roots(self, source: Ref) -> list[Root]:
        """Every direct dependency: the project's own, its extras', its groups'."""
        found = [Root(need, Level.MAIN, source, MAIN) for need in self._main()]
        found += [Root(need, Level.EXTRA, source, MAIN) for need in self._optional()]
        for group, needs in self.groups().items():
            level = Level.EXTRA if self._is_optional_group(group) else Level.DEVELOPMENT
            found += [Root(need, level, source, group) for need in needs]
        return found

    def extras(self) -> frozenset[str]:
        """Normalised names of the project's extras."""
        tables = (self._report.table(self._project, "optional-dependencies", "project"), self._poetry_extras())
        return frozenset(pypi_name(name) for table in tables for name in table)

    def _poetry_extras(self) -> dict[str, Any]:
        return self._report.table(self._poetry, "extras", "tool.poetry")

    def _main(self) -> Iterator[Need]:
        yield from self._listed(self._project, "dependencies", "project")
        for name, stated in self._poetry_dependencies(self._poetry, "tool.poetry"):
            if not self._is_optional(stated):
                yield from self._poetry_needs(name, stated)

    def _optional(self) -> Iterator[Need]:
        extras = self._report.table(self._project, "optional-dependencies", "project")
        for name in extras:
            yield from self._listed(extras, name, "project.optional-dependencies")
        for name, stated in self._poetry_dependencies(self._poetry, "tool.poetry"):
            if self._is_optional(stated):
                yield from self._poetry_needs(name, stated)

    def groups(self) -> dict[str, list[Need]]:
        """The dependencies of each group that is no part of the published package."""
        found: dict[str, list[Need]] = {}
        standard = self._report.table(self._table, "dependency-groups", "")
        for name in standard:
            found.setdefault(name, []).extend(self._group(standard, name, 0))
        pdm = self._report.table(self._report.table(self._tool, "pdm", "tool"), "dev-dependencies", "tool.pdm")
        for name in pdm:
            found.setdefault(name, []).extend(self._listed(pdm, name, "tool.pdm.dev-dependencies"))
        for name, table, place in self._poetry_groups():
            for dependency, stated in self._poetry_dependencies(table, place):
                found.setdefault(name, []).extend(self._poetry_needs(dependency, stated))
        return found

    def _poetry_groups(self) -> Iterator[tuple[str, dict[str, Any], str]]:
        report = self._report
        yield "dev", {"dependencies": self._poetry.get("dev-dependencies", {})}, "tool.poetry.dev"
        groups = report.table(self._poetry, "group", "tool.poetry")
        for name in groups:
            yield name, report.table(groups, name, "tool.poetry.group"), f"tool.poetry.group.{name}"

    def _is_optional_group(self, name: str) -> bool:
        """A Poetry group marked optional is no development group unless its name says so."""
        group = self._report.table(self._report.table(self._poetry, "group", "tool.poetry"), name, "tool.poetry.group")
        return self._report.flag(group, "optional", f"tool.poetry.group.{name}") and not is_development(name)

    def _group(self, groups: Mapping[str, Any], name: str, depth: int) -> Iterator[Need]:
        for index, item in enumerate(self._report.items(groups, name, "dependency-groups")):
            place = f"dependency-groups.{name}[{index}]"
            included = item.get("include-group") if isinstance(item, dict) else None
            if isinstance(included, str):
                yield from self._included(groups, included, depth, place)
            elif isinstance(item, str):
                yield from self._need(item, place)
            else:
                self._report.say("warning", "no dependency specifier", place)

    def _included(self, groups: Mapping[str, Any], included: str, depth: int, place: str) -> Iterator[Need]:
        name = next((other for other in groups if pypi_name(other) == pypi_name(included)), "")
        if not name or depth >= DEEPEST:
            self._report.say("warning", f"group {included} {'includes itself' if name else 'does not exist'}", place)
        else:
            yield from self._group(groups, name, depth + 1)

    def _listed(self, table: Mapping[str, Any], key: str, place: str) -> Iterator[Need]:
        for index, text in enumerate(self._report.strings(table, key, place)):
            yield from self._need(text.removeprefix("-e ").strip(), f"{at(place, key)}[{index}]")

    def _need(self, text: str, place: str) -> Iterator[Need]:
        if text.startswith((".", "/", "file:")):
            return  # PDM's editable paths; the lock states their names
        need = self._report.tried(partial(requirement.parse, text), None, place)
        if need:
            yield need

    def _poetry_dependencies(self, table: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
        for name, stated in self._report.table(table, "dependencies", place).items():
            if pypi_name(name) != "python" and is_name(name):
                yield name, stated

    @staticmethod
    def _is_optional(stated: object) -> bool:
        tables = stated if isinstance(stated, list) else [stated]
        return all(isinstance(table, dict) and table.get("optional") is True for table in tables)

    def _poetry_needs(self, name: str, stated: object) -> Iterator[Need]:
        """One need for each alternative; Poetry's own ranges (``^1.2``) are no specifiers and are left out."""
        for table in stated if isinstance(stated, list) else [stated]:
            facts = table if isinstance(table, dict) else {}
            extras = tuple(sorted(map(pypi_name, self._report.strings(facts, "extras", f"tool.poetry: {name}"))))
            marker = self._report.text(facts, "markers", f"tool.poetry: {name}")
            yield Need(pypi_name(name), extras, "", marker, "", name)


def beside(lock: Lock) -> ProjectFile | None:
    """The project file next to the lock; one that cannot be read is told in the lock's report."""
    file = lock.file.sibling(NAME)
    if file is None:
        return None
    try:
        table = parse.toml(file.read(), path=file.location_path)
    except FirmbomError as error:
        lock.report.say("warning", f"direct dependencies are not known: {error}")
        return None
    report = Report(file.location_path)
    lock.others.append(report)
    return ProjectFile(file, table, report)


def attach(lock: Lock) -> ProjectFile | None:
    """Give the lock its project and roots from the file beside it."""
    project = beside(lock)
    if project:
        lock.project = project.component()
        lock.roots = project.roots(lock.project.ref if lock.project else ROOT)
    return project
