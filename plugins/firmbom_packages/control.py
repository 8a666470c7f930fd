"""What the entries of dpkg's and opkg's ``status`` have in common: names, states, a file that was cut off."""

from __future__ import annotations

import re

from firmbom.problems import Report
from firmbom_packages.stanza import Stanza

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,254}\Z")
"""A package name; wider than Debian's policy, as vendors are."""

PRESENT = frozenset({"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"})
"""States in which a package's files are there (dpkg(1), "Package states")."""

REMOVED = "config-files"
ABSENT = frozenset({REMOVED, "not-installed"})


def state(stanza: Stanza) -> str:
    """The last of the three words of ``Status``; empty when it is absent."""
    return (stanza.get("status").split() or [""])[-1]


def is_present(stanza: Stanza, report: Report, path: str, *, needs_status: bool = True) -> bool:
    """Does the entry name a package whose files are there? Tells what is wrong or doubtful about it."""
    name, found = stanza.get("package"), state(stanza)
    if not NAME.match(name):
        what = "not a package name" if name else "no package name"
        report.say("error", f"{what}; the entry was not read", detail=name[:80], line=stanza.line, path=path)
        return False
    if found in ABSENT:
        return False
    doubt = ""
    if not found:
        doubt = "no status; taken as installed" if needs_status else ""
    elif found == "half-installed":
        doubt = "only half installed"
    elif found not in PRESENT:
        doubt = "unknown status; taken as installed"
    if doubt:
        report.say("warning", doubt, detail=name, line=stanza.line, path=path)
    return True


def is_whole(data: bytes, report: Report, path: str = "") -> bool:
    """False, and told, when the file does not end with a line's end, as package managers write it."""
    if not data or data.endswith(b"\n"):
        return True
    report.say("warning", "ends in the middle of a line; it may have been cut off", path=path)
    return False
