"""Everything that was found in a tree, read and joined image by image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from firmbom.model import Location
from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_yocto import purls, undeployed, vulnerability_reports
from firmbom_yocto.build import Image, fill
from firmbom_yocto.current import Deployed, deployed
from firmbom_yocto.inputs import Found, Inputs
from firmbom_yocto.kernel import with_kernel
from firmbom_yocto.kinds import Kind
from firmbom_yocto.reading import named
from firmbom_yocto.said import Installed, Recipe, Said
from firmbom_yocto.workdirs import Workdirs

_TOP = re.compile(r"(?P<top>.+?)/[^/]+/images/[^/]+/[^/]+\Z")
_DEPLOYED = (Kind.MANIFEST, Kind.SPDX, Kind.SPDX_ARCHIVE, Kind.TESTDATA, Kind.PRODUCT)
_RENAMED = re.compile(r"lib.*\d\Z")
"""As ``debian.bbclass`` calls packages of shared libraries, and some recipes their own (``libxml2``)."""
_LIBC = "libc6"
"""What nearly every package needs."""
_SINGLE = frozenset({"builds", "by-namespace", "common-package", "packages", "recipes", "runtime", "static"})
"""Folders of ``deploy/spdx`` with documents of single packages, which an image's document repeats."""
_BELOW_SPDX = re.compile(r"(?:^|/)spdx/[^/]+/")


def images(tree: FileTree, found: Found, report: Report, take: Callable[[File], None]) -> Iterator[Image]:
    """Every image of every build in ``tree``.

    Args:
        tree: what was walked.
        found: what was offered.
        report: told what cannot be read.
        take: told each input that was read.
    """
    workdirs = Workdirs(tree)
    found = workdirs.outside(found)
    reports = len(found.get(Kind.VULNERABILITIES, ()))
    if reports:
        message = f"vulnerability reports of the build, which go into a VEX document and never into the SBOM: {reports}"
        report.say("note", message)
    inputs = Inputs(tree, found, report, take)
    kept = [(kind, file) for kind in _DEPLOYED for file in found.get(kind, ()) if _is_image(file)]
    current = [one for one in deployed(tree, kept) if not workdirs.hold(f"{one.folder}/x")]
    listed = any(Kind.MANIFEST in one.files for one in current)
    found_images = (_image(one, inputs, listed=listed) for one in current)
    made = [image for image in found_images if image]
    if not made:
        made = list(undeployed.images(inputs))
        stated = list(vulnerability_reports.statements(found.get(Kind.VULNERABILITIES, ()), report)) if made else []
        for image in made:
            image.statements += stated
    if not made:
        _tell_of_no_image(inputs)
    layers = _layers(made)
    _tell_apart(made)
    naming = {_distro(image) for image in made if purls.OS_RELEASE in image.installed}
    for image in made:
        image.names_distro = _distro(image) in naming
        known = {name: _with_layer(one, layers, image) for name, one in image.recipes.items()}
        image.recipes = with_kernel(known, image.machine, found.get(Kind.KERNEL_CONFIG, ()), report)
        yield image


def _tell_of_no_image(inputs: Inputs) -> None:
    """Parts of a build, of which none says what is installed, are no empty build."""
    documents = [file for file in inputs.found.get(Kind.SPDX, ()) if not _is_image(file)]
    known = {"SPDX documents of single packages": documents, "a build history of packages": inputs.kept_history()}
    for what, files in known.items():
        if files:
            message = f"{what} and nothing that tells what is installed; not read (add the image's manifest)"
            inputs.report.say("warning", message, files[0].location_path)


def _is_image(file: File) -> bool:
    """Does the file belong to an image? ``deploy/spdx`` holds documents of single packages."""
    folder = posixpath.basename(posixpath.dirname(file.path))
    single = folder in _SINGLE or _BELOW_SPDX.search(file.path)
    return not single and ".spdx.tar." not in file.location_path.rpartition("!/")[0]


