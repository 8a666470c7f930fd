"""What is broken, hostile or something else ends in a problem or in nothing, never in a traceback or a loop."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmbom.collect import collect
from firmbom.model import ComponentSet
from firmbom.plugin import Context, FilePlugin, FinishingPlugin
from firmbom.plugin import Plugin as Contract
from firmbom.problems import Report
from firmbom.tree.base import Limits
from firmbom.tree.folder import FolderTree
from firmbom_yocto import spdx2
from firmbom_yocto.plugin import Plugin


def errors(found: ComponentSet) -> list[str]:
    return [one.message for one in found.problems if one.severity == "error"]


def test_contract() -> None:
    plugin = Plugin()
    assert isinstance(plugin, Contract)
    assert isinstance(plugin, FilePlugin)
    assert isinstance(plugin, FinishingPlugin)


def test_an_unknown_option_is_told(new_build: Any, said: Any) -> None:
    new_build().manifest()
    assert "did you mean images?" in errors(said(image=["x"]))[0]


def test_other_projects_are_left_alone(tmp_path: Path, said: Any) -> None:
    for path in (
        "src/runtime/main.c",
        "runtime/loader.py",
        "app.manifest",
        "packages/a/b/latest",
        "x.spdx.json",
        "README",
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"spdxVersion": "SPDX-2.3"}' if path.endswith("json") else "int main(void) { return 0; }\n")
    found = said()
    assert (found.components, found.problems, found.coverage) == ((), (), ())


@pytest.mark.parametrize("ending", ["manifest", "testdata.json", "spdx.json", "spdx.tar.zst", "spdx.tar.gz"])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.97])
def test_cut_short(ending: str, part: float, new_build: Any, said: Any) -> None:
    build = new_build().manifest().testdata().spdx3().spdx2(ending="gz" if ending.endswith("gz") else "zst").pkgdata()
    file = (build.deployed / f"{build.link}.{ending}").resolve()
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * part)])
    found = said()
    assert {one.name for one in found.components} >= ({"shell"} if ending != "manifest" or part else {"small-image"})
    if ending != "manifest":
        assert [one for one in found.problems if one.severity in ("error", "warning")]


@pytest.mark.parametrize("ending", ["testdata.json", "spdx.json"])
@pytest.mark.parametrize("content", ["[" * 100_000, "[]", "null", "\xff\xfe", '{"@graph": 7}', "{}", '{"a": NaN}'])
def test_other_json(ending: str, content: str, new_build: Any, said: Any) -> None:
    new_build().manifest().pkgdata().linked(ending, content.encode("latin-1"))
    assert {one.name for one in said().components} >= {"shell", "libz1", "tool"}


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"], ids=["", "byte-order mark"])
@pytest.mark.parametrize("wrong", [b"", b"\xe9"], ids=["", "Latin-1"])
@pytest.mark.parametrize("source", ["spdx.json", "testdata.json", "firmbom.json", "vex.json", "recipe"])
def test_bytes_that_are_no_utf8(before: bytes, wrong: bytes, source: str, new_build: Any, said: Any) -> None:
    """One word of somebody's description in another encoding loses nothing but itself."""
    build = new_build().manifest().testdata(IMAGE_PKGTYPE="ipk").spdx3()
    expected = {one.purl for one in said().components}
    if source == "recipe":
        package = {"key": "tool", "version": "2.0", "revision": "r0"}
        tool = {"format": "firmbom-yocto-recipe-1", "name": "tool", "version": "2.0", "packages": [package]}
        file = build.write(build.tmp / "deploy/firmbom/recipes/cortexa57/tool.json", tool)
    elif source == "firmbom.json":
        build.linked(source, {"format": "firmbom-yocto-image-1", "name": build.link, "recipe": build.image})
        file = build.deployed / f"{build.link}.{source}"
    elif source == "vex.json":
        build.linked(source, {"version": "1", "package": []})
        file = build.deployed / f"{build.link}.{source}"
    else:
        file = build.deployed / f"{build.link}.{source}"
    data = file.read_bytes().strip()
    file.resolve().write_bytes(before + data[:-1] + b', "note": "caf' + wrong + b'"}')
    found = said()
    assert {one.purl for one in found.components} == expected
    assert not errors(found)
    assert any("not UTF-8" in one.message for one in found.problems) is bool(wrong)


