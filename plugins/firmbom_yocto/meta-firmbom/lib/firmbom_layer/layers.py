"""The layers of the build: their revisions, where they come from, and the time of the newest commit among them."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Callable, Iterator

from .said import without_user, words

SECONDS = 60
"""For one git command."""
AT_ONCE = 8
"""Layers that git is asked about at the same time."""
_LOCAL = ("/", ".", "file:")
_WRAPPERS = "/scripts"
"""How the folder ends in which oe-core has a ``git`` of its own, for tasks under pseudo: a Python program that takes
ten times as long as the git that it then calls."""
_states: dict[str, str] = {}
"""By path. Filled when the configuration is parsed; what BitBake forks, for each recipe and task, finds it filled."""


Layers = Callable[[], "tuple[list[dict[str, Any]], int]"]
"""Returns the layers sorted by name, and seconds since 1970 of the newest commit, 0 when no layer is in git."""


@contextmanager
def asked(d: Any, bb: Any) -> Iterator[Layers]:
    """Git is asked about the layers while something else is done; what is given here waits for its answers."""
    paths = words(d, "BBLAYERS")
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = threads.map(_layer, paths)  # begins at once
        yield lambda: _named(list(zip(paths, answers)), d, bb)


def _named(answers: list[tuple[str, tuple[dict[str, Any], int]]], d: Any, bb: Any) -> tuple[list[dict[str, Any]], int]:
    found = {}
    newest = 0
    for path, (said, time) in answers:
        name = bb.utils.get_file_layer(os.path.join(path, "conf", "layer.conf"), d) or os.path.basename(path)
        found[name] = dict(said, name=name)
        newest = max(newest, time)
    return [found[name] for name in sorted(found)], newest


def state(path: str, *, anew: bool = False) -> str:
    """What a document takes from a checkout: the commit, whether tracked files differ, and the tags on it.

    Empty where there is none; a tag that is made anew has another object. The checkout is looked at once a process, and
    again when ``anew``.
    """
    if path and (anew or path not in _states):
        _states[path] = _state(path)
    return _states.get(path, "")


def _state(path: str) -> str:
    commit = _git(path, "describe", "--always", "--abbrev=64", "--exclude=*", "--dirty")
    tags = _git(path, "for-each-ref", "--points-at=HEAD", "--format=%(refname:short)@%(objectname)", "refs/tags")
    return " ".join([commit, *tags.split()]) if commit else ""


def _layer(path: str) -> tuple[dict[str, Any], int]:
    revision, _, time = _git(path, "log", "-1", "--format=%H %ct").partition(" ")
    if not revision:
        return {}, 0
    remote = _git(path, "config", "--get", "remote.origin.url")
    changed = _git(path, "status", "--porcelain", "--untracked-files=no", "--", ".")
    said = {
        "revision": revision,
        "url": "" if remote.startswith(_LOCAL) else without_user(remote),
        "changed": bool(changed),
    }
    return said, int(time) if time.isdigit() else 0


def wrappers_last(path: str) -> str:
    """A PATH on which oe-core's wrappers come after the programs that they wrap."""
    return os.pathsep.join(sorted(path.split(os.pathsep), key=lambda one: one.rstrip("/").endswith(_WRAPPERS)))


def _git(path: str, *arguments: str) -> str:
    """What git prints, empty when it cannot: a layer that is not in git has no revision."""
    program = shutil.which("git", path=wrappers_last(os.environ.get("PATH", ""))) or "git"
    environment = dict(os.environ, GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", LC_ALL="C")
    try:
        done = subprocess.run(
            [program, "-C", path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""
