"""The plugin contract: what a plugin wants, what it is given, what it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Protocol, runtime_checkable

import msgspec

from firmbom.model import Fact, Problem
from firmbom.tree.base import File, FileTree


class Wants(msgspec.Struct, frozen=True, kw_only=True):
    """Which files a plugin asks for; a file that matches any of the three is offered once."""

    names: tuple[str, ...] = ()
    """Base names; ``*`` and ``?`` as in a shell: ``requirements*.txt``."""
    paths: tuple[str, ...] = ()
    """Whole paths in the tree; ``*`` stays inside one folder, ``**`` does not: ``**/*.dist-info/METADATA``."""
    magics: tuple[bytes, ...] = ()
    """The bytes a file begins with, at most 16."""


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The machine the firmware runs on, from ``[target]`` of firmbom.toml; decides conditional dependencies."""

    python: str = ""
    """Python's version, ``3.11`` or ``3.11.4``."""
    platform: str = ""
    """``sys.platform`` and Node's ``os``: ``linux``."""
    machine: str = ""
    """``uname -m``: ``aarch64``; npm's ``cpu`` is derived from it."""
    libc: str = ""
    """``glibc`` or ``musl``."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin may know beside the files."""

    options: Mapping[str, object] = {}
    """The plugin's own table ``[plugin.<name>]`` of firmbom.toml, as written; check it with ``msgspec.convert``."""
    target: Target | None = None
    """None: not given, so a conditional dependency is kept and its condition stated."""
    known: tuple[Path, ...] = ()
    """Databases of known files that ``firmbom learn`` made."""
    omit: frozenset[str] = frozenset()
    """Kinds of dependency to leave out, as ``npm --omit`` names them: ``dev``, ``optional``, ``peer``."""


@runtime_checkable
class Plugin(Protocol):
    """What every plugin has; beside this it is a :class:`FilePlugin`, a :class:`TreePlugin`, or both.

    A plugin is a class registered in the entry-point group ``firmbom.plugins``; firmbom makes one instance a run.
    """

    name: ClassVar[str]
    version: ClassVar[str]


@runtime_checkable
class FilePlugin(Protocol):
    """Reads files that the host offers. The host walks, reads, hashes; an exception costs one file and is reported."""

    wants: ClassVar[Wants]

    def collect(self, file: File, context: Context) -> Iterable[Fact]:
        """Say what this one file states; ``file.tree`` gives its neighbours."""
        ...


@runtime_checkable
class StartingPlugin(Protocol):
    """A :class:`FilePlugin` that takes a while to get ready for the files of an image: it has a program to start."""

    def begin(self) -> None:
        """Begin to get ready, without waiting; called where an image is all that is read, by ``firmbom audit``."""
        ...

    def end(self) -> None:
        """Let go of what was begun; called once the image is read, or cannot be read."""
        ...


@runtime_checkable
class FinishingPlugin(Protocol):
    """A :class:`FilePlugin` that knows some things only once it has seen all files: which library loads which."""

    def finish(self, tree: FileTree, context: Context) -> Iterable[Fact]:
        """Say what the files of ``tree`` state together; called once after the last file of each tree."""
        ...


Use = Literal["product", "records", "scratch"]
"""What a folder is for. ``product``: what is in it may be shipped, as with all folders that are none of a build's.
``records``: beside what the build works with it holds what the plugin reads. ``scratch``: nobody reads it."""


@runtime_checkable
class BuildPlugin(Protocol):
    """A :class:`FilePlugin` that knows which folders of a checkout a build works in.

    What is there is not shipped: sources with lockfiles of their own tests, objects, tools for the build machine.
    """

    def use_of(self, folder: str, tree: FileTree) -> Use:
        """What ``folder`` is for; of one with records, and of those inside it, this plugin alone is asked and offered.

        Called for each folder before it is entered. Of an image everything is read, so that nobody is asked.
        """
        ...


@runtime_checkable
class LearningPlugin(Protocol):
    """Makes databases of known files, by which it identifies files later: :attr:`Context.known`."""

    def learn(self, paths: Sequence[Path], progress: Callable[[str], None] | None) -> tuple[bytes, tuple[Problem, ...]]:
        """The database of what lies at ``paths``, and what could not be read; raises InputError if there is nothing."""
        ...


@runtime_checkable
class TreePlugin(Protocol):
    """Runs once over a whole tree, after its files were offered: for wrappers of other tools.

    Runs only if asked for by name.
    """

    def scan(self, tree: FileTree, context: Context) -> Iterable[Fact]:
        """Say what the tool says of the tree; ``tree.location`` is where it lies on disk, or None."""
        ...
