"""pnpm-lock.yaml of every generation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmbom.model import Patch

V5 = """lockfileVersion: 5.3
specifiers:
  '@scope/a': ^1.0.0
dependencies:
  '@scope/a': 1.10.0_host@2.0.0
  host: 2.0.0
  real: /other/3.0.0
  git: github.com/own/git/0123456789abcdef0123456789abcdef01234567
  near: file:near
  mine: pkg.example/mine/1.0.0
  apart: link:../apart
devDependencies:
  tool: 5.0.0
packages:
  /@scope/a/1.10.0_host@2.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    peerDependencies: {host: '*'}
    dependencies: {host: 2.0.0}
    optionalDependencies: {mac: 1.0.0}
  /host/2.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=, tarball: https://npm.example/host/-/host-2.0.0.tgz}
    deprecated: use a guest
  /mac/1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    os: [darwin]
    optional: true
  /other/3.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  /tool/5.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  file:near:
    resolution: {directory: near, type: directory}
    name: near
    version: 0.1.0
  github.com/own/git/0123456789abcdef0123456789abcdef01234567:
    resolution: {tarball: 'https://codeload.github.com/own/git/tar.gz/0123456789abcdef0123456789abcdef01234567'}
    name: git
    version: 4.0.0
  pkg.example/mine/1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
"""
EDGES = {
    ". > @scope/a@1.10.0", ". > host@2.0.0", ". > other@3.0.0", ". > git@4.0.0", ". > near@0.1.0", ". > tool@5.0.0",
    ". > mine@1.0.0", ". > apart@", "@scope/a@1.10.0 > host@2.0.0", "@scope/a@1.10.0 > mac@1.0.0",
}  # fmt: skip
GIT = "vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fown%2Fgit.git%400123456789abcdef0123456789abcdef01234567"


def test_version_5(see: Callable[..., Any]) -> None:
    seen = see({"pnpm-lock.yaml": V5})
    assert seen.edges == EDGES
    assert seen.scopes == {"tool@5.0.0": "excluded", "mac@1.0.0": "optional"}
    assert seen["git@4.0.0"].purl == f"pkg:npm/git@4.0.0?{GIT}"
    assert seen["host@2.0.0"].purl.endswith("?repository_url=https:%2F%2Fnpm.example")
    assert seen["mine@1.0.0"].purl.endswith("?repository_url=https:%2F%2Fpkg.example")
    assert ("firmbom:npm:deprecated", "use a guest") in seen.properties("host@2.0.0")
    assert seen.problems == []
    assert seen.coverage["pnpm-lock.yaml"] == ("complete", "complete")


def test_version_6_spells_keys_with_at_signs(see: Callable[..., Any]) -> None:
    text = (
        V5.replace("5.3", "'6.1'")
        .replace("/1.10.0_host@2.0.0", "@1.10.0(host@2.0.0)")
        .replace("1.10.0_host@2.0.0", "1.10.0(host@2.0.0)")
        .replace("pkg.example/mine/1.0.0", "pkg.example/mine@1.0.0")
    )
    for name in ("host/2", "mac/1", "other/3", "tool/5"):
        text = text.replace(f"/{name}", f"/{name.replace('/', '@')}")
    seen = see({"pnpm-lock.yaml": text})
    assert seen.edges == EDGES
    assert seen["mine@1.0.0"].purl.endswith("?repository_url=https:%2F%2Fpkg.example")


V9 = """---
lockfileVersion: '9.0'
importers:
  .:
    configDependencies:
      conf: {specifier: 1.0.0, version: 1.0.0}
packages:
  conf@1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
snapshots:
  conf@1.0.0: {}
---
lockfileVersion: '9.0'
patchedDependencies:
  host@2.0.0: {hash: abc, path: patches/host@2.0.0.patch}
  other: abcdef
importers:
  .:
    dependencies:
      '@scope/a': {specifier: ^1, version: 1.10.0(host@2.0.0(patch_hash=abc))}
      real: {specifier: 'npm:other@3', version: other@3.0.0}
      repo: {specifier: 'git+ssh://git@git.example/r.git', version: 'git+https://git.example/r.git#0123456'}
  packages/one:
    devDependencies:
      host: {specifier: '2', version: 2.0.0(patch_hash=abc)}
      two: {specifier: 'workspace:*', version: 'link:../two'}
    dependencies:
      node: {specifier: 'runtime:24', version: 'runtime:24.4.1'}
  packages/two: {}
packages:
  '@scope/a@1.10.0':
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    peerDependencies: {host: '*'}
  host@2.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  other@3.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  unsnapped@1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=, registry: 'https://npm.example/own'}
  node@runtime:24.4.1:
    resolution: {type: variations}
    version: 24.4.1
  repo@git+https://git.example/r.git#0123456:
    resolution: {type: git, repo: 'https://git.example/r.git', commit: '0123456'}
    version: 0.5.0
snapshots:
  '@scope/a@1.10.0(host@2.0.0(patch_hash=abc))':
    dependencies:
      host: 2.0.0(patch_hash=abc)
  host@2.0.0(patch_hash=abc): {}
  other@3.0.0: {}
  node@runtime:24.4.1: {}
  repo@git+https://git.example/r.git#0123456: {}
"""


def test_version_9_in_two_documents(see: Callable[..., Any]) -> None:
    files = {
        "pnpm-lock.yaml": V9,
        "package.json": {"name": "app", "version": "1.0.0"},
        "packages/one/package.json": {"name": "one", "version": "1.1.0"},
    }
    seen = see(files)
    assert seen.edges == {
        ". > app@1.0.0", "app@1.0.0 > conf@1.0.0", "app@1.0.0 > @scope/a@1.10.0", "app@1.0.0 > other@3.0.0",
        "app@1.0.0 > repo@0.5.0", "app@1.0.0 > one@1.1.0", "one@1.1.0 > host@2.0.0", "one@1.1.0 > node@24.4.1",
        "@scope/a@1.10.0 > host@2.0.0",
    }  # fmt: skip
    assert seen.scopes == {"conf@1.0.0": "excluded"}
    assert seen["host@2.0.0"].patches == (Patch("unofficial", "patches/host@2.0.0.patch"),)
    assert seen["other@3.0.0"].patches == ()
    assert seen["repo@0.5.0"].purl.endswith("?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fr.git%400123456")
    assert seen["unsnapped@1.0.0"].purl.endswith("?repository_url=https:%2F%2Fnpm.example%2Fown")
    assert seen.problems == []


def test_a_member_without_package_json_is_the_product_itself(see: Callable[..., Any]) -> None:
    seen = see({"pnpm-lock.yaml": V9})
    assert {". > @scope/a@1.10.0", ". > host@2.0.0", ". > node@24.4.1"} < seen.edges


def test_what_pnpm_installed_is_stronger_than_what_it_shall_install(see: Callable[..., Any]) -> None:
    seen = see({"node_modules/.pnpm/lock.yaml": V5, "package.json": {"name": "app", "version": "1.0.0"}})
    assert seen["tool@5.0.0"].claims[0].basis == "package-database"
    assert "app@1.0.0 > tool@5.0.0" in seen.edges
    assert see({"other/lock.yaml": V5}).coverage == seen.coverage
