"""Runs the pip plugin over small trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from firmbom.collect import collect
from firmbom.model import ROOT, ComponentSet, Ref
from firmbom.plugin import Context, Target
from firmbom.tree.folder import FolderTree
from firmbom_pip.plugin import Plugin

Collect = Callable[..., ComponentSet]
"""``read(files, target=…, omit=…, options=…)``."""


@pytest.fixture
def read(tmp_path: Path) -> Collect:
    """Write files into an empty folder and return what the plugin says of them."""

    def run(
        files: Mapping[str, str | bytes],
        *,
        target: Target | None = None,
        omit: frozenset[str] = frozenset(),
        options: Mapping[str, object] | None = None,
    ) -> ComponentSet:
        for path, content in files.items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        context = Context(target=target, omit=omit, options=options or {})
        return collect(FolderTree(tmp_path), [Plugin()], {"pip": context})

    return run


@pytest.fixture
def read_folder() -> Collect:
    """Return what the plugin says of a folder that exists."""

    def run(folder: Path, *, target: Target | None = None, omit: frozenset[str] = frozenset()) -> ComponentSet:
        return collect(FolderTree(folder), [Plugin()], {"pip": Context(target=target, omit=omit)})

    return run


@pytest.fixture
def outline() -> Callable[[ComponentSet], str]:
    """Show a set as text that a person can check: one line a component, edge and problem."""
    return _outline


def _outline(found: ComponentSet) -> str:
    lines = []
    for one in sorted(found.components, key=lambda one: one.ref):
        files = sum(reference.type == "distribution" for reference in one.references)
        digests = sum(len(reference.digests) for reference in one.references)
        claim = one.claims[0]
        where = claim.location.symbol or claim.location.line
        lines.append(f"{one.ref} {one.type} {one.scope or '-'} {claim.basis} {where} {files} files {digests} digests")
        lines += [f"    {said.name} = {said.value}" for said in one.properties]
    lines += sorted(f"{_short(edge.source)} -> {_short(edge.target)}" for edge in found.edges)
    lines += [f"{one.path}: {one.components} components, {one.dependencies} dependencies" for one in found.coverage]
    lines += sorted(f"{one.severity}: {one.path}: {one.message}" for one in found.problems)
    return "\n".join(lines) + "\n"


def _short(ref: Ref) -> str:
    return "the product" if ref == ROOT else ref.removeprefix("pkg:pypi/").partition("?")[0]
