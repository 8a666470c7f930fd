"""Manual pages, metainfo and modules of languages tell the release of the binary beside them, if it is its own."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from firmbom.model import Component
from firmbom.tree.base import FileTree
from firmbom.tree.folder import FolderTree
from firmbom.tree.open import nested
from firmbom_elf.beside import appstream, beside, language_modules, manual
from firmbom_elf.deciding import identify
from firmbom_elf.facts import Elf, Examined, Rule, Sighting
from firmbom_elf.grounds import Ground

PROGRAM = Elf(bits=64, endian="little", machine="aarch64", kind="executable")
LIBRARY = Elf(bits=64, endian="little", machine="aarch64", kind="library")
PERL = "usr/lib/aarch64-linux-gnu/perl5/5.36"
TCL = "usr/lib/tcltk/aarch64-linux-gnu/thing1.2.3"
R = "usr/lib/R/site-library/thing"
ERLANG = "usr/lib/erlang/lib/p1_thing-1.2"
METAINFO = (
    b'<component><id>org.thing.desktop</id>%s<releases><release type="stable" version="1.2.3"/></releases></component>'
)
PAGE = b'.TH THING "1" "March 2022" "thing 1.2.3" "User Commands"\n.SH NAME\nthing \\- do things\n'

pytestmark = pytest.mark.usefixtures("no_entries")


def examined(path: str, *numbers: str, elf: Elf = PROGRAM, ground: Ground = Ground.NUMBER) -> Examined:
    """A file whose bytes hold some numbers and leave open which is its release."""
    name = path.rpartition("/")[2].removesuffix(".so")
    seen = [Sighting(name=name, rule=Rule.FILE, confidence=0.3, listed=False, own=True, text=name)]
    seen += (
        Sighting(
            name=name, version=one, rule=Rule.NUMBER, confidence=0.3, listed=False, own=True, text=one, ground=ground
        )
        for one in numbers
    )
    return Examined(path=path.rpartition("!/")[2], place=path, elf=elf, sightings=tuple(seen))


def put(root: Path, files: Mapping[str, bytes]) -> FileTree:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return nested(FolderTree(root))


def said(tree: FileTree, *files: Examined) -> list[tuple[str, str, Ground]]:
    """What is told besides: version, where it stands, and the ground."""
    told, problems = beside.told(files, tree)
    assert not problems
    return [(one.version, one.beside, one.ground) for file in told for one in file.sightings if one.beside]


@pytest.mark.parametrize(
    ("path", "program", "data"),
    [
        ("usr/share/man/man1/thing.1.gz", "usr/bin/thing", gzip.compress(PAGE, mtime=0)),
        ("usr/share/man/man8/thing.8", "sbin/thing", PAGE),
        ("opt/vendor/share/man/man1/thing.1", "opt/vendor/bin/thing", PAGE),
        ("rootfs/usr/share/man/man1/thing.1x", "rootfs/usr/lib/things/thing", PAGE.replace(b"1.2.3", b"1\\&.2\\&.3")),
        ("usr/share/man/man1/thing.1", "usr/bin/thing", b".Dd May 1, 2022\n.Dt THING 1\n.Os Thing 1.2.3\n"),
        ("usr/share/man/man1/thing.1", "usr/bin/thing", b".TH THING 1 2022-01-01 v1.2.3-1 Thing\n"),
        (
            "usr/share/info/thing.info",
            "usr/bin/thing",
            b"This is thing.info, produced by makeinfo version 6.8\nThis manual is for thing (version\n1.2.3, today).",
        ),
        ("usr/share/metainfo/thing.xml", "usr/bin/thing", METAINFO % b"<provides><binary>thing</binary></provides>"),
    ],
)
def test_what_the_program_holds_is_confirmed(tmp_path: Path, path: str, program: str, data: bytes) -> None:
    tree = put(tmp_path, {path: data})
    assert said(tree, examined(program, "1.2.3", "9.9.9")) == [("1.2.3", path, Ground.CONFIRMED)]
    assert said(tree, examined(program, "1.2.4")) == []
    assert said(tree, examined(program, "1.2.3", ground=Ground.TEXT)) == []
    assert said(tree, examined(f"{program}s", "1.2.3")) == []


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"\x1f\x8b\x08 cut",
        b'.TH "THING 1 1.2.3\n',
        b'.TH XTHING 1 "thing 1.2.3" "X Version 11"\n',
        b".TH THING 1 2022-01-01 1.2.3-dev\n",
        b".TH THING 1 1.2.3\nversion 1.2.3\n",
        b'.\\" .TH THING 1 2022-01-01 1.2.3\n',
        b"." * 9000 + PAGE,
    ],
)
def test_pages_that_confirm_nothing(page: bytes) -> None:
    assert list(manual.read(page, {"1.2.3"})) == []


@pytest.mark.parametrize(
    ("program", "page", "ground"),
    [
        ("thing", b'.TH THING 1 "May 2022" "GNU thing 1.4" "User Commands"\n', Ground.TITLED),
        ("other.thing", b'.TH THING 1 "May 2022" thing-1.4\n', Ground.TITLED),
        ("thing", b'.TH THING 1 "May 2022" "Version 1.4"\n', None),
        ("thing-1.4", b'.TH THING 1 "May 2022" "thing-1.4"\n', None),
    ],
)
def test_a_number_like_5_4_is_confirmed_behind_the_programs_name(
    tmp_path: Path, program: str, page: bytes, ground: Ground | None
) -> None:
    path = f"usr/share/man/man1/{program}.1"
    told = said(put(tmp_path, {path: page}), examined(f"usr/bin/{program}", "1.4"))
    assert told == ([("1.4", path, ground)] if ground else [])


def test_where_it_stands() -> None:
    [one] = manual.read(b".\n" + PAGE, {"1.2.3"})
    assert (one.offset, one.text) == (2, PAGE.decode().splitlines()[0])


def test_a_page_may_be_another_one(tmp_path: Path) -> None:
    tree = put(tmp_path, {"usr/share/man/man1/tool.1": b".so man1/thing.1\n", "usr/share/man/man1/thing.1": PAGE})
    assert said(tree, examined("usr/bin/tool", "1.2.3")) == [("1.2.3", "usr/share/man/man1/thing.1", Ground.CONFIRMED)]
    tree = put(tmp_path, {"usr/share/man/man1/thing.1": b".so man1/none.1"})
    assert said(tree, examined("usr/bin/tool", "1.2.3")) == []


def test_metainfo_of_what_a_desktop_entry_starts(tmp_path: Path) -> None:
    entry = "usr/share/applications/org.thing.desktop"
    path = "usr/share/appdata/org.thing.appdata.xml"
    tree = put(tmp_path, {path: METAINFO % b"", entry: b"[Desktop Entry]\nExec=env A=1 /usr/bin/thing %U\nExec=other"})
    files = examined("usr/bin/thing", "1.2.3"), examined("usr/bin/other", "1.2.3")
    assert said(tree, *files) == [("1.2.3", path, Ground.CONFIRMED)]


@pytest.mark.parametrize(
    "data", [METAINFO[:-5] % b"", b'<!DOCTYPE x [<!ENTITY a "b">]>' + METAINFO % b"&a;", b"\xff" + METAINFO % b""]
)
def test_metainfo_that_cannot_be_read_is_a_problem(tmp_path: Path, data: bytes) -> None:
    tree = put(tmp_path, {"usr/share/metainfo/thing.xml": data})
    [problem] = beside.told([examined("usr/bin/thing", "1.2.3")], tree)[1]
    assert problem.path == "usr/share/metainfo/thing.xml"
    assert beside.told([examined("usr/bin/thing", "9.9.9")], tree)[1] == []


def test_metainfo_without_a_release() -> None:
    assert appstream.newest(b"<component><releases><release date='1'/></releases></component>") is None


@pytest.mark.parametrize(
    ("library", "module", "data", "version"),
    [
        (f"{PERL}/auto/A/B/B.so", f"{PERL}/A/B.pm", b"package A::B;\nour $VERSION = '1.23';", "1.23"),
        (f"{PERL}/auto/A/B/B.so", f"{PERL}/A/B.pm", b"package A::B v1.2.3;\n", "1.2.3"),
        (f"{PERL}/auto/A/B/B.so", f"{PERL}/A/B.pm", b"$A::B::VERSION = version->declare('v1.2.3');", "1.2.3"),
        (f"{PERL}/auto/A/B/B.so", f"{PERL}/A/B.pm", b"our $VERSION = '2.000012';", ""),
        (f"{PERL}/auto/A/B/B.so", f"{PERL}/A/B.pm", b"our $VERSION = '1.23_01';", ""),
        (f"{PERL}/auto/A/B/B.so", f"{PERL}/A/B.pm", b"our $VERSION = $A::VERSION;", ""),
        (f"{R}/libs/thing.so", f"{R}/DESCRIPTION", b"Package: thing\nVersion: 1.2-3\n", "1.2-3"),
        (f"{ERLANG}/priv/lib/thing.so", f"{ERLANG}/ebin/fast_thing.app", b'{vsn, "1.2"},', "1.2"),
        (f"{ERLANG}/priv/thing.so", f"{ERLANG}/ebin/thing.app", b'{vsn,"1.2"},{runtime_dependencies,["erts-9"]}', ""),
        (f"{TCL}/thing.so", f"{TCL}/pkgIndex.tcl", b"package ifneeded thing 1.2.3 [list load thing.so]", "1.2.3"),
        (f"{TCL}/thing.so", f"{TCL}/pkgIndex.tcl", b"package ifneeded thing 1.2 [list load thing.so]", ""),
        (f"{TCL}/thing.so", f"{TCL}/pkgIndex.tcl", b"package ifneeded thing 1.2.3 [list load other.so]", ""),
        (
            f"{TCL}/thing.so",
            f"{TCL}/pkgIndex.tcl",
            b"package ifneeded thing 1.2.3 [list load thing.so]\npackage ifneeded jpeg 9.5.0 [list load jpeg.so]",
            "",
        ),
        (f"{TCL}/thing.so", f"{TCL}/pkgIndex.tcl", b"\xff\0", ""),
    ],
)
def test_modules_declare_the_release_of_what_they_load(
    tmp_path: Path, library: str, module: str, data: bytes, version: str
) -> None:
    told = said(put(tmp_path, {module: data}), examined(library, elf=LIBRARY))
    assert told == ([(version, module, Ground.MODULE)] if version else [])


def test_a_part_of_a_module_with_another_release_declares_nothing(tmp_path: Path) -> None:
    library = examined(f"{PERL}/auto/A/B/C/C.so", elf=LIBRARY)
    files = {f"{PERL}/A/B/C.pm": b"our $VERSION = '0.14';", f"{PERL}/A/B.pm": b"our $VERSION = '0.14';"}
    assert said(put(tmp_path, files), library) == [("0.14", f"{PERL}/A/B/C.pm", Ground.MODULE)]
    assert said(put(tmp_path, {f"{PERL}/A.pm": b"our $VERSION = '0.35';"}), library) == []


def test_several_declarations_are_none(tmp_path: Path) -> None:
    tree = put(tmp_path, {f"{ERLANG}/ebin/{name}.app": b'{vsn, "1.2"}' for name in "ab"})
    assert said(tree, examined(f"{ERLANG}/priv/thing.so", elf=LIBRARY)) == []


def test_what_is_no_library_of_a_language_has_no_module() -> None:
    assert [list(language_modules.modules(path)) for path in ("usr/bin/thing", "usr/lib/libthing.so")] == [[], []]


def test_what_cannot_be_read_is_a_problem_and_what_is_too_large_is_no_manual(tmp_path: Path) -> None:
    page = "usr/share/man/man1/thing.1.gz"
    tree = put(tmp_path, {page: gzip.compress(PAGE, mtime=0)[:-20]})
    [problem] = beside.told([examined("usr/bin/thing", "1.2.3")], tree)[1]
    assert problem.path == page
    assert said(put(tmp_path, {page: PAGE + bytes(5 << 20)}), examined("usr/bin/thing", "1.2.3")) == []


@pytest.mark.parametrize(("linked", "within"), [(True, ""), (False, ""), (True, "outer.tar!/")])
def test_a_container_is_looked_into_if_it_is_at_hand(tmp_path: Path, linked: bool, within: str) -> None:
    with tarfile.open(tmp_path / "root.tar", "w") as archive:
        put(tmp_path / "root", {"usr/share/man/man1/thing.1": PAGE})
        archive.add(tmp_path / "root/usr", "usr")
        if linked:
            (tmp_path / "link").symlink_to("usr/bin")
            archive.add(tmp_path / "link", "bin")
    if within:
        with tarfile.open(tmp_path / "outer.tar", "w") as archive:
            archive.add(tmp_path / "root.tar", "root.tar")
    tree = nested(FolderTree(tmp_path))
    list(tree.walk())
    told = said(tree, examined(f"{within}root.tar!/usr/bin/thing", "1.2.3"))
    page = "root.tar!/usr/share/man/man1/thing.1"
    assert told == ([("1.2.3", page, Ground.CONFIRMED)] if linked and not within else [])


def test_only_what_its_own_bytes_leave_open_is_looked_up(tmp_path: Path) -> None:
    tree = put(tmp_path, {"usr/share/man/man1/thing.1": PAGE.replace(b"thing 1.2.3", b"thing 1.2.2")})
    sure = Sighting(name="thing", version="1.2.3", rule=Rule.STRING, confidence=0.9, own=True, ground=Ground.BUILD)
    file = examined("usr/bin/thing", "1.2.2")
    assert said(tree, Examined(path=file.path, place=file.place, elf=PROGRAM, sightings=(*file.sightings, sure))) == []
    assert said(tree, file) != []


def test_the_evidence_names_the_file_that_it_stands_in(tmp_path: Path) -> None:
    page = "usr/share/man/man1/thing.1"
    files, _ = beside.told([examined("usr/bin/thing", "1.2.3", "9.9.9")], put(tmp_path, {page: PAGE}))
    [one] = [each for each in identify.components(files) if isinstance(each, Component)]
    assert one.purl == "pkg:generic/thing@1.2.3"
    [claim] = [claim for claim in one.claims if claim.location.path == page]
    assert (claim.field, claim.value) == ("version", "1.2.3")
    assert claim.location.text == PAGE.decode().splitlines()[0]
