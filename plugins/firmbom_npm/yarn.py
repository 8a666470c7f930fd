"""Reads yarn.lock: tells yarn 1 from yarn 2 and later by content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmbom.model import Coverage, Fact, Problem
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_npm import yarn_berry, yarn_v1
from firmbom_npm.graph import Graph, once

_METADATA = re.compile(rb"^__metadata:", re.MULTILINE)


def collect(file: File, context: Context) -> Iterator[Fact]:
    """Say what one lockfile states."""
    if file.size == 0:  # yarn 2 and later take an empty file as the mark of a project's folder
        message = "empty: names no package (run yarn install if the project has dependencies)"
        yield Problem("warning", message, file.location_path)
        yield Coverage(file.location_path, "incomplete", "incomplete")
        return
    yield from read(file).facts(context)


@once
def read(file: File) -> Graph:
    """Read one lockfile.

    Raises:
        InputError: not a lockfile of any yarn.
    """
    data = file.read()
    return yarn_berry.read(file, data) if _METADATA.search(data) else yarn_v1.read(file, data)