def _mangled(value: Any, chance: random.Random) -> Any:
    """The same structure with some values of another type."""
    if chance.random() < 0.04:
        return chance.choice([None, 7, -1.5, True, "", "../../etc/passwd", [], {}, [[[]]], "\x00", "x" * 5000])
    if isinstance(value, dict):
        return {key: _mangled(one, chance) for key, one in value.items()}
    return [_mangled(one, chance) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(25))
def test_values_of_the_wrong_type(seed: int, new_build: Any, said: Any, pack: Any) -> None:
    chance = random.Random(seed)
    build = new_build().manifest().spdx3().spdx2().testdata()
    document = json.loads((build.deployed / f"{build.link}.spdx.json").read_text())
    variables = json.loads((build.deployed / f"{build.link}.testdata.json").read_text())
    build.linked("spdx.json", _mangled(document, chance))
    build.linked("testdata.json", _mangled(variables, chance))
    report = Report()
    members = dict(spdx2._members((build.deployed / f"{build.link}.spdx.tar.zst").read_bytes(), "a", report))
    broken = {name: json.dumps(_mangled(json.loads(one), chance)).encode() for name, one in members.items()}
    build.linked("spdx.tar.zst", pack(broken))
    assert {one.name for one in said().components} >= {"shell", "libz1", "tool", "tool-data"}


def test_relationships_in_a_circle(new_build: Any, said: Any) -> None:
    build = new_build().manifest().spdx3()
    document = json.loads((build.deployed / f"{build.link}.spdx.json").read_text())
    everything = [one["spdxId"] for one in document["@graph"] if "spdxId" in one]
    for kind in ("dependsOn", "contains", "generates", "hasOutput", "hasInput", "patchedBy"):
        document["@graph"] += [
            {"type": "Relationship", "from": a, "relationshipType": kind, "to": everything} for a in everything
        ]
    build.linked("spdx.json", document)
    found = said()
    names = {one.ref for one in found.components}
    assert all(one.target in names for one in found.edges)


def test_members_that_climb_are_read_and_never_written(tmp_path: Path, new_build: Any, said: Any, pack: Any) -> None:
    build = new_build().spdx2()
    archive = build.deployed / f"{build.link}.spdx.tar.zst"
    members = dict(spdx2._members(archive.read_bytes(), "a", Report()))
    build.linked("spdx.tar.zst", pack({f"../../../../{name}": one for name, one in members.items()}))
    before = sorted(tmp_path.rglob("*"))
    assert {one.name for one in said().components} >= {"shell", "libz1", "tool"}
    assert sorted(tmp_path.rglob("*")) == before


def test_too_much_in_an_archive(monkeypatch: pytest.MonkeyPatch, new_build: Any, said: Any) -> None:
    new_build().manifest().spdx2()
    monkeypatch.setattr(spdx2, "MEMBERS", 3)
    assert any("more than 3 members" in one for one in errors(said()))
    monkeypatch.setattr(spdx2, "MEMBERS", 300)
    monkeypatch.setattr(spdx2, "LARGEST", 700)
    assert any("document of more than 700 bytes" in one for one in errors(said()))


def test_an_archive_of_something_else(new_build: Any, said: Any, pack: Any) -> None:
    new_build().manifest().linked("spdx.tar.zst", pack({"a.spdx.json": b"{}", "b.spdx.json": b"[", "c.txt": b"x"}))
    assert any("not JSON" in one for one in errors(said()))


