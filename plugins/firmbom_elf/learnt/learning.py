"""``firmbom learn``: the ELF files of packages and builds become a database of known files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from firmbom.errors import FirmbomError, InputError, printable
from firmbom.identity import purl
from firmbom.model import Problem
from firmbom.tree.base import File, FileTree, shown
from firmbom.tree.folder import FolderTree
from firmbom.tree.open import nested, open_tree
from firmbom_elf import elf
from firmbom_elf.facts import Examined
from firmbom_elf.learnt import known, rpm_header
from firmbom_elf.learnt.known import Package
from firmbom_elf.names import upstream
from firmbom_elf.task import Task
from firmbom_elf.workers.pool import Pool

_PACKAGES = (".deb", ".ipk", ".apk", ".rpm")
_RPM = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-[^-]+\.[^.]+\.rpm\Z")
"""A source package as rpm names it, ``%{name}-%{version}-%{release}.src.rpm``."""
_SPLIT = re.compile(r"(?:^|/)(?P<recipe>[^/]+)/(?P<version>[^/]+)/packages-split/(?P<package>[^/]+)/")
"""Where a Yocto build keeps what goes into each package."""
_REVISION = re.compile(r"\A\d+:|(?:\+git[^-]*)?-[^-]*\Z")
"""What stands around upstream's version in a Debian package's (deb-version(7)) and in one of opkg's: 1:2.5.1-3+b1."""
_RECIPE = re.compile(r"(?:\S*/)?(?P<name>[^/\s_]+)(?:_\S*\.bb)?\Z")
"""A source as Debian states it (``pump``), OpenEmbedded (``pump_2.5.1.bb``) and OpenWrt (``feeds/packages/pump``)."""
_BUILDROOT = "build/packages-file-list.txt"
"""Where Buildroot notes which package installed which file under ``target``."""


class _Learnt(NamedTuple):
    package: Package
    path: str
    file: File


def learn(paths: Sequence[Path], progress: Callable[[str], None] | None = None) -> tuple[bytes, tuple[Problem, ...]]:
    """Make a database of the packages at ``paths``.

    Args:
        paths: package files (.deb, .ipk, .apk, .rpm), folders that hold such, Buildroot's ``output`` folder, or a Yocto
            build's TMPDIR.
        progress: told each package's name.

    Returns:
        The database's bytes, and what could not be read.

    Raises:
        InputError: nothing could be learnt.
    """
    problems: list[Problem] = []
    owners: list[Package] = []
    digests: list[str] = []
    pool = Pool()
    try:
        for found in _all(paths, problems.append):
            if progress:
                progress(found.package.name)
            try:
                data = found.file.read()
            except FirmbomError as error:
                problems.append(Problem("error", error.within(found.file.location_path), found.file.location_path))
                continue
            owners.append(found.package)
            digests.append(found.file.sha256.value)
            pool.submit(Task(path=shown(found.path), place=found.file.location_path, fingerprint=True), data)
        examined = pool.answers()
    finally:
        pool.close()
    problems += (problem for one in examined for problem in one.problems)
    if not owners:
        why = f" ({problems[0].path}: {problems[0].message})" if problems else ""
        raise InputError(
            f"nothing to learn: no ELF file of any package in what was given{why}", remedy="see docs/learn.md"
        )
    return known.database(_by_package(owners, digests, examined).items()), tuple(problems)


def _by_package(
    owners: Iterable[Package], digests: Iterable[str], examined: Iterable[Examined]
) -> dict[Package, list[Examined]]:
    grouped: dict[Package, list[Examined]] = {}
    for package, digest, one in zip(owners, digests, examined, strict=True):
        if one.elf:
            grouped.setdefault(package, []).append(msgspec.structs.replace(one, sha256=digest))
    return grouped


def _all(paths: Iterable[Path], tell: Callable[[Problem], None]) -> Iterator[_Learnt]:
    for path in paths:
        if path.is_dir():
            with closing(FolderTree(path)) as tree:
                yield from _folder(tree, path, tell)
        else:
            yield from _package_file(path, tell)


def _folder(tree: FolderTree, top: Path, tell: Callable[[Problem], None]) -> Iterator[_Learnt]:
    listed = tree.get(_BUILDROOT)
    if listed:
        yield from _buildroot(tree, listed)
        return
    for file in tree.walk():
        if split := _SPLIT.search(f"/{file.path}"):
            yield from _elf_only(_yocto(split), file.path.partition("/packages-split/")[2].partition("/")[2], file)
        elif file.name.endswith(_PACKAGES):
            yield from _package_file(top / file.path, tell)


def _package_file(path: Path, tell: Callable[[Problem], None]) -> Iterator[_Learnt]:
    """The ELF files of one package, once the package has said what it is."""
    try:
        with closing(nested(open_tree(path))) as tree:
            package = _rpm(path) or _identity(tree, path.name)
            for file in tree.walk():
                inside = file.location_path.rpartition("!/")[2]
                yield from _elf_only(package, inside, file)
            for problem in tree.problems:
                tell(problem)
    except InputError as error:
        tell(Problem("error", f"not learnt: {error.within('')}", printable(str(path))))


