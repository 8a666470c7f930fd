"""Makes small builds, described by any of the sources a real one leaves, and says what the plugin says of them."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from firmbom.collect import collect
from firmbom.model import ComponentSet
from firmbom.plugin import Context
from firmbom.tree.folder import FolderTree
from firmbom_yocto.plugin import Plugin

CRASH = re.compile(r"[A-Z]\w*(?:Error|Exception|Warning|Exit)\b.*:")
"""How the host tells that a plugin raised what it should not have."""

DATE = "20260102030405"
SHA = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"


class Made(NamedTuple):
    """A package of the sample build."""

    key: str
    recipe: str
    version: str
    licence: str
    name: str = ""
    epoch: str = ""
    requires: str = ""
    needs: tuple[str, ...] = ()
    """Installed names that the requirements mean."""
    provides: str = ""
    recommends: str = ""
    path: str = ""
    architecture: str = "cortexa57"

    @property
    def installed(self) -> str:
        return self.name or self.key


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
LAYERS = {"shell": "core", "zlib": "core", "tool": "example-layer"}
SPDX_LICENCES = {
    "GPLv2 & bzip2-1.0.4": "GPL-2.0-only AND LicenseRef-bzip2-1.0.4",
    "Zlib": "Zlib",
    "MIT | CLOSED": "MIT OR LicenseRef-CLOSED",
    "MIT": "MIT",
}


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
        graph = list(_graph(self.image, list(packages) if renamed else _without_renamed(packages), recipes=recipes))
        for one in graph if version == "3.0.0" else []:
            if one.get("relationshipType") in ("hasInput", "hasOutput"):
                one["relationshipType"] += "s"
        self.linked("spdx.json", {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})
        return self

    def spdx2(self, packages: Iterable[Made] = PACKAGES, *, archived: bool = True, renamed: bool = True) -> Build:
        documents = _documents(self.image, list(packages) if renamed else _without_renamed(packages))
        for one in [] if archived else documents:
            kind = one["name"].partition("-")[0]
            folder = {"recipe": "recipes", "runtime": "runtime"}.get(kind, "packages")
            self.write(self.tmp / f"deploy/spdx/{self.machine}/{folder}/{one['name']}.spdx.json", one)
        if not archived:
            return self
        self.linked(
            "spdx.tar.zst", archive({f"{one['name']}.spdx.json": json.dumps(one).encode() for one in documents})
        )
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


def _graph(image: str, packages: list[Made], *, recipes: bool) -> Iterable[dict[str, Any]]:
    base, kind = "http://spdx.org/spdxdocs", "http://openembedded.org/bitbake"
    place = {one.recipe: f"{base}/{one.recipe}-00000000-1111-2222-3333-444444444444/0a" for one in packages}
    package = {one.installed: f"{place[one.recipe]}/package/{one.installed}" for one in packages}
    created = {"type": "CreationInfo", "created": "2026-01-02T03:04:05Z", "specVersion": "3.0.1"}
    yield {"type": "SpdxDocument", "spdxId": f"{base}/d", "creationInfo": created if recipes else "_:CreationInfo0"}
    yield {"type": "Organization", "spdxId": f"{base}/o", "name": "Sample Makers"}
    licence_kind = "hasDeclaredLicense" if recipes else "hasConcludedLicense"
    for text in sorted({one.licence for one in packages}):
        yield {
            "type": "simplelicensing_LicenseExpression",
            "spdxId": f"{base}/l/{text}",
            "simplelicensing_licenseExpression": SPDX_LICENCES[text],
        }
    for recipe, where in place.items():
        version = next(one.version for one in packages if one.recipe == recipe)
        build, source, patch = f"{where}/build/recipe", f"{where}/source/1", f"{where}/patch/0/fix_patch"
        yield {
            "type": "build_Build",
            "spdxId": build,
            "build_buildType": f"{kind}/do_create_spdx/recipe",
            "name": f"{recipe}:do_create_spdx:recipe",
        }
        yield {
            "type": "software_Package",
            "spdxId": source,
            "name": f"{recipe}-{version}.tar.gz",
            "software_primaryPurpose": "source",
            "software_downloadLocation": f"https://example.org/{recipe}-{version}.tar.gz",
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": SHA}],
        }
        yield {"type": "software_File", "spdxId": patch, "name": "fix.patch", "software_primaryPurpose": "patch"}
        yield _link(build, "hasInput", [source, patch])
        yield _link(f"{where}/vulnerability/CVE-2025-7777", "fixedIn", [f"{where}/r"], spdxId=f"{where}/vex/1")
        yield _link(f"{where}/vex/1", "patchedBy", [patch])
        if recipes:
            cpe = f"cpe:2.3:*:*:{recipe}:{version}:*:*:*:*:*:*:*"
            yield {
                "type": "software_Package",
                "spdxId": f"{where}/recipe/{recipe}",
                "name": recipe,
                "software_packageVersion": version,
                "software_packageUrl": f"pkg:yocto/{LAYERS[recipe]}/{recipe}@{version}",
                "software_primaryPurpose": "specification",
                "suppliedBy": f"{base}/o",
                "externalIdentifier": [{"externalIdentifierType": "cpe23", "identifier": cpe}],
            }
    for one in packages:
        own = package[one.installed]
        where = place[one.recipe]
        yield {
            "type": "software_Package",
            "spdxId": own,
            "name": one.installed,
            "software_packageVersion": one.version,
            "software_primaryPurpose": "install",
            "summary": f"Summary of {one.recipe}",
        }
        yield _link(f"{where}/build/recipe", "hasOutput", [own])
        if recipes:
            yield _link(f"{where}/recipe/{one.recipe}", "generates", [own])
        yield _link(own, licence_kind, [f"{base}/l/{one.licence}"])
        yield _link(own, "dependsOn", [package[name] for name in one.needs], scope="runtime")
        if one.path:
            digest = {"type": "Hash", "algorithm": "sha256", "hashValue": SHA}
            yield {"type": "software_File", "spdxId": f"{own}/file/1", "name": one.path, "verifiedUsing": [digest]}
            yield _link(own, "contains", [f"{own}/file/1"])
    rootfs = f"{base}/{image}/build/rootfs"
    yield {"type": "build_Build", "spdxId": rootfs, "build_buildType": f"{kind}/do_create_rootfs_spdx/rootfs"}
    yield _link(rootfs, "hasInput", list(package.values()))


def _link(source: str, kind: str, targets: list[str], **more: str) -> dict[str, Any]:
    return {"type": "Relationship", "from": source, "relationshipType": kind, "to": targets, **more}


def _documents(image: str, packages: list[Made]) -> list[dict[str, Any]]:
    space = "http://spdx.org/spdxdoc"
    made: list[dict[str, Any]] = []

    def document(name: str, **members: Any) -> None:
        outside = [
            {"externalDocumentId": f"DocumentRef-{other}", "spdxDocument": f"{space}/{other}"}
            for other in members.pop("names", ())
        ]
        creators = {"creators": ["Tool: OpenEmbedded Core create-spdx.bbclass"]}
        made.append(
            {
                "SPDXID": "SPDXRef-DOCUMENT",
                "spdxVersion": "SPDX-2.2",
                "creationInfo": creators,
                "name": name,
                "documentNamespace": f"{space}/{name}",
                "externalDocumentRefs": outside,
                **members,
            }
        )

    for recipe, version in sorted({(one.recipe, one.version) for one in packages}):
        cpe = {
            "referenceType": "http://x/cpe23Type",
            "referenceLocator": f"cpe:2.3:a:*:{recipe}:{version}:*:*:*:*:*:*:*",
        }
        document(
            f"recipe-{recipe}",
            packages=[
                {
                    "SPDXID": f"SPDXRef-Recipe-{recipe}",
                    "name": recipe,
                    "versionInfo": version,
                    "downloadLocation": f"https://example.org/{recipe}-{version}.tar.gz",
                    "externalRefs": [cpe],
                    "licenseDeclared": "NOASSERTION",
                    "supplier": "Organization: Sample Makers ()",
                    "summary": f"Summary of {recipe}",
                }
            ],
        )
    for one in packages:
        own = one.installed
        file = {
            "fileName": f"./{one.path}",
            "checksums": [{"algorithm": "SHA256", "checksumValue": SHA}],
        }
        document(
            own,
            names=[f"recipe-{one.recipe}"],
            packages=[
                {
                    "SPDXID": f"SPDXRef-Package-{own}",
                    "name": own,
                    "versionInfo": one.version,
                    "licenseDeclared": SPDX_LICENCES[one.licence].replace(
                        "License", f"DocumentRef-recipe-{one.recipe}:License"
                    ),
                }
            ],
            files=[file] if one.path else [],
            relationships=[
                {
                    "spdxElementId": f"SPDXRef-Package-{own}",
                    "relationshipType": "GENERATED_FROM",
                    "relatedSpdxElement": f"DocumentRef-recipe-{one.recipe}:SPDXRef-Recipe-{one.recipe}",
                }
            ],
        )
        document(
            f"runtime-{own}",
            names=[own, *one.needs],
            relationships=[
                {
                    "spdxElementId": "SPDXRef-DOCUMENT",
                    "relationshipType": "AMENDS",
                    "relatedSpdxElement": f"DocumentRef-{own}:SPDXRef-DOCUMENT",
                },
                *(
                    {
                        "spdxElementId": f"DocumentRef-{need}:SPDXRef-Package-{need}",
                        "relationshipType": "RUNTIME_DEPENDENCY_OF",
                        "relatedSpdxElement": f"DocumentRef-{own}:SPDXRef-Package-{own}",
                    }
                    for need in one.needs
                ),
            ],
        )
    document(
        image,
        names=[one.installed for one in packages],
        packages=[{"SPDXID": f"SPDXRef-Image-{image}", "name": image, "versionInfo": "1.0"}],
        relationships=[
            {
                "spdxElementId": f"SPDXRef-Image-{image}",
                "relationshipType": "CONTAINS",
                "relatedSpdxElement": f"DocumentRef-{one.installed}:SPDXRef-Package-{one.installed}",
            }
            for one in packages
        ],
    )
    return made


def archive(members: Mapping[str, bytes]) -> bytes:
    """A tar.zst of files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return zstandard.ZstdCompressor().compress(packed.getvalue())


NewBuild = Callable[..., Build]
Said = Callable[..., ComponentSet]


@pytest.fixture
def new_build(tmp_path: Path) -> NewBuild:
    """Starts a build folder."""
    return lambda **how: Build(tmp_path, **how)


@pytest.fixture
def pack() -> Callable[[Mapping[str, bytes]], bytes]:
    """Makes a tar.zst."""
    return archive


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Collects from the build folder; fails when the plugin raised."""

    def collected(folder: Path | None = None, **options: object) -> ComponentSet:
        context = Context(options=options)
        found = collect(FolderTree(folder or tmp_path), [Plugin()], {"yocto": context})
        assert not [one.message for one in found.problems if CRASH.match(one.message)]
        return found

    return collected


@pytest.fixture
def corpus() -> Path:
    """The shared corpus of real builds."""
    folder = Path(__file__).parents[3] / "shared/corpus/yocto"
    if not folder.is_dir():
        pytest.skip("the shared corpus is elsewhere")
    return folder
