"""Runs the npm plugin over a few files and shows what it says in a form that tests can compare."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from firmbom.collect import collect
from firmbom.model import ROOT, Component, ComponentSet
from firmbom.plugin import Context
from firmbom.tree.folder import FolderTree
from firmbom_npm.plugin import Plugin


class Seen:
    """What the plugin said, by ``name@version``; the product itself is ``.``."""

    def __init__(self, said: ComponentSet) -> None:
        self.set = said
        self._names = {one.ref: self._label(one) for one in said.components} | {ROOT: "."}

    @staticmethod
    def _label(one: Component) -> str:
        return f"{one.group}/{one.name}@{one.version}" if one.group else f"{one.name}@{one.version}"

    @property
    def names(self) -> set[str]:
        return {self._label(one) for one in self.set.components}

    @property
    def edges(self) -> set[str]:
        """``source > target``; an edge to or from nothing that was said fails here."""
        return {f"{self._names[edge.source]} > {self._names[edge.target]}" for edge in self.set.edges}

    @property
    def scopes(self) -> dict[str, str]:
        return {self._label(one): one.scope for one in self.set.components if one.scope != "required"}

    def __getitem__(self, label: str) -> Component:
        (found,) = (one for one in self.set.components if self._label(one) == label)
        return found

    def properties(self, label: str) -> set[tuple[str, str]]:
        return {(one.name, one.value) for one in self[label].properties}

    @property
    def problems(self) -> list[str]:
        return [f"{one.severity} {one.path}: {one.message}" for one in self.set.problems]

    @property
    def coverage(self) -> dict[str, tuple[str, str]]:
        return {one.path: (one.components, one.dependencies) for one in self.set.coverage}


@pytest.fixture
def see(tmp_path: Path) -> Callable[..., Seen]:
    """Write files (text, bytes, or a value that becomes JSON) into a folder and collect from it."""

    def run(files: Mapping[str, Any], **context: Any) -> Seen:
        for path, content in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, (str, bytes)) else json.dumps(content)
            target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Seen(collect(FolderTree(tmp_path), [Plugin()], {"npm": Context(**context)}))

    return run
