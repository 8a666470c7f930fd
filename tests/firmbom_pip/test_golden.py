"""What the plugin says of files that the real tools wrote, word for word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.model import ComponentSet
from firmbom.plugin import Target

DATA = Path(__file__).parent / "data"
FOLDERS = sorted(folder.name for folder in DATA.iterdir() if folder.is_dir())
TARGET = Target(python="3.11", platform="linux", machine="aarch64")


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize(("expected", "target"), [("expected.txt", None), ("expected-for-target.txt", TARGET)])
def test_what_is_said(
    name: str,
    expected: str,
    target: Target | None,
    read_folder: Callable[..., ComponentSet],
    outline: Callable[[ComponentSet], str],
) -> None:
    assert outline(read_folder(DATA / name, target=target)) == (DATA / name / expected).read_text()


@pytest.mark.parametrize("name", FOLDERS)
def test_every_edge_joins_what_is_said(name: str, read_folder: Callable[..., ComponentSet]) -> None:
    found = read_folder(DATA / name)
    known = {one.ref for one in found.components} | {""}
    assert {ref for edge in found.edges for ref in (edge.source, edge.target)} <= known


@pytest.mark.parametrize("name", FOLDERS)
def test_development_can_be_omitted(name: str, read_folder: Callable[..., ComponentSet]) -> None:
    everything, shipped = (read_folder(DATA / name, omit=omit) for omit in (frozenset[str](), frozenset({"dev"})))
    assert {one.ref for one in shipped.components} == {
        one.ref for one in everything.components if one.scope != "excluded"
    }


def test_one_project_has_one_identity_whatever_its_lock(read_folder: Callable[..., ComponentSet]) -> None:
    projects = {
        one.ref
        for name in ("poetry", "pdm", "uv")
        for one in read_folder(DATA / name).components
        if one.type == "application"
    }
    assert projects == {"pkg:pypi/sensor-service@1.4.0"}


def test_no_credentials_get_out(
    read_folder: Callable[..., ComponentSet],
) -> None:
    for name in FOLDERS:
        assert "secret" not in repr(read_folder(DATA / name))
        assert "tk-123" not in repr(read_folder(DATA / name))
