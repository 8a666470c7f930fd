"""Programs and libraries of one project, told by their names and by what they load."""

from __future__ import annotations

import pytest
from sighted import file, guess, owned, refs, string

from firmbom_elf.facts import Examined, Rule

pytestmark = pytest.mark.usefixtures("few_identified")


def program(name: str, *needed: str, version: str = "") -> Examined:
    told = [guess(name, version, Rule.STRING, 0.9)] if version else []
    return file(f"usr/bin/{name}", guess(name), *told, needed=needed)


def library(soname: str, version: str = "") -> Examined:
    name = soname.partition(".so")[0]
    told = [guess(name, version, Rule.STRING, 0.9)] if version else []
    return file(f"usr/lib/{soname}", guess(name), *told, soname=soname)


def test_what_loads_a_library_and_is_called_after_it_is_its_projects() -> None:
    known = owned("suite"), string("suite", "2.1", 0.9, own=True)
    library = file("usr/lib/libdraw2.so.0", *known, soname="libdraw2.so.0")
    other = file("usr/lib/libpaper.so.1", guess("libpaper"), soname="libpaper.so.1")

    tools = [program(name, "libc.so.6", "libdraw2.so.0") for name in ("draw", "draw2", "draw_line", "draw-lib-line")]
    assert refs([library, *tools]) == ["pkg:generic/suite@2.1"]
    assert refs([other, program("paper-size", "libpaper.so.1")]) == ["pkg:generic/libpaper"]
    both = program("draw-paper", "libdraw2.so.0", "libpaper.so.1")
    assert refs([library, other, both]) == ["pkg:generic/libpaper", "pkg:generic/suite@2.1"]
    strangers = [
        program("drawing", "libdraw2.so.0"),
        program("redraw", "libdraw2.so.0"),
        program("draw-alone"),
        program("draw-more", "libdraw2.so.0", version="7.6.5"),
    ]
    assert refs([library, *strangers]) == [
        "pkg:generic/draw-alone",
        "pkg:generic/draw-more@7.6.5",
        "pkg:generic/drawing",
        "pkg:generic/redraw",
        "pkg:generic/suite@2.1",
    ]
    further = file("usr/lib/libdraw-gl.so.0", guess("libdraw-gl"), soname="libdraw-gl.so.0", needed=("libdraw2.so.0",))
    assert refs([library, further]) == ["pkg:generic/suite@2.1"]
    viewer = program("draw-gl-view", "libdraw-gl.so.0")
    assert refs([library, further, viewer]) == ["pkg:generic/suite@2.1"]


def test_a_library_that_is_there_twice_has_no_programs() -> None:
    libraries = [
        file(f"{folder}/libdraw.so.0", guess(name), guess(name, "1.2.3", Rule.STRING, 0.9), soname="libdraw.so.0")
        for folder, name in (("usr/lib", "libdraw"), ("opt/lib", "fork"))
    ]
    tool = file("usr/bin/draw_line", guess("draw_line"), needed=("libdraw.so.0",))
    assert "pkg:generic/draw_line" in refs([*libraries, tool])


@pytest.mark.parametrize(
    ("programs", "libraries", "expected"),
    [
        ("1.4.6", "", ["scan@1.4.6"]),
        ("1.4.6", "1.4.6", ["libscan@1.4.6"]),
        ("2.5.28", "2.5.30", ["libscan@2.5.30", "scan@2.5.28"]),
        ("", "2.5.30", ["libscan@2.5.30"]),
        ("", "", ["libscan"]),
    ],
)
def test_a_program_and_its_library(programs: str, libraries: str, expected: list[str]) -> None:
    both = [program("scan", "libscan.so.2", version=programs), library("libscan.so.2", libraries)]
    assert refs(both) == [f"pkg:generic/{one}" for one in expected]


def test_the_library_of_a_known_program_is_the_programs() -> None:
    known = file("usr/bin/suite", owned("suite"), string("suite", "2.1", 0.9, own=True), needed=("libsuite.so.1",))
    for version in ("", "2.1"):
        assert refs([known, library("libsuite.so.1", version)]) == ["pkg:generic/suite@2.1"]
    assert refs([known, library("libsuite.so.1", "4.3.2")]) == ["pkg:generic/libsuite@4.3.2", "pkg:generic/suite@2.1"]
    assert refs([known, library("libsuite.so.2")]) == ["pkg:generic/libsuite", "pkg:generic/suite@2.1"]
    assert refs([known, library("libother.so.1")]) == ["pkg:generic/libother", "pkg:generic/suite@2.1"]


def test_a_library_of_that_name_that_the_program_does_not_load_is_another_projects() -> None:
    assert refs([program("rsync", version="3.2.7"), library("librsync.so.2")]) == [
        "pkg:generic/librsync",
        "pkg:generic/rsync@3.2.7",
    ]
