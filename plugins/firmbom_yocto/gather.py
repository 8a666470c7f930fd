"""Everything that was found in a tree, read and joined image by image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from firmbom.errors import InputError
from firmbom.model import Location
from firmbom.tree.base import File, FileTree
from firmbom_yocto import buildhistory, manifests, records, spdx2, spdx3, testdata
from firmbom_yocto.build import Image, fill
from firmbom_yocto.current import Deployed, deployed, split
from firmbom_yocto.kinds import Kind
from firmbom_yocto.licences import expression
from firmbom_yocto.pkgdata import PkgData
from firmbom_yocto.reading import named, versioned
from firmbom_yocto.report import Report
from firmbom_yocto.said import Installed, Recipe, Said
from firmbom_yocto.testdata import Variables

Found = Mapping[Kind, Sequence[File]]
"""The files of a tree that were offered, by kind."""

_IMAGES = re.compile(r"(?:(?P<top>.*)/)?[^/]+/images/[^/]+\Z")
_TOP = re.compile(r"(?P<top>.+?)/[^/]+/images/[^/]+/[^/]+\Z")
_PKGDATA = re.compile(r"(?:(?P<top>.*)/)?pkgdata/[^/]+\Z")
_DEPLOYED = (Kind.MANIFEST, Kind.SPDX, Kind.SPDX_ARCHIVE, Kind.TESTDATA)
_SINGLE = frozenset({"builds", "by-namespace", "common-package", "packages", "recipes", "runtime", "static"})
"""Folders of ``deploy/spdx`` with documents of single packages, which an image's document repeats."""
_BELOW_SPDX = re.compile(r"(?:^|/)spdx/[^/]+/")
_INFO = re.compile(r"(PV|PR|LICENSE): (.*)")


def images(tree: FileTree, found: Found, report: Report, record: Callable[[File], None]) -> Iterator[Image]:
    """Every image of every build in ``tree``.

    Args:
        tree: what was walked.
        found: what was offered.
        report: told what cannot be read.
        record: told each input that was read.
    """
    reader = _Reader(tree, found, report, record)
    reports = len(found.get(Kind.VULNERABILITIES, ()))
    if reports:
        message = f"vulnerability reports of the build, which belong in a VEX document and not in this one: {reports}"
        report.say("note", message)
    current = deployed(tree, [(kind, file) for kind in _DEPLOYED for file in found.get(kind, ()) if _is_image(file)])
    made = [image for one in current if (image := reader.image(one))]
    if not made:
        made = list(reader.without_deployed())
    layers = _layers(made)
    _tell_apart(made)
    for image in made:
        image.recipes = {name: _with_layer(one, layers, image) for name, one in image.recipes.items()}
        yield image


def _is_image(file: File) -> bool:
    """Does the file belong to an image? ``deploy/spdx`` holds documents of single packages."""
    folder = posixpath.basename(posixpath.dirname(file.path))
    return not _BELOW_SPDX.search(file.path) and folder not in _SINGLE and ".spdx.tar.zst!/" not in file.location_path


