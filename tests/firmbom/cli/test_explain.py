"""firmbom explain, on a document that firmbom wrote and on one of another tool."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from firmbom.believed import version_lines
from firmbom.cli.main import main
from firmbom.cyclonedx.write import document, encode
from firmbom.identity import purl
from firmbom.merge import merge
from firmbom.model import (
    ROOT,
    Algorithm,
    Basis,
    Claim,
    Component,
    ComponentSet,
    Digest,
    Edge,
    Licence,
    Location,
    Ownership,
    StoredFile,
)
from firmbom.project import Project
from firmbom.release import Image, Release

LIBRARY = "fw.img!/usr/lib/libz.so.1"
DATABASE = Claim(Basis.PACKAGE_DATABASE, Location("fw.img!/var/lib/dpkg/status", line=3), plugin="packages")
SEEN = Claim(
    Basis.VERSION_STRING,
    Location(LIBRARY, offset=4096, text="deflate 1.2.13 & more #1"),
    0.9,
    "version",
    "1.2.13",
    "elf",
)
NAMED = Claim(Basis.FILE_NAME, Location(LIBRARY), 0.4, plugin="elf")


@pytest.fixture
def bom(tmp_path: Path) -> Path:
    package = Component(
        purl=purl("deb", "zlib1g", "1.2.12", namespace="debian", qualifiers={"arch": "arm64"}),
        name="zlib1g",
        version="1.2.12",
        claims=(DATABASE,),
        licences=(Licence("Zlib"),),
        cpes=("cpe:2.3:a:zlib:zlib:1.2.12:*:*:*:*:*:*:*",),
        upstream=(purl("generic", "zlib", "1.2.12"),),
    )
    seen = Component(purl=purl("generic", "zlib", "1.2.13"), name="zlib", version="1.2.13", claims=(SEEN, NAMED))
    user = Component(purl=purl("deb", "curl", "8"), name="curl", version="8", claims=(DATABASE,))
    made = ComponentSet(
        components=(package, seen, user),
        edges=(Edge(ROOT, user.ref), Edge(user.ref, package.ref)),
        ownership=(Ownership(package.ref, LIBRARY),),
        files=(StoredFile(LIBRARY, Digest(Algorithm.SHA256, "0" * 64)),),
    )
    image = Image(name="fw.img", size=1, digests=(Digest(Algorithm.SHA256, "1" * 64),))
    path = tmp_path / "bom.json"
    path.write_bytes(encode(document(merge([made]), Release(version="1", images=(image,)), Project())))
    return path


SUBJECTS = (
    "zlib1g",
    "ZLIB1G@1.2.12",
    "pkg:deb/debian/zlib1g",
    "pkg:deb/debian/zlib1g@1.2.12",
    "pkg:deb/debian/zlib1g@1.2.12?arch=arm64",
    "cpe:2.3:a:zlib:zlib:1.2.12:*:*:*:*:*:*:*",
    "/usr/lib/libz.so.1",
    LIBRARY,
    "z?ib*",
)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_way_to_name_a_component(bom: Path, subject: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(bom), subject]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "zlib1g 1.2.12"


def test_every_claim_with_its_place_and_what_disagreed(bom: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", str(bom), "zlib1g"])
    assert (
        capsys.readouterr().out
        == f"""\
zlib1g 1.2.12
  pkg:deb/debian/zlib1g@1.2.12?arch=arm64
  cpe:2.3:a:zlib:zlib:1.2.12:*:*:*:*:*:*:*
  licence
    Zlib (declared)
  version
    1.2.12 is stated: the record of an installer, 1.00 sure
    1.2.13 is not: a text in 1 file, 0.90 sure
  because
    1.00 package-database, fw.img!/var/lib/dpkg/status line 3 (packages)
    0.40 file-name purl pkg:generic/zlib@1.2.13, {LIBRARY} (elf)
  read too, and not stated
    0.90 version-string version 1.2.13, {LIBRARY} at byte 4096: "deflate 1.2.13 & more #1" (elf)
  in dispute
    version: chosen 1.2.12 (packages, fw.img!/var/lib/dpkg/status); rejected 1.2.13 (elf, {LIBRARY})
  packaging of
    pkg:generic/zlib@1.2.12
  installed
    {LIBRARY}
  needed by
    pkg:deb/curl@8
