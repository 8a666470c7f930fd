"""The kernel that a build has made: its configuration and release, from the folder it was built in."""

from __future__ import annotations

from collections.abc import Iterator

from firmbom import kernel_config
from firmbom.kernel_config import configuration
from firmbom.model import Basis, Claim, Edge, Fact, Location, Property, Ref
from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_buildroot.build import Build
from firmbom_buildroot.said import Package, version

NAME = "linux"
"""The package."""
_RELEASE = "include/config/kernel.release"
"""Where the kernel's build writes ``uname -r`` (kernel, ``Makefile``)."""


class Kernel:
    """What is known of the kernel of a build."""

    def __init__(self, build: Build, tree: FileTree, report: Report) -> None:
        package = build.packages.get(NAME)
        folder = _folder(build, package) if package else ""
        self._file: File | None = tree.get(f"{folder}/.config") if folder else None
        self._options = kernel_config.read(self._file, report) if self._file else ""
        stated = tree.get(f"{folder}/{_RELEASE}") if folder else None
        text = (report.read(stated, "warning") or b"") if stated and stated.size < 400 else b""
        self.release = version(text.decode("utf-8", "replace").strip()) or _of_modules(build)

    def properties(self) -> tuple[Property, ...]:
        """What the component of the kernel says beside what every package does."""
        said = {kernel_config.RELEASE: self.release, kernel_config.SHA256: ""}
        if self._file and self._options:
            said[kernel_config.SHA256] = next(one.value for one in self._file.digests if one.algorithm == "SHA-256")
        return tuple(Property(name, value) for name, value in said.items() if value)

    def facts(self, own: Ref) -> Iterator[Fact]:
        """The configuration as a component inside the kernel."""
        if self._file and self._options:
            claim = Claim(Basis.BUILD_RECORD, Location(self._file.location_path))
            made = configuration(own, self.release, self._options, self._file.digests, claim)
            yield made
            yield Edge(own, made.ref)


def _folder(build: Build, package: Package) -> str:
    base = f"{build.output}/" if build.output else ""
    return f"{base}build/{NAME}-{package.version.replace('/', '_')}"


def _of_modules(build: Build) -> str:
    """The release by the folder that the kernel installed its modules to, where that is one."""
    found = {path.split("lib/modules/", 1)[1].split("/", 1)[0] for path in build.owners if "lib/modules/" in path}
    return version(next(iter(found))) if len(found) == 1 else ""
