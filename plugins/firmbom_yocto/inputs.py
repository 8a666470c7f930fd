"""The inputs of a build, each read when it is asked for, and which of them belong to which image."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from firmbom.errors import InputError
from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_yocto import manifests, records, spdx2, spdx3, testdata
from firmbom_yocto.buildhistory import History
from firmbom_yocto.current import Deployed, split
from firmbom_yocto.kinds import Kind
from firmbom_yocto.licence_files import LicenceFiles
from firmbom_yocto.pkgdata import PkgData
from firmbom_yocto.reading import json_of
from firmbom_yocto.recorded import Recorded
from firmbom_yocto.records import Product
from firmbom_yocto.said import Installed, Said
from firmbom_yocto.testdata import Variables

Found = Mapping[Kind, Sequence[File]]
"""The files of a tree that were offered, by kind."""

_IMAGES = re.compile(r"(?:(?P<top>.*)/)?[^/]+/images/[^/]+\Z")
_SPDX = ".spdx.json"
_SINGLE = frozenset({"packages", "recipes", "runtime"})
"""Folders of SPDX 2.2 documents."""
_PKGDATA = re.compile(r"(?:(?P<top>.*)/)?pkgdata/[^/]+\Z")


class Inputs:
    """The inputs in one tree."""

    def __init__(self, tree: FileTree, found: Found, report: Report, take: Callable[[File], None]) -> None:
        """Args: ``take`` is told each file that counts as an input of the document."""
        self.tree, self.found, self.report, self.take = tree, found, report, take
        folders = {posixpath.dirname(posixpath.dirname(file.path)) for file in found.get(Kind.PKGDATA, ())}
        self.pkgdata = {folder: PkgData(tree, folder, report) for folder in sorted(folders)}
        """By the folder of a machine."""

    @cached_property
    def recorded(self) -> Recorded:
        """What meta-firmbom's class recorded of recipes."""
        return Recorded(self.found.get(Kind.RECORD, ()), self.report)

    @cached_property
    def _history(self) -> History:
        return History(self.found.get(Kind.HISTORY, ()), self.report)

    def kept_history(self) -> Sequence[File]:
        """The files of a build history; none where files of other programs are called as its are."""
        return self.found.get(Kind.HISTORY, ()) if self._history else ()

    @cached_property
    def _infos(self) -> Said:
        """What the recipes' licence files state."""
        infos = Said()
        for file in self.found.get(Kind.RECIPE_INFO, ()):
            data = self.report.read(file, "warning")
            if data is not None and (one := manifests.recipe_info(data, file.path, file.location_path)):
                infos.recipes[one.name] = one
        return infos

    def history(self, folder: str, machine: str, installed: Mapping[str, Installed]) -> list[Said]:
        """What the build history and the recipes' licence files state of the build of an image in ``folder``."""
        return [self._history.of(folder, machine, installed), self._infos]

    def product(self, files: Deployed) -> Product:
        """What the class recorded of an image."""
        file = files.files.get(Kind.PRODUCT)
        data = json_of(file, self.report) if file else None
        if file is None or data is None:
            return Product()
        if kind := records.format_of(data):
            if kind == records.PRODUCT:
                return records.product(data, file.location_path, self.report) or Product()
            self.report.say("error", "no record in a form that this firmbom knows; not read", file.location_path)
        return Product()

    def manifest(self, file: File | None) -> dict[str, Installed] | None:
        """The lines of an image manifest; None when there is none, or it is another program's."""
        data = self.report.read(file) if file else None
        if file is None or data is None or not manifests.is_manifest(data):
            return None
        listed = manifests.installed(data, file.location_path, self.report)
        if listed is not None:
            self.take(file)
        return listed

    def variables(self, file: File | None) -> Variables:
        """The variables of an image; none when there is no such file, or it cannot be read."""
        data = json_of(file, self.report, "warning") if file else None
        if file is None or data is None:
            return Variables()
        try:
            return testdata.read(data, file.location_path)
        except InputError as error:
            self.report.say("warning", error.within(file.location_path), file.location_path)
            return Variables()

    def documents(self, files: Deployed) -> Iterator[Said]:
        """What the image's SPDX documents state, the newer format first."""
        for kind, read in ((Kind.SPDX, self._spdx3), (Kind.SPDX_ARCHIVE, self._spdx2)):
            file = files.files.get(kind)
            data = self._document(kind, file) if file else None
            said = read(data, file.location_path) if file and data is not None else None
            if file and said:
                self.take(file)
                if said.unfit:
                    message = f"packages without a name that can be one; not read: {said.unfit}"
                    self.report.say("error", message, file.location_path)
                yield said

    def single_documents(self, folder: str, machine: str, installed: Mapping[str, Installed]) -> Said | None:
        """What ``deploy/spdx`` states in SPDX 2.2, a document a package and recipe, where the image has none itself.

        Args:
            folder: the image's.
            machine: whose documents are kept apart to kirkstone.
            installed: the documents of other packages are not read.
        """
        wanted = {f"{prefix}{name}{_SPDX}" for name in installed for prefix in ("", "runtime-")}
        top = posixpath.join(posixpath.dirname(posixpath.dirname(folder)), "spdx/")
        below = [file for file in self.found.get(Kind.SPDX, ()) if file.path.startswith(top)]
        own = [file for file in below if file.path.startswith(f"{top}{machine}/")]
        documents = spdx2.Documents(self.report)
        for file in own or below:
            kind = posixpath.basename(posixpath.dirname(file.path))
            ours = file.name in wanted or (kind == "recipes" and file.name.startswith("recipe-"))
            data = json_of(file, self.report, "warning") if ours and kind in _SINGLE else None
            if data is not None:
                documents.add(data, file.location_path)
        return documents.said()

    def _document(self, kind: Kind, file: File) -> bytes | None:
        return json_of(file, self.report, "warning") if kind is Kind.SPDX else self.report.read(file, "warning")

    def _spdx3(self, data: bytes, path: str) -> Said | None:
        try:
            return spdx3.read(data, path)
        except InputError as error:
            self.report.say("error", error.within(path), path)
            return None

    def _spdx2(self, data: bytes, path: str) -> Said | None:
        return spdx2.read_archive(data, path, self.report)

    def licences(self, files: Deployed, variables: Variables) -> list[Said]:
        """The licence manifests of the build that is read: in the folder called as the image is, with its date."""
        found = []
        for kind, read in ((Kind.LICENCES, manifests.licences), (Kind.IMAGE_LICENCES, manifests.image_licences)):
            by_date: dict[str, File] = {}
            for file in self.found.get(kind, ()):
                key, date = split(posixpath.basename(posixpath.dirname(file.path)), "")
                if key == files.key:
                    by_date[date] = file
            wanted = files.date or split(variables.name, "")[1]
            chosen = by_date.get(wanted if wanted in by_date else max(by_date, default=""))
            data = self.report.read(chosen, "warning") if chosen else None
            if chosen and data is not None:
                self.take(chosen)
                found.append(read(data, chosen.location_path, self.report))
        return found

    def licence_files(self, folder: str = "") -> LicenceFiles:
        """The licence files of the build that deployed to ``folder``."""
        deploy = posixpath.dirname(posixpath.dirname(folder))
        return LicenceFiles(self.tree, self.found.get(Kind.RECIPE_INFO, ()), self.report, deploy)

    def pkgdata_of(self, folder: str, machine: str) -> PkgData | None:
        """The pkgdata of the image's TMPDIR and machine; of another place only where there is no choice."""
        match = _IMAGES.match(folder)
        top = (match["top"] or "") if match else None
        fitting = [one for one in self.pkgdata if not machine or _same(posixpath.basename(one), machine)]
        near = [one for one in fitting if (other := _PKGDATA.match(one)) and (other["top"] or "") == top]
        chosen = near or fitting or (list(self.pkgdata) if len(self.pkgdata) == 1 else [])
        if len(chosen) > 1:
            listed = ", ".join(self.tree.place(one) for one in chosen[:3])
            message = "more than one pkgdata could be the image's; none is read"
            self.report.say("warning", message, folder, detail=listed)
        return self.pkgdata[chosen[0]] if len(chosen) == 1 else None

    def package_type(self, folder: str, installed: Mapping[str, Installed]) -> str:
        """By the package feeds beside the images; by the versions, for only rpm's have no revision."""
        deploy = posixpath.dirname(posixpath.dirname(folder))
        there = [kind for kind in ("deb", "ipk", "rpm") if self.tree.list(posixpath.join(deploy, kind))]
        if len(there) == 1:
            return there[0]
        versions = [one.version for one in installed.values() if one.version]
        return "rpm" if versions and not any("-" in version for version in versions) else ""


def _same(folder: str, machine: str) -> bool:
    """Is it the machine's folder? MACHINE_ARCH has underscores where MACHINE has dashes."""
    return not folder or folder.replace("-", "_") == machine.replace("-", "_")
