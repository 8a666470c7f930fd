"""One small project, locked by the real npm, yarn, pnpm and bun: the same packages, the same edges, the same scopes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmbom.tree.folder import FolderTree
from firmbom_npm import package_lock

DATA = Path(__file__).parent / "data" / "demo"
PROJECT = {path: (DATA / "project" / path).read_text() for path in (
    "package.json", "lib/package.json", "packages/one/package.json", "packages/two/package.json",
)}  # fmt: skip
NO_PEERS = {"acorn-jsx@5.3.2 > acorn@8.11.3", "@demo/two@1.0.0 > acorn@8.11.3"}
NO_OWN_PEER = {"@demo/two@1.0.0 > acorn@8.11.3"}
HOISTED = {"@demo/two@1.0.0 > ms@2.1.2": "@demo/two@1.0.0 > ms@2.1.3"}
"""npm gives the workspace member the older ms that debug pins; the others give it the newest that fits."""
LOCKS: dict[str, tuple[str, set[str], dict[str, str]]] = {
    "npm-1": ("package-lock.json", NO_PEERS, {}),
    "npm-2": ("package-lock.json", set(), {}),
    "npm-3": ("npm-shrinkwrap.json", set(), {}),
    "yarn-1": ("yarn.lock", NO_PEERS - NO_OWN_PEER, HOISTED),
    "yarn-4": ("yarn.lock", NO_OWN_PEER, HOISTED),
    "pnpm-7": ("pnpm-lock.yaml", NO_OWN_PEER, HOISTED),
    "pnpm-8": ("pnpm-lock.yaml", set(), HOISTED),
    "pnpm-9": ("pnpm-lock.yaml", set(), HOISTED),
    "bun": ("bun.lock", set(), HOISTED),
}
"""Lock to its file name, the edges that its format cannot tell, and those that its resolver chose otherwise."""
EDGES = {
    ". > demo@1.2.0",
    "demo@1.2.0 > @demo/one@1.0.0",
    "demo@1.2.0 > @demo/two@1.0.0",
    "demo@1.2.0 > @types/ms@0.7.34",
    "demo@1.2.0 > acorn@8.11.3",
    "demo@1.2.0 > acorn-jsx@5.3.2",
    "demo@1.2.0 > debug@4.3.4",
    "demo@1.2.0 > fsevents@2.3.2",
    "demo@1.2.0 > is-number@7.0.0",
    "demo@1.2.0 > is-odd@3.0.1",
    "demo@1.2.0 > lib@0.1.0",
    "demo@1.2.0 > ms@2.0.0",
    "@demo/one@1.0.0 > @demo/two@1.0.0",
    "@demo/one@1.0.0 > inherits@2.0.4",
    "@demo/one@1.0.0 > once@1.4.0",
    "@demo/two@1.0.0 > acorn@8.11.3",
    "@demo/two@1.0.0 > ms@2.1.2",
    "acorn-jsx@5.3.2 > acorn@8.11.3",
    "debug@4.3.4 > ms@2.1.2",
    "is-odd@3.0.1 > is-number@6.0.0",
    "lib@0.1.0 > wrappy@1.0.2",
    "once@1.4.0 > wrappy@1.0.2",
}
SCOPES = {
    "@types/ms@0.7.34": "excluded",
    "fsevents@2.3.2": "optional",
    "inherits@2.0.4": "excluded",
    "is-number@6.0.0": "excluded",
    "is-number@7.0.0": "excluded",
    "is-odd@3.0.1": "excluded",
}


def lock(name: str) -> str:
    return (DATA / f"{name}.{LOCKS[name][0].replace('npm-shrinkwrap', 'package-lock')}").read_text()


@pytest.fixture(params=LOCKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def without_node_gyp(labels: set[str]) -> set[str]:
    """Yarn 4 adds node-gyp to whatever has an install script, and what node-gyp needs."""
    known = {part for edge in EDGES for part in edge.split(" > ")} | {"ms@2.1.3"}
    return {label for label in labels if set(label.split(" > ")) <= known}


def test_the_edges_and_scopes_are_those_of_the_project(name: str, see: Callable[..., Any]) -> None:
    file, untold, otherwise = LOCKS[name]
    seen = see({**PROJECT, file: lock(name)})
    assert without_node_gyp(seen.edges) == {otherwise.get(edge, edge) for edge in EDGES - untold}
    assert {label: scope for label, scope in seen.scopes.items() if without_node_gyp({label})} == SCOPES
    assert seen.problems == []
    assert seen.coverage == {file: ("complete", "incomplete" if untold & NO_PEERS - NO_OWN_PEER else "complete")}
    assert seen["demo@1.2.0"].type == "application"
    assert seen["debug@4.3.4"].type == "library"


def test_the_lock_alone_names_the_same_packages(name: str, see: Callable[..., Any]) -> None:
    seen = see({LOCKS[name][0]: lock(name)})
    expected = {edge.split(" > ")[1] for edge in EDGES if "demo" not in edge.split(" > ")[1]} - {"lib@0.1.0"}
    assert expected <= seen.names
    assert seen.problems == []
    assert "debug@4.3.4 > ms@2.1.2" in seen.edges


def test_what_is_for_development_can_be_left_out(name: str, see: Callable[..., Any]) -> None:
    seen = see({**PROJECT, LOCKS[name][0]: lock(name)}, omit=frozenset({"dev"}))
    assert not {"is-odd@3.0.1", "is-number@6.0.0", "inherits@2.0.4"} & seen.names
    assert {"ms@2.0.0", "fsevents@2.3.2", "wrappy@1.0.2"} <= seen.names
    assert "excluded" not in seen.scopes.values()


def test_every_package_of_a_registry_has_a_digest_of_its_distribution(name: str, see: Callable[..., Any]) -> None:
    seen = see({LOCKS[name][0]: lock(name)})
    references = [one for one in seen["debug@4.3.4"].references if one.type == "distribution"]
    if name == "yarn-4":  # states the digest of its own cache file only
        assert references == []
        assert "firmbom:npm:yarn-checksum" in {key for key, _ in seen.properties("debug@4.3.4")}
        return
    (reference,) = references
    assert reference.url.endswith("/debug/-/debug-4.3.4.tgz")
    digests = {one.algorithm.value: one.value for one in reference.digests}
    assert digests["SHA-512"].startswith("3d15851ee494dde0")
    assert ("SHA-1" in digests) == (name == "yarn-1")


@pytest.mark.parametrize("name", ["npm-3", "yarn-1"], indirect=False)
def test_another_registry_stays_in_the_purl(name: str, see: Callable[..., Any]) -> None:
    seen = see({LOCKS[name][0]: lock(name)})
    assert seen["@types/ms@0.7.34"].purl == ("pkg:npm/%40types/ms@0.7.34?repository_url=https:%2F%2Fnpm.example")


@pytest.mark.parametrize("name", ["npm-2", "pnpm-9", "bun", "yarn-4"], indirect=False)
def test_the_default_registry_does_not(name: str, see: Callable[..., Any]) -> None:
    seen = see({LOCKS[name][0]: lock(name)})
    assert seen["@types/ms@0.7.34"].purl == "pkg:npm/%40types/ms@0.7.34"


@pytest.mark.parametrize("name", ["npm-1", "npm-2", "npm-3", "yarn-1", "bun", "pnpm-8", "pnpm-9"], indirect=False)
def test_an_alias_is_known_by_both_names(name: str, see: Callable[..., Any]) -> None:
    seen = see({LOCKS[name][0]: lock(name)})
    expected = set() if name.startswith("pnpm") else {("firmbom:npm:alias", "old-ms")}  # pnpm keeps it in the edge
    assert {one for one in seen.properties("ms@2.0.0") if one[0] == "firmbom:npm:alias"} == expected


def test_a_lockfile_with_package_json_files_beside_and_below_is_read_once(tmp_path: Path) -> None:
    lock = {"lockfileVersion": 3, "packages": {"": {"name": "app"}, "node_modules/a": {"version": "1.0.0"}}}
    for name, content in (("package-lock.json", lock), ("package.json", {}), ("docs/package.json", {})):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    tree = FolderTree(tmp_path)
    files = [file for file in tree.walk() if file.name == "package-lock.json"] + [tree.get("package-lock.json")]
    graphs = {id(package_lock.read(file)) for file in files if file}
    assert (len(files), len(graphs)) == (2, 1)
