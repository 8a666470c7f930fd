"""The summary of a run as Markdown, for a job's page.

Names of components, files and images were chosen by others. Each stands in a ``code`` element of an HTML block, which
Markdown leaves alone up to the next empty line (CommonMark 0.31, section 4.6, kind 6): so one escape, that of HTML, is
enough, and nothing in a name becomes a heading, a link, a picture, a mention or a reference.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from firmbom.cli.status import DONE, INCOMPLETE, NOTHING_FOUND, REFUSED
from firmbom.errors import printable

_Found = TypeVar("_Found")

_MOST_ROWS = 30
"""Of a table; the document has all."""

_LONGEST = 300
"""Characters of a value. With both bounds a page stays below half of the 1 MiB that GitHub takes of a step."""

_HEADLINES = {
    DONE: "the document is written",
    NOTHING_FOUND: "no component was found, nothing is written",
    INCOMPLETE: "the document is written, but components may be missing",
    REFUSED: "refused, nothing is written: there is a problem or a conflict",
}


def page(facts: dict[str, Any]) -> str:
    """The facts that :func:`firmbom.cli.summary.summary` gathers, as a Markdown page of bounded size."""
    return "\n".join(_blocks(facts))


def _blocks(facts: dict[str, Any]) -> Iterator[str]:
    """Headings and tables, each ended by an empty line."""
    yield f"## SBOM: {_HEADLINES[facts['exit status']]}\n"
    yield _table((), list(_head(facts)), lambda one: one)
    counts = facts["components"]
    yield f"### Components: {sum(counts.values())}\n"
    if counts:
        yield _table(("ecosystem", "components"), counts.items(), lambda one: (_code(one[0]), str(one[1])))
    if facts["images"]:
        yield f"### Images: {len(facts['images'])}\n"
        yield _table(("image", "bytes", "digests"), facts["images"].items(), _image)
    if facts["conflicts"]:
        yield f"### Conflicts: {len(facts['conflicts'])}\n"
        yield _table((), facts["conflicts"], lambda one: (_code(one),))
    of_severity = {name: [one for one in facts["problems"] if one["severity"] == name] for name in _SEVERITIES}
    if any(of_severity.values()):
        each = ", ".join(f"{len(found)} {name}{'s'[: len(found) != 1]}" for name, found in of_severity.items() if found)
        yield f"### Problems: {each}\n"
        yield _table(("severity", "where", "what", "plugin"), list(chain(*of_severity.values())), _problem)


_SEVERITIES = ("error", "warning", "note")


def _head(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    release = facts["release"]
    yield "document", _code(facts["written to"])
    if facts["sha256"]:
        yield "SHA-256", _code(facts["sha256"])
    yield "signed by", _list(facts["signed by"]) or "nobody"
    yield "release", _code(release["version"] or "unknown")
    if release["commit"]:
        yield "commit", _code(release["commit"]) + (", with changes that are not committed" if release["dirty"] else "")
    yield "tag signature", _code(release["tag signature"])


def _image(one: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
    name, image = one
    digests = [f"{algorithm}: {value}" for algorithm, value in image.items() if algorithm != "size"]
    return _code(name), str(image["size"]), _list(digests)


def _problem(one: dict[str, str]) -> tuple[str, ...]:
    return one["severity"], *(_code(one[part]) for part in ("path", "message", "plugin"))


def _table(head: Sequence[str], found: Collection[_Found], cells: Callable[[_Found], tuple[str, ...]]) -> str:
    """An HTML block with a row for each of the first that were found; ``cells`` makes a row's HTML."""
    lines = [_row("th", head)] if head else []
    lines += [_row("td", cells(one)) for one in islice(found, _MOST_ROWS)]
    if len(found) > _MOST_ROWS:
        lines.append(_row("td", (f"… and {len(found) - _MOST_ROWS} more",)))
    return "\n".join(("<table>", *lines, "</table>\n"))


def _row(cell: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{cell}>{one}</{cell}>" for one in cells) + "</tr>"


def _list(values: Sequence[str]) -> str:
    return "<br>".join(_code(one) for one in values[:_MOST_ROWS])


def _code(text: str) -> str:
    """A value as HTML: on one line, not too long, and nothing but text."""
    line = printable(text[: _LONGEST + 1])
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return f"<code>{html.escape(line)}</code>" if line else ""
