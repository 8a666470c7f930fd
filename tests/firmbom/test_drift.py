"""Drift: each difference is told once, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from firmbom.drift import Kind, drift
from firmbom.identity import canonical, parts
from firmbom.inventory import Inventory
from firmbom.merge import merge
from firmbom.model import Basis, Claim, Component, ComponentSet, Digest, Location, Ownership, Scope, StoredFile

STATUS = "var/lib/dpkg/status"


def package(text: str, path: str = f"image!/{STATUS}", scope: Scope = "") -> Component:
    parsed = parts(text)
    claim = Claim(Basis.PACKAGE_DATABASE, Location(path), plugin="packages")
    return Component(purl=canonical(text), name=parsed.name, version=parsed.version or "", claims=(claim,), scope=scope)


def inventory(
    *packages: Component, files: dict[str, str] | None = None, owned: Mapping[str, str] | None = None
) -> Inventory:
    """``files`` by path with a digit for the digest; ``owned`` says by path which purl installed it."""
    stored = [StoredFile(f"image!/{path}", Digest.named("sha256", digit * 64)) for path, digit in (files or {}).items()]
    owners = {one.purl: one.ref for one in packages}
    owning = [Ownership(owners[canonical(owner)], f"image!/{path}") for path, owner in (owned or {}).items()]
    return merge([ComponentSet(components=packages, files=tuple(stored), ownership=tuple(owning))])


def told(found: Inventory, claimed: Inventory) -> list[tuple[str, str, str, str]]:
    return [(row.kind.value, row.subject, row.claimed, row.found) for row in drift(found, claimed)]


ZLIB, CURL, CURL_NEW = (package(f"pkg:deb/debian/{end}?arch=arm64") for end in ("zlib1g@1.2", "curl@8.0", "curl@8.1"))


def test_no_difference_no_row() -> None:
    one = inventory(ZLIB, CURL, files={"usr/bin/curl": "1"})
    assert told(one, one) == []


def test_a_package_that_was_removed_is_told_and_its_files_are_not() -> None:
    before = inventory(ZLIB, CURL, files={"usr/bin/curl": "1", STATUS: "2"}, owned={"usr/bin/curl": CURL.purl})
    after = inventory(ZLIB, files={STATUS: "3"})
    assert told(after, before) == [("absent", "pkg:deb/debian/curl", "8.0", "")]


def test_what_the_installer_notes_beside_its_database_is_not_told_either() -> None:
    note = "var/lib/dpkg/info/curl.list"
    before = inventory(ZLIB, CURL, files={STATUS: "2", note: "4", "etc/fstab": "5"})
    after = inventory(ZLIB, files={STATUS: "3", "etc/fstab": "6"})
    assert [row[1] for row in told(after, before)] == ["pkg:deb/debian/curl", "etc/fstab"]
    assert told(inventory(ZLIB), inventory(ZLIB, files={note: "4"})) == [("absent", note, "4" * 64, "")]


def test_of_a_container_in_the_image_its_differing_content_is_told() -> None:
    before = inventory(ZLIB, files={"opt/a.zip": "1", "opt/a.zip!/x": "2", "opt/a.zip!/y": "3", "opt/b.gz": "4"})
    after = inventory(ZLIB, files={"opt/a.zip": "5", "opt/a.zip!/x": "6", "opt/a.zip!/y": "3", "opt/b.gz": "4"})
    assert told(after, before) == [("changed", "opt/a.zip!/x", "2" * 64, "6" * 64)]


def test_what_is_packed_in_a_package_s_file_is_not_told_beside_the_package() -> None:
    page = "usr/share/man/curl.1.gz"
    before = inventory(ZLIB, CURL, files={page: "1", f"{page}!/curl.1": "2"}, owned={page: CURL.purl})
    assert told(inventory(ZLIB), before) == [("absent", "pkg:deb/debian/curl", "8.0", "")]


def test_a_package_in_another_version_is_one_row() -> None:
    owned = {"usr/bin/curl": CURL.purl}
    before = inventory(CURL, files={"usr/bin/curl": "1", STATUS: "2"}, owned=owned)
    after = inventory(CURL_NEW, files={"usr/bin/curl": "3", STATUS: "4"}, owned={"usr/bin/curl": CURL_NEW.purl})
    assert told(after, before) == [("version", "pkg:deb/debian/curl", "8.0", "8.1")]


def test_a_stray_binary_and_a_changed_file_are_told() -> None:
    before = inventory(ZLIB, files={"usr/bin/tool": "1", "etc/passwd": "2"})
    after = inventory(ZLIB, files={"usr/bin/tool": "3", "etc/passwd": "2", "usr/bin/stray": "4"})
    assert told(after, before) == [
        ("changed", "usr/bin/tool", "1" * 64, "3" * 64),
        ("unclaimed", "usr/bin/stray", "", "4" * 64),
    ]


def test_a_file_that_is_gone_is_told() -> None:
    assert told(inventory(ZLIB), inventory(ZLIB, files={"etc/passwd": "1"})) == [("absent", "etc/passwd", "1" * 64, "")]


def test_a_renamed_image_is_no_difference() -> None:
    stored = (StoredFile("other.bin!/part!/etc/passwd", Digest.named("sha256", "1" * 64)),)
    elsewhere = merge([ComponentSet(components=(ZLIB,), files=stored)])
    assert told(elsewhere, inventory(ZLIB, files={"etc/passwd": "1"})) == []


def test_a_component_nobody_claimed_is_told() -> None:
    assert told(inventory(ZLIB, CURL), inventory(ZLIB)) == [("unclaimed", "pkg:deb/debian/curl", "", "8.0")]


@pytest.mark.parametrize(
    ("claimed", "kind"),
    [
        (package("pkg:npm/webpack@5", "ui/package-lock.json", "excluded"), Kind.NOT_SHOWN),
        (package("pkg:npm/bundled@1", "ui/package-lock.json"), Kind.NOT_SHOWN),
        (package("pkg:npm/served@1", "image!/srv/node_modules/served/package.json"), Kind.ABSENT),
    ],
)
def test_what_no_image_showed_is_told_apart_from_what_is_missing(claimed: Component, kind: Kind) -> None:
    assert [row.kind for row in drift(inventory(ZLIB), inventory(ZLIB, claimed))] == [kind]


def test_a_foreign_document_is_taken_at_its_word_for_the_kinds_of_package_the_image_shows() -> None:
    claimed = inventory(package("pkg:deb/debian/curl@8.0", "sbom"), package("pkg:cargo/serde@1", "sbom"))
    assert told(inventory(ZLIB), claimed) == [
        ("absent", "pkg:deb/debian/curl", "8.0", ""),
        ("not shown", "pkg:cargo/serde", "1", ""),
        ("unclaimed", "pkg:deb/debian/zlib1g", "", "1.2"),
    ]


def test_a_document_without_files_says_nothing_about_them() -> None:
    assert told(inventory(ZLIB, files={"etc/passwd": "1"}), inventory(ZLIB)) == []


def test_an_unknown_version_contradicts_nothing() -> None:
    assert told(inventory(ZLIB), inventory(package("pkg:deb/debian/zlib1g"))) == []


def seen(text: str) -> Component:
    """What the elf plugin reads off a file."""
    parsed = parts(text)
    claim = Claim(Basis.VERSION_STRING, Location("image!/usr/lib/libz.so"), plugin="elf")
    return Component(purl=canonical(text), name=parsed.name, version=parsed.version or "", claims=(claim,))


def packaging(text: str, upstream: str) -> Component:
    return replace(package(text), upstream=(canonical(upstream),))


RECIPE = packaging("pkg:yocto/core/zlib@1.2.13", "pkg:generic/zlib@1.2.13")
IPK = packaging("pkg:generic/libz1@1.2.13-r0", "pkg:yocto/core/zlib@1.2.13")


@pytest.mark.parametrize("shown", ["pkg:generic/zlib@1.2.13", "pkg:generic/zlib"])
def test_bytes_of_a_project_show_what_packages_it(shown: str) -> None:
    assert told(inventory(seen(shown)), inventory(RECIPE, IPK)) == []


def test_another_release_than_any_packaging_has_is_told_once() -> None:
    found = inventory(seen("pkg:generic/zlib@1.3"))
    assert told(found, inventory(RECIPE, IPK)) == [("version", "pkg:generic/zlib", "1.2.13", "1.3")]


def test_bytes_of_another_project_are_unclaimed() -> None:
    found = inventory(seen("pkg:generic/zlib@1.2.13"), seen("pkg:generic/expat@2.5"))
    assert told(found, inventory(RECIPE, IPK)) == [("unclaimed", "pkg:generic/expat", "", "2.5")]


def test_what_bytes_of_a_claimed_component_s_files_show_is_no_news() -> None:
    library, shell = "usr/lib/libdata.so.3", "usr/bin/shell"
    data, sh = package("pkg:generic/data3@1.2-r0"), package("pkg:generic/sh@5.2")
    files, owners = {library: "1", shell: "2"}, {library: data.purl, shell: sh.purl}
    before = inventory(data, sh, files=files, owned=owners)
    read = [
        Component(
            purl=canonical(f"pkg:generic/{name}@{version}"),
            name=name,
            version=version,
            claims=(Claim(Basis.VERSION_STRING, Location(f"image!/{path}"), plugin="elf"),),
        )
        for name, version, path in (("data", "1.2", library), ("sh", "5.2", shell), ("edit", "8.2", shell))
    ]
    assert told(inventory(*read, files=files), before) == []
    assert told(inventory(*read, files={**files, shell: "3"}), before) == [("changed", shell, "2" * 64, "3" * 64)]
    stray = replace(read[0], claims=(replace(read[0].claims[0], location=Location("image!/opt/libdata.so.3")),))
    assert told(inventory(stray, *read[1:], files={shell: "2", "opt/libdata.so.3": "1"}), before) == [
        ("absent", "pkg:generic/data3", "1.2-r0", ""),
        ("unclaimed", "pkg:generic/data", "", "1.2"),
    ]


def test_a_declared_component_is_compared_as_such() -> None:
    found = inventory(package("pkg:generic/zlib@1.2.13"))
    assert ("unclaimed", "pkg:generic/zlib", "", "1.2.13") in told(found, inventory(RECIPE, IPK))


def test_packagings_in_a_circle_end() -> None:
    one = packaging("pkg:generic/a@1", "pkg:generic/b@1")
    other = packaging("pkg:generic/b@1", "pkg:generic/a@1")
    assert told(inventory(seen("pkg:generic/a@1")), inventory(one, other)) == []
