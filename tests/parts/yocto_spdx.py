"""The packages of a small Yocto build as SPDX 3 and SPDX 2.2 tell them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

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


LAYERS = {"shell": "core", "zlib": "core", "tool": "example-layer"}
SPDX_LICENCES = {
    "GPLv2 & bzip2-1.0.4": "GPL-2.0-only AND LicenseRef-bzip2-1.0.4",
    "Zlib": "Zlib",
    "MIT | CLOSED": "MIT OR LicenseRef-CLOSED",
    "MIT": "MIT",
}


def graph(image: str, packages: list[Made], *, recipes: bool) -> Iterable[dict[str, Any]]:
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


def documents(image: str, packages: list[Made]) -> list[dict[str, Any]]:
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
