"""Requirements that name a place instead of an index: URLs, repositories, archives and folders (pip's "VCS Support").

A line need not say what project lies there. It is then looked up in the file's name, in ``#egg=``, or in the
``pyproject.toml`` of a folder inside the tree; failing all that, the component is a generic one and the line is told.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote, urlsplit

import msgspec

from firmbom import parse
from firmbom.errors import FirmbomError
from firmbom.identity import pypi_name
from firmbom.model import Component, ComponentType, Digest
from firmbom.tree.base import File
from firmbom_pip import requirement, source
from firmbom_pip.project_file import NAME, ProjectFile
from firmbom_pip.report import Report, clean
from firmbom_pip.requirement import Need, is_name
from firmbom_pip.source import Source

_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@\s*\S")
_REPOSITORY = re.compile(r"(git|hg|svn|bzr)\+(.+)\Z", re.DOTALL)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|file:")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_EXTRAS = re.compile(r"(.+?)\s*\[([A-Za-z0-9._, -]*)\]\Z", re.DOTALL)
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar")


class Direct(msgspec.Struct, frozen=True, kw_only=True):
    """What lies at the place, as far as it is known."""

    need: Need
    origin: Source
    name: str
    version: str = ""
    purl_type: str = "pypi"
    type: ComponentType = "library"
    doubt: str = ""
    """What the reader of the report should know; empty: nothing."""
    project: Component | None = None
    """The project file's own word, for a folder inside the tree."""


def direct(text: str, file: File, digests: tuple[Digest, ...] = (), *, editable: bool = False) -> Direct | None:
    """Read a requirement that names a place; None for one that only names a project.

    Raises:
        ValueError: no address, or no dependency specifier.
    """
    if _NAMED.match(text):
        need = requirement.parse(text)
        return _at(need.url, need, file, digests, editable) if need.url else None
    address, marker = _parted(text)
    if not (editable or _is_place(address)):
        return None
    extras: tuple[str, ...] = ()
    wanted = _EXTRAS.match(address) if "#" not in address else None
    if wanted:
        address, extras = (
            wanted[1],
            tuple(sorted({pypi_name(one.strip()) for one in wanted[2].split(",") if one.strip()})),
        )
    return _at(address, Need("", extras, "", marker), file, digests, editable)


def _parted(text: str) -> tuple[str, str]:
    """Address and marker; in a URL the semicolon needs white space before it."""
    if _ADDRESS.match(text) or _REPOSITORY.match(text):
        parted = requirement.URL_MARKER.split(text, maxsplit=1)
    else:
        parted = text.split(";", 1)
    return parted[0].strip(), parted[1].strip() if len(parted) > 1 else ""


def _is_place(address: str) -> bool:
    wanted = _EXTRAS.match(address)
    return bool(
        _REPOSITORY.match(address)
        or _ADDRESS.match(address)
        or _DRIVE.match(address)
        or address.startswith((".", "/", "\\", "~"))
        or "/" in address.partition("[")[0]
        or (wanted[1] if wanted else address).lower().endswith(_ARCHIVES)
    )


def _at(address: str, need: Need, file: File, digests: tuple[Digest, ...], editable: bool) -> Direct:
    repository = _REPOSITORY.match(address)
    if repository:
        return _repository(repository[1], repository[2], need)
    if _ADDRESS.match(address) and not address.startswith("file:"):
        return _archive(address, need, digests)
    return _path(address, need, file, digests, editable)


def _repository(tool: str, address: str, need: Need) -> Direct:
    """``https://host/path@revision#egg=name[extra]&subdirectory=folder``."""
    plain, _, fragment = address.partition("#")
    asked = _fragment(fragment)
    head, at, revision = plain.rpartition("@")
    if not at or "/" in revision or "://" not in head:
        head, revision = plain, ""
    origin = source.from_repository(tool, head, unquote(revision), subdirectory=asked.get("subdirectory", ""))
    last = posixpath.basename(head.rstrip("/")).removesuffix(".git")
    return _named(need, asked.get("egg", ""), last, origin)


