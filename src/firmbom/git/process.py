"""Starts git, in two ways: by itself, for a build, and through GitPython, for a verifier.

A build asks git a handful of questions of a few milliseconds each, and is run again and again; importing GitPython
takes longer than all of them. ``firmbom verify`` asks once, wherever a clone may lie, and leaves to GitPython how git
is found and ended there, which it knows for Windows too. GitPython's command interface is used and not its objects,
which read references and configuration by themselves and so know neither ``safe.directory`` nor the newer formats of
references and object names.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from firmbom.errors import ToolError

SECONDS = 120.0
"""For one git command; a repository on a dead network share must not stop a build for ever."""

Start = Callable[[Sequence[str]], tuple[int, bytes, bytes]]
"""Runs git with arguments: exit status, stdout, stderr, both without their last newline. Raises ToolError."""

_ELSEWHERE = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""Variables with which a surrounding git (a hook, a rebase) names its own repository; ours is that of the folder."""

_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "",  # no transport at all, so no program that a remote's configuration names
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",  # the index is not refreshed on disk
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "C",  # what git complains of is read
    "LC_ALL": "C",
}


def direct(arguments: Sequence[str]) -> tuple[int, bytes, bytes]:
    """One process of git, the first on the PATH or what GIT_PYTHON_GIT_EXECUTABLE names."""
    program = os.environ.get("GIT_PYTHON_GIT_EXECUTABLE") or "git"
    surroundings = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    try:
        process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**surroundings, **_ENVIRONMENT},
            process_group=0 if os.name == "posix" else None,
        )
    except FileNotFoundError as error:
        raise _missing() from error
    except (OSError, ValueError) as error:
        raise ToolError(f"git cannot be run: {type(error).__name__}") from error
    with process:
        try:
            output, complaint = process.communicate(timeout=SECONDS)
        except BaseException as error:
            _end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise ToolError(f"git has not answered within {SECONDS:g} seconds") from error
            raise
    return process.returncode, output.removesuffix(b"\n"), complaint.removesuffix(b"\n")


def through_gitpython(arguments: Sequence[str]) -> tuple[int, bytes, bytes]:
    """The same by GitPython, which looks for git when it is imported."""
    try:
        from git import Git
    except ImportError as error:
        raise _missing() from error
    with _surroundings_hidden():
        try:
            status, output, complaint = Git().execute(
                [Git.GIT_PYTHON_GIT_EXECUTABLE or "git", *arguments],
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                kill_after_timeout=None if sys.platform == "win32" else SECONDS,
                env=_ENVIRONMENT,
            )
        except Exception as error:  # GitPython's own exception types can be named only after its slow import
            raise ToolError(f"git cannot be run: {type(error).__name__}") from error
    return int(status), bytes(output), str(complaint).encode()


def _missing() -> ToolError:
    return ToolError("git is not installed or does not start", remedy="install git, or say --release")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git, and what it started, such as a program that checks signatures."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()


@contextmanager
def _surroundings_hidden() -> Iterator[None]:
    hidden = {name: os.environ.pop(name) for name in _ELSEWHERE if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
