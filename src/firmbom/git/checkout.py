"""The state of a checkout at one moment: HEAD, its tags, what differs from it, its submodules."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from firmbom.errors import ToolError, printable
from firmbom.git.address import resolved, without_credentials
from firmbom.git.command import Repository
from firmbom.model import Problem

ABBREVIATION = 12
"""Hexadecimal digits of a short commit; fixed, because git's own choice depends on how much a clone holds."""

DEEPEST = 8
"""Submodules inside submodules."""


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag on HEAD."""

    name: str
    annotated: bool = False


class Submodule(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A submodule at the commit that HEAD records."""

    path: str
    commit: str
    url: str = ""
    """Without credentials."""


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository says of its HEAD. A field that git could not tell is empty, and a problem says so."""

    commit: str = ""
    """Full object name; empty before the first commit."""
    committed: int | None = None
    """The committer's time, in seconds since 1970 UTC."""
    tags: tuple[Tag, ...] = ()
    """All that point at HEAD, in git's order."""
    nearest: str = ""
    """``git describe --tags --long``, when no tag points at HEAD and one points at an ancestor."""
    changed: tuple[str, ...] = ()
    """Tracked paths that differ from HEAD, in submodules too."""
    untracked: tuple[str, ...] = ()
    """Paths that are neither tracked nor ignored."""
    remote: str = ""
    submodules: tuple[Submodule, ...] = ()
    shallow: bool = False


def read(repository: Repository, outputs: Collection[Path] = ()) -> tuple[Checkout, list[Problem]]:
    """Read the state; ``outputs`` are files that the run itself writes or ships, no news if untracked.

    Raises:
        ToolError: HEAD cannot be read.
    """
    problems: list[Problem] = []
    commit, committed = _head(repository)
    remote = _remote(repository)
    if not commit:
        problems.append(Problem("warning", "the git repository has no commit yet"))
        return Checkout(remote=remote, shallow=repository.shallow), problems
    tags = tuple(_tags(repository))
    changed, untracked = _differences(repository, outputs, problems)
    modules = _Submodules(problems)
    modules.read(repository, remote, "", 0)
    checkout = Checkout(
        commit=commit,
        committed=committed,
        tags=tags,
        nearest="" if tags else _nearest(repository),
        changed=(*changed, *modules.changed),
        untracked=tuple(untracked),
        remote=remote,
        submodules=tuple(sorted(modules.found)),
        shallow=repository.shallow,
    )
    return checkout, problems


def _head(repository: Repository) -> tuple[str, int | None]:
    status, output, _ = repository.run("log", "-1", "--no-show-signature", "--format=%H %ct", "HEAD", "--")
    if status == 0:
        commit, _, time = output.decode("ascii", "replace").partition(" ")
        return commit, int(time) if time.isdecimal() else None
    if repository.run("rev-parse", "--verify", "--quiet", "HEAD")[0]:
        return "", None
    raise ToolError(
        "git cannot read the commit at HEAD", remedy="check the repository with git fsck, or clone it again"
    )


def _tags(repository: Repository) -> Iterator[Tag]:
    form = "--format=%(objecttype) %(refname:lstrip=2)"
    output = repository.ask("for-each-ref", "--points-at=HEAD", form, "refs/tags").decode("utf-8", "replace")
    for line in filter(None, output.split("\n")):
        kind, _, name = line.partition(" ")
        yield Tag(name=name, annotated=kind == "tag")


def _nearest(repository: Repository) -> str:
    status, output, _ = repository.run("describe", "--tags", "--long", f"--abbrev={ABBREVIATION}", "HEAD")
    return output.decode("utf-8", "replace") if status == 0 else ""


def _remote(repository: Repository) -> str:
    """The address of ``origin``, else of the only remote there is; as configured, without ``insteadOf`` rewriting."""
    urls = {key[7:-4]: url for key, url in repository.config.items() if key[:7] == "remote." and key[-4:] == ".url"}
    url = urls.get("origin") or (next(iter(urls.values())) if len(urls) == 1 else "")
    return without_credentials(url)


