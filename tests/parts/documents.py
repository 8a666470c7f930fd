"""What tests ask of a written document."""

from __future__ import annotations

from typing import Any


def properties(holder: dict[str, Any]) -> dict[str, str]:
    """The properties of a member by name; the last of several."""
    return {one["name"]: one["value"] for one in holder.get("properties", ())}


def by_ref(written: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every component, nested ones too."""
    found: dict[str, dict[str, Any]] = {}
    pending = list(written["components"])
    while pending:
        one = pending.pop()
        found[one["bom-ref"]] = one
        pending += one.get("components", ())
    return found


def edges_of(written: dict[str, Any]) -> dict[str, list[str]]:
    """What each ref depends on."""
    return {one["ref"]: one["dependsOn"] for one in written["dependencies"]}
