"""bun.lock, and the binary form that is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LOCK = """{
  // a comment, with "quotes" and a comma,
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "app", /* another, } */
      "dependencies": { "a": "^1.0.0", "git": "github:own/git#v4", "web": "https://files.example/web.tgz", },
      "devDependencies": { "tool": "5", },
    },
    "packages/one": { "name": "one", "version": "1.1.0", "dependencies": { "b": "1", "@s/own": "1" }, },
  },
  "packages": {
    "@s/own": ["@s/own@1.0.0", "https://npm.example/npm/", {}, "sha512-AAAA"],
    "a": ["a@1.0.0", "", { "dependencies": { "b": "2", "@s/own": "1" }, "peerDependencies": { "tool": "*", "x": "*" },
      "optionalPeers": ["x"], "optionalDependencies": { "mac": "1" } }, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="],
    "b": ["b@2.0.0", "https://npm.example/b/-/b-2.0.0.tgz", {}, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="],
    "git": ["git@github:own/git#0123abc", { "dependencies": { "b": "*" } }, "own-git-0123abc"],
    "mac": ["mac@1.0.0", "", { "os": "darwin", "cpu": ["x64", "arm64"], "bundled": true, }, ""],
    "one": ["one@workspace:packages/one"],
    "tool": ["tool@5.0.0", "", {}, ""],
    "web": ["web@https://files.example/web.tgz", {}, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="],
    "a/@s/own": ["@s/own@1.5.0", "", {}, ""],
    "one/b": ["b@1.0.0", "", {}, ""],
  },
}
"""


def test_keys_are_install_paths(see: Callable[..., Any]) -> None:
    seen = see({"bun.lock": LOCK})
    assert seen.edges == {
        ". > app@", "app@ > a@1.0.0", "app@ > git@", "app@ > web@", "app@ > tool@5.0.0", "app@ > one@1.1.0",
        "one@1.1.0 > b@1.0.0", "one@1.1.0 > @s/own@1.0.0", "a@1.0.0 > b@2.0.0", "a@1.0.0 > @s/own@1.5.0",
        "a@1.0.0 > tool@5.0.0", "a@1.0.0 > mac@1.0.0", "git@ > b@2.0.0",
    }  # fmt: skip
    assert seen.scopes == {"mac@1.0.0": "optional"}
    assert {("firmbom:npm:os", "darwin"), ("firmbom:npm:cpu", "arm64"), ("cdx:npm:package:bundled", "true")} < (
        seen.properties("mac@1.0.0")
    )
    assert seen["@s/own@1.0.0"].purl.endswith("?repository_url=https:%2F%2Fnpm.example%2Fnpm")
    assert seen["b@2.0.0"].purl.endswith("?repository_url=https:%2F%2Fnpm.example")
    assert seen["git@"].purl == "pkg:npm/git?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fown%2Fgit.git%400123abc"
    assert seen["web@"].purl == "pkg:npm/web?download_url=https:%2F%2Ffiles.example%2Fweb.tgz"
    assert seen.problems == ["warning bun.lock: packages.@s/own.integrity: not a SHA-512 digest in lower-case "
                             "hexadecimal: '000000'"]  # fmt: skip


def test_a_lock_without_workspaces_has_its_roots_inferred(see: Callable[..., Any]) -> None:
    text = (
        '{"lockfileVersion": 0, "packages": {"a": ["a@1.0.0", "", {"dependencies": {"b": "1"}}, ""], "b": ["b@1.0.0"]}}'
    )
    seen = see({"bun.lock": text})
    assert seen.edges == {". > a@1.0.0", "a@1.0.0 > b@1.0.0"}
    assert seen.coverage["bun.lock"] == ("complete", "incomplete")


def test_the_binary_lock_names_the_way_out(see: Callable[..., Any]) -> None:
    seen = see(
        {"bun.lockb": b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n", "package.json": {"dependencies": {"a": "1"}}}
    )
    (problem,) = seen.problems
    assert problem.startswith("error bun.lockb: ")
    assert "bun install --save-text-lockfile" in problem
    assert seen.coverage == {"bun.lockb": ("incomplete", "incomplete")}


def test_the_binary_lock_beside_the_text_one_is_no_matter(see: Callable[..., Any]) -> None:
    seen = see({"bun.lockb": b"\0", "bun.lock": '{"lockfileVersion": 1, "workspaces": {"": {}}, "packages": {}}'})
    assert seen.problems == []
    assert list(seen.coverage) == ["bun.lock"]