def _differences(
    repository: Repository, outputs: Collection[Path], problems: list[Problem]
) -> tuple[list[str], list[str]]:
    """Tracked paths that differ from HEAD, and untracked ones that are not ignored; nothing for a bare repository."""
    if repository.top is None:
        return [], []
    options = ("--porcelain=v2", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty")
    try:
        output = repository.ask("status", *options)
    except ToolError as error:
        problems.append(Problem("error", f"the working tree was not compared with the commit: {error.message}"))
        return [], []
    records = [os.fsdecode(record) for record in output.split(b"\0")]
    changed = [_path_of(record) for record in records if record[:2] in ("1 ", "u ")]
    untracked = [record[2:] for record in records if record[:2] == "? "]
    if changed and repository.silenced:
        filters = ", ".join(repository.silenced)
        text = f"the repository's own configuration sets {filters}, which was not run; files may seem changed by it"
        problems.append(Problem("note", printable(text)))
    return changed, list(_foreign(repository, repository.top, untracked, outputs))


def _path_of(record: str) -> str:
    """The path in a record of ``git status --porcelain=v2``: the ninth field, the eleventh of an unmerged one."""
    return record.split(" ", 8 if record[0] == "1" else 10)[-1]


def _foreign(repository: Repository, top: Path, untracked: list[str], outputs: Collection[Path]) -> Iterator[str]:
    """The untracked paths that this run does not write itself."""
    own = {os.path.realpath(output) for output in outputs}
    for path in untracked:
        full = os.path.join(os.path.realpath(top), path)  # noqa: PTH118 - surrogates and the slash at the end stay
        if path.endswith("/") and any(one.startswith(full) for one in own):
            inside = repository.ask("ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", full)
            names = [os.fsdecode(name) for name in inside.split(b"\0") if name]
            yield from (name for name in names if os.path.join(os.path.realpath(top), name) not in own)  # noqa: PTH118 - same
        elif full not in own:
            yield path


class _Submodules:
    """Gathers the submodules of a repository, and theirs, as far as they are checked out."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.found: list[Submodule] = []
        self.changed: list[str] = []

    def read(self, repository: Repository, remote: str, prefix: str, depth: int) -> None:
        top = repository.top
        if top and not os.path.lexists(top / ".gitmodules"):
            return
        try:
            urls = _urls(repository)
            commits = _recorded(repository, sorted(urls))
        except ToolError as error:
            text = f"the submodules cannot be read: {error.message}"
            self.problems.append(Problem("warning", text, posixpath.join(prefix, ".gitmodules")))
            return
        for path, commit in commits.items():
            url = resolved(urls[path], remote)
            full = posixpath.join(prefix, path)
            self.found.append(Submodule(path=_utf8(full), commit=commit, url=url))
            if top:
                self._enter(top, path, full, url, depth + 1)

    def _enter(self, top: Path, path: str, full: str, url: str, depth: int) -> None:
        folder = top / path
        inside = os.path.realpath(folder).startswith(os.path.realpath(top) + os.sep)
        if not inside or depth > DEEPEST or not os.path.lexists(folder / ".git"):
            self.problems.append(
                Problem("warning", "submodule is not checked out, so nothing in it is read", _utf8(full))
            )
            return
        try:
            repository = Repository(folder)
        except ToolError as error:
            self.problems.append(Problem("warning", f"submodule cannot be read: {error.message}", _utf8(full)))
            return
        changed, _ = _differences(repository, (), self.problems)
        self.changed += [posixpath.join(full, one) for one in changed]
        self.read(repository, url, full, depth)


def _urls(repository: Repository) -> dict[str, str]:
    """Path to address, from ``.gitmodules`` as HEAD records it."""
    status, output, _ = repository.run("config", "--blob", "HEAD:.gitmodules", "-z", "--list")
    if status and repository.run("cat-file", "-e", "HEAD:.gitmodules")[0]:
        return {}
    if status:
        raise ToolError(".gitmodules is not a git configuration")
    entries: dict[str, dict[str, str]] = {}
    for item in output.split(b"\0"):
        key, _, value = os.fsdecode(item).partition("\n")
        section, _, option = key.rpartition(".")
        entries.setdefault(section, {})[option] = value
    return {entry["path"]: entry.get("url", "") for entry in entries.values() if entry.get("path")}


def _recorded(repository: Repository, paths: list[str]) -> dict[str, str]:
    """Path to commit, of those paths that are submodules in HEAD's tree."""
    if not paths:
        return {}
    output = repository.ask("ls-tree", "--full-tree", "-z", "HEAD", "--", *paths)
    found: dict[str, str] = {}
    for record in output.split(b"\0"):
        facts, _, path = os.fsdecode(record).partition("\t")
        if facts.startswith("160000 commit "):
            found[path] = facts.rpartition(" ")[2]
    return found


def _utf8(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
