"""Records that somebody else wrote, or broke."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmbom.problems import Report
from firmbom.tree.folder import FolderTree
from firmbom_yocto import records
from firmbom_yocto.said import Said

RECIPE: dict[str, Any] = {"format": records.RECIPE, "name": "a", "version": "1", "layer": "core"}


def read(tmp_path: Path, **contents: bytes) -> tuple[Said, list[tuple[str, str]]]:
    for name, content in contents.items():
        (tmp_path / f"{name.replace('__', '.')}.json").write_bytes(content)
    report = Report()
    said = records.read(FolderTree(tmp_path).walk(), report)
    return said, [(one.severity, one.message) for one in report.problems()]


def encoded(**changes: Any) -> bytes:
    return json.dumps({**RECIPE, **changes}).encode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no record in a form that this firmbom knows"),
        (b"[]", "no record in a form that this firmbom knows"),
        (b'{"format": "firmbom-yocto-recipe-9", "name": "a"}', "no record in a form that this firmbom knows"),
        (b"[" * 100_000, "no record in a form that this firmbom knows"),
        (encoded(name=1), "not a record of meta-firmbom"),
        (encoded(packages=[{"key": 1}]), "not a record of meta-firmbom"),
        (encoded(name="../x"), "not the name of a recipe"),
        (encoded(packages=[{"key": "../x"}]), "not the name of a package"),
        (encoded(files=[{"name": "npm-shrinkwrap.json", "text": "{"}]), "the npm-shrinkwrap.json in it is broken"),
    ],
)
def test_what_is_broken_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    _, problems = read(tmp_path, a=content)
    assert len(problems) == 1
    assert problems[0][1].startswith(told)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_bytes(encoded())
    report = Report()
    monkeypatch.setattr(report, "read", lambda *_: None)
    assert records.read(FolderTree(tmp_path).walk(), report).recipes == {}


def test_cpes_are_escaped(tmp_path: Path) -> None:
    said, _ = read(tmp_path, a=encoded(products=["gnu:g++", "x", ""], product_version="1+2"))
    assert said.recipes["a"].cpes == (
        r"cpe:2.3:*:*:x:1\+2:*:*:*:*:*:*:*",
        r"cpe:2.3:*:gnu:g\+\+:1\+2:*:*:*:*:*:*:*",
    )


def test_what_npm_fetches_is_not_lost(tmp_path: Path) -> None:
    address = "https://npm.example/ms/-/ms-2.1.3.tgz"
    integrity = "sha512-" + "A" * 86 + "=="
    lock = {
        "packages": {
            "": {"name": "me"},
            "node_modules/ms": {"resolved": address, "integrity": integrity},
            "node_modules/x": {"resolved": "https://example.com/x.tgz", "integrity": "sha512-?"},
        }
    }
    said, problems = read(tmp_path, a=encoded(files=[{"name": "x/npm-shrinkwrap.json", "text": json.dumps(lock)}]))
    assert [one.url for one in said.recipes["a"].sources] == ["https://example.com/x.tgz", address]
    assert said.recipes["a"].sources[1].digests[0].value == "0" * 128
    assert problems == []


@pytest.mark.parametrize("text", ["", "NOASSERTION", "Organization: ("])
def test_no_supplier(tmp_path: Path, text: str) -> None:
    said, _ = read(tmp_path, a=encoded(supplier=text))
    assert said.recipes["a"].supplier.name == ""
