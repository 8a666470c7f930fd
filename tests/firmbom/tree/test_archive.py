"""A container as a tree: links, folders, look-ups and order, on entries made by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom.errors import InputError
from firmbom.model import Problem
from firmbom.tree.archive import ArchiveTree, Entry
from firmbom.tree.base import Limits
from firmbom.tree.budget import Budget
from firmbom.tree.report import MOST, Report
from firmbom.tree.source import BytesSource, Source


def file(name: str, data: bytes | None = None) -> Entry:
    content = name.encode("utf-8", "surrogateescape") if data is None else data
    return Entry(name.encode("utf-8", "surrogateescape"), "file", len(content), BytesSource(content))


def link(name: str, target: str) -> Entry:
    return Entry(name.encode(), "symlink", target=target.encode())


def hard(name: str, target: str) -> Entry:
    return Entry(name.encode(), "hardlink", target=target.encode("utf-8", "surrogateescape"))


def folder(name: str) -> Entry:
    return Entry(name.encode(), "folder")


def tree_of(*entries: Entry, limits: Limits | None = None) -> ArchiveTree:
    def reader(_: Source, __: Report) -> Iterator[Entry]:
        yield from entries

    limits = limits or Limits()
    return ArchiveTree(BytesSource(b""), reader, budget=Budget(limits, 1 << 30), prefix="x.tar!/", problems=[])


def walked(tree: ArchiveTree) -> list[str]:
    return [one.path for one in tree.walk()]


def told(tree: ArchiveTree) -> list[tuple[str, str]]:
    return [(one.severity, one.path) for one in tree.problems]


def resolved(tree: ArchiveTree, path: str) -> str | None:
    found = tree.get(path)
    return found.path if found else None


names = st.text(st.sampled_from("ab-./é"), min_size=1, max_size=8)


@given(st.lists(names, max_size=12))
def test_files_come_sorted_by_the_bytes_of_their_paths_and_are_found_by_them(paths: list[str]) -> None:
    tree = tree_of(*(file(path) for path in paths))
    found = walked(tree)
    assert found == sorted(set(found), key=str.encode)
    for path in found:
        one = tree.get(path)
        assert one is not None
        assert one.path == path
        assert path.rpartition("/")[2] in tree.list(path.rpartition("/")[0])


def test_links_are_followed_inside_the_container() -> None:
    tree = tree_of(
        file("usr/lib/libz.so.1.3"),
        link("usr/lib/libz.so", "libz.so.1.3"),
        link("lib", "usr/lib"),
        link("abs", "/usr/lib/libz.so"),
        link("up", "../../../usr/lib/libz.so"),
        link("dotted", "./usr/./lib/../lib//libz.so"),
        link("etc", "/"),
    )
    for path in ("usr/lib/libz.so", "lib/libz.so", "abs", "up", "dotted", "etc/etc/lib/libz.so.1.3"):
        assert resolved(tree, path) == "usr/lib/libz.so.1.3", path
    assert walked(tree) == ["usr/lib/libz.so.1.3"]
    assert tree.list("lib") == ["libz.so", "libz.so.1.3"]
    assert tree.list("") == ["abs", "dotted", "etc", "lib", "up", "usr"]
    assert told(tree) == []


@pytest.mark.parametrize("path", ["self", "ping", "gone", "into/x", "empty", "file/x", "file/..", "dir", "x" * 5000])
def test_what_leads_nowhere_is_none(path: str) -> None:
    tree = tree_of(
        file("file"),
        file("dir/x"),
        link("self", "self"),
        link("ping", "pong"),
        link("pong", "ping"),
        link("gone", "nothing"),
        link("into", "file"),
        link("empty", ""),
    )
    assert tree.lookup(path) is None
    assert list(tree.list(path)) in ([], ["x"])


def test_more_links_than_linux_follows_lead_nowhere() -> None:
    tree = tree_of(file("l0"), *(link(f"l{number}", f"l{number - 1}") for number in range(1, 60)))
    assert resolved(tree, "l40") == "l0"
    assert resolved(tree, "l41") is None


def test_a_hard_link_is_a_file_with_the_content_that_stood_there_then() -> None:
    tree = tree_of(file("a", b"one"), hard("b", "a"), file("a", b"two"), hard("c", "./a"), hard("d/e", "b"))
    assert {one.path: one.read() for one in tree.walk()} == {"a": b"two", "b": b"one", "c": b"two", "d/e": b"one"}


def test_a_hard_link_may_come_before_its_file_but_not_without_one() -> None:
    tree = tree_of(hard("b", "a"), file("a"), hard("c", "nothing"), hard("d", "../.."), hard("e", "e"))
    assert walked(tree) == ["a", "b"]
    assert told(tree) == [("error", "x.tar!/c"), ("error", "x.tar!/d"), ("error", "x.tar!/e")]


def test_the_last_of_one_name_stands_and_that_is_said() -> None:
    tree = tree_of(file("a", b"one"), file("./a", b"two"), file("b"), link("b", "a"))
    assert {one.path: one.read() for one in tree.walk()} == {"a": b"two"}
    assert told(tree) == [("warning", "x.tar!/a"), ("warning", "x.tar!/b")]


def test_a_folder_wins_over_a_file_of_its_name() -> None:
    tree = tree_of(file("a"), file("a/b"), file("c/d"), file("c"))
    assert walked(tree) == ["a/b", "c/d"]
    assert told(tree) == [("error", "x.tar!/a"), ("error", "x.tar!/c")]


def test_entries_go_through_links_to_folders_as_when_unpacked() -> None:
    tree = tree_of(folder("usr/lib"), link("lib", "usr/lib"), file("lib/a"), link("out", "/../.."), file("out/b"))
    assert walked(tree) == ["b", "usr/lib/a"]


def test_a_link_gives_way_to_a_folder_entry_and_to_what_cannot_go_through_it() -> None:
    tree = tree_of(folder("real"), link("lib", "real"), folder("lib"), file("lib/a"), link("x", "x"), file("x/b"))
    assert walked(tree) == ["lib/a", "x/b"]


def test_names_are_kept_inside() -> None:
    tree = tree_of(file("/etc/passwd"), file("../../a"), file("b/../../c"), file("./d"), file("e//f"), file("."))
    assert walked(tree) == ["a", "c", "d", "e/f", "etc/passwd"]
    assert [one.severity for one in tree.problems] == ["warning"] * 3


def test_strange_names_are_told_in_a_form_that_can_be_encoded() -> None:
    tree = tree_of(file("caf\udce9\n"), hard("\x1b[31m", "\udcff"))
    assert [one.location_path for one in tree.walk()] == ["x.tar!/caf\\xe9\n"]
    for problem in tree.problems:
        problem.path.encode()


def test_a_reader_that_stops_leaves_what_it_gave() -> None:
    for error, said in (
        (InputError("cut", place="byte 7"), "byte 7: cut; the rest was not read"),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error; the rest was not read"),
        (ValueError("bug"), "unexpected ValueError (bug); the rest was not read"),
    ):
        problems: list[Problem] = []

        def reader(_: Source, __: Report, error: Exception = error) -> Iterator[Entry]:
            yield file("a")
            raise error

        tree = ArchiveTree(
            BytesSource(b""), reader, budget=Budget(Limits(), 100), prefix="in/x.tar!/", problems=problems
        )
        assert walked(tree) == ["a"]
        assert problems == [Problem("error", said, "in/x.tar")]


def test_a_limit_of_entries_ends_the_reading_and_folders_count() -> None:
    tree = tree_of(*(file(f"d{number}/a") for number in range(10)), limits=Limits(files=7))
    assert len(walked(tree)) == 3
    assert told(tree) == [("error", "x.tar")]
    assert "more than the limit of 7 entries" in tree.problems[0].message


def test_a_limit_of_bytes_leaves_out_what_is_too_much_and_reads_on() -> None:
    tree = tree_of(
        file("a", b"x" * 60), file("b", b"x" * 60), hard("c", "a"), file("d", b"x"), limits=Limits(tree_bytes=99)
    )
    assert walked(tree) == ["a", "d"]
    assert told(tree) == [("error", "x.tar!/b"), ("error", "x.tar!/c")]


def test_a_limit_of_time_ends_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr("firmbom.tree.budget.time.monotonic", lambda: float(next(clock)))
    tree = tree_of(*(file(f"f{number}") for number in range(50)), limits=Limits(seconds=95))
    assert 0 < len(walked(tree)) < 10
    assert "longer than the limit of 95 seconds" in tree.problems[0].message


def test_a_path_longer_than_any_system_opens_is_said() -> None:
    tree = tree_of(file("a/" * 2048 + "b"), file("c" * 4096), link("long", "x" * 5000))
    assert walked(tree) == ["c" * 4096]
    assert [one.severity for one in tree.problems] == ["error"]
    assert tree.get("long") is None


def test_problems_do_not_flood() -> None:
    def reader(_: Source, report: Report) -> Iterator[Entry]:
        for number in range(1000):
            report("warning", "same words", f"f{number}")
        for number in range(1000):
            report("error", f"other words {number}")
        yield file("a")

    problems: list[Problem] = []
    tree = ArchiveTree(BytesSource(b""), reader, budget=Budget(Limits(), 1), prefix="x!/", problems=problems)
    assert walked(tree) == ["a"]
    assert problems[3] == Problem("error", "other words 0", "x")
    assert len(problems) == MOST + 2
    assert problems[-2:] == [
        Problem("warning", "same words: 997 more in it", "x"),
        Problem("error", f"{1000 - (MOST - 3)} more problems of other kinds", "x"),
    ]


@pytest.mark.parametrize("size", [2, 4])
def test_packed_content_of_another_size_than_stated_is_damage(size: int) -> None:
    tree = tree_of(Entry(b"a", "file", size, lambda: iter([b"a", b"", b"bc"])))
    (one,) = tree.walk()
    with pytest.raises(InputError, match=r"x\.tar!/a: does not hold as many bytes as its container states"):
        one.read()


def test_what_a_decompressor_raises_is_an_input_error_with_the_path() -> None:
    def broken() -> Iterator[bytes]:
        yield b"x"
        raise OSError(5, "Input/output error")

    def refused() -> Iterator[bytes]:
        yield b"x"
        raise InputError("checksum is wrong")

    for content, said in ((broken, "cannot be read: Input/output error"), (refused, "checksum is wrong")):
        (one,) = tree_of(Entry(b"a", "file", 9, content)).walk()
        for read in (one.read, lambda one=one: one.digests, one.source):
            with pytest.raises(InputError) as caught:
                read()
            assert str(caught.value) == f"x.tar!/a: {said}"


def test_packed_content_is_made_anew_for_each_reader() -> None:
    (one,) = tree_of(Entry(b"a", "file", 6, lambda: iter([b"abc", b"def"]))).walk()
    with one.open() as first, one.open() as second:
        assert first.read(2) == b"ab"
        assert second.read() == b"abcdef"
        assert first.read() == b"cdef"
        assert not first.seekable()
    assert one.source().read_at(2, 3) == b"cde"


def test_a_closed_tree_gives_up_its_source() -> None:
    class Closing(BytesSource):
        closed = False

        def close(self) -> None:
            self.closed = True

    source = Closing(b"")
    with ArchiveTree(source, lambda _, __: (), budget=Budget(Limits(), 1), prefix="", problems=[]):
        assert not source.closed
    assert source.closed
