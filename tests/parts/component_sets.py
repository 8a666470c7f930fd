"""What tests ask of a component set."""

from __future__ import annotations

from firmbom.model import ROOT, Component, ComponentSet


def only(found: ComponentSet, name: str) -> Component:
    """The one component of that name."""
    (one,) = [one for one in found.components if one.name == name]
    return one


def properties(one: Component) -> dict[str, str]:
    """The properties of a component by name."""
    return {said.name: said.value for said in one.properties}


def edges(found: ComponentSet) -> set[tuple[str, str]]:
    """Who needs whom, by name; the product has none."""
    names = {one.ref: one.name for one in found.components} | {ROOT: ""}
    return {(names[edge.source], names[edge.target]) for edge in found.edges}
