"""How complete the document says it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from firmbom.model import Basis, Claim, Coverage, Location, Problem

Make = Callable[..., Any]
LOCK = "web/package-lock.json"
WHOLE = Coverage(LOCK, "complete", "complete", "npm")
PRODUCT = "pkg:generic/pump@1.2.3"


def aggregates(written: dict[str, Any], member: str) -> dict[str, str]:
    return {ref: one["aggregate"] for one in written["compositions"] for ref in one.get(member, ())}


@pytest.mark.parametrize(
    ("coverage", "problems", "of_component", "of_product"),
    [
        ((), (), "unknown", "unknown"),
        ((WHOLE,), (), "complete", "unknown"),
        ((WHOLE, Coverage(LOCK, "unknown", "incomplete", "npm")), (), "incomplete", "unknown"),
        ((Coverage(LOCK, "complete", "complete", "syft"),), (), "unknown", "unknown"),
        ((Coverage(LOCK, "incomplete", "unknown", "npm"),), (), "unknown", "incomplete"),
        ((WHOLE,), (Problem("warning", "odd", LOCK, "npm"),), "complete", "unknown"),
        ((WHOLE,), (Problem("error", "cut off", LOCK, "npm"),), "incomplete", "incomplete"),
        ((WHOLE,), (Problem("error", "cut off", "other.lock", "npm"),), "complete", "incomplete"),
    ],
)
def test_no_better_than_the_inputs_and_the_problems_allow(
    build: Make,
    component: Make,
    stated: Make,
    coverage: tuple[Coverage, ...],
    problems: tuple[Problem, ...],
    of_component: str,
    of_product: str,
) -> None:
    one = component("ms")
    written = build(stated([one], coverage=coverage, problems=problems))
    whole = {PRODUCT: of_product, "image:pump.img": of_product}
    assert aggregates(written, "dependencies") == {one.ref: of_component, **whole}
    assert aggregates(written, "assemblies") == whole


def test_the_best_input_that_names_a_component_decides(build: Make, component: Make, stated: Make) -> None:
    listed = Claim(Basis.MANIFEST, Location("requirements.txt"), plugin="pip")
    locked = Claim(Basis.LOCKFILE, Location(LOCK), plugin="npm")
    one = component("ms", claims=(listed, locked))
    written = build(stated([one], coverage=(Coverage("requirements.txt", "unknown", "unknown", "pip"), WHOLE)))
    assert aggregates(written, "dependencies")[one.ref] == "complete"


def test_a_container_is_as_complete_as_its_weakest_content(build: Make, component: Make, stated: Make) -> None:
    wheel = component("wheel")
    sbom = Claim(Basis.EMBEDDED, Location("sbom.json"), plugin="pip")
    crates = [component(name, within=wheel.ref, claims=(sbom,)) for name in "ab"]
    whole = Coverage("sbom.json", "complete", "unknown", "pip")
    assert aggregates(build(stated([wheel, *crates], coverage=(whole,))), "assemblies")[wheel.ref] == "complete"
    crates.append(component("c", within=wheel.ref))
    assert aggregates(build(stated([wheel, *crates], coverage=(whole,))), "assemblies")[wheel.ref] == "unknown"