class _Reader:
    """One tree while it is read."""

    def __init__(self, tree: FileTree, found: Found, report: Report, record: Callable[[File], None]) -> None:
        self._tree, self._found, self._report, self._record = tree, found, report, record
        folders = {posixpath.dirname(posixpath.dirname(file.path)) for file in found.get(Kind.PKGDATA, ())}
        self._pkgdata = {folder: PkgData(tree, folder, report) for folder in sorted(folders)}
        self._licences = list(found.get(Kind.LICENCES, ()))
        self._others: list[Said] | None = None
        recorded = found.get(Kind.RECORD, ())
        self._records = records.read(recorded, report) if recorded else None

    def image(self, files: Deployed) -> Image | None:
        """One image with what is said of it; None when its files are another program's."""
        variables = self._variables(files)
        manifest = files.files.get(Kind.MANIFEST)
        listed = self._manifest(manifest) if manifest else None
        documents = list(self._documents(files))
        contents = next((one.contents for one in documents if one.contents), ())
        location = manifest or files.files.get(Kind.SPDX) or files.files.get(Kind.SPDX_ARCHIVE)
        if location is None or (listed is None and not contents):
            return None
        if listed is None:
            listed = {name: Installed(name) for name in contents}
        self._warn_of_other_dates(files)
        image = Image(
            key=files.key,
            name=variables.image or _image_name(files),
            machine=variables.machine or _machine(files),
            variables=variables,
            installed=listed,
            location=Location(location.location_path),
        )
        image.package_type = variables.package_type or self._package_type(files, image)
        licences = self._licences_of(files, variables)
        pkgdata = self._pkgdata_of(files.folder, image.machine)
        fill(image, [*documents, *self._history()], pkgdata, licences, self._records)
        return image

    def without_deployed(self) -> Iterator[Image]:
        """What pkgdata, the build history or licence manifests tell where no image was deployed."""
        for folder, pkgdata in self._pkgdata.items():
            names = {one.name for key in sorted(pkgdata.packaged or pkgdata.keys) if (one := pkgdata.package(key))}
            if not names:
                continue
            message = "no image manifest: every package that was built is listed, whether it is installed or not"
            self._report.say("warning", message, self._tree.place(folder))
            machine = posixpath.basename(folder)
            image = Image(
                key=machine or "build",
                name=machine or "build",
                machine=machine,
                installed={name: Installed(name) for name in sorted(names)},
                location=Location(self._tree.place(f"{folder}/runtime" if folder else "runtime")),
            )
            fill(image, self._history(), pkgdata, (), self._records)
            yield image
        if not self._pkgdata:
            yield from self._of_history()
            yield from self._of_licences() if not self._found.get(Kind.HISTORY_IMAGE) else ()

    def _of_history(self) -> Iterator[Image]:
        for file in self._found.get(Kind.HISTORY_IMAGE, ()):
            data = self._report.read(file)
            folders = posixpath.dirname(file.path).split("/")
            if data is None:
                continue
            self._record(file)
            name, machine = named(folders[-1]) or "image", named(folders[-3]) if len(folders) > 2 else ""
            image = Image(
                key=f"{name}-{machine}" if machine else name,
                name=name,
                machine=machine,
                installed={one: Installed(one) for one in buildhistory.installed(data)},
                location=Location(file.location_path),
            )
            fill(image, self._history(), records=self._records)
            yield image

    def _of_licences(self) -> Iterator[Image]:
        newest: dict[str, tuple[str, File]] = {}
        for file in self._licences:
            key, date = split(posixpath.basename(posixpath.dirname(file.path)), "")
            newest[key] = max(newest.get(key, ("", file)), (date, file), key=lambda pair: pair[0])
        for key, (_, file) in sorted(newest.items()):
            data = self._report.read(file)
            said = manifests.licences(data, file.location_path, self._report) if data else Said()
            if said.packages:
                self._record(file)
                message = "no image manifest: packages stand under the names they had before renaming"
                self._report.say("warning", message, file.location_path)
                listed = {
                    name: Installed(name, version=said.recipes[one.recipe].version if one.recipe else "")
                    for name, one in said.packages.items()
                }
                name = named(key) or "image"
                image = Image(key=name, name=name, machine="", installed=listed, location=Location(file.location_path))
                fill(image, [said])
                yield image

    def _manifest(self, file: File) -> dict[str, Installed] | None:
        data = self._report.read(file)
        if data is None or not manifests.is_manifest(data):
            return None
        listed = manifests.installed(data, file.location_path, self._report)
        if listed is not None:
            self._record(file)
        return listed

    def _variables(self, files: Deployed) -> Variables:
        file = files.files.get(Kind.TESTDATA)
        data = self._report.read(file, "warning") if file else None
        if file is None or data is None:
            return Variables()
        try:
            return testdata.read(data, file.location_path)
        except InputError as error:
            self._report.say("warning", error.within(file.location_path), file.location_path)
            return Variables()

    def _documents(self, files: Deployed) -> Iterator[Said]:
        """What the image's SPDX documents state, the newer format first."""
        file = files.files.get(Kind.SPDX)
        data = self._report.read(file, "warning") if file else None
        if file is not None and data is not None:
            try:
                said = spdx3.read(data, file.location_path)
            except InputError as error:
                self._report.say("error", error.within(file.location_path), file.location_path)
                said = None
            if said:
                self._take(said, file)
                yield said
        file = files.files.get(Kind.SPDX_ARCHIVE)
        data = self._report.read(file, "warning") if file else None
        if file is not None and data is not None:
            said = spdx2.read_archive(data, file.location_path, self._report)
            if said:
                self._take(said, file)
                yield said

    def _take(self, said: Said, file: File) -> None:
        self._record(file)
        if said.unfit:
            message = f"packages without a name that can be one; not read: {said.unfit}"
            self._report.say("error", message, file.location_path)

    def _history(self) -> list[Said]:
        """What the build history and the recipes' licence files state, read once."""
        if self._others is None:
            files = self._found.get(Kind.HISTORY, ())
            self._others = [buildhistory.read(files, self._report)] if files else []
            self._others.append(self._recipe_infos())
        return self._others

    def _recipe_infos(self) -> Said:
        said = Said()
        for file in self._found.get(Kind.RECIPE_INFO, ()):
            name = named(posixpath.basename(posixpath.dirname(file.path)))
            data = self._report.read(file, "warning")
            if name and data is not None:
                values = dict(_INFO.findall(data.decode("utf-8", "replace")))

                said.recipes[name] = Recipe(
                    name=name,
                    version=versioned(values.get("PV", "").strip()),
                    licence=expression(values.get("LICENSE", "")),
                    location=Location(file.location_path),
                )
        return said

    def _licences_of(self, files: Deployed, variables: Variables) -> list[Said]:
        """The licence manifests of the build that is read: in the folder called as the image is, with its date."""
        found = []
        for kind, read in ((Kind.LICENCES, manifests.licences), (Kind.IMAGE_LICENCES, manifests.image_licences)):
            by_date: dict[str, File] = {}
            for file in self._found.get(kind, ()):
                key, date = split(posixpath.basename(posixpath.dirname(file.path)), "")
                if key == files.key:
                    by_date[date] = file
            wanted = files.date or split(variables.name, "")[1]
            chosen = by_date.get(wanted if wanted in by_date else max(by_date, default=""))
            data = self._report.read(chosen, "warning") if chosen else None
            if chosen is not None and data is not None:
                self._record(chosen)
                found.append(read(data, chosen.location_path, self._report))
        return found

    def _pkgdata_of(self, folder: str, machine: str) -> PkgData | None:
        """The pkgdata of the image's TMPDIR and machine; of another place only where there is no choice."""
        match = _IMAGES.match(folder)
        top = (match["top"] or "") if match else None
        fitting = [one for one in self._pkgdata if not machine or posixpath.basename(one) in ("", machine)]
        near = [one for one in fitting if (other := _PKGDATA.match(one)) and (other["top"] or "") == top]
        chosen = near or fitting or (list(self._pkgdata) if len(self._pkgdata) == 1 else [])
        if len(chosen) == 1:
            return self._pkgdata[chosen[0]]
        if chosen:
            listed = ", ".join(self._tree.place(one) for one in chosen[:3])
            self._report.say(
                "warning", "more than one pkgdata could be the image's; none is read", folder, detail=listed
            )
        return None

    def _package_type(self, files: Deployed, image: Image) -> str:
        """By the package feeds beside the images; by the versions, for only rpm's have no revision."""
        deploy = posixpath.dirname(posixpath.dirname(files.folder))
        there = [kind for kind in ("deb", "ipk", "rpm") if self._tree.list(posixpath.join(deploy, kind))]
        if len(there) == 1:
            return there[0]
        versions = [one.version for one in image.installed.values() if one.version]
        return "rpm" if versions and not any("-" in version for version in versions) else ""

    def _warn_of_other_dates(self, files: Deployed) -> None:
        dates = {date for date in files.dates.values() if date}
        if len(dates) > 1:
            message = "files of different builds stand together; the image manifest decides what is installed"
            self._report.say("warning", message, self._tree.place(files.folder), detail=files.key)


def _tell_apart(made: Iterable[Image]) -> None:
    """Name the TMPDIR of images that have one name and machine: several configurations were built side by side."""
    same: dict[tuple[str, str], list[Image]] = {}
    for image in made:
        same.setdefault((image.name, image.machine), []).append(image)
    for images in same.values():
        if len(images) > 1:
            for number, image in enumerate(images, 1):
                match = _TOP.match(image.location.path)
                image.configuration = named(posixpath.basename(match["top"])) if match else str(number)


def _image_name(files: Deployed) -> str:
    return named(files.key.removesuffix(f"-{files.machine}")) or named(files.key) or "image"


def _machine(files: Deployed) -> str:
    """By the folder, if the image's name says so too."""
    return named(files.machine) if files.machine and files.key.endswith(f"-{files.machine}") else ""


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
