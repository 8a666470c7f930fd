"""package.json without anything that says what was used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from firmbom.model import Basis

LONE = {
    "name": "@own/app",
    "version": "1.0.0",
    "dependencies": {
        "range": "^1.0.0",
        "pinned": "1.2.3",
        "alias": "npm:@s/real@~2",
        "git": "git+https://git.example/x.git#0123abc",
        "bare": "npm:other",
    },
    "optionalDependencies": {"maybe": "*"},
    "devDependencies": {"tool": ">=1"},
}


def test_wants_are_components_without_version_and_never_silent(see: Callable[..., Any]) -> None:
    seen = see({"package.json": LONE})
    assert seen.names == {
        "@own/app@1.0.0", "range@", "pinned@1.2.3", "@s/real@", "git@", "other@", "maybe@", "tool@",
    }  # fmt: skip
    assert {edge for edge in seen.edges if edge.startswith(".")} == {". > @own/app@1.0.0"}
    assert len(seen.edges) == 8
    assert seen.scopes == {"maybe@": "optional", "tool@": "excluded"}
    (claim,) = seen["range@"].claims
    assert (claim.basis, claim.confidence, claim.location.symbol) == (Basis.MANIFEST, 0.5, "dependencies.range")
    assert seen["pinned@1.2.3"].claims[0].confidence == 0.8
    assert {("firmbom:npm:range", "~2"), ("firmbom:npm:alias", "alias")} == seen.properties("@s/real@")
    assert seen["git@"].purl == "pkg:npm/git?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fx.git%400123abc"
    assert len(seen.problems) == 1
    assert seen.problems[0].startswith("warning package.json: has no lockfile")
    assert seen.coverage == {"package.json": ("incomplete", "unknown")}


def test_omit_holds_here_too(see: Callable[..., Any]) -> None:
    seen = see({"package.json": LONE}, omit=frozenset({"dev", "optional"}))
    assert not {"tool@", "maybe@"} & seen.names


def test_a_project_without_dependencies_is_complete(see: Callable[..., Any]) -> None:
    seen = see({"package.json": {"name": "app", "version": "1.0.0"}})
    assert seen.edges == {". > app@1.0.0"}
    assert seen.coverage == {"package.json": ("complete", "complete")}
    assert seen.problems == []


def test_a_nameless_project_is_the_product(see: Callable[..., Any]) -> None:
    assert see({"package.json": {"dependencies": {"a": "1.0.0"}}}).edges == {". > a@1.0.0"}


def test_a_marker_file_says_nothing_of_components(see: Callable[..., Any]) -> None:
    seen = see({"dist/esm/package.json": {"type": "module"}})
    assert (seen.names, seen.problems, seen.coverage) == (set(), [], {})


LOCKS = {
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"": {}}}',
    "npm-shrinkwrap.json": '{"lockfileVersion": 1, "dependencies": {}}',
    "yarn.lock": "# yarn lockfile v1\n",
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    "bun.lock": '{"lockfileVersion": 1, "workspaces": {"": {}}, "packages": {}}',
    "node_modules/.package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
}


@pytest.mark.parametrize("lock", LOCKS)
def test_with_a_lockfile_beside_it_is_silent(lock: str, see: Callable[..., Any]) -> None:
    seen = see({"package.json": {"name": "app", "version": "1.0.0"}, lock: LOCKS[lock]})
    assert list(seen.coverage) == [lock]
    assert seen.names == {"app@1.0.0"}


def test_a_member_of_the_workspace_above_is_silent_and_a_stranger_is_not(see: Callable[..., Any]) -> None:
    packages = {
        "": {"name": "app", "workspaces": ["packages/*"]},
        "node_modules/one": {"resolved": "packages/one", "link": True},
        "packages/one": {"version": "1.0.0"},
    }
    files = {
        "package-lock.json": {"lockfileVersion": 3, "packages": packages},
        "packages/one/package.json": {"name": "one", "version": "1.0.0"},
        "docs/package.json": {"name": "docs", "dependencies": {"theme": "^1"}},
    }
    seen = see(files)
    assert seen.names == {"app@", "one@1.0.0", "docs@", "theme@"}
    assert set(seen.coverage) == {"package-lock.json", "docs/package.json"}


def test_a_broken_lockfile_beside_it_leaves_the_wants(see: Callable[..., Any]) -> None:
    seen = see({"package.json": LONE, "package-lock.json": "{"})
    assert "range@" in seen.names
    assert {one.split()[0] for one in seen.problems} == {"error", "warning"}


@pytest.mark.parametrize("name", ["", "@/", "a/", "a\x1b[2J", "a\n"])
def test_a_name_that_is_none(name: str, see: Callable[..., Any]) -> None:
    seen = see({"package.json": {"name": name or "app/", "dependencies": {name: "1.0.0"}}})
    assert seen.names == set()
    assert any("a package without a name" in one for one in seen.problems)