def _rpm(path: Path) -> Package | None:
    """What an RPM package says it is; None for another file."""
    with path.open("rb") as file:
        beginning = file.read(len(rpm_header.MAGIC))
        said = rpm_header.read(beginning + file.read(rpm_header.LARGEST)) if beginning == rpm_header.MAGIC else {}
    if not said:
        return None
    name, version = said.get(rpm_header.NAME, ""), said.get(rpm_header.VERSION, "")
    if not name or not version:
        raise InputError("says no name and version in its header")
    full = f"{version}-{said.get(rpm_header.RELEASE, '')}"
    qualifiers = {"arch": said.get(rpm_header.ARCH, ""), "epoch": said.get(rpm_header.EPOCH, "")}
    source = _RPM.match(said.get(rpm_header.SOURCE, ""))
    stated = purl("rpm", name, full, qualifiers=qualifiers)
    return _package(stated, name, full, *((source["name"], source["version"]) if source else (name, version)))


def _identity(tree: FileTree, name: str) -> Package:
    """What a package says it is: its control file or its .PKGINFO.

    Raises:
        InputError: it says nothing.
    """
    for file in tree.walk():
        if file.name == "control" and "control.tar" in file.location_path:
            return _debian(_fields(file, ":"), name)
        if file.path == ".PKGINFO":
            return _alpine(_fields(file, "="))
    raise InputError("is no package that says its name", remedy="give .deb, .ipk, .apk or .rpm files")


def _fields(file: File, separator: str) -> dict[str, str]:
    """``key<separator> value`` lines; continued ones are passed over."""
    found: dict[str, str] = {}
    for line in file.read()[: 1 << 20].decode("utf-8", "replace").splitlines():
        key, given, value = line.partition(separator)
        if given and not line.startswith((" ", "\t", "#")):
            found.setdefault(key.strip(), value.strip())
    return found


def _debian(fields: dict[str, str], file_name: str) -> Package:
    name, version = _stated(fields, "Package"), _stated(fields, "Version")
    source, _, rest = fields.get("Source", name).partition(" ")
    recipe = _RECIPE.match(source)
    source = fields.get("SourceName") or (recipe["name"] if recipe else name)
    released = upstream(_REVISION.sub("", rest.strip(" ()") or version))
    if file_name.endswith(".ipk"):
        return _package(purl("generic", name, version), name, version, source, released)
    qualifiers = {"arch": fields.get("Architecture", "")}
    stated = purl("deb", name, version, namespace="debian", qualifiers=qualifiers)
    return _package(stated, name, version, source, released)


def _alpine(fields: dict[str, str]) -> Package:
    name, version = _stated(fields, "pkgname"), _stated(fields, "pkgver")
    stated = purl("apk", name, version, namespace="alpine", qualifiers={"arch": fields.get("arch", "")})
    return _package(stated, name, version, fields.get("origin", name), re.sub(r"-r\d+\Z", "", version))


def _stated(fields: dict[str, str], key: str) -> str:
    if not fields.get(key):
        raise InputError(f"says no {key} in its metadata")
    return fields[key]


def _package(stated: str, name: str, version: str, source: str, released: str) -> Package:
    return Package(purl=stated, name=name, version=version, upstream=source, upstream_version=released)


def _yocto(split: re.Match[str]) -> Package:
    recipe, version = split["recipe"], re.sub(r"\A\d+_|-r\d+\Z", "", split["version"])
    return _package(purl("yocto", recipe, version), split["package"], version, recipe, version.partition("+git")[0])


def _buildroot(tree: FolderTree, listed: File) -> Iterator[_Learnt]:
    """Each line of the list is ``package,./path``; versions are in the names of the build folders."""
    folders = set(tree.list("build"))
    made: dict[str, Package] = {}
    for line in listed.read().decode("utf-8", "replace").splitlines():
        name, comma, path = line.partition(",")
        file = tree.get("target/" + path.removeprefix("./")) if comma else None
        if file:
            if name not in made:
                version = _version_of(name, folders)
                made[name] = _package(purl("generic", name, version), name, version, name, version)
            yield from _elf_only(made[name], path.removeprefix("./"), file)


def _version_of(name: str, folders: Iterable[str]) -> str:
    """``1.2.13`` of the build folder ``libzlib-1.2.13`` for ``libzlib``; empty when there is none or several."""
    versions = {one.removeprefix(f"{name}-") for one in folders if re.match(rf"{re.escape(name)}-v?\d", one)}
    return versions.pop() if len(versions) == 1 else ""


def _elf_only(package: Package, path: str, file: File) -> Iterator[_Learnt]:
    if file.head(4) == elf.MAGIC and "/.debug/" not in f"/{path}":
        yield _Learnt(package, path, file)
