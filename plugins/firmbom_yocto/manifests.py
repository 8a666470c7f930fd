"""Manifests of an image: what is installed (``IMAGE.manifest``), and under which licence (``license.manifest``).

The first holds ``name architecture version`` a line (oe-core, ``meta/lib/oe/manifest.py``; the version is PKGV for rpm,
``[PE:]PKGV-PKGR`` for deb and ipk). The second holds blocks of ``KEY: value`` parted by empty lines
(``license_image.bbclass``), with the packages' names before they are renamed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from firmbom.model import Location
from firmbom.problems import Report
from firmbom_yocto.licences import expression
from firmbom_yocto.reading import named, versioned
from firmbom_yocto.said import Installed, Package, Recipe, Said

_INFO = re.compile(r"^(PV|PR|LICENSE): (.*)", re.MULTILINE)
_BLOCK = re.compile(r"\n\s*\n")


def installed(data: bytes, path: str, report: Report) -> dict[str, Installed] | None:
    """The lines of an image manifest by name; None when most lines are none, so that it is something else."""
    found: dict[str, Installed] = {}
    unfit = 0
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) == 3 and named(words[0]) and versioned(words[2]):
            found[words[0]] = Installed(words[0], named(words[1]), words[2], Location(path, line=number))
            continue
        unfit += 1
        report.say("error", "line is not 'name architecture version'; not read", path, detail=line[:80])
    if unfit > len(found):
        return None
    return found


def is_manifest(data: bytes) -> bool:
    """Could this be an image manifest? Other programs call other things ``*.manifest``."""
    first = data[:4096].decode("utf-8", "replace").splitlines()
    words = next((line.split() for line in first if line.strip()), [])
    return not words or (len(words) == 3 and bool(named(words[0]) and named(words[1]) and versioned(words[2])))


def licences(data: bytes, path: str, report: Report) -> Said:
    """What ``license.manifest`` states, by the packages' names before renaming."""
    said = Said()
    for block in _blocks(data, path, report):
        name, version = named(block.get("PACKAGE NAME", "")), versioned(block.get("PACKAGE VERSION", ""))
        recipe, licence = named(block.get("RECIPE NAME", "")), expression(block.get("LICENSE", ""))
        if not name:
            report.say("warning", "block without a PACKAGE NAME; not read", path)
            continue
        where = Location(path, symbol=name)
        said.packages[name] = Package(name=name, key=name, recipe=recipe, licence=licence, location=where)
        if recipe:
            said.recipes[recipe] = Recipe(name=recipe, version=version, location=where)
    return said


def image_licences(data: bytes, path: str, report: Report) -> Said:
    """What ``image_license.manifest`` states: recipes of files beside the root filesystem (kernel, boot)."""
    said = Said()
    for block in _blocks(data, path, report):
        if name := named(block.get("RECIPE NAME", "")):
            said.recipes[name] = Recipe(
                name=name,
                version=versioned(block.get("VERSION", "")),
                licence=expression(block.get("LICENSE", "")),
                location=Location(path, symbol=name),
            )
            if block.get("FILES"):
                said.deployed.add(name)
                said.deployed_files.update({posixpath.basename(file): name for file in block["FILES"].split()})
    return said


def recipe_info(data: bytes, path: str, place: str) -> Recipe | None:
    """What ``licenses/<PN>/recipeinfo`` states; None when the folder above cannot be a recipe's.

    Args:
        data: the content.
        path: where the file stands.
        place: the same, as evidence states it.
    """
    name = named(posixpath.basename(posixpath.dirname(path)))
    values = dict(_INFO.findall(data.decode("utf-8", "replace")))
    version, licence = versioned(values.get("PV", "").strip()), expression(values.get("LICENSE", ""))
    return Recipe(name=name, version=version, licence=licence, location=Location(place)) if name else None


def _blocks(data: bytes, path: str, report: Report) -> Iterator[dict[str, str]]:
    for block in _BLOCK.split(data.decode("utf-8", "replace")):
        pairs = [line.partition(":") for line in block.splitlines() if line.strip()]
        if any(not colon for _, colon, _ in pairs):
            report.say("warning", "line is not 'KEY: value'; ignored", path)
        if pairs:
            yield {key.strip(): value.strip() for key, colon, value in pairs if colon}
