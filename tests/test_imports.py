"""Imports run one way: no module and no folder of a plugin reaches itself, no plugin another one, and the core none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYER = "meta-firmbom"
"""Runs inside BitBake."""


def modules() -> dict[str, Path]:
    """Those of the core and of the plugins by their names."""
    found = {}
    for top in (ROOT / "src", ROOT / "plugins"):
        for path in top.rglob("*.py"):
            inside = path.relative_to(top).with_suffix("")
            if LAYER not in inside.parts:
                found[".".join(inside.parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path) -> Iterator[str]:
    """What a module names, inside functions and for the type checker too."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)
            yield node.module


def test_imports_run_one_way() -> None:
    known = modules()
    graph = {}
    for name, path in known.items():
        found = set(imported(path)) & known.keys()
        inner = {one for one in found if any(other.startswith(f"{one}.") for other in found)}
        graph[name] = found - inner - {name}
    assert len(graph) > 300
    list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle
    for name, targets in graph.items():
        plugin = name.partition(".")[0]
        assert {one.partition(".")[0] for one in targets} <= {"firmbom", plugin}, name


def test_folders_of_a_plugin_import_one_another_one_way() -> None:
    known = modules()
    graph: dict[str, set[str]] = {}
    for name, path in known.items():
        plugin, *inside = name.split(".")
        for target in set(imported(path)) & known.keys() if inside and plugin != "firmbom" else ():
            other, *within = target.split(".")
            if within and other == plugin and within[0] != inside[0]:
                graph.setdefault(f"{plugin}.{inside[0]}", set()).add(f"{other}.{within[0]}")
    assert {"firmbom_elf.rules", "firmbom_pip.installed"} <= graph.keys()
    list(TopologicalSorter(graph).static_order())
