"""Patches that a package applies, with the CVEs that their names and headers state.

A patch in Buildroot has a mail header with a description, and by convention trailers: ``Upstream:`` says where it was
taken from (since 2023), ``CVE:`` what it mends. What a description mentions besides proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from firmbom.address import without_user
from firmbom.errors import FirmbomError
from firmbom.model import Patch
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_buildroot.sources import urlsplit_scheme
from firmbom_buildroot.trees import Trees, told

_CVE = re.compile(r"CVE[-_](\d{4})[-_](\d{4,7})(?!\d)", re.IGNORECASE)
_STATES = re.compile(r"(?:CVE|Fixes|Subject|Security):")
_HEADER_ENDS = re.compile(r"---(?: |$)|diff |Index: |\+\+\+ ")
_TAKEN = re.compile(
    r"Upstream:\s*https?://\S*(?:commit|/c/|[?;&](?:id|h)=|pull/|merge_requests/)|\(cherry picked from commit "
)
_LONGEST = 64 << 10


def patches(
    names: Iterable[str], package: str, trees: Trees, report: Report, folders: Iterable[str] = ()
) -> Iterator[Patch]:
    """The patches by their names, read where they lie in the tree.

    Args:
        names: paths or addresses, the latter with Buildroot's method before them.
        package: whose they are.
        trees: where paths lead.
        report: told of those that cannot be read.
        folders: where copies of them may lie.
    """
    for name in names:
        method, plus, address = name.partition("+")
        if "://" in name:
            place = address if plus and "://" in address and "://" not in method else name
            if urlsplit_scheme(place) in ("http", "https", "ftp"):
                yield Patch("unofficial", without_user(place), _cves([place.rpartition("/")[2]]))
            continue
        shown = told(name, package)
        if not shown or "\0" in shown:
            continue
        copies = (f"{folder}/{shown.rpartition('/')[2]}" for folder in folders)
        file = trees.find(name) or trees.first(copies)
        header = _header(file, report) if file else []
        stated = [line for line in _unfolded(header) if _STATES.match(line)]
        taken = any(_TAKEN.search(line) for line in header)
        yield Patch("backport" if taken else "unofficial", shown, _cves([shown.rpartition("/")[2], *stated]))


def _header(file: File, report: Report) -> list[str]:
    """The lines before the first difference."""
    try:
        with file.open() as stream:
            text = stream.read(_LONGEST).decode("utf-8", "replace")
    except (FirmbomError, OSError) as error:
        told_by = error.within(file.location_path) if isinstance(error, FirmbomError) else str(error.strerror)
        report.say("warning", f"a patch that cannot be read: {told_by}", file.location_path)
        return []
    lines: list[str] = []
    for line in islice(text.splitlines(), 2_000):
        if _HEADER_ENDS.match(line) and (line.startswith(("diff ", "Index: ")) or len(line) > 3):
            break
        lines.append(line)
    return lines


def _unfolded(header: list[str]) -> list[str]:
    """The lines of a header with the subject's continuation joined to it; others that begin with a blank are text."""
    found: list[str] = []
    subject = False
    for line in header:
        if subject and line[:1] in (" ", "\t"):
            found[-1] += line
            continue
        subject = line.startswith("Subject:")
        if line[:1] not in (" ", "\t"):
            found.append(line)
    return found


def _cves(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({f"CVE-{year}-{number}" for text in texts for year, number in _CVE.findall(text)}))
