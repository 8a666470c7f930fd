"""yarn.lock of yarn 1 and of yarn 2 and later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from firmbom.model import Patch

V1 = """# yarn lockfile v1


"@scope/a@^1.0.0", "@scope/a@^1.2.0":
  version "1.2.3"
  resolved "https://npm.example/@scope/a/-/a-1.2.3.tgz#da39a3ee5e6b4b0d3255bfef95601890afd80709"
  dependencies:
    b "^1.0.0"
    "real" "npm:other@^2.0.0"
  optionalDependencies:
    c "*"

b@^1.0.0:
  version "1.0.0"
  dependencies:
    "@scope/a" "^1.0.0"

c@*:
  version "3.0.0"

"git@github:own/git":
  version "4.0.0"
  resolved "https://codeload.github.com/own/git/tar.gz/0123456789abcdef0123456789abcdef01234567"

"near@file:./near":
  version "0.1.0"

other@^2.0.0:
  version "2.0.1"

"quote\\u0041@1":
  version "1.0.0"
"""


def test_yarn_1_without_package_json(see: Callable[..., Any]) -> None:
    seen = see({"yarn.lock": V1.replace("\n", "\r\n")})
    assert seen.names == {
        "@scope/a@1.2.3", "b@1.0.0", "c@3.0.0", "git@4.0.0", "near@0.1.0", "other@2.0.1", "quoteA@1.0.0",
    }  # fmt: skip
    assert seen.edges == {
        ". > @scope/a@1.2.3", "@scope/a@1.2.3 > b@1.0.0", "b@1.0.0 > @scope/a@1.2.3", "@scope/a@1.2.3 > c@3.0.0",
        "@scope/a@1.2.3 > other@2.0.1", ". > git@4.0.0", ". > near@0.1.0", ". > quoteA@1.0.0",
    } - {". > @scope/a@1.2.3"}  # fmt: skip
    assert seen.problems == []
    assert seen.coverage["yarn.lock"] == ("complete", "incomplete")
    assert seen["b@1.0.0"].claims[0].location.line == 13
    assert seen["git@4.0.0"].purl.startswith("pkg:npm/git@4.0.0?vcs_url=")
    assert ("firmbom:npm:local", "./near") in seen.properties("near@0.1.0")


def test_yarn_1_with_package_json_and_workspaces(see: Callable[..., Any]) -> None:
    project = {
        "name": "app", "version": "1.0.0", "workspaces": {"packages": ["deep/**", "!deep/no"]},
        "dependencies": {"@scope/a": "^1.2.0", "missing": "1"}, "devDependencies": {"git": "github:own/git"},
    }  # fmt: skip
    member = {"name": "member", "version": "2.0.0", "dependencies": {"near": "file:./near", "app": "1.0.0"}}
    apart = {"name": "apart", "version": "1.0.0", "dependencies": {"x": "1"}}
    files = {"yarn.lock": V1, "package.json": project, "deep/er/package.json": member, "deep/no/package.json": apart}
    seen = see(files)
    direct = {edge for edge in seen.edges if edge.startswith((". ", "app@", "member"))}
    assert direct == {
        ". > app@1.0.0", "app@1.0.0 > @scope/a@1.2.3", "app@1.0.0 > git@4.0.0", "app@1.0.0 > member@2.0.0",
        "member@2.0.0 > near@0.1.0", "member@2.0.0 > app@1.0.0", ". > apart@1.0.0",
    }  # fmt: skip
    assert seen.scopes == {"git@4.0.0": "excluded", "c@3.0.0": "optional"}
    lock = [one for one in seen.problems if " yarn.lock" in one]
    assert lock == ["warning yarn.lock: the project: needs missing, which the file does not hold"]
    assert any("deep/no/package.json" in one for one in seen.problems), "taken out of the workspace, so on its own"


def test_yarn_1_after_resolutions_replaced_a_descriptor(see: Callable[..., Any]) -> None:
    text = 'a@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    b "^1.0.0"\n\nb@2.0.0:\n  version "2.0.0"\n'
    assert see({"yarn.lock": text}).edges == {". > a@1.0.0", "a@1.0.0 > b@2.0.0"}


V8 = """__metadata:
  version: 8
  cacheKey: 10c0

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    "@scope/a": "npm:^1.0.0"
    git: "git@git.example:own/git.git"
    host: "npm:2.0.0"
    near: "file:./near#./near"
    private: "npm:1.0.0"
    tool: "npm:^5.0.0"
  dependenciesMeta:
    private:
      optional: true
  languageName: unknown
  linkType: soft

"@scope/a@npm:^1.0.0":
  version: 1.10.0
  resolution: "@scope/a@npm:1.10.0"
  dependencies:
    inner: "npm:*"
  peerDependencies:
    host: ^2.0.0
    nowhere: "*"
  peerDependenciesMeta:
    nowhere:
      optional: true
  checksum: 10c0/abcdef
  languageName: node
  linkType: hard

