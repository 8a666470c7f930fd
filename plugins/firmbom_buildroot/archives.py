"""What legal-info saved, and the hash files of Buildroot: digests of downloads, applied patches, licences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from firmbom.errors import FirmbomError
from firmbom.model import Digest
from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_buildroot import hashes
from firmbom_buildroot.said import Package
from firmbom_buildroot.trees import Trees

_MOST_PATCHES = 2_000
_MOST_LICENCES = 20


class Archives:
    """Finds what a build's packages were made of."""

    def __init__(self, output: str, tree: FileTree, trees: Trees, report: Report) -> None:
        self._base = f"{output}/legal-info" if output else "legal-info"
        self._tree, self._trees, self._report = tree, trees, report
        self._hashes: dict[str, Mapping[str, tuple[Digest, ...]]] = {}

    def digests(self, package: Package) -> dict[str, tuple[Digest, ...]]:
        """By file name the digests of a package's downloads: those of the saved archive, else those stated."""
        found: dict[str, tuple[Digest, ...]] = {}
        for download in package.downloads:
            stated = self._stated(package, download.file)
            saved = self._saved(package, download.file)
            seen = self._digests(saved) if saved else ()
            both = {one.algorithm: one for one in (*stated, *seen)}
            if saved and any(both[one.algorithm] != one for one in stated):
                message = "not the archive that Buildroot's hash file states"
                self._report.say("warning", message, saved.location_path, detail=package.key)
            found[download.file] = tuple(sorted(both.values()))
        return found

    def patches(self, package: Package) -> tuple[str, ...]:
        """The patches as records state them, else as legal-info's ``series`` lists them."""
        if package.patches:
            return package.patches
        for folder in self.folders(package):
            if file := self._tree.get(f"{folder}/series"):
                lines = (self._report.text(file) or "").splitlines()[:_MOST_PATCHES]
                return tuple(line.strip() for line in lines if line.strip() and "/" not in line)
        return ()

    def licences(self, package: Package) -> tuple[File, ...]:
        """The licence files that legal-info saved, by their paths."""
        kind = "host-licenses" if package.host else "licenses"
        return tuple(islice(self._below(f"{self._base}/{kind}/{_own(package)}"), _MOST_LICENCES))

    def _below(self, folder: str, depth: int = 4) -> Iterator[File]:
        for name in self._tree.list(folder):
            path = f"{folder}/{name}"
            if file := self._tree.get(path):
                yield file
            elif depth:
                yield from self._below(path, depth - 1)

    def folders(self, package: Package) -> tuple[str, ...]:
        """Where legal-info keeps what the package was made of, and that of all packages until 2016."""
        kind = "host-sources" if package.host else "sources"
        return f"{self._base}/{kind}/{_own(package)}", f"{self._base}/{kind}"

    def _saved(self, package: Package, name: str) -> File | None:
        places = (self._tree.get(f"{folder}/{name}") for folder in self.folders(package))
        return next((file for file in places if file), None)

    def _digests(self, file: File) -> tuple[Digest, ...]:
        try:
            return file.digests
        except FirmbomError as error:
            self._report.say("warning", error.within(file.location_path), file.location_path)
            return ()

    def _stated(self, package: Package, name: str) -> tuple[Digest, ...]:
        for path in package.hash_files or _usual(package):
            file = self._trees.find(path)
            if file and file.path not in self._hashes:
                self._hashes[file.path] = hashes.read(file, self._report)
            if file and (found := self._hashes[file.path].get(name)):
                return found
        return ()


def _own(package: Package) -> str:
    """The folder of a package in each of legal-info's."""
    version = package.version.replace("/", "_")
    return f"{package.name}-{version}" if version else package.name


def _usual(package: Package) -> tuple[str, ...]:
    """Where the hash file of a package lies, for releases that do not state it."""
    folders = (
        [package.directory] if package.directory else [f"{top}{package.name}" for top in ("package/", "boot/", "")]
    )
    return tuple(
        f"{folder}/{inner}{package.name}.hash"
        for folder in folders
        for inner in (f"{package.version}/", "")
        if inner != "/"
    )
