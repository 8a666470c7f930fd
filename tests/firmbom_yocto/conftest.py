"""Makes small builds, and says what the plugin says of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from yocto_build import Build, archive

from firmbom.collect import collect
from firmbom.model import ComponentSet
from firmbom.plugin import Context
from firmbom.tree.folder import FolderTree
from firmbom_yocto.plugin import Plugin

CRASH = re.compile(r"[A-Z]\w*(?:Error|Exception|Warning|Exit)\b.*:")
"""How the host tells that a plugin raised what it should not have."""

NewBuild = Callable[..., Build]
Said = Callable[..., ComponentSet]


@pytest.fixture
def new_build(tmp_path: Path) -> NewBuild:
    """Starts a build folder."""
    return lambda **how: Build(tmp_path, **how)


@pytest.fixture
def pack() -> Callable[[Mapping[str, bytes]], bytes]:
    """Makes a tar.zst."""
    return archive


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """Collects from the build folder; fails when the plugin raised."""

    def collected(folder: Path | None = None, **options: object) -> ComponentSet:
        context = Context(options=options)
        found = collect(FolderTree(folder or tmp_path), [Plugin()], {"yocto": context})
        assert not [one.message for one in found.problems if CRASH.match(one.message)]
        return found

    return collected


@pytest.fixture
def corpus() -> Path:
    """The shared corpus of real builds."""
    folder = Path(__file__).parents[3] / "shared/corpus/yocto"
    if not folder.is_dir():
        pytest.skip("the shared corpus is elsewhere")
    return folder
