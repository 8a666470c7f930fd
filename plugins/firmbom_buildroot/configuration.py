"""``.config`` of Buildroot (Kconfig's format): its version, and what is switched off."""

from __future__ import annotations

import re

import msgspec

from firmbom.problems import Report
from firmbom.tree.base import File

_HEADING = re.compile(r"^# Buildroot (\S{1,100}) Configuration$", re.MULTILINE)
_OFF = re.compile(r"^# BR2_(?:PACKAGE|TARGET|LINUX)_(\w+) is not set$", re.MULTILINE)
_ON = re.compile(r"^BR2_(?:PACKAGE|TARGET|LINUX)_\w+=", re.MULTILINE)


class Configuration(msgspec.Struct, frozen=True):
    """What the file states."""

    path: str
    buildroot: str = ""
    """Buildroot's version; empty in a defconfig."""
    off: frozenset[str] = frozenset()
    """Symbols of packages that are not selected, without ``BR2_PACKAGE_``."""


def read(file: File, report: Report) -> Configuration | None:
    """What the file states; None when it cannot be read."""
    text = report.text(file)
    if text is None:
        return None
    heading = _HEADING.search(text)
    if not _ON.search(text):
        report.say("warning", "a configuration that selects nothing", file.location_path)
    return Configuration(file.location_path, heading[1] if heading else "", frozenset(_OFF.findall(text)))


def symbol(package: str) -> str:
    """A package's symbol without ``BR2_PACKAGE_`` (Buildroot manual, "Adding new packages")."""
    return re.sub(r"[-.]", "_", package).upper()
