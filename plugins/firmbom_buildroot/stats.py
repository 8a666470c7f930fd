"""``pkg-stats`` JSON (support/scripts/pkg-stats): what it knows of packages beside the other records.

Nothing in it tells whether it covers a configuration (``make pkg-stats``) or all of Buildroot, so it names no package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmbom.model import ROOT, Assessment, Location
from firmbom.problems import Report
from firmbom.reason import Reason
from firmbom.tree.base import File
from firmbom_buildroot.json_text import loaded
from firmbom_buildroot.said import CVE, NAME, Package

_LONGEST = 2_000


def read(file: File, report: Report) -> Mapping[str, Package] | None:
    """What it states of each package, by name; None when it is no such file, which is told."""
    text = report.text(file)
    if text is None:
        return None
    try:
        packages = loaded(text)["packages"]
        members = {name: one for name, one in packages.items() if isinstance(one, dict) and NAME.match(name)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        report.say("warning", "no JSON as pkg-stats writes it", file.location_path)
        return None
    return {name: _package(name, member, Location(file.location_path, symbol=name)) for name, member in members.items()}


def _package(name: str, member: Mapping[str, Any], location: Location) -> Package:
    website = _text(member, "url")
    patches = member.get("patch_files")
    return Package(
        name=name,
        location=location,
        version=_text(member, "current_version"),
        licence=_text(member, "license"),
        cpe=_text(member, "cpeid"),
        website=website if website.startswith(("http://", "https://")) else "",
        patches=tuple(one for one in patches if isinstance(one, str)) if isinstance(patches, list) else (),
        ignored_cves=tuple(_cves(member, "ignored_cves")),
        found_cves=tuple(
            Assessment(ref=ROOT, vulnerability=one, reason=reason, location=location)
            for name, reason in _FOUND.items()
            for one in _cves(member, name)
        ),
    )


_FOUND: Mapping[str, Reason] = {"cves": Reason.AFFECTED, "unsure_cves": Reason.UNKNOWN}
"""Lists of a package: its version is among those that a CVE names; the CVE names none that can be compared."""


def _cves(member: Mapping[str, Any], name: str) -> list[str]:
    value = member.get(name)
    listed = value[:_LONGEST] if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, str) and CVE.match(one)]


def _text(member: Mapping[str, Any], name: str) -> str:
    value = member.get(name)
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""
