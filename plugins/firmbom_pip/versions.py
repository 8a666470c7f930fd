"""The version of a lock's format, and the name and version of each of its packages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from firmbom_pip.report import Report, at
from firmbom_pip.requirement import is_name, is_version

_NUMBERS = re.compile(r"\d{1,9}(?:\.\d{1,9})*\Z")


def check_version(report: Report, stated: object, newest: tuple[int, ...], place: str) -> tuple[int, ...]:
    """The format's version as numbers; a newer one than ``newest`` is read as if it were that, with a warning."""
    text = str(stated) if isinstance(stated, (str, int)) and not isinstance(stated, bool) else ""
    known = ".".join(map(str, newest))
    if not _NUMBERS.match(text):
        report.say("warning", f"the lock's version is not known; read as {known}", place)
        return newest
    version = tuple(int(number) for number in text.split("."))
    if version[: len(newest)] > newest:
        report.say(
            "warning", f"lock version {text} is newer than {known}, the newest known here; read as {known}", place
        )
        report.lost = True
        return newest
    return version


def identified(
    report: Report,
    entry: Mapping[str, Any],
    place: str,
    *,
    required: bool = True,
    is_name: Callable[[str], bool] = is_name,
) -> tuple[str, str]:
    """Name and version of an entry. No usable name: an error, and two empty texts; a bad version only is left out."""
    name = report.text(entry, "name", place, "error")
    version = report.text(entry, "version", place, "error")
    if not is_name(name):
        if name or "name" not in entry:
            report.say("error", f"no project's name: {name[:80]!r}", at(place, "name"))
        return "", ""
    raw = entry.get("version")
    if version and not (is_version(version) and version == raw):
        report.say("error", f"no version: {version[:80]!r}", at(place, "version"))
        version = ""
    elif not version and required and "version" not in entry:
        report.say("warning", f"{name} has no version", place)
    return name, version
