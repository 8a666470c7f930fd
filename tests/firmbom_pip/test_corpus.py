"""The lockfiles of real projects, which lie beside the repository where it is developed."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.identity import parts
from firmbom.model import ComponentSet

CORPUS = Path(__file__).parents[2] / "../shared/corpus/lockfiles"
MANIFEST = CORPUS / "MANIFEST.csv"
NAMES = ("Pipfile.lock", "poetry.lock", "pdm.lock", "uv.lock", "pylock.toml", "conda-lock.yml", "requirements.txt")
Read = Callable[..., ComponentSet]


def base_name(path: str) -> str:
    """The name that the file had in its project."""
    if path.startswith("requirements/"):
        return "requirements.txt"
    return next((name for name in NAMES if path.endswith(name)), "")


ROWS = list(csv.DictReader(MANIFEST.read_text().splitlines())) if MANIFEST.is_file() else []
CASES = [(row["file"], row["distinct_name_version"]) for row in ROWS if base_name(row["file"])]


@pytest.mark.skipif(not CASES, reason="the shared corpus is not here")
@pytest.mark.parametrize(("path", "count"), CASES)
def test_every_file_is_read_whole(path: str, count: str, read: Read) -> None:
    found = read({base_name(path): (CORPUS / path).read_bytes()})
    assert not [one for one in found.problems if one.severity == "error"]
    assert found.components
    if count:
        named = {parts(one.purl)[:4] for one in found.components if one.type == "library"}
        aside = {
            parts(one.purl)[:4] for one in found.components if any(p.name == "firmbom:local" for p in one.properties)
        }
        assert len(named - aside) == int(count)
