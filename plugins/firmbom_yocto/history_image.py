"""What the build history says of an image, ``images/<machine>/<libc>/<image>/`` (oe-core, ``buildhistory.bbclass``).

``installed-package-names.txt`` lists the names, ``installed-packages.txt`` the package files
(``libz1_1.3.1-r0_cortexa57.ipk``, ``libz1-1.3.1-r0.cortexa57.rpm``), ``installed-package-info.txt`` (since dunfell)
``<name> <key> <PN> <PV> <KiB>`` a line, ``depends.dot`` who needs whom as the package manager sees it, ``build-id.txt``
and ``image-info.txt`` variables. Only the first is in every release.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from firmbom.model import Location
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_yocto.reading import named, versioned
from firmbom_yocto.said import Installed, Package, Recipe, Said
from firmbom_yocto.testdata import Variables

_VARIABLE = re.compile(r"^(MACHINE|DISTRO|DISTRO_VERSION) += +\"?([^\"\n]*)\"?$", re.MULTILINE)
_EDGE = re.compile(r'"([^"]+)" -> "([^"]+)"(.*)')
_RECOMMENDED = "[style=dotted]"
_REVISION = re.compile(r"(.+-r\d[\d.]*)_(.+)\Z")
"""Version and architecture, which both may hold an underscore; OpenEmbedded's PR is ``r`` and a number."""
_SDK = ("host", "target")


class HistoryImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image as the history lists it."""

    name: str
    variables: Variables
    installed: dict[str, Installed]
    said: Said
    location: Location


def is_image(path: str) -> bool:
    """Does ``installed-package-names.txt`` list an image? The two halves of an SDK have one too."""
    folders = posixpath.dirname(path).split("/")
    return not (folders[-1] in _SDK and "sdk" in folders[:-1])


def read(file: File, report: Report) -> HistoryImage | None:
    """The image that ``installed-package-names.txt`` and what stands beside it tell of; None when it cannot be read."""
    text = report.text(file)
    if text is None:
        return None
    path = file.location_path
    names: dict[str, Installed] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if name := named(line.strip()):
            names[name] = Installed(name, location=Location(path, line=number))
        elif line.strip():
            report.say("error", "not the name of a package; not read", path, detail=line[:80])
    kinds, installed = _with_files(names, _beside(file, "installed-packages.txt", report))
    values = dict(
        _VARIABLE.findall("\n".join(_beside(file, one, report) for one in ("image-info.txt", "build-id.txt")))
    )
    folders = posixpath.dirname(file.path).split("/")
    debian = {one.architecture for one in installed.values()} - {"", "all"} if kinds == {"deb"} else set()
    variables = Variables(
        image=named(folders[-1]),
        machine=named(values.get("MACHINE", "")) or (named(folders[-3]) if len(folders) > 2 else ""),
        distro=named(values.get("DISTRO", "")),
        distro_version=versioned(values.get("DISTRO_VERSION", "")),
        package_type=next(iter(kinds)) if len(kinds) == 1 else "",
        architecture=next(iter(debian)) if len(debian) == 1 else "",
    )
    if debian:  # the package manager's, of several PACKAGE_ARCH one
        installed = {
            name: one if one.architecture == "all" else one._replace(architecture="") for name, one in installed.items()
        }
    info, graph = (_beside(file, one, report) for one in ("installed-package-info.txt", "depends.dot"))
    return HistoryImage(
        name=variables.image or "image",
        variables=variables,
        installed=installed,
        said=_said(installed, info, graph),
        location=Location(path),
    )


def _beside(file: File, name: str, report: Report) -> str:
    """The text of a file of the same image; empty when there is none."""
    found = file.sibling(name)
    return (report.text(found) or "") if found else ""


def _with_files(names: Mapping[str, Installed], text: str) -> tuple[set[str], dict[str, Installed]]:
    """The names with what those of the package files tell, and the kinds of package that they are."""
    found, kinds = dict(names), set()
    for line in text.splitlines():
        base, dot, kind = line.strip().rpartition(".")
        split = _SPLIT.get(kind) if dot else None
        for name, version, architecture in split(base) if split else ():
            if name in names and versioned(version):
                kinds.add(kind)
                found[name] = names[name]._replace(version=version, architecture=named(architecture))
    return kinds, found


def _of_underscores(base: str) -> Iterator[tuple[str, str, str]]:
    """``<name>_<version>_<architecture>``; names have no underscore."""
    name, _, rest = base.partition("_")
    match = _REVISION.match(rest)
    version, _, architecture = rest.partition("_")
    yield (name, match[1], match[2]) if match else (name, version, architecture)


def _of_dashes(base: str) -> Iterator[tuple[str, str, str]]:
    """``<name>-<version>-<release>.<architecture>``."""
    rest, _, architecture = base.rpartition(".")
    parts = rest.rsplit("-", 2)
    if len(parts) == 3:
        yield parts[0], f"{parts[1]}-{parts[2]}", architecture


_SPLIT = {"deb": _of_underscores, "ipk": _of_underscores, "rpm": _of_dashes}


def _said(installed: Mapping[str, Installed], info: str, graph: str) -> Said:
    """Recipes and dependencies."""
    said = Said()
    for words in (line.split() for line in info.splitlines()):
        if len(words) == 5 and words[0] in installed and (recipe := named(words[2])):
            where = installed[words[0]].location
            said.packages[words[0]] = Package(name=words[0], key=named(words[1]), recipe=recipe, location=where)
            said.recipes[recipe] = Recipe(name=recipe, version=versioned(words[3]), location=where)
    if not graph:
        return said
    edges = [match.groups() for match in map(_EDGE.match, graph.splitlines()) if match]
    needed = _grouped((one, other) for one, other, rest in edges if _RECOMMENDED not in rest)
    wished = _grouped((one, other) for one, other, rest in edges if _RECOMMENDED in rest)
    for name, line in installed.items():
        known = said.packages.get(name) or Package(name=name, location=line.location)
        said.packages[name] = msgspec.structs.replace(
            known, requires=tuple(needed.get(name, ())), recommends=tuple(wished.get(name, ()))
        )
    return said


def _grouped(edges: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in edges:
        if named(other):
            found.setdefault(one, []).append(other)
    return found
