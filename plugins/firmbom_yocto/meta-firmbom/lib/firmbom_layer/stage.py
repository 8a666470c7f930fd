"""The folder that firmbom reads: of the whole build only what says something of one product.

It is laid out as TMPDIR is, so that the plugin reads it as it reads a build::

    deploy/images/<machine>/<image>.manifest, .testdata.json, .firmbom.json
    deploy/firmbom/recipes/<architecture>/<recipe>.json
    deploy/licenses/<recipe>/recipeinfo, generic_<licence>, …
    pkgdata/<machine>/runtime/<package>, runtime-reverse/<installed name>
"""

from __future__ import annotations

import os
import shutil
from typing import Any, Iterable, NamedTuple

from .artefacts import architectures
from .run import REPORTS
from .said import text, write_json

_VARIABLES = ("DISTRO", "DISTRO_VERSION", "DPKG_ARCH", "IMAGE_PKGTYPE", "MACHINE", "METADATA_REVISION")


class Listed(NamedTuple):
    """An image manifest: which packages are installed."""

    name: str
    """The file's name in the stage without ``.manifest``."""
    recipe: str
    """Of the image."""
    path: str
    pkgdata: str
    """The folder that knows these packages."""


class Stage:
    """The folder while it is filled."""

    def __init__(self, folder: str, d: Any) -> None:
        self.folder = folder
        os.makedirs(folder)
        self._d = d
        self._machine = text(d, "MACHINE")
        self.recipes: set[str] = set()
        """Recipes of which something is installed."""
        self.unknown: list[str] = []
        """Installed packages that pkgdata does not know."""

    def images(self) -> str:
        """The folder of manifests."""
        return self._made("deploy", "images", self._machine)

    def add(self, listed: Listed) -> None:
        """Copy a manifest, and what pkgdata says of each package in it."""
        shutil.copyfile(listed.path, os.path.join(self.images(), listed.name + ".manifest"))
        variables = {name: text(self._d, name) for name in _VARIABLES}
        variables.update(IMAGE_BASENAME=listed.recipe, IMAGE_NAME=listed.name, PV=text(self._d, "PV"))
        write_json(os.path.join(self.images(), listed.name + ".testdata.json"), variables)
        for name in installed(listed.path):
            self._package(name, listed.pkgdata)

    def spdx(self, path: str, name: str) -> None:
        """Copy the image's SPDX document."""
        ending = next((one for one in (".spdx.json", ".spdx.tar.zst") if path.endswith(one)), "")
        if ending:
            shutil.copyfile(path, os.path.join(self.images(), name + ending))

    def report(self, path: str, name: str) -> None:
        """Copy a report on the image's vulnerabilities, which the plugin knows by its ending or its content."""
        base = os.path.basename(path)
        ending = next((one for one in REPORTS if base.endswith(one)), ".json")
        shutil.copyfile(path, os.path.join(self.images(), name + ending))

    def records(self, recipes: Iterable[str]) -> list[str]:
        """Copy the records of these recipes; returns those that there is none of."""
        missing = []
        for recipe in sorted(recipes):
            found = next(self._record(recipe), None)
            if found is None:
                missing.append(recipe)
                continue
            architecture, path = found
            folder = self._made("deploy", "firmbom", "recipes", architecture)
            shutil.copyfile(path, os.path.join(folder, recipe + ".json"))
        return missing

    def _record(self, recipe: str) -> Any:
        top = self._d.getVar("FIRMBOM_RECORDS")
        known = architectures(self._d)
        others = sorted(set(os.listdir(top)) - set(known)) if os.path.isdir(top) else []
        for architecture in [*known, *others]:
            path = os.path.join(top, architecture, recipe + ".json")
            if os.path.isfile(path):
                yield architecture, path

    def _package(self, name: str, pkgdata: str) -> None:
        real = os.path.realpath(os.path.join(pkgdata, "runtime-reverse", name))
        key = os.path.basename(real)
        if not os.path.isfile(real):
            self.unknown.append(name)
            return
        runtime = self._made("pkgdata", self._machine, "runtime")
        shutil.copyfile(real, os.path.join(runtime, key))
        link = os.path.join(self._made("pkgdata", self._machine, "runtime-reverse"), name)
        if not os.path.lexists(link):
            os.symlink(os.path.join("..", "runtime", key), link)
        with open(real, encoding="utf-8", errors="replace") as stream:
            self.recipes.update(line[4:].strip() for line in stream if line.startswith("PN: "))

    def _made(self, *parts: str) -> str:
        folder = os.path.join(self.folder, *parts)
        os.makedirs(folder, exist_ok=True)
        return folder


def installed(path: str) -> list[str]:
    """The names in an image manifest (``name architecture version`` a line)."""
    with open(path, encoding="utf-8", errors="replace") as stream:
        return [line.split()[0] for line in stream if line.strip()]
