"""firmbom audit: what an image holds, with or without a document to hold against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from firmbom.discovery import ready, selected

if TYPE_CHECKING:
    from firmbom.collect import Progress
    from firmbom.drift import Row
    from firmbom.inventory import Inventory
    from firmbom.project import Project
    from firmbom.release import Release

T = TypeVar("T")
U = TypeVar("U")


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the image."""

    inventory: Inventory
    release: Release
    """The image's digests; neither tag nor commit, which nobody can read off an image."""


def audit(path: Path, project: Project, *, environment: Mapping[str, str], progress: Progress | None = None) -> Audited:
    """Read an image or a root filesystem as deep as its containers go.

    Args:
        path: any container that firmbom opens, or a folder.
        project: what firmbom.toml says; the defaults are the usual case.
        environment: where SOURCE_DATE_EPOCH stands.
        progress: told each file's path.

    Raises:
        InputError: the file is no container that firmbom opens.
    """
    with ready(selected(project.build.plugins or None)) as (plugins, unready):
        # What plugins have begun goes on while all this is loaded.
        from firmbom.build import bundled, contexts_of
        from firmbom.collect import collect
        from firmbom.merge import merge
        from firmbom.model import ComponentSet
        from firmbom.release import read_release
        from firmbom.tree.open import nested, open_tree

        with closing(nested(open_tree(path, limits=project.limits, exclude=project.build.exclude))) as tree:
            images = () if path.is_dir() else (path,)
            reading = partial(read_release, None, stated="", images=images, environment=environment)
            walking = partial(collect, tree, plugins, contexts_of(project, plugins), progress, record_files=True)
            (release, _), found = _side_by_side(reading, walking) if images else (reading(), walking())
    release, wrong = bundled(release, images, [found], project, environment)
    found_wrong = ComponentSet(problems=(*unready, *wrong))
    return Audited(inventory=merge([found, found_wrong]), release=release)


def _side_by_side(first: Callable[[], T], second: Callable[[], U]) -> tuple[T, U]:
    """What both return: an image's own digests are made beside the walk through it."""
    from firmbom.aside import Aside

    waiting = Aside(first)
    made = second()
    return waiting.result(), made


def against(audited: Audited, document: Mapping[str, Any], *, name: str) -> tuple[Row, ...]:
    """The drift between an image and the document that came with it.

    Args:
        audited: what is in the image.
        document: CycloneDX, of firmbom or another tool.
        name: the document's file name, for messages.
    """
    from firmbom.cyclonedx import read
    from firmbom.drift import drift
    from firmbom.merge import merge

    claimed = merge([read.component_set(document, plugin="document", location=name)])
    return drift(audited.inventory, claimed)
