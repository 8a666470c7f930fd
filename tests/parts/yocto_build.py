"""Small Yocto builds, described by any of the sources that a real one leaves."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import zstandard
from yocto_spdx import LAYERS, Made, documents, graph

DATE = "20260102030405"

PACKAGES = (
    Made(
        "shell", "shell", "1.36.1", "GPLv2 & bzip2-1.0.4", provides="virtual-shell", path="bin/sh", recommends="extra"
    ),
    Made("zlib", "zlib", "1.3.1", "Zlib", name="libz1", path="usr/lib/libz.so.1.3.1"),
    Made("tool", "tool", "2.0", "MIT | CLOSED", requires="virtual-shell zlib (>= 1.3)", needs=("shell", "libz1")),
    Made("tool-data", "tool", "2.0", "MIT", requires="tool", needs=("tool",), epoch="1", architecture="all"),
)
LEFT_OUT = Made("tool-dbg", "tool", "2.0", "MIT")
"""Built, but not installed."""


class Build:
    """A build folder while it is made; every method adds one source."""

    def __init__(
        self, folder: Path, *, image: str = "small-image", machine: str = "qemuarm64", tmp: str = "tmp"
    ) -> None:
        self.folder = folder
        self.image, self.machine = image, machine
        self.tmp = folder / tmp if tmp else folder
        self.deployed = self.tmp / f"deploy/images/{machine}"
        self.link = f"{image}-{machine}.rootfs"

    def write(self, path: str | Path, content: str | bytes | Any) -> Path:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, str | bytes):
            content = json.dumps(content)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return place

    def linked(self, ending: str, content: Any, date: str = DATE) -> None:
        """A dated file of the image, and the link to it."""
        self.write(self.deployed / f"{self.link}-{date}.{ending}", content)
        link = self.deployed / f"{self.link}.{ending}"
        link.unlink(missing_ok=True)
        link.symlink_to(f"{self.link}-{date}.{ending}")

    def manifest(self, packages: Iterable[Made] = PACKAGES, *, form: str = "deb", date: str = DATE) -> Build:
        lines = []
        for one in packages:
            whole = (f"{one.epoch}:" if one.epoch else "") + f"{one.version}-r0"
            lines.append(f"{one.installed} {one.architecture} {one.version if form == 'rpm' else whole}\n")
        self.linked("manifest", "".join(lines), date)
        return self

    def testdata(self, **variables: str) -> Build:
        known = {
            "IMAGE_BASENAME": self.image,
            "IMAGE_NAME": f"{self.link}-{DATE}",
            "MACHINE": self.machine,
            "DISTRO": "sample",
            "DISTRO_VERSION": "5.0",
            "PV": "1.0",
            "TOPDIR": "/home/somebody/build",
            "METADATA_REVISION": "0123456789abcdef0123456789abcdef01234567",
        }
        self.linked("testdata.json", known | variables)
        return self

    def pkgdata(self, packages: Iterable[Made] = (*PACKAGES, LEFT_OUT)) -> Build:
        folder = self.tmp / f"pkgdata/{self.machine}"
        (folder / "runtime-reverse").mkdir(parents=True, exist_ok=True)
        for one in packages:
            self.write(folder / f"runtime/{one.key}", _runtime(one))
            self.write(folder / f"runtime/{one.key}.packaged", "")
            (folder / f"runtime-reverse/{one.installed}").symlink_to(f"../runtime/{one.key}")
        return self

    def licences(self, packages: Iterable[Made] = PACKAGES) -> Build:
        blocks = [
            f"PACKAGE NAME: {one.key}\nPACKAGE VERSION: {one.version}\n"
            f"RECIPE NAME: {one.recipe}\nLICENSE: {one.licence}\n"
            for one in packages
        ]
        folder = self.tmp / f"deploy/licenses/{self.machine}/{self.link}-{DATE}"
        self.write(folder / "license.manifest", "\n".join(blocks))
        self.write(folder / "package.manifest", "\n".join(one.key for one in packages))
        return self

    def history(self, packages: Iterable[Made] = PACKAGES) -> Build:
        for one in packages:
            folder = self.folder / f"buildhistory/packages/aarch64-oe-linux/{one.recipe}"
            self.write(folder / "latest", _recipe_history(one))
            self.write(folder / f"{one.key}/latest", _package_history(one))
        folder = self.folder / f"buildhistory/images/{self.machine}/glibc/{self.image}"
        self.write(folder / "installed-package-names.txt", "".join(f"{one.installed}\n" for one in packages))
        return self

    def spdx3(
        self,
        *,
        recipes: bool = True,
        packages: Iterable[Made] = PACKAGES,
        renamed: bool = True,
        version: str = "3.0.1",
    ) -> Build:
        """Without ``renamed`` as create-spdx has it since 2024: what needs a renamed package does not say so."""
        elements = list(graph(self.image, list(packages) if renamed else _without_renamed(packages), recipes=recipes))
        for one in elements if version == "3.0.0" else []:
            if one.get("relationshipType") in ("hasInput", "hasOutput"):
                one["relationshipType"] += "s"
        self.linked("spdx.json", {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": elements})
        return self

    def spdx2(
        self, packages: Iterable[Made] = PACKAGES, *, archived: bool = True, renamed: bool = True, ending: str = "zst"
    ) -> Build:
        made = documents(self.image, list(packages) if renamed else _without_renamed(packages))
        for one in [] if archived else made:
            kind = one["name"].partition("-")[0]
            folder = {"recipe": "recipes", "runtime": "runtime"}.get(kind, "packages")
            self.write(self.tmp / f"deploy/spdx/{self.machine}/{folder}/{one['name']}.spdx.json", one)
        if not archived:
            return self
        packed = archive({f"{one['name']}.spdx.json": json.dumps(one).encode() for one in made}, ending)
        self.linked(f"spdx.tar.{ending}", packed)
        return self


def _without_renamed(packages: Iterable[Made]) -> list[Made]:
    kept = list(packages)
    renamed = {one.name for one in kept if one.name}
    return [one._replace(needs=tuple(name for name in one.needs if name not in renamed)) for one in kept]


def _runtime(one: Made) -> str:
    files = json.dumps({f"/{one.path}": 42} if one.path else {})
    lines = [
        f"PN: {one.recipe}",
        *([f"PE: {one.epoch}", f"PKGE: {one.epoch}"] if one.epoch else []),
        f"PV: {one.version}\nPR: r0\nPKGV: {one.version}\nPKGR: r0",
        "LICENSE: of the recipe",
        f"LICENSE:{one.key}: {one.licence}",
        f"DESCRIPTION: First line of {one.key}\\nsecond line, built in /home/somebody/build/tmp",
        f"SUMMARY: Summary of {one.recipe}",
        "SECTION: base",
        f"PKG:{one.key}: {one.installed}",
        f"RDEPENDS:{one.key}: {one.requires}",
        f"RRECOMMENDS:{one.key}: {one.recommends}",
        f"RPROVIDES:{one.key}: {one.provides}",
        f"FILES_INFO:{one.key}: {files}",
        "FILERDEPENDS:/bin/x:other:  libc.so.6()(64bit)",
    ]
    return "\n".join(lines) + "\n"


def _recipe_history(one: Made) -> str:
    address = (
        f"https://example.org/{one.recipe}-{one.version}.tar.gz file://CVE-2025-1234.patch file:///home/x/local.cfg"
    )
    return (
        f"PV = {one.version}\nPR = r0\nPACKAGES = {one.key}\nLAYER = {LAYERS[one.recipe]}\n"
        f"LICENSE = {one.licence}\nSRC_URI = {address}\n"
    )


def _package_history(one: Made) -> str:
    renamed = f"PKG = {one.name}\n" if one.name else ""
    epoch = f"PE = {one.epoch}\n" if one.epoch else ""
    return (
        f"{epoch}PV = {one.version}\nPR = r0\n{renamed}RPROVIDES = {one.provides}\nRDEPENDS = {one.requires}\n"
        f"RRECOMMENDS = {one.recommends}\nLICENSE = {one.licence}\nFILELIST = /{one.path}\n"
    )


def archive(members: Mapping[str, bytes], ending: str = "zst") -> bytes:
    """A tar.zst, or tar.gz, of files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return (zstandard.ZstdCompressor() if ending == "zst" else gzip).compress(packed.getvalue())
