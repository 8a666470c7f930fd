"""``direct_url.json`` (PEP 610, PyPA "Recording the Direct URL Origin"): an installation that came from no index."""

from __future__ import annotations

from functools import partial

from firmbom import parse
from firmbom.errors import FirmbomError
from firmbom.tree.base import File
from firmbom_pip import files, source
from firmbom_pip.report import Report, at
from firmbom_pip.source import Source


def read(info: File, report: Report) -> Source:
    """The origin stated beside ``info``; the default index when none is."""
    file = info.sibling("direct_url.json")
    if file is None:
        return source.DEFAULT
    try:
        table = parse.json(file.read(), path=file.location_path, on_duplicate=lambda _: None)
    except FirmbomError as error:
        report.say("warning", str(error))
        return source.DEFAULT
    if not isinstance(table, dict):
        report.say("warning", "an object expected", "direct_url.json")
        return source.DEFAULT
    return report.tried(partial(_origin, table, report), source.DEFAULT, "direct_url.json")


def _origin(table: dict[str, object], report: Report) -> Source:
    place = "direct_url.json"
    url, folder = report.text(table, "url", place), report.text(table, "subdirectory", place)
    if not url:
        return source.DEFAULT
    vcs, archive = report.table(table, "vcs_info", place), report.table(table, "archive_info", place)
    if vcs:
        here = at(place, "vcs_info")
        tool, commit, asked = (report.text(vcs, key, here) for key in ("vcs", "commit_id", "requested_revision"))
        return source.from_repository(tool or "git", url, commit, requested=asked, subdirectory=folder)
    if "archive_info" in table:
        here = at(place, "archive_info")
        hashes = report.table(archive, "hashes", here)
        texts = [f"{name}:{report.text(hashes, name, here)}" for name in hashes] or [report.text(archive, "hash", here)]
        return source.from_archive(url, files.digests(report, texts, here), subdirectory=folder)
    editable = report.flag(report.table(table, "dir_info", place), "editable", place)
    return source.from_path(url, editable=editable, archive=False)
