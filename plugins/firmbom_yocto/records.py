"""What the class of meta-firmbom wrote down while it built: the richest source there is.

Two kinds of JSON files, both without times, hosts and absolute paths; a member that says nothing is left out, a reader
ignores members that it does not know.

``firmbom/recipes/<PACKAGE_ARCH>/<PN>.json``, ``format`` = ``firmbom-yocto-recipe-1``: a recipe with its ``sources``
(a ``url``, ``parameters`` of its entry, ``revision``, ``digests``), ``patches`` and other ``files`` of the layer
(``path`` in it, ``sha256``; of patches the ``cves`` they name and the Upstream-Status ``status``), the ``products`` and
``product_version`` of the CVE database, ``cve_status``, the ``kernel`` that it builds with its ``release`` and the
digests and ``options`` of its ``config``, and its ``packages``: the ``key`` that the recipe calls one by, the ``name``
it is installed by, ``epoch``, ``version`` and ``revision``, what it ``requires``, ``recommends`` and ``provides`` as
pkgdata writes it, and ``files``: by path size and SHA-256.

``<image>.firmbom.json``, ``format`` = ``firmbom-yocto-image-1``: a product with its ``layers`` (``name``, ``revision``,
``url``, ``changed``), the recipes that are ``deployed`` beside the root filesystem, the ``images`` whose manifests
count, and the ``artefacts`` that are shipped, each with the ``recipe`` it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from firmbom.errors import InputError
from firmbom.model import Digest, ExternalReference, Location, Party, Patch
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_yocto import exploitability, kernel, sources
from firmbom_yocto.licences import expression
from firmbom_yocto.pkgdata import needs
from firmbom_yocto.reading import json_object, json_of, named, objects, prose, text_in, versioned
from firmbom_yocto.said import Package, Recipe, Said, Stored

RECIPE, PRODUCT = "firmbom-yocto-recipe-1", "firmbom-yocto-image-1"

_SUPPLIER = re.compile(r"(?:Organization|Person): (?P<name>[^()]+?)\s*(?:\((?P<email>[^()]*)\))?\Z")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.-]")
_SHRINKWRAP = "npm-shrinkwrap.json"


class Layer(msgspec.Struct, frozen=True):
    """A layer of the build."""

    name: str = ""
    revision: str = ""
    """The commit; empty when the layer is not in git."""
    url: str = ""
    changed: bool = False
    """Files differed from the commit."""


class Named(msgspec.Struct, frozen=True):
    """A file's or image's name and the recipe it comes from."""

    name: str = ""
    recipe: str = ""


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """An image, initramfs, bundle or SDK, as the class recorded it."""

    name: str = ""
    """The link name, as ``core-image-minimal-qemux86-64.rootfs``."""
    kind: str = ""
    recipe: str = ""
    machine: str = ""
    distro: str = ""
    distro_version: str = ""
    release: str = ""
    deployed: tuple[str, ...] = ()
    """Recipes of which something is shipped beside the root filesystem: kernel, boot loader."""
    layers: tuple[Layer, ...] = ()
    images: tuple[Named, ...] = ()
    artefacts: tuple[Named, ...] = ()


class _Source(msgspec.Struct, frozen=True):
    url: str = ""
    parameters: dict[str, str] = {}
    revision: str = ""
    digests: dict[str, str] = {}


class _File(msgspec.Struct, frozen=True):
    name: str = ""
    path: str = ""
    cves: tuple[str, ...] = ()
    status: str = ""
    text: str = ""


class _Package(msgspec.Struct, frozen=True):
    key: str
    name: str = ""
    epoch: str = ""
    version: str = ""
    revision: str = ""
    licence: str = ""
    summary: str = ""
    section: str = ""
    requires: str = ""
    recommends: str = ""
    provides: str = ""
    files: dict[str, tuple[int, str]] | None = None


class CveStatus(msgspec.Struct, frozen=True):
    """An entry of CVE_STATUS."""

    detail: str = ""
    means: str = ""
    """``Patched``, ``Unpatched``, ``Ignored``, ``Unknown``, where the build's CVE_CHECK_STATUSMAP has the word."""
    reason: str = ""


