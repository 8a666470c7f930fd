"""buildhistory: what ``buildhistory.bbclass`` keeps of every recipe, package and image, ``KEY = value`` a line.

``packages/<arch>/<PN>/latest`` is the recipe's, ``packages/<arch>/<PN>/<key>/latest`` a package's;
``images/<machine>/<libc>/<image>/`` lists what is installed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from firmbom.model import Location
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_yocto.licences import expression
from firmbom_yocto.pkgdata import needs
from firmbom_yocto.reading import named, versioned
from firmbom_yocto.said import Package, Recipe, Said, Stored
from firmbom_yocto.sources import from_uri


def read(files: Iterable[File], report: Report) -> Said:
    """What the ``latest`` files state; the folders above tell whose they are."""
    said = Said()
    for file in files:
        data = report.read(file)
        if data is None:
            continue
        values = _values(data)
        folders = posixpath.dirname(file.path).split("/")
        if "PV" not in values:
            continue
        if "PACKAGES" in values:
            recipe = named(folders[-1])
            if recipe:
                said.recipes[recipe] = _recipe(recipe, values, file)
        elif len(folders) > 1 and (key := named(folders[-1])):
            one = _package(key, named(folders[-2]), values, file)
            said.packages[one.name] = one
    return said


def installed(data: bytes) -> list[str]:
    """The names in ``installed-package-names.txt``."""
    return [name for line in data.decode("utf-8", "replace").splitlines() if (name := named(line.strip()))]


def _values(data: bytes) -> dict[str, str]:
    pairs = (line.partition(" = ") for line in data.decode("utf-8", "replace").splitlines())
    return {key: value.strip() for key, equals, value in pairs if equals}


def _recipe(name: str, values: dict[str, str], file: File) -> Recipe:
    sources, patches = from_uri(values.get("SRC_URI", ""))
    return Recipe(
        name=name,
        version=versioned(values.get("PV", "")),
        layer=named(values.get("LAYER", "").lower()),
        licence=expression(values.get("LICENSE", "")),
        sources=sources,
        patches=patches,
        location=Location(file.location_path),
    )


def _package(key: str, recipe: str, values: dict[str, str], file: File) -> Package:
    epoch, version, release = (values.get(name, "") for name in ("PE", "PV", "PR"))
    version, release = values.get("PKGV") or version, values.get("PKGR") or release
    full = (f"{epoch}:" if epoch else "") + version + (f"-{release}" if release else "")
    return Package(
        name=named(values.get("PKG", "")) or key,
        key=key,
        recipe=recipe,
        version=versioned(full) if version else "",
        licence=expression(values.get("LICENSE", "")),
        requires=tuple(needs(values.get("RDEPENDS", ""))),
        recommends=tuple(needs(values.get("RRECOMMENDS", ""))),
        provides=tuple(needs(values.get("RPROVIDES", ""))),
        files={path.lstrip("/"): Stored() for path in values.get("FILELIST", "").split()},
        location=Location(file.location_path),
    )
