"""One image of a build with all that the sources state of it, joined from the richest source to the poorest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from firmbom.model import Location
from firmbom_yocto.licence_files import LicenceFiles
from firmbom_yocto.pkgdata import PkgData
from firmbom_yocto.said import Installed, Package, Recipe, Said, Statement, agree, filled, join
from firmbom_yocto.testdata import Variables


class Image(msgspec.Struct, kw_only=True):
    """An image and what is in it."""

    key: str
    """``<image>-<machine>``, by which it is told from others."""
    name: str
    """IMAGE_BASENAME."""
    machine: str
    location: Location
    configuration: str = ""
    """Tells it from the same image of the same machine in another TMPDIR."""
    variables: Variables = Variables()
    names_distro: bool = False
    """Holds it, or another image of the same build, a file that names the distribution?"""
    installed: dict[str, Installed] = {}
    deployed: set[str] = set()
    """Recipes whose files are shipped beside the root filesystem: kernel, boot loader."""
    deployed_files: dict[str, str] = {}
    """Those files by their places, each with its recipe."""
    changed: tuple[str, ...] = ()
    """Installed packages that were built anew, in another version, after the image was made."""
    licence_files: LicenceFiles | None = None
    package_type: str = ""
    """deb, ipk, rpm; empty where nothing tells."""
    packages: dict[str, Package] = {}
    """By installed name: what is installed and nothing else."""
    recipes: dict[str, Recipe] = {}
    """Those of the installed packages and of what is deployed, by PN."""
    others: dict[str, Recipe] = {}
    """Recipes that the build used and none of whose packages is installed."""
    statements: list[Statement] = []
    """On vulnerabilities, of any recipe of the build."""


def fill(
    image: Image,
    sources: Iterable[Said],
    pkgdata: PkgData | None = None,
    by_key: Iterable[Said] = (),
    records: Said | None = None,
) -> None:
    """Join what the sources state of what is installed in ``image``.

    Args:
        image: with its :attr:`Image.installed`.
        sources: richest first; their packages go by installed name.
        pkgdata: joined first, since it alone knows how packages were renamed.
        by_key: sources whose packages go by the name before renaming.
        records: what counts before all of them.
    """
    sources = list(sources)
    image.statements += [one for said in (*sources, records) if said for one in said.statements]
    packages: dict[str, Package] = {}
    recipes: dict[str, Recipe] = dict(records.recipes) if records else {}
    for name in image.installed:
        found = pkgdata.installed(name) if pkgdata else None
        if found:
            packages[name] = found
    for said in sources:
        join(packages, {name: one for name, one in said.packages.items() if name in image.installed})
        join(recipes, said.recipes)
    if pkgdata:
        join(recipes, pkgdata.said.recipes)
    renamed = {one.key: name for name, one in packages.items() if one.key}
    for said in by_key:
        join(packages, _by_name(said, renamed, image.installed))
        join(recipes, said.recipes)
    for name, one in (records.packages if records else {}).items():
        packages[name] = filled(one, packages[name]) if name in packages else one
    for name, line in image.installed.items():
        stated = packages.get(name) or Package(name=name, location=line.location)
        image.packages[name] = _as_installed(stated, line)
    built = pkgdata.said.packages if pkgdata else {}
    image.changed = tuple(
        sorted(name for name, line in image.installed.items() if name in built and not agree(built[name], line))
    )
    _part(image, recipes)


def _by_name(said: Said, renamed: Mapping[str, str], installed: Mapping[str, Installed]) -> dict[str, Package]:
    """Packages by installed name; without pkgdata, one whose name and version fit both lists is one package."""
    found: dict[str, Package] = {}
    for key, one in said.packages.items():
        version = said.recipes[one.recipe].version if one.recipe in said.recipes else ""
        if key in renamed:
            found[renamed[key]] = msgspec.structs.replace(one, name=renamed[key])
        elif key in installed and _fits(installed[key].version, version):
            found[key] = one
    return found


def _fits(installed: str, version: str) -> bool:
    plain = installed.partition(":")[2] or installed
    return not plain or not version or plain.startswith(version)


def _as_installed(package: Package, line: Installed) -> Package:
    """The manifest decides the version; only rpm's leaves out the revision, which a source with more may add."""
    version = line.version
    epoch, _, whole = package.version.rpartition(":")
    upstream, dash, release = whole.rpartition("-")
    if not version:
        version = package.version
    elif dash and version == upstream.replace("-", "+"):  # rpm allows no dash in a version
        version = f"{epoch}:{version}-{release}" if epoch else f"{version}-{release}"
    return msgspec.structs.replace(
        package, version=version, architecture=line.architecture or package.architecture, name=line.name
    )


def _part(image: Image, recipes: Mapping[str, Recipe]) -> None:
    used = {one.recipe for one in image.packages.values() if one.recipe} | image.deployed
    for one in image.packages.values():
        if one.recipe and one.recipe not in recipes:
            image.recipes[one.recipe] = Recipe(name=one.recipe, location=one.location)
    for name, recipe in recipes.items():
        (image.recipes if name in used else image.others)[name] = recipe
