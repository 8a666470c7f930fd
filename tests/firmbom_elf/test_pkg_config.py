"""pkg-config's files tell the release of the libraries beside them."""

from __future__ import annotations

import msgspec
import pytest

from firmbom.model import Component
from firmbom_elf.beside.pkg_config import sight
from firmbom_elf.deciding import identify
from firmbom_elf.facts import Elf, Examined, Rule, Sighting
from firmbom_elf.rules.general import Strings
from firmbom_elf.rules.general import sight as general

PC = b"""prefix=/usr
release = 1.4.2
Name: thing
Description: does things
Version: ${release}+dfsg
Libs: -L${prefix}/lib -lthing -lthing-extra
"""


def test_the_version_and_where_it_stands() -> None:
    first, second = sight(PC, "usr/lib/pkgconfig/thing.pc")
    assert (first.name, second.name) == ("libthing", "libthing-extra")
    assert (first.version, first.own, first.listed) == ("1.4.2", True, False)
    assert PC[first.offset :].startswith(b"Version:")
    assert first.text == "Version: ${release}+dfsg"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\0",
        b"Version: 1.2\n",
        b"Libs: -lx\n",
        b"Version: ${none}\nLibs: -lx\n",
        b"Version: a b\nLibs: -lx\n",
        b"Version: 1.2\nLibs: -pthread\n",
        b"Version: 1.2\nName: sawfish\nLibs: -lX11\n",
    ],
)
def test_what_says_nothing(data: bytes) -> None:
    assert list(sight(data, "none.pc")) == []


def test_only_so_many_libraries() -> None:
    assert len(list(sight(b"Version: 1.2\nLibs:" + b" -lx" * 100, "x.pc"))) == 16


def test_it_is_evidence_about_the_library_that_is_there() -> None:
    elf = Elf(bits=64, endian="little", machine="x", kind="library", soname="libthing.so.1")
    by_name = Sighting(name="libthing", rule=Rule.FILE, confidence=0.3, listed=False, own=True)
    library = Examined(
        path="usr/lib/libthing.so.1.0.2", place="usr/lib/libthing.so.1.0.2", elf=elf, sightings=(by_name,)
    )
    path = "usr/lib/pkgconfig/thing.pc"
    guest = msgspec.structs.replace(library, path="usr/lib/jni/libthing.so", place="usr/lib/jni/libthing.so")
    stated = Examined(path=path, place=path, sightings=general(PC, None, path, Strings((), ()), ()))
    [one] = [each for each in identify.components([library, stated]) if isinstance(each, Component)]
    assert one.purl == "pkg:generic/libthing@1.4.2"
    assert path in {claim.location.path for claim in one.claims}
    assert list(identify.components([stated])) == []
    [one] = [each for each in identify.components([guest, stated]) if isinstance(each, Component)]
    assert not one.version
