"""Which package installed which file: the lists that the build keeps, and the order of installation.

A line is ``<package>,./<path>`` from the target folder (``pkg_size_after`` in package/pkg-generic.mk). A file that
several packages wrote is in several lists; what lies there is the last one's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from firmbom.errors import FirmbomError
from firmbom.problems import Report
from firmbom.tree.base import File, shown

_TIME = re.compile(r"(\d{1,12}(?:\.\d{1,12})?):end *:install-target *: (\S{1,200})")
_LONGEST = 4096
"""Linux's PATH_MAX."""

Owners = dict[str, list[str]]
"""By path from the target folder, the packages that wrote there."""


def read(files: Iterable[File], report: Report) -> Owners:
    """Owners of all listed files; a line that is none is told and left out."""
    owners: Owners = {}
    for file in files:
        try:
            text = file.read().decode("utf-8", "surrogateescape")
        except FirmbomError as error:
            report.say("error", error.within(file.location_path), file.location_path)
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if not line:
                continue
            name, comma, path = line.partition(",")
            path = path.removeprefix("./")
            if comma and name and _fits(path):
                listed = owners.setdefault(shown(path), [])
                if name not in listed:
                    listed.append(name)
            else:
                report.say(
                    "warning", "a line that names no installed file", file.location_path, detail=f"line {number}"
                )
    return owners


def _fits(path: str) -> bool:
    return (
        0 < len(path) < _LONGEST and "\0" not in path and not any(part in ("", ".", "..") for part in path.split("/"))
    )


def times(files: Iterable[File], report: Report) -> dict[str, float]:
    """When each package was last installed into the target folder, in seconds since 1970."""
    found: dict[str, float] = {}
    for file in files:
        for match in map(_TIME.match, (report.text(file) or "").splitlines()):
            if match:
                found[match[2]] = max(float(match[1]), found.get(match[2], 0.0))
    return found


def last(writers: list[str], installed: Mapping[str, float]) -> list[str]:
    """Who wrote last; all of them if the build did not note when it installed them."""
    if len(writers) < 2 or any(name not in installed for name in writers):
        return writers
    return [max(writers, key=lambda name: (installed[name], name))]
