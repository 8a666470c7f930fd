"""The host: which files are offered, what a plugin's failure costs, who is stamped on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest

from firmbom.collect import collect
from firmbom.discovery import ready
from firmbom.errors import InputError
from firmbom.identity import purl
from firmbom.model import (
    ROOT,
    Basis,
    Component,
    Coverage,
    Edge,
    Fact,
    FileProperties,
    Link,
    Ownership,
    PluginRun,
    Problem,
    Property,
)
from firmbom.plugin import Context, Plugin, Wants
from firmbom.tree.base import File, FileTree
from firmbom.tree.folder import FolderTree


class Lines:
    """Every line is a component; a line ``!X`` raises ``X``."""

    name: ClassVar[str] = "lines"
    version: ClassVar[str] = "1.2"
    wants: ClassVar[Wants] = Wants(names=("*.lines",), paths=("deep/**/list",), magics=(b"LINES\n",))
    raised: ClassVar[dict[str, Exception]] = {
        "!value": ValueError("odd\nvalue"),
        "!input": InputError("damaged", place="byte 3"),
        "!deep": RecursionError(),
    }

    def collect(self, file: File, context: Context) -> Iterator[Fact]:
        """Yield before failing, so that what was said stays."""
        for line in file.read().decode().split():
            if line in self.raised:
                raise self.raised[line]
            component = Component(purl=purl("generic", line), name=line, claims=(file.claim(Basis.LOCKFILE),))
            yield component
            yield Edge(ROOT, component.ref)
            yield Ownership(component.ref, file.location_path)
        yield Coverage(file.location_path, components="complete")
        yield Problem("note", str(context.options.get("say", "")), file.location_path)


class Builder(Lines):
    """Knows what some folders are for."""

    name: ClassVar[str] = "builder"
    uses: ClassVar[dict[str, object]] = {"out/work": "scratch", "out/logs": "records"}

    def use_of(self, folder: str, tree: FileTree) -> object:
        """See :class:`firmbom.plugin.BuildPlugin`."""
        assert tree.list(folder) is not None
        return self.uses[folder] if folder in self.uses else "scratch" if folder.endswith("/deeper/not") else "product"


class Scanner:
    """A wrapper of another tool."""

    name: ClassVar[str] = "scanner"
    version: ClassVar[str] = "0"

    def scan(self, tree: FileTree, context: Context) -> Iterable[Fact]:
        """Say which tool ran."""
        return [PluginRun(self.name, self.version, f"tool on {tree.location and tree.location.name}")]


class Finisher:
    """Notes each file, and links each to the next one once it has seen all; a file called ``bad`` makes it fail."""

    name: ClassVar[str] = "finisher"
    version: ClassVar[str] = "3"
    wants: ClassVar[Wants] = Wants(names=("*.part", "bad"))

    def __init__(self) -> None:
        self._seen: list[str] = []

    def collect(self, file: File, context: Context) -> Iterator[Fact]:
        """Properties of the one file."""
        self._seen.append(file.location_path)
        yield FileProperties(file.location_path, (Property("said", str(context.options.get("say", ""))),))

    def finish(self, tree: FileTree, context: Context) -> Iterator[Fact]:
        """The links, then a problem, then the failure."""
        seen, self._seen = self._seen, []
        yield from (Link(source, target) for source, target in pairwise(seen))
        yield Problem("note", f"{len(seen)} files of {tree.prefix or 'the tree'}, {context.options.get('say')}")
        if "bad" in seen:
            raise InputError("damaged")


class Starter(Lines):
    """Cannot get ready, nor let go."""

    def begin(self) -> None:
        """Fail."""
        raise OSError("no room")

    def end(self) -> None:
        """Fail too."""
        raise ValueError("nothing was begun")


def folder(tmp_path: Path, **files: str) -> FolderTree:
    """A tree of files; ``__`` in a name stands for ``/`` and a last ``_`` for ``.``."""
    for name, content in files.items():
        path = tmp_path / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return FolderTree(tmp_path)


def test_a_file_is_offered_by_name_path_or_magic_and_once(tmp_path: Path) -> None:
    tree = folder(tmp_path, a_lines="LINES\none", deep__x__y__list="two", list="three", other="LINES\nfour")
    seen: list[str] = []
    found = collect(tree, [Lines()], progress=seen.append)
    assert seen == ["a.lines", "deep/x/y/list", "other"]
    assert {one.name for one in found.components} == {"LINES", "one", "two", "four"}


def test_the_host_stamps_who_and_what_was_read(tmp_path: Path) -> None:
    found = collect(folder(tmp_path, a_lines="one"), [Lines()], {"lines": Context(options={"say": "hello"})})
    assert [claim.plugin for one in found.components for claim in one.claims] == ["lines"]
    assert found.coverage[0].plugin == "lines"
    assert [digest.algorithm.value for digest in found.coverage[0].digests] == ["SHA-256", "SHA-512"]
    assert found.problems == (Problem("note", "hello", "a.lines", "lines"),)
    assert found.plugins == (PluginRun("lines", "1.2"),)


@pytest.mark.parametrize(
    ("line", "said"),
    [("!value", "ValueError: odd"), ("!input", "byte 3: damaged"), ("!deep", "nested too deeply")],
)
def test_a_failure_costs_the_rest_of_one_file_and_is_told(tmp_path: Path, line: str, said: str) -> None:
    found = collect(folder(tmp_path, a_lines=f"one {line} lost", b_lines="two"), [Lines()])
    assert {one.name for one in found.components} == {"one", "two"}
    assert Problem("error", said, "a.lines", "lines") in found.problems


def test_a_tool_s_version_replaces_the_plain_entry(tmp_path: Path) -> None:
    plugins: list[Plugin] = [Scanner(), Lines()]
    found = collect(folder(tmp_path), plugins)
    assert found.plugins == (PluginRun("scanner", "0", f"tool on {tmp_path.name}"), PluginRun("lines", "1.2"))


def test_a_plugin_finishes_once_after_the_last_file_of_each_tree(tmp_path: Path) -> None:
    plugins: list[Plugin] = [Finisher(), Lines()]
    contexts = {"finisher": Context(options={"say": "hello"})}
    found = collect(folder(tmp_path / "one", a_part="", b_part="", c_lines="x"), plugins, contexts)
    assert found.links == (Link("a.part", "b.part"),)
    assert found.file_properties == tuple(
        FileProperties(path, (Property("said", "hello"),)) for path in ("a.part", "b.part")
    )
    assert Problem("note", "2 files of the tree, hello", "", "finisher") in found.problems
    again = collect(folder(tmp_path / "two", c_part=""), plugins, contexts)
    assert (again.links, len(again.file_properties)) == ((), 1)
    assert again.problems == (Problem("note", "1 files of the tree, hello", "", "finisher"),)


def test_a_plugin_that_cannot_get_ready_is_told_and_asked_all_the_same(tmp_path: Path) -> None:
    starter = Starter()
    with ready([Lines(), starter]) as (_, wrong):
        assert collect(folder(tmp_path, **{"a.lines": "one"}), [starter]).components
    assert [(one.message, one.plugin) for one in wrong] == [
        ("OSError: no room", "lines"),
        ("ValueError: nothing was begun", "lines"),
    ]


def test_what_was_said_before_a_failure_to_finish_stays(tmp_path: Path) -> None:
    found = collect(folder(tmp_path, a_part="", bad="", c_lines="one"), [Finisher(), Lines()])
    assert found.links == (Link("a.part", "bad"),)
    assert Problem("error", "damaged", "", "finisher") in found.problems
    assert [one.name for one in found.components] == ["one"]


def test_a_file_over_the_limit_is_told(tmp_path: Path) -> None:
    tree = folder(tmp_path, a_lines="one")
    tree.limits = type(tree.limits)(file_bytes=2)
    (problem,) = collect(tree, [Lines()]).problems
    assert "3 bytes, more than the limit of 2" in problem.message


def test_links_that_name_a_format_are_followed_inside_the_tree_and_told_outside(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "pins").write_text("one\n")
    (tmp_path / "own.lines").write_text("two\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").touch()
    for name, target in (
        ("a.lines", "kept/pins"),
        ("b.lines", "own.lines"),
        ("c.lines", "/nowhere/x"),
        ("d.lines", "folder"),
        ("e", "/nowhere/x"),
    ):
        (tmp_path / name).symlink_to(target)
    found = collect(FolderTree(tmp_path), [Lines()])
    places = {one.name: [claim.location.path for claim in one.claims] for one in found.components}
    assert places == {"one": ["a.lines"], "two": ["own.lines"]}
    (problem,) = (one for one in found.problems if one.severity == "error")
    assert problem.path == "c.lines"
    assert problem.message.startswith("a link to /nowhere/x, which is not in the tree")


def test_many_links_out_of_the_tree_are_told_as_twenty_and_their_number(tmp_path: Path) -> None:
    for number in range(23):
        (tmp_path / f"{number:02}.lines").symlink_to("/nowhere")
    assert [one.message for one in collect(FolderTree(tmp_path), [Lines()]).problems][-1] == (
        "3 more links lead out of the tree"
    )


def test_where_a_build_works_only_its_plugin_reads(tmp_path: Path) -> None:
    for path in (
        "a",
        "out/b",
        "out/work/c",
        "out/work/in/d",
        "out/logs/e",
        "out/logs/deeper/f",
        "out/logs/deeper/not/g",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{path}.lines").write_text(path.replace("/", "_"))
    found = collect(FolderTree(tmp_path), [Builder(), Lines()])
    offered = {(claim.plugin, one.name) for one in found.components for claim in one.claims}
    everybody_s = {(plugin, name) for plugin in ("builder", "lines") for name in ("a", "out_b")}
    assert offered == everybody_s | {("builder", "out_logs_e"), ("builder", "out_logs_deeper_f")}
    message = "nothing but the build's own records was read where it works: logs, work"
    assert [one for one in found.problems if one.message] == [Problem("note", message, "out", "builder")]
    whole = collect(FolderTree(tmp_path), [Builder(), Lines()], record_files=True)
    assert len(whole.components) == 2 * len(whole.files) == 14


def test_a_plugin_that_cannot_say_what_a_folder_is_for_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("odd/a", "odd/in/b", "work/c"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{path}.lines").write_text(path.replace("/", "_"))
    for wrong in ("whatever", None, ["scratch"]):
        monkeypatch.setattr(Builder, "uses", dict.fromkeys(("odd", "odd/in", "work"), wrong))
        found = collect(FolderTree(tmp_path), [Builder()])
        assert len(found.components) == 3
        [told] = [one for one in found.problems if one.message]
        assert (told.severity, told.plugin) == ("error", "builder")
        assert repr(wrong) in told.message
