"""Reads package.json: what a package says of itself and asks for (npm documentation, "package.json").

The format grew for fifteen years: an author, a licence or a repository is text in one file and an object in the next.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from firmbom.errors import FirmbomError
from firmbom.model import ExternalReference, Licence, Property
from firmbom.tree.base import File, FileTree
from firmbom_npm.package import NeedKind, Package
from firmbom_npm.source import clean, repository
from firmbom_npm.table import Report, Table, json_table

Find = Callable[[str, str], str | None]
"""Name and range to the key of the package that a lockfile resolves them to."""

_PAGES = ("git+https://github.com/", "git+https://gitlab.com/")
"""Forges whose pages follow from the repository's address; npm fills them in likewise (normalize-package-data)."""
_DEEPEST = 6
"""So many folders ``**`` in a workspace pattern may stand for."""


def beside(file: File, report: Report, folder: str = "") -> Table | None:
    """The package.json in ``folder``, seen from the folder of ``file``; None if there is none that can be read."""
    found = file.sibling(posixpath.join(folder, "package.json"))
    if found is None:
        return None
    try:
        return json_table(found.read(), Report(found))
    except FirmbomError as error:
        report.say("warning", f"package.json beside it is not used: {error.within('')}")
        return None


def asks(table: Table, *, project: bool) -> dict[str, tuple[NeedKind, str]]:
    """What a package asks for: name to kind and range; where lists contradict, npm's later list wins."""
    optional_peers = {name for name, one in _meta(table) if one}
    found: dict[str, tuple[NeedKind, str]] = {}
    for name, spec in table.pairs("peerDependencies").items():
        found[name] = ("peer-optional" if name in optional_peers else "peer", spec)
    lists: tuple[tuple[str, NeedKind], ...] = (("dependencies", "prod"), ("optionalDependencies", "optional"))
    if project:
        lists = (("devDependencies", "dev"), *lists)
    for key, kind in lists:
        for name, spec in table.pairs(key).items():
            found[name] = (kind, spec)
    return found


def _meta(table: Table) -> Iterator[tuple[str, bool]]:
    if "peerDependenciesMeta" in table.data:
        for name, one in table.table("peerDependenciesMeta").tables():
            yield name, one.flag("optional")


def licences(table: Table) -> tuple[Licence, ...]:
    """The licence in any of its shapes: text, ``{type}``, a list of both, the old ``licenses``."""
    found: list[Licence] = []
    for key in ("license", "licenses"):
        value = table.data.get(key)
        for one in value if isinstance(value, list) else (value,):
            text = one.get("type") or one.get("name") if isinstance(one, dict) else one
            if isinstance(text, str) and text.strip():
                found.append(Licence(text.strip()))
            elif one is not None:
                table.report.say("warning", "is not a licence that can be read", table.at(key))
    return tuple(dict.fromkeys(found))


def describe(package: Package, table: Table) -> None:
    """Add what package.json says to a package, where nothing was said yet."""
    package.name = package.name or table.text("name")
    package.version = package.version or table.text("version")
    package.private = package.private or table.flag("private")
    package.licences = package.licences or licences(table)
    package.description = package.description or table.text("description")
    package.author = package.author or _person(table.data.get("author"))
    package.references = package.references or tuple(_references(table))
    package.notes = package.notes or conditions(table)


def conditions(table: Table) -> tuple[Property, ...]:
    """What else a lockfile and package.json alike say of a package, as properties."""
    found = []
    engines = table.data.get("engines")
    if isinstance(engines, dict):  # old ones are a list of text, which nothing reads
        texts = ((key, value) for key, value in engines.items() if isinstance(value, str))
        found += [Property(f"cdx:npm:package:constraint:engine:{key}", value) for key, value in texts]
    deprecated = table.data.get("deprecated")
    if isinstance(deprecated, str) and deprecated:
        found.append(Property("firmbom:npm:deprecated", deprecated))
    if table.data.get("hasInstallScript") is True:
        found.append(Property("firmbom:npm:install-script", "true"))
    return tuple(found)


def workspaces(table: Table) -> tuple[str, ...]:
    """The patterns of the members' folders; yarn also knows ``{"packages": [...]}``."""
    value = table.data.get("workspaces")
    return table.table("workspaces").texts("packages") if isinstance(value, dict) else table.texts("workspaces")


def members(file: File, patterns: tuple[str, ...]) -> list[str]:
    """Folders with a package.json that the patterns name, seen from the folder of ``file``; ``!`` takes away."""
    tree, folder = file.tree, posixpath.dirname(file.path)
    found: dict[str, None] = {}
    for pattern in patterns:
        plain = posixpath.normpath(pattern.lstrip("!")).strip("/")
        for hit in _expand(tree, folder, plain.split("/")):
            if pattern.startswith("!"):
                found.pop(hit, None)
            else:
                found[hit] = None
    return list(found)


def _expand(tree: FileTree, folder: str, pattern: list[str]) -> Iterator[str]:
    pending: list[tuple[str, list[str], int]] = [("", pattern, 0)]
    while pending:
        here, rest, depth = pending.pop()
        inside = posixpath.join(folder, here)
        if not rest:
            if tree.get(posixpath.join(inside, "package.json")):
                yield here
            continue
        first, *others = rest
        if first == "**":
            pending.append((here, others, depth))
        if depth > _DEEPEST or ".." in rest:
            continue
        glob, after = ("*", rest) if first == "**" else (first, others)
        names = (name for name in tree.list(inside) if name != "node_modules" and fnmatch.fnmatchcase(name, glob))
        pending += [(posixpath.join(here, name), after, depth + 1) for name in names]


def _person(value: Any) -> str:
    """``Name <mail>`` of ``Name <mail> (address)`` or of an object, as far as both are stated."""
    if isinstance(value, Mapping):
        name, email = value.get("name"), value.get("email")
        mail = f" <{email.strip()}>" if isinstance(email, str) and email.strip() else ""
        return f"{name.strip()}{mail}" if isinstance(name, str) else ""
    return value.partition("(")[0].strip() if isinstance(value, str) else ""


def _references(table: Table) -> Iterator[ExternalReference]:
    source = repository(_url(table.data.get("repository")))
    page = source.removeprefix("git+").removesuffix(".git") if source.startswith(_PAGES) else ""
    website, bugs = _url(table.data.get("homepage")), _url(table.data.get("bugs"))
    addresses = (
        ("website", website or page),
        ("issue-tracker", bugs or (f"{page}/issues" if page else "")),
    )
    for kind, url in addresses:
        if url.startswith(("https://", "http://")):
            yield ExternalReference(kind, clean(url))
    if source:
        yield ExternalReference("vcs", source)


def _url(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("url")
    return value.strip() if isinstance(value, str) else ""