def _archive(address: str, need: Need, digests: tuple[Digest, ...]) -> Direct:
    plain, _, fragment = address.partition("#")
    asked = _fragment(fragment)
    stated = tuple(
        source.digest(f"{key}:{value}") for key, value in asked.items() if key in {"sha256", "sha384", "sha512"}
    )
    found = tuple(sorted({*digests, *stated}))
    origin = source.from_archive(plain, found, subdirectory=asked.get("subdirectory", ""))
    return _named(need, asked.get("egg", ""), unquote(posixpath.basename(urlsplit(plain).path)), origin)


def _path(address: str, need: Need, file: File, digests: tuple[Digest, ...], editable: bool) -> Direct:
    plain, _, fragment = address.partition("#")
    plain = plain.removeprefix("file:") if not plain.startswith("file://") else plain
    shown = source.local_path(plain)
    egg = _fragment(fragment).get("egg", "")
    if shown.lower().endswith(_ARCHIVES):
        there = file.sibling(shown)
        found = tuple(sorted({*digests, *(there.digests if there else ())}))
        return _named(need, egg, posixpath.basename(shown), source.from_path(plain, found))
    origin = source.from_path(plain, editable=editable, archive=False)
    folder = posixpath.dirname(file.path)
    place = posixpath.normpath(posixpath.join(folder, shown))
    project = _project(file, plain)
    if project and need.key in {"", pypi_name(project.name)}:
        known = msgspec.structs.replace(need, key=pypi_name(project.name), name=project.name)
        kind: ComponentType = "application" if place == (folder or ".") else "library"
        return Direct(need=known, origin=origin, name=project.name, version=project.version, type=kind, project=project)
    return _named(need, egg, posixpath.basename(place), origin)


def _project(file: File, path: str) -> Component | None:
    """The project in a folder of the tree."""
    there = None if path.startswith("/") else file.sibling(posixpath.join(path, NAME))
    if there is None:
        return None
    try:
        table = parse.toml(there.read(), path=there.location_path)
    except FirmbomError:
        return None
    return ProjectFile(there, table, Report(there.location_path)).component()


def _named(need: Need, egg: str, last: str, origin: Source) -> Direct:
    """Name what lies at a place: by the line itself, ``#egg=``, the file's name, else the address's last part."""
    name, version = _from_file_name(last)
    if not need.name and egg:
        named = requirement.parse(egg.replace("_", "-") if not is_name(egg) else egg)
        need = msgspec.structs.replace(named, extras=tuple(sorted({*named.extras, *need.extras})), marker=need.marker)
    if need.name:
        return Direct(need=need, origin=origin, name=need.name, version=version)
    if name:
        known = msgspec.structs.replace(need, key=pypi_name(name), name=name)
        return Direct(need=known, origin=origin, name=name, version=version)
    shown = clean(last)[:200].strip(" ./") or "unknown"
    known = msgspec.structs.replace(need, key=pypi_name(shown), name=shown)
    doubt = f"{shown} does not say which project it is; name it: <project> @ <address>"
    return Direct(need=known, origin=origin, name=shown, purl_type="generic", doubt=doubt)


def _from_file_name(base: str) -> tuple[str, str]:
    """Project and version from a wheel's or source distribution's name; two empty texts for any other file."""
    from packaging.utils import parse_sdist_filename, parse_wheel_filename

    try:
        if base.endswith(".whl"):
            name, version, *_ = parse_wheel_filename(base)
        else:
            name, version = parse_sdist_filename(base)
    except ValueError:
        return "", ""
    return str(name), str(version)


def _fragment(text: str) -> dict[str, str]:
    return {key: unquote(value) for key, _, value in (part.partition("=") for part in text.split("&")) if value}
