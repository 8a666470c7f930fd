"""Requirements files of pip, pip-tools and uv: components by their lines, edges by their compiler's comments.

A pinned line is a component with its version. An unpinned one has none: the range is kept as ``firmbom:requirement``.
``# via`` comments of pip-compile and uv give edges where the name they state is found exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator

from firmbom.identity import pypi_name
from firmbom.model import ROOT, Aggregate, Coverage, Edge, Fact, Ref, Severity
from firmbom.plugin import Context
from firmbom.tree.base import File
from firmbom_pip.report import Report
from firmbom_pip.requirement import is_name
from firmbom_pip.requirement_components import Maker, Wanted, all_hashed
from firmbom_pip.requirement_files import Reading, shelf_of
from firmbom_pip.requirement_names import is_requirements


def read(file: File, context: Context) -> Iterator[Fact]:
    """Everything a requirements file states, in the light of the files that include it."""
    if not is_requirements(file.path):
        return
    report, shelf = Report(file.location_path), shelf_of(file.tree)
    lines = shelf.lines(file)
    user = shelf.constrained_by(file)
    if user:
        report.say("warning", f"read as constraints only, because {user} uses it with -c: no components of its own")
    for start in [] if user else shelf.starts(file):
        own = start.path == file.path
        reading = shelf.read(start, report if own else Report(start.location_path))
        yield from _facts(reading, report, context, None if own else file)
        for included in reading.included if own else ():
            yield Coverage(included.location_path, digests=included.digests)
    yield from report.problems()
    whole: Aggregate = "complete" if all_hashed(lines) and not user else "unknown"
    yield Coverage(file.location_path, components="incomplete" if report.lost else whole)


def _facts(reading: Reading, report: Report, context: Context, only: File | None) -> Iterator[Fact]:
    """Components and edges of a reading; with ``only``, of what stands in that file itself.

    What is doubtful in an included file is told where that file itself is offered.
    """
    top = only.path if only else reading.start.path
    told, untold, silent = Maker(reading, context), Maker(reading, context), Report("")
    wanted: list[Wanted] = []
    shown: set[Ref] = set()
    if told.fault:
        report.say("warning", told.fault)
    for stated in reading.stated:
        here = stated.file.path == top
        place = f"line {stated.line.number}" if here else f"{stated.file.location_path}: line {stated.line.number}"
        loud = here or (only is None and not is_requirements(stated.file.path))
        found = list((told if loud else untold).wanted(stated, report if loud else silent, place))
        wanted += found
        if here or only is None:
            shown.update(one.component.ref for one in found)
            yield from (one.component for one in found)
    yield from (edge for edge in _edges(wanted) if edge.target in shown)
    _tell(report, "warning", "no version is stated for {}, so it is not known; pin with ==: {}", told.unpinned)
    _tell(report, "note", "{} left out, because no marker holds for the target: {}", told.left_out)


def _tell(report: Report, severity: Severity, text: str, names: list[str]) -> None:
    if names:
        some = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        report.say(severity, text.format(len(names), some))


def _edges(wanted: list[Wanted]) -> Iterator[Edge]:
    """What a comment names is the source where one component only has the name; all else the product uses directly."""
    refs: dict[str, set[Ref]] = {}
    for one in wanted:
        refs.setdefault(one.key, set()).add(one.component.ref)
    for one in wanted:
        sources = [refs.get(pypi_name(name), set()) for name in one.via if is_name(name)]
        by_file = any(not is_name(name) and not name.startswith("-c ") for name in one.via)
        if not one.via or by_file or set() in sources:
            yield Edge(ROOT, one.component.ref)
        for found in sources:
            if len(found) == 1 and one.component.ref not in found:
                yield Edge(next(iter(found)), one.component.ref)
