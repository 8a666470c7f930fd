"""What is taken over from syft's document, whatever its shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmbom.cyclonedx.read import component_set
from firmbom.model import Basis, Component, Location
from firmbom.tree.base import FileTree
from firmbom.tree.folder import FolderTree
from firmbom_syft import reading


def document(*components: Any, **more: Any) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components), **more}


def package(purl: str, *paths: str, **more: Any) -> dict[str, Any]:
    name, _, version = purl.partition("@")
    places = [{"name": f"syft:location:{i}:path", "value": path} for i, path in enumerate(paths)]
    properties = [{"name": "syft:package:foundBy", "value": "x"}, *places, *more.pop("properties", [])]
    return {
        "type": "library",
        "bom-ref": f"{purl}?package-id=0",
        "name": name.rpartition("/")[2],
        "version": version,
        "purl": purl,
        "properties": properties,
        **more,
    }


def read(tree: FileTree, *components: Any, **more: Any) -> list[Component]:
    said = component_set(
        reading.packages(document(*components, **more), tree), plugin="syft", location=".", basis=Basis.REPORTED
    )
    return [placed for one in said.components if (placed := reading.placed(one, tree))]


@pytest.fixture
def tree(tmp_path: Path) -> FolderTree:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "status").write_text("x")
    return FolderTree(tmp_path, exclude=("hidden/**",))


def test_claims_name_the_places_inside_the_tree(tree: FolderTree) -> None:
    (found,) = read(tree, package("pkg:deb/debian/bash@5", "/a/status", "a/./b", "/../../etc/passwd"))
    assert [claim.location for claim in found.claims] == [Location("a/status"), Location("a/b"), Location("etc/passwd")]
    assert {claim.basis for claim in found.claims} == {Basis.REPORTED}
    assert found.properties == ()


def test_a_component_without_a_place_claims_the_whole_tree(tree: FolderTree) -> None:
    (found,) = read(tree, package("pkg:deb/debian/bash@5"))
    assert [claim.location for claim in found.claims] == [Location(".")]


def test_what_is_only_in_excluded_or_version_control_folders_is_left_out(tree: FolderTree) -> None:
    found = read(
        tree,
        package("pkg:deb/debian/bash@5", "/hidden/x"),
        package("pkg:deb/debian/dash@5", "/.git/x"),
        package("pkg:deb/debian/zsh@5", "/hidden/x", "/a/status"),
    )
    assert [one.name for one in found] == ["zsh"]
    assert [claim.location.path for claim in found[0].claims] == ["a/status"]


def test_files_and_the_scanned_folder_are_no_packages(tree: FolderTree) -> None:
    found = read(
        tree,
        {"type": "file", "bom-ref": "f", "name": "/a/status"},
        package("pkg:deb/debian/bash@5", "/a/status"),
        metadata={"component": {"type": "file", "name": "/home/me/build", "bom-ref": "top"}},
    )
    assert [one.name for one in found] == ["bash"]


def test_guessed_cpes_are_dropped_and_known_ones_kept(tree: FolderTree) -> None:
    cpe = "cpe:2.3:a:openssl:openssl:3.0.13:*:*:*:*:*:*:*"
    guessed = package("pkg:deb/debian/openssl@3", "/a/status", cpe=cpe)
    guessed["properties"] += [{"name": "syft:cpe23", "value": cpe}, {"name": "syft:package:type", "value": "deb"}]
    known = package("pkg:generic/openssl@3.0.13", "/a/status", cpe=cpe)
    known["properties"] += [{"name": "syft:package:type", "value": "binary"}]
    assert {one.purl: one.cpes for one in read(tree, guessed, known)} == {
        "pkg:deb/debian/openssl@3": (),
        "pkg:generic/openssl@3.0.13": (cpe,),
    }


def test_misspelt_packages_are_put_right_and_workspace_folders_left_out(tree: FolderTree) -> None:
    found = read(
        tree,
        package("pkg:npm/ajv-errors@0.3.3_ajv%408.10.0", "/pnpm-lock.yaml"),
        package("pkg:npm/workspaces/arborist@8.0.0", "/package-lock.json"),
        package("pkg:npm/%40npmcli/config@UNKNOWN", "/package-lock.json"),
        package("pkg:pypi/numpy@%3D1.26.0", "/requirements.txt"),
    )
    assert {(one.purl, one.version) for one in found} == {
        ("pkg:npm/ajv-errors@0.3.3", "0.3.3"),
        ("pkg:npm/%40npmcli/config", ""),
        ("pkg:pypi/numpy@1.26.0", "1.26.0"),
    }


def test_edges_to_what_was_dropped_are_dropped(tree: FolderTree) -> None:
    bash, libc = package("pkg:deb/debian/bash@5", "/s"), package("pkg:deb/debian/libc6@2", "/s")
    made = reading.packages(
        document(
            bash,
            libc,
            {"type": "file", "bom-ref": "f", "name": "x"},
            dependencies=[
                {"ref": bash["bom-ref"], "dependsOn": [libc["bom-ref"], "f", 7]},
                {"ref": "f", "dependsOn": [bash["bom-ref"]]},
            ],
        ),
        tree,
    )
    assert made["dependencies"] == [{"ref": bash["bom-ref"], "dependsOn": [libc["bom-ref"]]}]


GARBAGE: list[Any] = [None, 7, "x", [], {}, [[]], {"a": 1}, [None, 7, "x", {}, {"type": []}, {"purl": 7}]]


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
@pytest.mark.parametrize("key", ["components", "dependencies", "metadata"])
def test_wrong_types_raise_nothing(key: str, garbage: Any, tree: FolderTree) -> None:
    made = reading.packages({**document(), key: garbage}, tree)
    component_set(made, plugin="syft", location=".")
    reading.tool({**document(), key: garbage})


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
@pytest.mark.parametrize("key", ["type", "bom-ref", "name", "version", "purl", "properties", "cpe"])
def test_wrong_types_inside_a_component_raise_nothing(key: str, garbage: Any, tree: FolderTree) -> None:
    found = read(tree, {**package("pkg:npm/ms@2.1.3", "/a"), key: garbage}, package("pkg:npm/ok@1.0.0", "/a"))
    assert "pkg:npm/ok@1.0.0" in {one.purl for one in found}


@pytest.mark.parametrize(
    ("tools", "said"),
    [
        ({"components": [{"name": "other", "version": "1"}, {"name": "syft", "version": "1.18.1"}]}, "syft 1.18.1"),
        ([{"vendor": "anchore", "name": "syft", "version": "0.80.0"}], "syft 0.80.0"),
        ([{"name": "syft", "version": 7}], ""),
        ({"components": {}}, ""),
        (None, ""),
    ],
)
def test_the_version_is_read_from_either_form_of_tools(tools: Any, said: str) -> None:
    assert reading.tool(document(metadata={"tools": tools})) == said
