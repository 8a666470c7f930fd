"""The version that a Go program was linked with: what the variable holds, and what is none or not for sure."""

from __future__ import annotations

import struct

import pytest

from firmbom_elf.elf import read
from firmbom_elf.grounds import Ground
from firmbom_elf.rules import sightings

BUILT = b"\xff Go buildinf:\x08\x02"
ADDRESS = 0x40_0000
pytestmark = pytest.mark.usefixtures("no_entries")


def program(*texts: str, bits: int = 64, order: str = "<", form: str = "variable", built: bytes = BUILT) -> bytes:
    """An ELF program, loaded as a whole, whose variables hold ``texts``, each with a NUL before and behind it."""
    word, size = ("Q", 56) if bits == 64 else ("I", 32)
    start = 256
    body = bytearray(built.ljust(64, b"\0"))
    places = []
    for text in texts:
        body += b"\0"
        places.append(ADDRESS + start + len(body))
        body += text.encode()
    body += b"\0" * (1 + -len(body) % 16)
    body += b"\0" * (-len(body) % 8)
    for place, text in zip(places, texts, strict=True):
        length = len(text) + (form == "shorter")
        if form == "relocation":
            variable = ADDRESS + start + len(body)
            body += struct.pack(f"{order}2{word}", 0, length)
            body += struct.pack(f"{order}3{word}", variable, 1027, place) + b"\0" * 8
        elif form != "nothing":
            body += struct.pack(f"{order}2{word}", place, length)
    total = start + len(body)
    ident = b"\x7fELF" + bytes([bits // 32, 1 if order == "<" else 2, 1]) + b"\0" * 9
    header = 64 if bits == 64 else 52
    fields = (2, 183, 1, ADDRESS, header, 0, 0, header, size, 1, 0, 0, 0)
    head = ident + struct.pack(order + ("HHIQQQIHHHHHH" if bits == 64 else "HHIIIIIHHHHHH"), *fields)
    loaded = (
        struct.pack(order + "IIQQQQQQ", 1, 5, 0, ADDRESS, ADDRESS, total, total, 4096)
        if bits == 64
        else struct.pack(order + "8I", 1, 0, ADDRESS, ADDRESS, total, total, 5, 4096)
    )
    return (head + loaded).ljust(start, b"\0") + bytes(body)


def linked(data: bytes) -> list[str]:
    seen = sightings.sight(data, read(data).elf, "usr/bin/thing")
    return [one.version for one in seen if one.ground is Ground.LINKED]


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("form", ["variable", "relocation"])
def test_what_a_variable_of_its_length_points_to(bits: int, order: str, form: str) -> None:
    assert linked(program("1.2.3", bits=bits, order=order, form=form)) == ["1.2.3"]


@pytest.mark.parametrize(
    "data",
    [
        program("1.2.3", form="nothing"),
        program("1.2.3", form="shorter"),
        program("1.2.3", built=b"something else"),
    ],
)
def test_texts_that_are_no_variables_of_a_go_program(data: bytes) -> None:
    assert linked(data) == []


def test_a_text_of_go_itself_has_no_end() -> None:
    data = program("1.2.3")
    assert linked(data.replace(b"\x001.2.3\0", b"\x001.2.3\xe2")) == []
    assert linked(program("1.2.3rest").replace(struct.pack("<Q", 9), struct.pack("<Q", 5))) == []


@pytest.mark.parametrize(
    ("stated", "release"),
    [
        ("v1.2.3", "1.2.3"),
        ("2.3", "2.3"),
        ("2.0.0-rc1", "2.0.0-rc1"),
        ("3.0.0~rc50-1+b6", "3.0.0~rc50"),
        ("1.1.5+ds1-1+deb12u1+b3", "1.1.5"),
        ("v1.19.2-ds1", "1.19.2"),
        ("1.9.3-r0", "1.9.3"),
    ],
)
def test_what_distributions_append_is_left_out(stated: str, release: str) -> None:
    assert linked(program(stated)) == [release]


@pytest.mark.parametrize(
    "stated",
    ["v1.2.3-4-gf280282", "0.21+git20221209.981861c-1", "1.2.3-dirty", "0.0.0", "192.168.10.1", "2022.12.30", "1.5 s"],
)
def test_no_releases(stated: str) -> None:
    assert linked(program(stated)) == []


def test_one_version_told_twice_is_one() -> None:
    assert linked(program("1.2.3", "1.2.3-1+b2")) == ["1.2.3"]


@pytest.mark.parametrize("other", ["2.0.1", "1.2.3-4-gf280282"])
def test_of_several_none_is_stated(other: str) -> None:
    assert linked(program("1.2.3", other)) == []