def test_a_file_larger_than_the_limit(tmp_path: Path, new_build: Any) -> None:
    new_build().manifest().spdx3().pkgdata()
    found = collect(FolderTree(tmp_path, limits=Limits(file_bytes=1000)), [Plugin()], {"yocto": Context()})
    assert any("more than the limit" in one.message for one in found.problems)
    assert {one.name for one in found.components} >= {"shell", "libz1"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PN: \n",
        b"PN: tool\nFILES_INFO:tool: {\n",
        b"PN: tool\nFILES_INFO:tool: [1]\n",
        b'PN: tool\nFILES_INFO:tool: {"/a": "x"}\n',
        b"PN: ../../tool\nPV: $(x)\nPKG:tool: /etc/passwd\n",
        b"PN: tool\nDESCRIPTION: \\N{no such} \\x\n",
        bytes(range(256)) * 4,
    ],
)
def test_pkgdata_that_is_none(content: bytes, new_build: Any, said: Any) -> None:
    build = new_build().manifest().pkgdata()
    build.write(build.tmp / "pkgdata/qemuarm64/runtime/tool", content)
    found = said()
    [tool] = [one for one in found.components if one.name == "tool" and one.purl.startswith("pkg:generic/")]
    assert tool.version == "2.0-r0"


def test_a_name_that_cannot_be_one_is_told(new_build: Any, said: Any) -> None:
    build = new_build().manifest().spdx3().spdx2()
    document = json.loads((build.deployed / f"{build.link}.spdx.json").read_text())
    for one in document["@graph"]:
        if one.get("software_primaryPurpose") == "install":
            one["name"] = "../" + one["name"]
    build.linked("spdx.json", document)
    assert "packages without a name that can be one; not read: 4" in errors(said())


def test_nothing_of_the_build_machine_passes(new_build: Any, said: Any) -> None:
    build = new_build().manifest().testdata().pkgdata().spdx3().spdx2().history().licences()
    build.write("buildhistory/packages/a/tool/latest", "PV = 2.0\nPACKAGES = tool\nSRC_URI = file:///home/x/y.patch\n")
    text = repr(said())
    assert "/home/" not in text
    assert "somebody" not in text


def test_what_reports_state_is_no_component_and_no_problem(new_build: Any, said: Any) -> None:
    build = new_build().manifest().pkgdata()
    report = {"version": "1", "package": [{"name": "tool", "issue": [{"id": "CVE-2020-0001", "status": "Unpatched"}]}]}
    build.write(build.tmp / "deploy/cve/tool_cve.json", report)
    found = said()
    assert [one.vulnerability for one in found.assessments] == ["CVE-2020-0001"]
    assert "CVE-2020-0001" not in repr(msgspec.structs.replace(found, assessments=()))
    assert [one.message for one in found.problems if "VEX" in one.message] == [
        "vulnerability reports of the build, which go into a VEX document and never into the SBOM: 1"
    ]


@pytest.mark.parametrize("content", ["", "[1]", '{"package": ', "[" * 100_000])
def test_a_report_that_is_none_is_told(content: str, new_build: Any, said: Any) -> None:
    build = new_build().manifest().pkgdata()
    build.write(build.tmp / "deploy/cve/tool_cve.json", content)
    found = said()
    assert [one.severity for one in found.problems if "no vulnerability report" in one.message] == ["warning"]
    assert {one.name for one in found.components} >= {"shell", "libz1"}


@pytest.mark.parametrize("content", ["<?xml version='1.0'?>\n", "a\nb\nc all 1\n", "\x00" * 50])
def test_a_manifest_that_is_none(content: str, new_build: Any, said: Any) -> None:
    build = new_build().testdata().spdx3()
    build.linked("manifest", content)
    found = said()
    assert "not an image manifest; not read" in errors(found)
    assert {one.name for one in found.components} >= {"shell", "libz1"}


def test_two_machines_and_no_choice_between_pkgdata(new_build: Any, said: Any) -> None:
    build = new_build().manifest()
    for top in ("a", "b"):
        build.write(f"{top}/pkgdata/qemuarm64/runtime/tool", "PN: tool\nPV: 1\n")
    assert any("more than one pkgdata" in one.message for one in said().problems)


def test_dependencies_on_what_is_not_there_are_told(new_build: Any, said: Any) -> None:
    build = new_build().manifest().pkgdata()
    build.write(
        build.tmp / "pkgdata/qemuarm64/runtime/tool", "PN: tool\nPV: 2.0\nRDEPENDS:tool: shell missing (>= 2)\n"
    )
    assert any(one.message == "dependencies that nothing installed meets (1): missing" for one in said().problems)
