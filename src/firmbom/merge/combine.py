"""The union of ComponentSets: nothing interpreted, nothing lost, every duplicate said once, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from operator import lt
from typing import TypeVar

import msgspec

from firmbom.model import (
    Assessment,
    Component,
    ComponentSet,
    Coverage,
    Edge,
    FileProperties,
    Link,
    Ownership,
    PluginRun,
    Problem,
    Property,
    Ref,
    StoredFile,
)

Value = TypeVar("Value", Assessment, Edge, Link, Ownership, StoredFile, Coverage, Problem, PluginRun, Property)


def combine(sets: Iterable[ComponentSet]) -> ComponentSet:
    """Join sets into one. Commutative, associative and idempotent: a set union with sorted output."""
    listed = tuple(sets)
    return united(listed, statements(listed))


def united(listed: Sequence[ComponentSet], said: Mapping[Ref, list[Component]]) -> ComponentSet:
    """The union of sets whose :func:`statements` are known."""
    return ComponentSet(
        components=tuple(chain.from_iterable(said.values())),
        edges=ordered(edge for one in listed for edge in one.edges),
        links=ordered(chain.from_iterable(one.links for one in listed)),
        ownership=ordered(chain.from_iterable(one.ownership for one in listed)),
        files=ordered(chain.from_iterable(one.files for one in listed)),
        file_properties=_file_properties(listed),
        assessments=ordered(judged for one in listed for judged in one.assessments),
        coverage=ordered(read for one in listed for read in one.coverage),
        problems=ordered(problem for one in listed for problem in one.problems),
        plugins=ordered(run for one in listed for run in one.plugins),
    )


def ordered(values: Iterable[Value]) -> tuple[Value, ...]:
    """The distinct values, sorted; quick where they are, or come in long sorted runs, as they stand in sets."""
    listed = tuple(values)
    rising = all(map(lt, listed, islice(listed, 1, None)))
    return listed if rising else tuple(sorted(dict.fromkeys(listed)))


def _file_properties(listed: Iterable[ComponentSet]) -> tuple[FileProperties, ...]:
    """All that is said of each file, in one value a file."""
    found: dict[str, FileProperties] = {}
    for told in chain.from_iterable(one.file_properties for one in listed):
        known = found.get(told.path)
        found[told.path] = FileProperties(told.path, known.properties + told.properties) if known else told
    return tuple(FileProperties(path, ordered(found[path].properties)) for path in sorted(found))


def statements(sets: Iterable[ComponentSet]) -> dict[Ref, list[Component]]:
    """Every distinct statement by the ref it speaks of; refs sorted, the statements of one ref sorted by content."""
    grouped: dict[Ref, list[Component]] = {}
    for one in sets:
        for component in one.components:
            grouped.setdefault(component.ref, []).append(component)
    return {ref: distinct(grouped[ref]) for ref in sorted(grouped)}


def distinct(said: list[Component]) -> list[Component]:
    """Without repetitions, sorted by content."""
    if len(said) == 1:
        return said
    by_content = {msgspec.json.encode(component): component for component in said}
    return [by_content[content] for content in sorted(by_content)]
