"""Whole roots: everything that each database states, compared with a golden file that a person has read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmbom.identity import canonical
from firmbom.model import ComponentSet

ROOTS = Path(__file__).parent / "data/roots"
CASES = sorted(path.stem for path in ROOTS.glob("*.txt"))

Plant = Callable[[str], Path]
Said = Callable[[Path], ComponentSet]
Summary = Callable[[ComponentSet], dict[str, Any]]


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, plant: Plant, said: Said, summary: Summary) -> None:
    found = summary(said(plant((ROOTS / f"{case}.txt").read_text())))
    golden = ROOTS / f"{case}.json"
    if os.environ.get("FIRMBOM_WRITE_GOLDEN"):
        golden.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(golden.read_text())


@pytest.mark.parametrize("case", CASES)
def test_what_is_named_is_there_and_canonical(case: str, plant: Plant, said: Said) -> None:
    root = plant((ROOTS / f"{case}.txt").read_text())
    found = said(root)
    refs = {one.ref for one in found.components} | {""}
    assert all(canonical(one.purl) == one.purl for one in found.components)
    assert all(canonical(upstream) == upstream for one in found.components for upstream in one.upstream)
    assert {edge.source for edge in found.edges} | {edge.target for edge in found.edges} <= refs
    assert all(one.owner in refs and (root / one.path).is_file() for one in found.ownership)
    assert not any((root / one.path).is_symlink() for one in found.ownership)


@pytest.mark.parametrize("case", CASES)
def test_every_component_is_reached_from_the_product(case: str, plant: Plant, said: Said) -> None:
    found = said(plant((ROOTS / f"{case}.txt").read_text()))
    reached, pending = set(), [""]
    while pending:
        here = pending.pop()
        if here not in reached:
            reached.add(here)
            pending += [edge.target for edge in found.edges if edge.source == here]
    assert reached == {one.ref for one in found.components} | {""}
