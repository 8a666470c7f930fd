"""Pipfile.lock beyond what the real file in data shows."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from component_sets import edges, only, properties

from firmbom.model import ComponentSet

Read = Callable[..., ComponentSet]
SHA = "a" * 64
COMMIT = "71abc78fdaec029cf71e9849a3b0fa084a1678f7"


def lock(**categories: dict[str, object]) -> str:
    sources = [
        {"name": "one", "url": "https://one.example/simple"},
        {"name": "two", "url": "https://u:p@two.example/simple"},
    ]
    return json.dumps({"_meta": {"pipfile-spec": 6, "sources": sources}, **categories})


@pytest.mark.parametrize(
    ("entry", "purl", "expected"),
    [
        ({"version": "==1", "index": "two"}, "@1?repository_url=https:%2F%2Ftwo.example%2Fsimple", {}),
        ({"version": "==1"}, "@1", {}),
        ({"version": "===1"}, "@1", {}),
        ({"version": "*"}, "", {}),
        (
            {"git": "https://git.example/a.git", "ref": COMMIT, "subdirectory": "py"},
            f"?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa.git%40{COMMIT}",
            {"cdx:python:package:source:vcs:commit_id": COMMIT, "cdx:python:package:source:subdirectory": "py"},
        ),
        (
            {"git": "git+https://git.example/a.git#egg=a", "ref": "main"},
            "?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa.git%40main",
            {"cdx:python:package:source:vcs:requested_revision": "main"},
        ),
        (
            {"file": "https://files.example/a.zip", "hashes": [f"sha256:{SHA}"]},
            "?download_url=https:%2F%2Ffiles.example%2Fa.zip",
            {},
        ),
        ({"file": "file:///home/me/a.zip"}, "", {"firmbom:local": "a.zip"}),
        (
            {"path": "./lib", "editable": True},
            "",
            {"firmbom:local": "lib", "cdx:python:package:source:local:editable": "true"},
        ),
    ],
)
def test_pipfile_sources(read: Read, entry: dict[str, object], purl: str, expected: dict[str, str]) -> None:
    found = read({"Pipfile.lock": lock(default={"a": entry})})
    one = only(found, "a")
    assert (one.purl, properties(one)) == (f"pkg:pypi/a{purl}", {"cdx:pipenv:category": "default", **expected})
    assert ("distribution" in {one.type for one in one.references}) == ("file" in entry)


def test_pipfile_categories(read: Read) -> None:
    pin = {"version": "==1"}
    content = lock(
        default={"a": {**pin, "markers": "os_name == 'nt'"}},
        develop={"a": pin, "b": pin},
        docs={"c": pin},
        plots={"d": pin},
    )
    pipfile = '[packages]\nA = "*"\n[plots]\nd = "*"\n[requires]\npython_version = "3.11"\n'
    found = read({"Pipfile.lock": content, "Pipfile": pipfile})
    assert {one.name: one.scope for one in found.components} == {
        "a": "required",
        "b": "excluded",
        "c": "excluded",
        "d": "optional",
    }
    assert [said.value for said in only(found, "a").properties] == ["default", "develop"]
    assert edges(found) == {("", "a"), ("", "d")}
    assert edges(read({"Pipfile": "["})) == {("", "a"), ("", "b"), ("", "c"), ("", "d")}
