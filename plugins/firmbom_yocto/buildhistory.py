"""buildhistory: what ``buildhistory.bbclass`` keeps of every recipe and package, ``KEY = value`` a line.

``packages/<arch>-<vendor>-<os>/<PN>/latest`` is the recipe's, ``packages/…/<PN>/<key>/latest`` a package's. A recipe
that several machines build has one for each of their architectures. :mod:`firmbom_yocto.history_image` reads what the
same folder says of images.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from firmbom.model import Location
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_yocto.licences import expression
from firmbom_yocto.pkgdata import needs
from firmbom_yocto.reading import named, versioned
from firmbom_yocto.said import Installed, Package, Recipe, Said, Stored, agree
from firmbom_yocto.sources import from_uri

_EVERYWHERE = ("all", "noarch", "allarch")


class _Kept(NamedTuple):
    """What one build history keeps, by name and then by the folder of the architecture."""

    recipes: dict[str, dict[str, Recipe]]
    packages: dict[str, dict[str, Package]]


class History:
    """The build histories in one tree."""

    def __init__(self, files: Iterable[File], report: Report) -> None:
        """Args: ``files`` are called ``latest``; the folders above tell whose they are."""
        self._report = report
        self._kept: dict[str, _Kept] = {}
        """By the folder that holds ``packages``."""
        for file in files:
            self._add(file)

    def __bool__(self) -> bool:
        """Is anything kept?"""
        return bool(self._kept)

    def of(self, folder: str, machine: str, installed: Mapping[str, Installed]) -> Said:
        """What is kept of the build of an image.

        Args:
            folder: of the image's files, in the history or the deploy folder.
            machine: whose recipes go before those of other machines.
            installed: what is in the image; a package in that version goes before others of its name.
        """
        kept = self._near(folder)
        if kept is None:
            return Said()
        said = Said()
        ranks = _Ranks(machine, {line.architecture for line in installed.values()})
        folders: dict[str, str] = {}
        for name, found in kept.packages.items():
            line = installed.get(name)
            fitting = [one for one in found if line and agree(found[one], line)]
            chosen = ranks.nearest(fitting or found)
            said.packages[name] = found[chosen] if fitting or not line else _other(found[chosen])
            if line:
                folders.setdefault(found[chosen].recipe, chosen)
        for name, built in kept.recipes.items():
            own = folders.get(name, "")
            said.recipes[name] = built[own if own in built else ranks.nearest(built)]
        return said

    def _near(self, folder: str) -> _Kept | None:
        """The history that lies above or beside the image's build; the only one, wherever it lies."""
        near = [top for top in self._kept if _holds(posixpath.dirname(top), folder) or _holds(top, folder)]
        chosen = [top for top in near if len(top) == max(map(len, near))] or list(self._kept)
        if len(chosen) > 1:
            message = "build histories of several builds, and nothing tells which is the image's; none is read"
            self._report.say("warning", message, folder, detail=", ".join(sorted(chosen)[:3]))
        return self._kept[chosen[0]] if len(chosen) == 1 else None

    def _add(self, file: File) -> None:
        data = self._report.read(file)
        if data is None:
            return
        values, parts = _values(data), file.path.split("/")
        if "PV" not in values:
            return
        up = 3 if "PACKAGES" in values else 4
        system, above = parts[-up], parts[: -up - 1]
        kept = self._kept.setdefault("/".join(above), _Kept({}, {}))
        name = named(parts[-2])
        if name and up == 3:
            kept.recipes.setdefault(name, {})[system] = _recipe(name, values, file)
        elif name:
            one = _package(name, named(parts[-3]), values, file)
            kept.packages.setdefault(one.name, {})[system] = one


class _Ranks:
    """How near an architecture's folder is to an image."""

    def __init__(self, machine: str, architectures: Collection[str]) -> None:
        own = dict.fromkeys((_plain(one) for one in sorted(architectures) if one), 1)
        ranks = {**own, **dict.fromkeys(_EVERYWHERE, 2), _plain(machine): 0}
        self._ranks = {f"{name}_": rank for name, rank in ranks.items() if name}

    def nearest(self, systems: Iterable[str]) -> str:
        """Of folders ``<arch>-<vendor>-<os>`` that of the machine, of an installed architecture, of all, any."""
        return min(systems, key=lambda one: (self._of(one), len(one), one))

    def _of(self, system: str) -> int:
        plain = f"{_plain(system)}_"
        return min((rank for name, rank in self._ranks.items() if plain.startswith(name)), default=3)


def _other(package: Package) -> Package:
    """What a package in another version than is installed still says."""
    return Package(name=package.name, key=package.key, recipe=package.recipe, location=package.location)


def _plain(name: str) -> str:
    """Folders have dashes where package managers and machines may have underscores."""
    return name.replace("-", "_")


def _holds(top: str, folder: str) -> bool:
    return not top or f"{folder}/".startswith(f"{top}/")


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
    epoch = values.get("PKGE") or values.get("PE") or ""
    version, release = (values.get(f"PKG{one}") or values.get(f"P{one}") or "" for one in "VR")
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
