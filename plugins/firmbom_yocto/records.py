"""What the class of meta-firmbom wrote down while it built: the richest source there is."""

from __future__ import annotations

from collections.abc import Iterable

from firmbom.tree.base import File
from firmbom_yocto.report import Report
from firmbom_yocto.said import Said

PATTERNS: tuple[str, ...] = ()
"""Paths of the records in a build, as in ``Wants.paths``."""


def read(files: Iterable[File], report: Report) -> Said:  # noqa: ARG001 - nothing writes records yet
    """What the records state, by PN and by installed name; what it states goes before every other source."""
    return Said()
