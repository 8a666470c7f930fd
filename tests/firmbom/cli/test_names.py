"""What the product is called when nobody says it: the same in every clone, wherever it lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.cli.main import main

LOCK = '{"lockfileVersion": 3, "packages": {"node_modules/ms": {"version": "2.1.3"}}}'


@pytest.fixture
def clones(checkout: Path, git: Callable[..., str], tmp_path: Path) -> list[Path]:
    """Two clones of one repository, in folders of other names."""
    for folder in (checkout, checkout / "part"):
        folder.mkdir(exist_ok=True)
        (folder / "package-lock.json").write_text(LOCK)
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "--message", "second")
    found = [tmp_path / "here", tmp_path / "there"]
    for clone in found:
        git(tmp_path, "clone", "--quiet", str(checkout), str(clone))
        git(clone, "remote", "set-url", "origin", "https://git.example/acme/gateway-fw.git")
    return found


def built(folder: Path, *options: str) -> bytes:
    target = folder.parent / "bom.json"
    assert main(["build", str(folder), "--no-sign", "--quiet", "-o", str(target), *options]) == 0
    return target.read_bytes()


def name_in(document: bytes) -> str:
    name: str = json.loads(document)["metadata"]["component"]["name"]
    return name


def test_two_clones_give_the_same_bytes(clones: list[Path]) -> None:
    here, there = map(built, clones)
    assert here == there
    assert name_in(here) == "gateway-fw"


def test_a_part_is_called_by_its_folder(clones: list[Path]) -> None:
    assert name_in(built(clones[0] / "part")) == "part"


def test_a_release_from_elsewhere_names_the_product(clones: list[Path], tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    (output / "package-lock.json").write_text(LOCK)
    assert name_in(built(output)) == "output"
    assert name_in(built(output, "--repo", str(clones[0]))) == "gateway-fw"


def test_a_repository_without_an_address_is_called_by_its_folder(clones: list[Path], git: Callable[..., str]) -> None:
    git(clones[0], "remote", "remove", "origin")
    assert name_in(built(clones[0])) == "here"


def test_what_is_said_counts(clones: list[Path], tmp_path: Path) -> None:
    (tmp_path / "firmbom.toml").write_text('[product]\nname = "Gateway"\n')
    assert name_in(built(clones[0], "--config", str(tmp_path / "firmbom.toml"))) == "Gateway"
