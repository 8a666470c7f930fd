"""os-release: which distribution a root filesystem says it is (os-release(5))."""

from __future__ import annotations

import re

import msgspec

from firmbom.errors import printable
from firmbom.problems import Report
from firmbom_packages.stanza import text_of

PATHS = ("etc/os-release", "usr/lib/os-release")
"""Where it stands; the first that exists counts."""

_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)\Z", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"$`\\'])")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


class OsRelease(msgspec.Struct, frozen=True):
    """The assignments of one os-release."""

    values: dict[str, str] = {}

    @property
    def id(self) -> str:
        """``ID`` in lower case; empty when it is absent or no identifier."""
        value = self.values.get("ID", "")
        return value.lower() if _IDENTIFIER.match(value) else ""

    @property
    def version(self) -> str:
        """``VERSION_ID``, else ``BUILD_ID``: rolling distributions have only that."""
        return self.values.get("VERSION_ID") or self.values.get("BUILD_ID", "")

    @property
    def distro(self) -> str:
        """The value of the purl qualifier ``distro``: ``debian-12``, ``arch-rolling``, ``debian``; empty if unknown."""
        return f"{self.id}-{self.version}" if self.id and self.version else self.id


def parse(data: bytes, report: Report, path: str = "") -> OsRelease:
    """Read the assignments; lines that are none are told."""
    values = {}
    for number, line in enumerate(text_of(data, report, path).splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] == "#":
            continue
        match = _LINE.match(stripped)
        if match:
            values[match[1]] = printable(_unquoted(match[2].strip()))
        else:
            report.say("warning", "not an assignment; ignored", line=number, path=path)
    return OsRelease(values)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        inner = value[1:-1]
        return _ESCAPED.sub(r"\1", inner) if value[0] == '"' else inner
    return _ESCAPED.sub(r"\1", value)
