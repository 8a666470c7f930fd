"""Names of libraries that a program opens by itself, told by where they end."""

from __future__ import annotations

import pytest

from firmbom_elf.facts import Elf
from firmbom_elf.loading import opened
from firmbom_elf.rules import landmarks

OPENS = Elf(
    bits=64, endian="little", machine="x86_64", kind="executable", needed=("libc.so.6",), dlopens=("libn.so.1",)
)


def named(data: bytes) -> tuple[str, ...]:
    hits = landmarks.found(data)
    return opened.names(data, OPENS, [end for text in opened.ENDS for end in hits.ends(text)])


def test_whole_strings_that_are_library_names() -> None:
    data = b"\0liba.so\0/opt/$LIB/libb.so.1.2.3\0x.so.1.so\0libc.so.6\0"
    assert named(data) == ("/opt/$LIB/libb.so.1.2.3", "liba.so", "libn.so.1", "x.so.1.so")


@pytest.mark.parametrize(
    "data",
    [
        b"liba.so\0",  # the file begins with it: no string of its own is known to begin there
        b"\0see liba.so for it\0",
        b"\0liba.so.1x\0",
        b"\0liba.so.1.2.3.4.5\0",
        b"\0" + b"a" * 300 + b".so\0",
        b"\0lib a.so\0",
        b"\0liba.so.1",
    ],
)
def test_what_is_no_name_of_a_library(data: bytes) -> None:
    assert named(data) == ("libn.so.1",)


def test_no_more_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MOST", 2)
    assert named(b"\0liba.so\0libb.so\0libc.so\0") == ("liba.so", "libb.so")
