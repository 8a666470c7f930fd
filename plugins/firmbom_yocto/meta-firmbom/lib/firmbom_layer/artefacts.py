"""Which files in DEPLOY_DIR_IMAGE belong to an image, by sstate's own lists of what each task put there."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import Any, Iterable, Iterator, NamedTuple

from .said import words


class Artefact(NamedTuple):
    """A file that is deployed."""

    path: str
    """The link without a date where there is one."""
    recipe: str


class Closure(NamedTuple):
    """What the image's task comes after, itself included."""

    tasks: set[tuple[str, str]]
    """Pairs of PN and task."""

    def of(self, task: str) -> list[str]:
        """The recipes that have run it, sorted."""
        return sorted({recipe for recipe, name in self.tasks if name == task})


def closure(d: Any) -> Closure:
    """All tasks that this one depends on, however indirectly (BB_TASKDEPDATA: PN, task, file, …)."""
    found = d.getVar("BB_TASKDEPDATA", False) or {}
    return Closure({(one[0], one[1]) for one in found.values()})


def deployed(recipe: str, tasks: Iterable[str], d: Any) -> list[str]:
    """The files that these tasks of a recipe put into DEPLOY_DIR_IMAGE, sorted."""
    top = os.path.join(d.getVar("DEPLOY_DIR_IMAGE"), "")
    found = {line for task in tasks for line in _listed(recipe, task, d) if line.startswith(top)}
    return sorted(path for path in found if os.path.isfile(path))


def _listed(recipe: str, task: str, d: Any) -> Iterator[str]:
    """Sstate's manifest of a task: an absolute path a line."""
    folder = d.getVar("SSTATE_MANIFESTS") or ""
    name = task[3:] if task.startswith("do_") else task
    for architecture in architectures(d):
        path = os.path.join(folder, f"manifest-{architecture}-{recipe}.{name}")
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="surrogateescape") as stream:
                yield from (line.rstrip("\n") for line in stream)
            return


def architectures(d: Any) -> list[str]:
    """What the manifests and records of recipes for the target may be filed under, the most special first."""
    special = [d.getVar("MACHINE_ARCH") or "", *reversed(words(d, "PACKAGE_ARCHS")), *words(d, "SSTATE_ARCHS")]
    return list(dict.fromkeys(one for one in [*special, "allarch", "all"] if one))


def shipped(files: Iterable[tuple[str, str]], d: Any) -> list[Artefact]:
    """One artefact for each (path, recipe) that is a file of its own and is not excluded, sorted by path.

    Of a file and the links to it the shortest name is kept, which is the one without a date.
    """
    patterns = words(d, "FIRMBOM_EXCLUDE")
    names: dict[str, Artefact] = {}
    for path, recipe in files:
        if any(fnmatchcase(os.path.basename(one), pattern) for pattern in patterns for one in (path,)):
            continue
        real = os.path.realpath(path)
        kept = names.get(real)
        if kept is None or _plainness(path) < _plainness(kept.path):
            names[real] = Artefact(path, recipe)
    return sorted(names.values())


def _plainness(path: str) -> tuple[int, str]:
    return len(os.path.basename(path)), path
