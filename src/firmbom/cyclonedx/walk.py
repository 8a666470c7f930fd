"""Every component of a document that the schema accepts, with the JSON pointer of where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Object = Mapping[str, Any]


class Standing(NamedTuple):
    """A component and where it stands."""

    pointer: str
    component: Object
    parent: str
    """Pointer of the array or object that holds it."""


def inventory(document: Object) -> Iterator[Standing]:
    """``components`` with all that is nested in them: what the document says the product is made of."""
    yield from _listed("/components", document.get("components", ()))


def product(document: Object) -> Iterator[Standing]:
    """``metadata.component`` with all that is nested in it."""
    main = document.get("metadata", {}).get("component")
    if main:
        yield Standing("/metadata/component", main, "/metadata")
        yield from _listed("/metadata/component/components", main.get("components", ()))


def others(document: Object) -> Iterator[Standing]:
    """The components that are no part of the product: tools, and the inputs of formulas."""
    tools = document.get("metadata", {}).get("tools", {})
    if isinstance(tools, Mapping):
        yield from _listed("/metadata/tools/components", tools.get("components", ()))
    for number, formula in enumerate(document.get("formulation", ())):
        yield from _listed(f"/formulation/{number}/components", formula.get("components", ()))


def _listed(pointer: str, components: Any) -> Iterator[Standing]:
    pending = [(pointer, components)]
    while pending:
        parent, listed = pending.pop()
        for number, one in enumerate(listed):
            place = f"{parent}/{number}"
            yield Standing(place, one, parent)
            if nested := one.get("components"):
                pending.append((f"{place}/components", nested))


def at(value: Any, steps: tuple[str, ...], pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value at a path of member names, ``*`` being each item of an array, with its pointer."""
    if not steps:
        yield pointer, value
        return
    step, *rest = steps
    if step == "*":
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from at(item, tuple(rest), f"{pointer}/{number}")
    elif isinstance(value, Mapping) and step in value:
        yield from at(value[step], tuple(rest), f"{pointer}/{step}")