class _Kernel(msgspec.Struct, frozen=True):
    release: str = ""
    config: dict[str, str] = {}


class _Recipe(msgspec.Struct, frozen=True):
    name: str
    base: str = ""
    version: str = ""
    architecture: str = ""
    layer: str = ""
    licence: str = ""
    summary: str = ""
    description: str = ""
    homepage: str = ""
    supplier: str = ""
    products: tuple[str, ...] = ()
    product_version: str = ""
    cve_status: dict[str, CveStatus] = {}
    sources: tuple[_Source, ...] = ()
    patches: tuple[_File, ...] = ()
    files: tuple[_File, ...] = ()
    packages: tuple[_Package, ...] = ()
    kernel: _Kernel = _Kernel()


def read(files: Iterable[File], report: Report, revisions: Mapping[str, str] = MappingProxyType({})) -> Said:
    """What the records of recipes state, by PN and by installed name; it goes before every other source.

    Args:
        files: one of each recipe.
        report: told what cannot be read.
        revisions: of the layers, by their names.
    """
    said = Said()
    for file in files:
        data = json_of(file, report)
        if data is not None and format_of(data) == RECIPE:
            _take(data, file.location_path, revisions, said, report)
        elif data is not None:
            report.say("error", "no record in a form that this firmbom knows; not read", file.location_path)
    return said


def product(data: bytes, path: str, report: Report) -> Product | None:
    """The record of a product; None when it is broken, which is told."""
    try:
        return msgspec.json.decode(data, type=Product)
    except (msgspec.DecodeError, RecursionError) as error:
        report.say("error", "not a record of meta-firmbom; not read", path, detail=str(error))
        return None


def format_of(data: bytes) -> str:
    """What the file says that it is; empty when it says nothing."""
    try:
        return msgspec.json.decode(data, type=_Format).format
    except (msgspec.DecodeError, RecursionError):
        return ""


class _Format(msgspec.Struct, frozen=True):
    format: str = ""


def _take(data: bytes, path: str, revisions: Mapping[str, str], said: Said, report: Report) -> None:
    try:
        one = msgspec.json.decode(data, type=_Recipe)
    except (msgspec.DecodeError, RecursionError) as error:
        report.say("error", "not a record of meta-firmbom; not read", path, detail=str(error))
        return
    if not named(one.name):
        report.say("error", "not the name of a recipe; not read", path, detail=one.name[:80])
        return
    layer = named(one.layer)
    said.recipes[one.name] = Recipe(
        name=one.name,
        base=named(one.base),
        version=versioned(one.version),
        layer=layer.lower(),
        layer_version=versioned(revisions.get(one.layer, "")),
        licence=expression(one.licence),
        summary=prose(one.summary),
        description=prose(one.description),
        homepage=prose(one.homepage),
        supplier=_party(one.supplier),
        cpes=tuple(sorted(_cpes(one))),
        sources=tuple(sorted(set(_references(one, path, report)))),
        patches=tuple(sorted({*_patches(one), *_remote_patches(one)})),
        kernel=kernel.recorded(one.kernel.release, one.kernel.config, path),
        location=Location(path),
    )
    for cve, stated in sorted(one.cve_status.items()):
        words = prose(stated.detail), stated.means, prose(stated.reason)
        if known := exploitability.of_record(said.recipes[one.name], one.products, cve, *words):
            said.statements.append(known)
    for package in one.packages:
        if named(package.key):
            made = _package(package, one, path)
            said.packages[made.name] = made
        else:
            report.say("error", "not the name of a package; not read", path, detail=package.key[:80])


