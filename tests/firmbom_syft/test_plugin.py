"""The plugin as the host runs it, with a stand-in for syft; every failure becomes a problem of the run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from firmbom.collect import collect
from firmbom.discovery import select
from firmbom.model import ROOT, ComponentSet, Coverage, Edge, PluginRun
from firmbom.plugin import Context, Plugin, TreePlugin
from firmbom.tree.folder import FolderTree
from firmbom.tree.open import nested, open_container, open_tree
from firmbom_syft.plugin import Plugin as SyftPlugin

DOCUMENT: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "tools": {"components": [{"type": "application", "name": "syft", "version": "1.18.1"}]},
        "component": {"type": "file", "bom-ref": "top", "name": "."},
    },
    "components": [
        {"type": "library", "bom-ref": "1", "name": "bash", "version": "5", "purl": "pkg:deb/debian/bash@5"},
        {"type": "library", "bom-ref": "2", "name": "libc6", "version": "2", "purl": "pkg:deb/debian/libc6@2"},
        {"type": "file", "bom-ref": "3", "name": "/bin/bash"},
    ],
    "dependencies": [{"ref": "1", "dependsOn": ["2", "3"]}, {"ref": "top", "dependsOn": ["1"]}],
}


def run(folder: Path, output: str, **options: Any) -> ComponentSet:
    """Collect over ``folder/tree`` with a stand-in that prints ``output``."""
    program, tree = folder / "stand_in.py", folder / "tree"
    program.write_text(f"import sys\nsys.stdout.write({output!r})\nsys.stderr.write(sys.argv[2])")
    tree.mkdir(exist_ok=True)
    context = Context(options={"command": [sys.executable, str(program)], **options})
    return collect(FolderTree(tree), [SyftPlugin()], {"syft": context})


def test_it_is_a_tree_plugin_that_runs_only_when_named() -> None:
    assert isinstance(SyftPlugin(), Plugin)
    assert isinstance(SyftPlugin(), TreePlugin)
    assert [one.name for one in select(["syft"])[0]] == ["syft"]
    assert "syft" not in {one.name for one in select(None)[0]}


def test_components_edges_the_tool_and_the_input_are_taken_over(tmp_path: Path) -> None:
    said = run(tmp_path, json.dumps(DOCUMENT))
    assert [one.purl for one in said.components] == ["pkg:deb/debian/bash@5", "pkg:deb/debian/libc6@2"]
    assert {claim.plugin for one in said.components for claim in one.claims} == {"syft"}
    assert {(edge.source, edge.target) for edge in said.edges if edge.source != ROOT} == {
        ("pkg:deb/debian/bash@5", "pkg:deb/debian/libc6@2")
    }
    assert Edge(said.components[0].ref, said.components[1].ref) in said.edges
    assert said.plugins == (PluginRun("syft", SyftPlugin.version, "syft 1.18.1"),)
    assert said.coverage == (Coverage(".", plugin="syft"),)
    assert said.problems == ()


def test_nothing_found_is_said(tmp_path: Path) -> None:
    said = run(tmp_path, json.dumps({**DOCUMENT, "components": [], "dependencies": []}))
    assert [(one.severity, one.message) for one in said.problems] == [("note", "syft found no packages")]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not a CycloneDX document"),
        ('{"bomFormat": "CycloneDX", "specVersion": "9.9"}', "9.9"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=["nothing", "cut", "list", "version", "deep"],
)
def test_output_that_is_no_document_is_an_error(output: str, said: str, tmp_path: Path) -> None:
    found = run(tmp_path, output)
    assert found.components == ()
    (problem,) = found.problems
    assert problem.severity == "error"
    assert said in problem.message
    assert "\n" not in problem.message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"command": "syft"}, "command"),
        ({"timeout": "long"}, "timeout"),
        ({"comand": []}, "comand"),
        ({"command": ["/nowhere/syft"]}, "cannot be started"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_wrong_options_are_told_with_their_key(options: dict[str, Any], said: str, tmp_path: Path) -> None:
    found = collect(FolderTree(tmp_path), [SyftPlugin()], {"syft": Context(options=options)})
    (problem,) = found.problems
    assert (problem.severity, problem.plugin) == ("error", "syft")
    assert said in problem.message


def test_a_container_inside_another_is_not_on_disk(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as made:
        made.writestr("a", b"x")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as made:
        made.write(tmp_path / "inner.zip", "inner.zip")
    with open_tree(tmp_path / "outer.zip") as outer:
        file = outer.get("inner.zip")
        assert file
        inner = open_container(file)
        assert inner
        assert nested(outer).location == tmp_path / "outer.zip"
        found = collect(inner, [SyftPlugin()])
    assert [one.message for one in found.problems] == [
        "syft can only read what lies on disk (unpack it, or leave syft out)"
    ]
