"""Every format of the table has samples, the tree they must give, and hostile inputs; all are broken in many ways.

``data/<format>/sample*`` are containers that the real tools wrote, ``tree.txt`` says what each must hold, and
``hostile.txt`` what must be said of each file in ``hostile/``. ``FIRMBOM_WRITE_GOLDEN=1`` writes the two anew, to be
read before they are committed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmbom.errors import FirmbomError
from firmbom.tree.base import FileTree, Limits
from firmbom.tree.formats import FORMATS
from firmbom.tree.open import nested, open_container, open_tree

DATA = Path(__file__).parent / "data"
SAMPLES = sorted(DATA.glob("*/sample*"))
LIMITS = Limits(file_bytes=1 << 20)
MUTATIONS = 1_000
EVERY_BYTE = 1_000
"""Samples up to this size are cut at every byte, larger ones at about as many places, evenly."""

each_format = pytest.mark.parametrize("name", [one.name for one in FORMATS])
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")


def told(path: Path) -> list[str]:
    """What the container at ``path`` holds and what is said of it, a line each; a refusal is one line."""
    try:
        with open_tree(path, limits=LIMITS) as tree:
            lines = list(content(inside(tree, path)))
            return lines + [f"{one.severity} {one.path!r}: {one.message}" for one in tree.problems]
    except FirmbomError as error:
        return [f"refused: {error.message}"]


def inside(tree: FileTree, path: Path) -> FileTree:
    """What the container holds; one that is itself a program opens as that one file first."""
    files = list(tree.walk())
    itself = [file.path for file in files] == [path.name] and files[0].size == path.stat().st_size
    return (open_container(files[0]) if itself else None) or tree


def content(tree: FileTree) -> Iterator[str]:
    for file in tree.walk():
        try:
            yield f"file {file.path!r} {file.size} {file.digests[0].value[:16]}"
        except FirmbomError as error:
            yield f"unreadable {file.path!r} {file.size} {error.message}"


def golden(path: Path, inputs: list[Path]) -> dict[str, list[str]]:
    """The sections of a golden file, by input."""
    if os.environ.get("FIRMBOM_WRITE_GOLDEN"):
        parts = ["\n".join([f"# {one.name}", *told(one)]) for one in inputs]
        path.write_text("\n\n".join(parts) + "\n")
    sections = path.read_text().strip().split("\n\n")
    return {lines[0].removeprefix("# "): lines[1:] for lines in (part.split("\n") for part in sections)}


@each_format
def test_a_format_has_samples_a_golden_tree_and_hostile_inputs(name: str) -> None:
    folder = DATA / name
    assert list(folder.glob("sample*")), f"put a container that the real tool wrote into {folder}"
    assert list((folder / "hostile").iterdir()), f"put broken containers into {folder / 'hostile'}"
    assert (folder / "tree.txt").is_file() or os.environ.get("FIRMBOM_WRITE_GOLDEN")


def test_no_data_lies_about_for_a_format_that_is_not_in_the_table() -> None:
    assert {path.name for path in DATA.iterdir()} == {one.name for one in FORMATS}


@each_format
def test_samples_hold_what_the_golden_tree_says(name: str) -> None:
    samples = sorted((DATA / name).glob("sample*"))
    expected = golden(DATA / name / "tree.txt", samples)
    assert {one.name: told(one) for one in samples} == expected
    assert any(line.startswith("file ") for lines in expected.values() for line in lines)


@each_format
def test_of_hostile_inputs_is_said_what_is_wrong(name: str) -> None:
    inputs = sorted((DATA / name / "hostile").iterdir())
    expected = golden(DATA / name / "hostile.txt", inputs)
    assert {one.name: told(one) for one in inputs} == expected
    assert not [line for lines in expected.values() for line in lines if "unexpected" in line]


@pytest.mark.parametrize(
    "sample",
    [one for one in SAMPLES if "-members" not in one.name],  # cut between two members they are whole again
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_a_container_cut_short_is_refused_or_said_to_be(sample: Path, tmp_path: Path) -> None:
    whole, size = told(sample), sample.stat().st_size
    path = tmp_path / sample.name
    path.write_bytes(sample.read_bytes())
    for place in range(size - 1, -1, -max(1, size // EVERY_BYTE)):
        os.truncate(path, place)
        found = told(path)
        said = found[0].startswith("refused") or any(line.startswith("error") for line in found)
        assert said or found == whole, f"cut to {place} bytes and nothing said: {found}"
        assert not [line for line in found if "unexpected" in line], f"cut to {place} bytes: {found}"


def test_damaged_containers_raise_nothing_but_our_errors(tmp_path: Path) -> None:
    chance = random.Random(20260726)
    for round_ in range(MUTATIONS):
        sample = SAMPLES[round_ % len(SAMPLES)]
        data = bytearray(sample.read_bytes())
        for _ in range(chance.choice((1, 1, 2, 8, 64))):
            place = chance.randrange(len(data))
            data[place] = chance.choice((0, 0xFF, data[place] ^ (1 << chance.randrange(8)), chance.randrange(256)))
        path = tmp_path / "damaged"
        path.write_bytes(data)
        found = told(path)
        assert not [line for line in found if "unexpected" in line], f"round {round_}, {sample.name}: {found}"


@each_sample
def test_a_container_in_a_container_holds_the_same(sample: Path) -> None:
    with open_tree(sample.parent) as folder:
        inner = [
            f"file {file.path!r} {file.size} {file.digests[0].value[:16]}"
            for file in nested(folder).walk()
            if file.location_path.rpartition("!/")[0] == sample.name
        ]
    assert inner == [line for line in told(sample) if line.startswith("file ")]