def _package(package: _Package, recipe: _Recipe, path: str) -> Package:
    version = (f"{package.epoch}:" if package.epoch else "") + package.version
    files = None
    if package.files is not None:
        files = {name.lstrip("/"): Stored(size, sha256) for name, (size, sha256) in package.files.items()}
    return Package(
        name=named(package.name) or package.key,
        key=package.key,
        recipe=recipe.name,
        version=versioned(version + (f"-{package.revision}" if version and package.revision else "")),
        architecture=named(recipe.architecture),
        licence=expression(package.licence),
        summary=prose(package.summary),
        homepage=prose(recipe.homepage),
        section=prose(package.section),
        requires=tuple(needs(package.requires)),
        recommends=tuple(needs(package.recommends)),
        provides=tuple(needs(package.provides)),
        files=files,
        location=Location(path, symbol=package.key),
    )


def _cpes(recipe: _Recipe) -> Iterator[str]:
    """CPE 2.3 names (NISTIR 7695) as oe-core's cve-check forms them: whether application or system is left open."""
    version = recipe.product_version or recipe.version
    for stated in recipe.products:
        vendor, colon, name = stated.partition(":")
        if not colon:
            vendor, name = "*", stated
        if name and version:
            yield f"cpe:2.3:*:{_escaped(vendor)}:{_escaped(name)}:{_escaped(version)}:*:*:*:*:*:*:*"


def _escaped(text: str) -> str:
    return text if text == "*" else _NOT_PLAIN.sub(r"\\\g<0>", text)


def _entry(source: _Source) -> str:
    """The entry of SRC_URI again, with the revision and checksums that BitBake found for it."""
    parameters = {"rev": source.revision} if source.revision else {}
    parameters.update({key: value for key, value in source.parameters.items() if value})
    parameters.update({f"{name}sum": value for name, value in source.digests.items()})
    return ";".join([source.url, *(f"{key}={value}" for key, value in parameters.items())])


def _references(recipe: _Recipe, path: str, report: Report) -> Iterator[ExternalReference]:
    for source in recipe.sources:
        yield from sources.from_uri(_entry(source))[0]
    for file in recipe.files:
        if file.name.endswith(_SHRINKWRAP) and file.text:
            yield from _shrinkwrapped(file, path, report)


def _shrinkwrapped(file: _File, path: str, report: Report) -> Iterator[ExternalReference]:
    """What an npm-shrinkwrap.json (npm's lockfile, version 2 and 3) has BitBake fetch."""
    try:
        found = json_object(file.text.encode(), path)
    except InputError as error:
        report.say(
            "warning", "the npm-shrinkwrap.json in it is broken; its packages are not known", path, detail=str(error)
        )
        return
    packages = found.get("packages")
    for one in objects({"all": list(packages.values())}, "all") if isinstance(packages, dict) else ():
        try:
            digests = Digest.from_sri(text_in(one, "integrity"))
        except ValueError:
            digests = ()
        if reference := sources.source(text_in(one, "resolved")):
            yield msgspec.structs.replace(reference, digests=tuple(sorted(digests)))


def _patches(recipe: _Recipe) -> Iterator[Patch]:
    for one in recipe.patches:
        if name := prose(one.path or one.name):
            cves = tuple(sorted({cve for cve in one.cves if sources.CVE.match(cve)}))
            backport = bool(cves) or one.status.startswith("Backport")
            yield Patch("backport" if backport else "unofficial", name, cves)


def _remote_patches(recipe: _Recipe) -> Iterator[Patch]:
    """Those that are fetched and that no record of a file describes."""
    known = {one.name for one in recipe.patches}
    for source in recipe.sources:
        yield from (one for one in sources.from_uri(_entry(source))[1] if one.url not in known)


def _party(text: str) -> Party:
    """``Organization: NAME (EMAIL)`` (SPDX 2.3, section 7.5)."""
    match = _SUPPLIER.match(text)
    return Party(prose(match["name"]), email=match["email"] or "") if match else Party()