"""
    )


def _read(value: str, text: str, sure: float, basis: Basis = Basis.VERSION_STRING, path: str = "lib") -> Claim:
    return Claim(basis, Location(path, text=text), sure, "version", value, "elf")


NAMES_ONLY = Claim(Basis.FILE_NAME, Location("lib", text="libz.so.1"), 0.8)
ALONE = "a number that stands alone"
VERSIONS = (
    ("", (NAMES_ONLY,), ["none is stated: nothing that was read tells one"]),
    (
        "",
        (_read("1.1.0", "libz.so.1.1.0", 0.17, Basis.FILE_NAME), _read("1.2", "LIBZ_1.2", 0.2)),
        [
            "none is stated: names often number an interface, not a release",
            "1.2 was read: the name of a version node in 1 file, 0.20 sure",
            "1.1.0 was read: the name of a file in 1 file, 0.17 sure",
        ],
    ),
    (
        "",
        (_read("1.3", "1.3", 0.4), _read("1.3.0", "libz.so.1.3.0", 0.17, Basis.FILE_NAME)),
        [
            "none is stated: such evidence is wrong too often",
            f"1.3 was read: {ALONE} in 1 file, 0.40 sure",
            "1.3.0 was read: the name of a file in 1 file, 0.17 sure",
        ],
    ),
    (
        "",
        tuple(_read(f"1.{number}", f"1.{number}", 0.3) for number in range(8)),
        [
            "none is stated: what was read disagrees, and none of it is sure enough",
            *(f"1.{number} was read: {ALONE} in 1 file, 0.30 sure" for number in range(6)),
            "and 2 more were read",
        ],
    ),
    (
        "1.3",
        (
            *(_read("1.3", "zlib 1.3", 0.9, path=path) for path in ("lib", "bin")),
            _read("1.3", "v1.3", 0.5),
            _read("1.30", "1.30", 0.4),
        ),
        [
            f"1.3 is stated: a text that names it in 2 files, 0.90 sure; also {ALONE}",
            f"1.30 is not: {ALONE} in 1 file, 0.40 sure",
        ],
    ),
    (
        "1.3-4",
        (DATABASE, _read("1.3", "zlib 1.3", 0.9)),
        [
            "1.3-4 is stated: the record of an installer, 1.00 sure",
            "1.3 agrees, as upstream's: a text that names it in 1 file, 0.90 sure",
        ],
    ),
    (
        "1.3",
        (Claim(Basis.VERSION_STRING, Location("lib", text="zlibVersion: 1.3"), 0.9, "version"),),
        ["1.3 is stated: a function or value of its own that tells it in 1 file, 0.90 sure"],
    ),
    (
        "1.3",
        (Claim(Basis.VERSION_STRING, Location("zlib.pc", text="Version: 1.3"), 0.9, "version"),),
        ["1.3 is stated: pkg-config's file in 1 file, 0.90 sure"],
    ),
    (
        "1.3",
        (Claim(Basis.VERSION_STRING, Location("usr/share/man/man1/zlib.1.gz", text=".Os zlib 1.3"), 0.9, "version"),),
        ["1.3 is stated: its manual in 1 file, 0.90 sure"],
    ),
    ("1.3", (NAMES_ONLY,), ["1.3 is stated: the document does not say what it rests on"]),
    (
        "1.3",
        (Claim(Basis.VERSION_STRING, Location("lib", symbol=".debug_info", text="/src/x-1.3/a.c"), 0.7, "version"),),
        ["1.3 is stated: the path of a source file in 1 file, 0.70 sure"],
    ),
)


@pytest.mark.parametrize(("version", "claims", "said"), VERSIONS)
def test_why_a_version_is_stated_or_none_is(version: str, claims: tuple[Claim, ...], said: list[str]) -> None:
    upstream = (purl("generic", "zlib", "1.3"),) if version == "1.3-4" else ()
    component = Component(
        purl=purl("generic", "zlib", version), name="zlib", version=version, claims=claims, upstream=upstream
    )
    assert list(version_lines(component, claims)) == said


def test_json_holds_the_same(bom: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(bom), "curl", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert found["needs"] == ["pkg:deb/debian/zlib1g@1.2.12?arch=arm64"]
    assert found["needed_by"] == [""]
    assert found["version"] == ["8 is stated: the record of an installer, 1.00 sure"]


def test_long_lists_are_cut_unless_all_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = [{"location": f"/usr/bin/x{number:02}"} for number in range(30)]
    component = {"type": "library", "name": "x", "bom-ref": "x", "evidence": {"occurrences": places}}
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}))
    main(["explain", str(path), "x"])
    short = capsys.readouterr().out
    main(["explain", str(path), "x", "--all"])
    whole = capsys.readouterr().out
    assert "x (version not known)" in short
    assert "usr/bin/x29" not in short
    assert "and 11 more (--all prints them)" in short
    assert "usr/bin/x29" in whole


def test_what_two_rules_read_at_one_place_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims = tuple(
        msgspec.structs.replace(SEEN, field=field, value=value) for field, value in (("purl", ""), ("version", "1"))
    )
    made = ComponentSet(components=(Component(purl=purl("generic", "z", "1"), name="z", version="1", claims=claims),))
    (tmp_path / "bom.json").write_bytes(encode(document(merge([made]), Release(version="1", images=()), Project())))
    assert main(["explain", str(tmp_path / "bom.json"), "z"]) == 0
    assert sum(SEEN.location.path in line for line in capsys.readouterr().out.splitlines()) == 1


def test_what_the_document_does_not_have(bom: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(bom), "openssl\x1b[31m"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "no component" in said.err
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    ("subject", "told"),
    [("crul", "did you mean curl?"), ("zlib1g@1.2.99", "did you mean zlib1g@1.2.12?"), ("q", "try a part of the name")],
)
def test_a_name_that_is_nearly_right(bom: Path, subject: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(bom), subject]) == 3
    assert f"({told}" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{}", "<bom/>", '{"bomFormat": "CycloneDX", "specVersion": "9.9"}'])
def test_what_is_no_document(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    assert main(["explain", str(path), "x"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