"inner@npm:*, inner@npm:^1.0.0":
  version: 1.0.0
  resolution: "inner@npm:1.0.0"
  peerDependencies:
    "@scope/a": "*"
    host: "*"
  conditions: (os=darwin | os=linux) & cpu=arm64 & libc=musl
  languageName: node
  linkType: hard

"git@git@git.example:own/git.git":
  version: 4.0.0
  resolution: "git@git@git.example:own/git.git#commit=0123456789abcdef0123456789abcdef01234567"
  languageName: node
  linkType: hard

"host@npm:2.0.0":
  version: 2.0.0
  resolution: "host@npm:2.0.0"
  languageName: node
  linkType: hard

"host@patch:host@npm%3A2.0.0#~/.yarn/patches/host fix.patch":
  version: 2.0.0
  resolution: "host@patch:host@npm%3A2.0.0#~/.yarn/patches/host fix.patch::version=2.0.0&hash=abc"
  languageName: node
  linkType: hard

"near@file:./near#./near::locator=app%40workspace%3A.":
  version: 0.1.0
  resolution: "near@file:./near#./near::hash=abc&locator=app%40workspace%3A."
  languageName: node
  linkType: hard

"private@npm:1.0.0":
  version: 1.0.0
  resolution: "private@npm:1.0.0::__archiveUrl=https%3A%2F%2Fnpm.example%2Fprivate%2F-%2Fprivate-1.0.0.tgz"
  languageName: node
  linkType: hard

"tool@npm:^5.0.0":
  version: 5.0.0
  resolution: "tool@npm:5.0.0"
  languageName: node
  linkType: hard

"tool@patch:tool@npm%3A^5.0.0#optional!builtin<compat/tool>":
  version: 5.0.0
  resolution: "tool@patch:tool@npm%3A5.0.0#optional!builtin<compat/tool>::version=5.0.0&hash=abc"
  languageName: node
  linkType: hard
"""


def test_yarn_8_alone(see: Callable[..., Any]) -> None:
    seen = see({"yarn.lock": V8})
    assert seen.edges == {
        ". > app@", "app@ > @scope/a@1.10.0", "app@ > git@4.0.0", "app@ > host@2.0.0", "app@ > near@0.1.0",
        "app@ > private@1.0.0", "app@ > tool@5.0.0", "@scope/a@1.10.0 > inner@1.0.0", "@scope/a@1.10.0 > host@2.0.0",
        "inner@1.0.0 > @scope/a@1.10.0", "inner@1.0.0 > host@2.0.0",
    }  # fmt: skip
    assert seen.problems == []
    assert seen.scopes == {"private@1.0.0": "optional"}
    assert seen["private@1.0.0"].purl.endswith("?repository_url=https:%2F%2Fnpm.example")
    assert "0123456789abcdef" in seen["git@4.0.0"].purl
    assert len(seen["tool@5.0.0"].claims) == 2
    assert seen["tool@5.0.0"].patches == ()
    assert seen["host@2.0.0"].patches == (Patch("unofficial", ".yarn/patches/host%20fix.patch"),)
    assert {("firmbom:npm:os", "linux"), ("firmbom:npm:os", "darwin"), ("firmbom:npm:cpu", "arm64"),
            ("firmbom:npm:libc", "musl")} == seen.properties("inner@1.0.0")  # fmt: skip


def test_yarn_8_with_package_json(see: Callable[..., Any]) -> None:
    project = {"name": "app", "version": "1.0.0", "private": True, "devDependencies": {"@scope/a": "^1", "host": "2"}}
    seen = see({"yarn.lock": V8, "package.json": project})
    assert seen.scopes == {
        "@scope/a@1.10.0": "excluded", "host@2.0.0": "excluded", "inner@1.0.0": "excluded", "private@1.0.0": "optional",
    }  # fmt: skip
    assert ("cdx:npm:package:private", "true") in seen.properties("app@1.0.0")
    omitted = see({"yarn.lock": V8, "package.json": project}, omit=frozenset({"dev"}))
    assert omitted.names == {"app@1.0.0", "git@4.0.0", "near@0.1.0", "private@1.0.0", "tool@5.0.0"}


def test_yarn_without_its_own_project(see: Callable[..., Any]) -> None:
    text = '__metadata:\n  version: 6\n\n"a@npm:1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n'
    seen = see({"yarn.lock": text})
    assert seen.edges == {". > a@1.0.0"}
    assert seen.coverage["yarn.lock"] == ("complete", "incomplete")


@pytest.mark.parametrize("range", ["^1.0.0", "npm:^1.0.0"])
def test_yarn_6_writes_ranges_without_npm(range: str, see: Callable[..., Any]) -> None:
    text = f"""__metadata:
  version: 6
"a@npm:^1.0.0":
  version: 1.0.0
  resolution: "a@npm:1.0.0"
"b@workspace:.":
  version: 0.0.0-use.local
  resolution: "b@workspace:."
  dependencies:
    a: "{range}"
    gone: 1.0.0
"""
    seen = see({"yarn.lock": text})
    assert seen.edges == {". > b@", "b@ > a@1.0.0"}
    assert seen.problems == ["warning yarn.lock: b@workspace:.: needs gone, which the file does not hold"]
