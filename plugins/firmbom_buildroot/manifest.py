"""legal-info's ``manifest.csv`` and ``host-manifest.csv``: a line for each package that has sources.

Buildroot writes each line by ``echo``, every field in quotes and none of them escaped (``legal-manifest`` in
package/pkg-utils.mk); spreadsheets write them without. Until 2013 there were five columns, until 2018.08 six.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

from firmbom.model import Location
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_buildroot.said import NAME, Download, Package, Said

_COLUMNS = (
    "PACKAGE", "VERSION", "LICENSE", "LICENSE FILES", "SOURCE ARCHIVE", "SOURCE SITE", "DEPENDENCIES WITH LICENSES",
)  # fmt: skip
_LONGEST_LINE = 1 << 20
_NEED = re.compile(r"(?:^|\] )([A-Za-z0-9_][A-Za-z0-9_.+-]*) \[")
_NOTHING = frozenset({"", "not saved", "no source", "unknown"})
_METHODS = re.compile(r"(?:https?|ftp|git|svn|hg|cvs|bzr)://|[\w.-]+@[\w.-]+:")


def read(file: File, report: Report, *, host: bool) -> Said | None:
    """What the file states; None when it cannot be read. A line that is none is told and left out."""
    text = report.text(file)
    if text is None:
        return None
    said, columns = Said(), list(_COLUMNS)
    place = file.location_path
    separator = ";" if ";" in text[:20] else ","  # what spreadsheets write in some countries
    for number, line in enumerate(text.splitlines(), 1):
        fields = _fields(line, separator) if len(line) <= _LONGEST_LINE else None
        if fields is None:
            report.say("error", "a line that is no row of a table", place, detail=f"line {number}")
        elif fields[:2] == ["PACKAGE", "VERSION"]:
            columns = fields
        elif any(fields):
            _take(said, dict(zip(columns, fields, strict=False)), Location(place, line=number), report, host=host)
    return said


def _fields(line: str, separator: str) -> list[str] | None:
    """The fields of one line; None where one is larger than Python's csv allows."""
    try:
        rows = list(csv.reader([line], delimiter=separator))
    except csv.Error:
        return None
    return [field.strip() for field in rows[0]] if rows else []


def _take(said: Said, row: Mapping[str, str], location: Location, report: Report, *, host: bool) -> None:
    name = row.get("PACKAGE", "")
    if not NAME.match(name) or "VERSION" not in row:
        report.say("error", "a line that names no package", location.path, detail=f"line {location.line}")
        return
    if name == "buildroot" and host:
        said.buildroot = row["VERSION"]
        return
    package = Package(
        name=name,
        location=location,
        host=host,
        version=row["VERSION"],
        licence=row.get("LICENSE", ""),
        downloads=_downloads(row.get("SOURCE ARCHIVE", ""), row.get("SOURCE SITE", "")),
        needs_in_all=_needs(row),
    )
    if package.key in said.packages:
        report.say("warning", "a package that is listed twice, the first line counts", location.path, detail=name)
    said.packages.setdefault(package.key, package)


def _downloads(archive: str, site: str) -> tuple[Download, ...]:
    """The archive; in the old form with five columns it may be a whole address."""
    folder, slash, file = archive.rpartition("/")
    if slash and _METHODS.match(folder):
        site = folder
    if file.lower() in _NOTHING:
        return ()
    return (Download(file, (_with_method(site),) if _METHODS.match(site) else ()),)


def _with_method(site: str) -> str:
    scheme = site.partition("://")[0]
    if scheme in ("git", "svn", "hg", "cvs", "bzr"):
        return f"{scheme}+{site}"
    return f"git+{site}" if site.endswith(".git") or "://" not in site else f"{scheme}+{site}"


def _needs(row: Mapping[str, str]) -> tuple[str, ...] | None:
    """The names in ``zlib [Zlib] libfoo [MIT, BSD]``."""
    text = row.get("DEPENDENCIES WITH LICENSES")
    return None if text is None else tuple(_NEED.findall(text))