def _image(files: Deployed, inputs: Inputs, *, listed: bool) -> Image | None:
    """One image with what is said of it; None when its files are another program's.

    Args:
        files: the image's.
        inputs: the tree's.
        listed: is there a manifest of any image? Then a document that tells of no root filesystem is no image's.
    """
    variables = inputs.variables(files.files.get(Kind.TESTDATA))
    manifest = files.files.get(Kind.MANIFEST)
    installed = inputs.manifest(manifest)
    documents = list(inputs.documents(files))
    contents = next((one.contents for one in documents if one.contents), ())
    if not listed and not contents:
        contents = tuple(sorted(name for one in documents for name in one.packages))
    location = manifest or files.files.get(Kind.SPDX) or files.files.get(Kind.SPDX_ARCHIVE)
    if manifest and installed is None and len(files.files) > 1:
        inputs.report.say("error", "not an image manifest; not read", manifest.location_path)
    if location is None or (installed is None and not contents):
        return None
    if installed is None:
        installed = {name: Installed(name) for name in contents}
    dates = {date for date in files.dates.values() if date}
    if len(dates) > 1:
        message = "files of different builds stand together; the image manifest decides what is installed"
        inputs.report.say("warning", message, inputs.tree.place(files.folder), detail=files.key)
    product = inputs.product(files)
    image = Image(
        key=files.key,
        name=variables.image or named(product.recipe) or _name(files),
        machine=variables.machine or named(product.machine) or _machine(files),
        variables=variables,
        installed=installed,
        package_type=variables.package_type or inputs.package_type(files.folder, installed),
        location=Location(location.location_path),
        deployed={name for name in product.deployed if named(name)},
        licence_files=inputs.licence_files(files.folder),
    )
    if not documents and (single := inputs.single_documents(files.folder, image.machine, installed)):
        documents = [single]
    licences = inputs.licences(files, variables)
    image.deployed |= {name for said in licences for name in said.deployed}
    beside = {posixpath.basename(one.name): one.recipe for one in product.artefacts if one.recipe in image.deployed}
    for said in licences:
        beside.update(said.deployed_files)
    image.deployed_files = {inputs.tree.place(f"{files.folder}/{name}"): recipe for name, recipe in beside.items()}
    pkgdata = inputs.pkgdata_of(files.folder, image.machine)
    architectures = {line.architecture for line in installed.values()}
    recorded = inputs.recorded.of(files.folder, image.machine, architectures, product)
    history = inputs.history(files.folder, image.machine, installed)
    sources = [*documents, *history]
    if _lack_renamed(documents):
        sources = [*history, *documents]
        if pkgdata is None and recorded is None and not history[0].packages:
            message = (
                "no package needs a library that was renamed (libz1), which create-spdx leaves out in many releases: "
                "dependencies are missing; keep pkgdata or the build history beside the document"
            )
            inputs.report.uncertain.add("dependencies")
            inputs.report.say("warning", message, image.location.path)
    fill(image, sources, pkgdata, licences, recorded)
    reports = vulnerability_reports.of_image(inputs.found.get(Kind.VULNERABILITIES, ()), files)
    image.statements += vulnerability_reports.statements(reports, inputs.report)
    return image


def _lack_renamed(documents: Iterable[Said]) -> bool:
    """Have they the defect of oe-core's SPDX classes, which lose the need of a ``zlib`` that is installed as ``libz1``?

    The classes look in pkgdata for ``libz1.packaged``, where ``zlib.packaged`` stands.
    """
    packages = [one for said in documents for one in said.packages.values()]
    needed = {name for one in packages for name in one.requires or ()}
    renamed = {one.name for one in packages if _RENAMED.match(one.name) and one.name != one.recipe}
    return bool(renamed - needed) and (_LIBC in renamed - needed or 2 * len(renamed & needed) < len(renamed))


def _name(files: Deployed) -> str:
    return named(files.key.removesuffix(f"-{files.machine}")) or named(files.key) or "image"


def _machine(files: Deployed) -> str:
    """By the folder, if the image's name says so too."""
    return named(files.machine) if files.machine and files.key.endswith(f"-{files.machine}") else ""


def _distro(image: Image) -> tuple[str, str]:
    """The distribution in its version, by which an initramfs has the packages of the image that it starts."""
    return image.variables.distro, image.variables.distro_version


def _tell_apart(made: Iterable[Image]) -> None:
    """Name the TMPDIR of images that have one name and machine: several configurations were built side by side."""
    same: dict[tuple[str, str], list[Image]] = {}
    for image in made:
        same.setdefault((image.name, image.machine), []).append(image)
    for twins in same.values():
        for number, image in enumerate(twins, 1) if len(twins) > 1 else ():
            match = _TOP.match(image.location.path)
            image.configuration = named(posixpath.basename(match["top"])) if match else str(number)


def _layers(made: Iterable[Image]) -> dict[str, str]:
    """The layer of each recipe, where all images that name one agree: one build knows less than the other."""
    found: dict[str, set[str]] = {}
    for image in made:
        for name, one in image.recipes.items():
            if one.layer:
                found.setdefault(name, set()).add(one.layer)
    return {name: next(iter(layers)) for name, layers in found.items() if len(layers) == 1}


def _with_layer(recipe: Recipe, layers: Mapping[str, str], image: Image) -> Recipe:
    layer = recipe.layer or layers.get(recipe.name, "")
    revision = recipe.layer_version or (image.variables.core_revision if layer == "core" else "")
    return msgspec.structs.replace(recipe, layer=layer, layer_version=revision)
