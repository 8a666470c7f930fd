"""The version of a Rust program right behind its name, and what stands there that is none."""

from __future__ import annotations

import pytest

from firmbom_elf.facts import Elf
from firmbom_elf.grounds import Ground
from firmbom_elf.rules import sightings

PROGRAM = Elf(bits=64, endian="little", machine="aarch64", kind="executable", interpreter="/lib/ld.so")
RUST = b"\0called `Option::unwrap()`/rustc/0123/library/core/src/str/mod.rs\0"
pytestmark = pytest.mark.usefixtures("no_entries")


def told(data: bytes, path: str = "usr/bin/hexyl") -> list[str]:
    return [one.version for one in sightings.sight(data, PROGRAM, path) if one.ground is Ground.CRATE]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (b"\0unableinfhexyl0.8.0A command-line hex viewer\0", "0.8.0"),
        (b"\0hexyl10.12.0\0", "10.12.0"),
        (b"\0hexyl0.4.0-pre.8Usage\0", "0.4.0-pre.8"),
        (b"\0hexyl0.8.0one\0hexyl0.8.0two\0", "0.8.0"),
    ],
)
def test_the_version_behind_the_name(text: bytes, version: str) -> None:
    assert told(RUST + text) == [version]


@pytest.mark.parametrize(
    "text",
    [
        b"\0hexyl0.8A viewer\0",
        b"\0hexyl0.8.0.1\0",
        b"\0hexyl0.08.0\0",
        b"\0hexyl 0.8.0\0",
        b"\0other0.8.0\0",
        b"\0my-hexyl0.8.0\0",
        b"\0hexyl0.8.0+git\0",
        b"\0hexyl0.8.0one\0hexyl0.8.1two\0",
    ],
)
def test_what_is_not_for_sure_its_version(text: bytes) -> None:
    assert told(RUST + text) == []


def test_only_in_programs_of_rust_and_behind_names_that_are_no_part_of_words() -> None:
    assert told(b"\0hexyl0.8.0A\0") == []
    assert told(RUST + b"\0sd0.8.0A\0", "usr/bin/sd") == []
