"""package-lock.json and npm-shrinkwrap.json: what each member of an entry becomes."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmbom.model import Algorithm, Basis, Licence
from firmbom.plugin import Target

DATA = Path(__file__).parent / "data" / "demo"
SHA1 = "2jmj7l5rSw0yVb/vlWAYkK/YBwk="


def lock(packages: dict[str, Any], version: object = 3, **more: object) -> dict[str, Any]:
    return {"name": "app", "version": "1.0.0", "lockfileVersion": version, "packages": packages, **more}


def root(**members: object) -> dict[str, Any]:
    return {"name": "app", "version": "1.0.0", **members}


def test_an_entry_becomes_a_component_with_its_place_as_evidence(see: Callable[..., Any]) -> None:
    entry = {
        "version": "2.0.0",
        "resolved": "https://npm.example/@scope/a/-/a-2.0.0.tgz",
        "integrity": f"sha1-{SHA1}",
        "license": "MIT",
        "engines": {"node": ">=18"},
        "deprecated": "use b",
        "hasInstallScript": True,
    }
    seen = see({"package-lock.json": lock({"": root(dependencies={"@scope/a": "^2"}), "node_modules/@scope/a": entry})})
    one = seen["@scope/a@2.0.0"]
    assert (one.group, one.name, one.version, one.type) == ("@scope", "a", "2.0.0", "library")
    assert one.licences == (Licence("MIT"),)
    (claim,) = one.claims
    assert (claim.basis, claim.plugin) == (Basis.LOCKFILE, "npm")
    assert (claim.location.path, claim.location.symbol) == ("package-lock.json", "packages.node_modules/@scope/a")
    (reference,) = one.references
    assert (reference.type, reference.url) == ("distribution", "https://npm.example/@scope/a/-/a-2.0.0.tgz")
    assert reference.digests[0].algorithm is Algorithm.SHA1
    assert seen.properties("@scope/a@2.0.0") == {
        ("cdx:npm:package:path", "node_modules/@scope/a"),
        ("cdx:npm:package:constraint:engine:node", ">=18"),
        ("firmbom:npm:deprecated", "use b"),
        ("firmbom:npm:install-script", "true"),
    }


def test_one_package_at_two_places_is_one_component_with_two_claims(see: Callable[..., Any]) -> None:
    packages = {
        "": root(dependencies={"a": "1", "b": "1"}, devDependencies={"c": "2"}),
        "node_modules/a": {"version": "1.0.0", "dependencies": {"c": "1"}},
        "node_modules/a/node_modules/c": {"version": "1.0.0"},
        "node_modules/b": {"version": "1.0.0", "dependencies": {"c": "1", "d": "1"}},
        "node_modules/b/node_modules/c": {"version": "1.0.0", "dependencies": {"d": "1"}},
        "node_modules/c": {"version": "2.0.0", "dev": True},
        "node_modules/d": {"version": "1.0.0"},
    }
    seen = see({"package-lock.json": lock(packages)})
    assert seen.edges == {
        ". > app@1.0.0", "app@1.0.0 > a@1.0.0", "app@1.0.0 > b@1.0.0", "app@1.0.0 > c@2.0.0", "a@1.0.0 > c@1.0.0",
        "b@1.0.0 > c@1.0.0", "b@1.0.0 > d@1.0.0", "c@1.0.0 > d@1.0.0",
    }  # fmt: skip
    assert [claim.location.symbol for claim in seen["c@1.0.0"].claims] == [
        "packages.node_modules/a/node_modules/c",
        "packages.node_modules/b/node_modules/c",
    ]
    assert seen["c@1.0.0"].scope == "required"


def test_a_place_for_development_does_not_make_the_other_one_so(see: Callable[..., Any]) -> None:
    packages = {
        "": root(dependencies={"a": "1"}, devDependencies={"b": "1"}),
        "node_modules/a": {"version": "1.0.0", "dependencies": {"c": "1"}},
        "node_modules/a/node_modules/c": {"version": "1.0.0"},
        "node_modules/b": {"version": "1.0.0", "dev": True, "dependencies": {"c": "1"}},
        "node_modules/b/node_modules/c": {"version": "1.0.0", "dev": True},
    }
    seen = see({"package-lock.json": lock(packages)})
    assert seen.scopes == {"b@1.0.0": "excluded"}
    assert "cdx:npm:package:development" not in {name for name, _ in seen.properties("c@1.0.0")}


FLAGS = {
    "dev": ("excluded", {"cdx:npm:package:development"}),
    "optional": ("optional", set()),
    "devOptional": ("optional", {"cdx:npm:package:development"}),
    "peer": ("required", set()),
    "inBundle": ("required", {"cdx:npm:package:bundled"}),
    "extraneous": ("required", {"cdx:npm:package:extraneous"}),
}


@pytest.mark.parametrize("flag", FLAGS)
def test_flags_become_scope_and_official_properties(flag: str, see: Callable[..., Any]) -> None:
    seen = see({"package-lock.json": lock({"": root(), "node_modules/a": {"version": "1.0.0", flag: True}})})
    scope, properties = FLAGS[flag]
    assert seen["a@1.0.0"].scope == scope
    assert {name for name, _ in seen.properties("a@1.0.0")} == {"cdx:npm:package:path", *properties}
    assert ("app@1.0.0 > a@1.0.0" in seen.edges) == (flag == "extraneous"), "npm ls hangs it on its folder"


OMIT = {
    ("dev",): {"dev"},
    ("optional",): {"optional"},
    ("peer",): {"peer"},
    ("dev", "optional"): {"dev", "optional", "devOptional"},
}


@pytest.mark.parametrize("omit", OMIT)
def test_omit_leaves_out_what_npm_would(omit: tuple[str, ...], see: Callable[..., Any]) -> None:
    flags = ("dev", "optional", "peer", "devOptional")
    entries = {f"node_modules/{flag.lower()}": {"version": "1.0.0", flag: True} for flag in flags}
    asks = root(dependencies={flag.lower(): "1" for flag in flags})
    seen = see({"package-lock.json": lock({"": asks, **entries})}, omit=frozenset(omit))
    kept = {f"{flag.lower()}@1.0.0" for flag in flags if flag not in OMIT[omit]}
    assert seen.names == {"app@1.0.0", *kept}
    assert seen.edges == {". > app@1.0.0", *(f"app@1.0.0 > {one}" for one in kept)}
    assert seen.problems == []


SOURCES = {
    "https://npm.example/a/-/a-1.0.0.tgz": "?repository_url=https:%2F%2Fnpm.example",
    "https://user:pass@npm.example/npm/own/a/-/a-1.0.0.tgz": "?repository_url=https:%2F%2Fnpm.example%2Fnpm%2Fown",
    "https://npm.example/download/a/1.0.0/0123abcd": "?repository_url=https:%2F%2Fnpm.example",
    "git+ssh://git@git.example/own/a.git#0123456789abcdef0123456789abcdef01234567": (
        "?vcs_url=git%2Bssh:%2F%2Fgit%40git.example%2Fown%2Fa.git%400123456789abcdef0123456789abcdef01234567"
    ),
    "https://files.example/a.tgz?token=secret&x=1": "?download_url=https:%2F%2Ffiles.example%2Fa.tgz%3Fx%3D1",
    "file:vendor/a-1.0.0.tgz": "",
}


@pytest.mark.parametrize("resolved", SOURCES)
def test_where_it_comes_from_is_in_the_purl(resolved: str, see: Callable[..., Any]) -> None:
    entry = {"version": "1.0.0", "resolved": resolved}
    seen = see({"package-lock.json": lock({"": root(dependencies={"a": "1"}), "node_modules/a": entry})})
    assert seen["a@1.0.0"].purl == f"pkg:npm/a@1.0.0{SOURCES[resolved]}"
    assert "pass" not in str(seen.set)
    assert "secret" not in str(seen.set)
    if resolved.startswith("file:"):
        assert ("firmbom:npm:local", "vendor/a-1.0.0.tgz") in seen.properties("a@1.0.0")


def test_a_bundled_package_is_the_one_that_stands_elsewhere_with_its_address(see: Callable[..., Any]) -> None:
    packages = {
        "": root(dependencies={"a": "1", "b": "1"}),
        "node_modules/a": {"version": "1.0.0", "resolved": "https://npm.example/a/-/a-1.0.0.tgz"},
        "node_modules/b": {"version": "1.0.0", "dependencies": {"a": "1"}},
        "node_modules/b/node_modules/a": {"version": "1.0.0", "inBundle": True},
    }
    seen = see({"package-lock.json": lock(packages)})
    assert len(seen["a@1.0.0"].claims) == 2
    assert "cdx:npm:package:bundled" not in {name for name, _ in seen.properties("a@1.0.0")}, "not everywhere"


def test_links_lead_to_folders(see: Callable[..., Any]) -> None:
    packages = {
        "": root(workspaces=["./packages/*", "!packages/left"], dependencies={"away": "file:../away"}),
        "../away": {"name": "away", "version": "3.0.0", "dependencies": {"ms": "1"}},
        "node_modules/away": {"resolved": "../away", "link": True},
        "node_modules/one": {"resolved": "packages/one", "link": True},
        "node_modules/left": {"resolved": "packages/left", "link": True},
        "node_modules/ms": {"version": "1.0.0"},
        "packages/one": {"version": "1.0.0", "dependencies": {"ms": "*", "left": "*"}},
        "packages/left": {"version": "1.0.0", "devDependencies": {"ms": "1"}},
    }
    seen = see({"package-lock.json": lock(packages)})
    assert seen.edges == {
        ". > app@1.0.0", "app@1.0.0 > away@3.0.0", "app@1.0.0 > one@1.0.0", "one@1.0.0 > left@1.0.0",
        "one@1.0.0 > ms@1.0.0", "left@1.0.0 > ms@1.0.0",
    }  # fmt: skip
    assert seen.problems == ["warning package-lock.json: packages.../away: needs ms, which the file does not hold"]
    assert ("cdx:npm:package:path", "node_modules/one") in seen.properties("one@1.0.0")


def test_what_must_be_there_and_is_not_is_told(see: Callable[..., Any]) -> None:
    entry = {
        "version": "1.0.0",
        "dependencies": {"gone": "1"},
        "optionalDependencies": {"elsewhere": "1"},
        "peerDependencies": {"host": "1", "maybe": "1"},
        "peerDependenciesMeta": {"maybe": {"optional": True}},
    }
    seen = see({"package-lock.json": lock({"": root(dependencies={"a": "1"}), "node_modules/a": entry})})
    place = "warning package-lock.json: packages.node_modules/a: needs"
    assert sorted(seen.problems) == [
        f"{place} gone, which the file does not hold",
        f"{place} host, which the file does not hold",
    ]
    assert seen.coverage["package-lock.json"] == ("incomplete", "incomplete")


def test_a_package_that_was_never_resolved_is_not_installed(see: Callable[..., Any]) -> None:
    seen = see({"package-lock.json": lock({"": root(), "node_modules/fsevents": {"optional": True}})})
    assert seen.names == {"app@1.0.0"}
    assert "note package-lock.json: packages.node_modules/fsevents: was never resolved" in seen.problems[0]


def test_a_circle_is_fine(see: Callable[..., Any]) -> None:
    packages = {
        "": root(dependencies={"a": "1"}),
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1", "a": "1"}},
        "node_modules/b": {"version": "1.0.0", "dependencies": {"a": "1"}},
    }
    seen = see({"package-lock.json": lock(packages)})
    assert {"a@1.0.0 > b@1.0.0", "b@1.0.0 > a@1.0.0"} < seen.edges
    assert "a@1.0.0 > a@1.0.0" not in seen.edges


def test_a_project_without_a_name_is_the_product_itself(see: Callable[..., Any]) -> None:
    packages = {"": {"dependencies": {"a": "1"}}, "node_modules/a": {"version": "1.0.0"}}
    seen = see({"package-lock.json": {"lockfileVersion": 3, "packages": packages}})
    assert seen.edges == {". > a@1.0.0"}
    assert seen.names == {"a@1.0.0"}


def test_version_1_nests(see: Callable[..., Any]) -> None:
    dependencies = {
        "a": {
            "version": "1.0.0",
            "requires": {"b": "1", "real": "npm:other@2"},
            "dependencies": {"b": {"version": "1.5.0", "bundled": True}},
        },
        "b": {"version": "2.0.0", "dev": True},
        "real": {"version": "npm:other@2.0.0"},
        "git": {"version": "github:own/git#0123456789abcdef0123456789abcdef01234567", "from": "github:own/git"},
        "web": {"version": "https://npm.example/web/-/web-3.1.4.tgz", "integrity": f"sha1-{SHA1}"},
        "archive": {"version": "https://files.example/v2.tar.gz"},
        "near": {"version": "file:near"},
        "odd": {"version": "1.0.0", "requires": True, "resolved": False},
    }
    document = {"name": "app", "version": "1.0.0", "lockfileVersion": 1, "dependencies": dependencies}
    seen = see({"npm-shrinkwrap.json": document, "near/package.json": {"name": "near", "version": "0.3.0"}})
    assert seen.names == {
        "app@1.0.0", "a@1.0.0", "b@1.5.0", "b@2.0.0", "other@2.0.0", "git@", "web@3.1.4", "archive@", "near@0.3.0",
        "odd@1.0.0",
    }  # fmt: skip
    assert {"a@1.0.0 > b@1.5.0", "a@1.0.0 > other@2.0.0", "app@1.0.0 > web@3.1.4"} < seen.edges
    assert "app@1.0.0 > other@2.0.0" not in seen.edges, "asked for by a; nothing says that the project does too"
    assert seen["git@"].purl.startswith("pkg:npm/git?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fown%2Fgit.git%400123")
    assert seen["archive@"].purl == "pkg:npm/archive?download_url=https:%2F%2Ffiles.example%2Fv2.tar.gz"
    assert ("cdx:npm:package:bundled", "true") in seen.properties("b@1.5.0")
    assert seen["b@2.0.0"].scope == "excluded"
    assert seen.problems == []
    assert seen.coverage["npm-shrinkwrap.json"] == ("complete", "incomplete"), "peers and roots are not told"


def test_version_1_asks_package_json_what_is_direct(see: Callable[..., Any]) -> None:
    document = {"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "requires": {"b": "1"}}, "b": {"version": "1.0.0"}}}  # fmt: skip # noqa: E501 - one entry
    wants = {"name": "app", "version": "2.0.0", "dependencies": {"a": "1", "b": "1", "c": "1"}}
    seen = see({"package-lock.json": document, "package.json": wants})
    assert seen.edges == {". > app@2.0.0", "app@2.0.0 > a@1.0.0", "app@2.0.0 > b@1.0.0", "a@1.0.0 > b@1.0.0"}
    assert seen.problems == ["warning package-lock.json: the project: needs c, which the file does not hold"]


def test_other_machines_packages_are_left_out_when_the_target_is_known(see: Callable[..., Any]) -> None:
    packages = {
        "": root(optionalDependencies={"mac": "1", "arm": "1", "musl": "1"}, dependencies={"only": "1"}),
        "node_modules/mac": {"version": "1.0.0", "optional": True, "os": ["darwin"], "dependencies": {"help": "1"}},
        "node_modules/help": {"version": "1.0.0", "optional": True},
        "node_modules/arm": {"version": "1.0.0", "optional": True, "cpu": ["arm64"], "os": ["linux"]},
        "node_modules/musl": {"version": "1.0.0", "optional": True, "libc": ["musl"], "os": ["linux"]},
        "node_modules/only": {"version": "1.0.0", "os": ["!win32"]},
    }
    files = {"package-lock.json": lock(packages)}
    target = Target(platform="linux", machine="aarch64", libc="glibc")
    assert see(files, target=target).names == {"app@1.0.0", "arm@1.0.0", "only@1.0.0"}
    assert see(files, target=target).problems == [
        "note package-lock.json: 3 optional packages for other machines than the target were left out"
    ]
    without = see(files)
    assert without.scopes == dict.fromkeys(("mac@1.0.0", "help@1.0.0", "arm@1.0.0", "musl@1.0.0"), "optional")
    assert {("firmbom:npm:os", "linux"), ("firmbom:npm:cpu", "arm64")} < without.properties("arm@1.0.0")
    assert ("firmbom:npm:libc", "musl") in without.properties("musl@1.0.0")


@pytest.mark.parametrize("name", ["npm-2", "npm-3"])
def test_npm_itself_sees_the_same_edges(name: str, tmp_path: Path, see: Callable[..., Any]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    shutil.copytree(DATA / "project", tmp_path, dirs_exist_ok=True)
    shutil.copy(DATA / f"{name}.package-lock.json", tmp_path / "package-lock.json")
    command = [npm, "ls", "--all", "--json", "--package-lock-only", "--offline"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=120)
    tree = json.loads(ran.stdout)
    seen = see({})
    listed = {edge.replace("old-ms@", "ms@") for edge in listed_edges(tree, "demo@1.2.0")}
    assert seen.edges - {". > demo@1.2.0"} == listed


def listed_edges(tree: dict[str, Any], label: str) -> Iterator[str]:
    for name, one in tree.get("dependencies", {}).items():
        if one.get("version"):
            yield f"{label} > {name}@{one['version']}"
            yield from listed_edges(one, f"{name}@{one['version']}")
