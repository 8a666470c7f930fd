"""What Rust programs declare: their crates; and damaged lists of crates."""

from __future__ import annotations

import zlib

import pytest
from declaring import TOOL, crates, elf_file, properties, purls, read

from firmbom_elf.declarations import cargo_auditable
from firmbom_elf.declarations.declared import Declared

SERDE = {"name": "serde", "version": "1.0.0", "source": "crates.io", "dependencies": [2]}
CC = {"name": "cc", "version": "1.2.57", "source": "git", "kind": "build"}


def test_crates_are_inside_the_root_crate() -> None:
    said = read(elf_file({".dep-v0": crates(TOOL, SERDE, CC)}))
    root, serde, cc = said.components
    assert (root.purl, root.type, root.within) == ("pkg:cargo/tool@0.1.0", "application", "")
    assert (serde.ref, serde.scope) == ("pkg:cargo/tool@0.1.0!pkg:cargo/serde@1.0.0", "")
    assert (cc.scope, properties(cc)) == ("excluded", {"firmbom:cargo:source": "git"})
    assert {(edge.source, edge.target) for edge in said.edges} == {
        (root.ref, serde.ref),
        (root.ref, cc.ref),
        (serde.ref, cc.ref),
    }


def test_cycles_and_dangling_dependencies_of_crates() -> None:
    loop = {"name": "a", "version": "1.0.0", "dependencies": [0, 1, 7, -1]}
    back = {"name": "b", "version": "1.0.0", "dependencies": [0]}
    said = read(elf_file({".dep-v0": crates(loop, back, back)}))
    assert purls(said) == ["pkg:cargo/a@1.0.0", "pkg:cargo/b@1.0.0"]
    assert [(edge.source, edge.target) for edge in said.edges] == [
        ("pkg:cargo/a@1.0.0", "pkg:cargo/b@1.0.0"),
        ("pkg:cargo/b@1.0.0", "pkg:cargo/a@1.0.0"),
    ]
    assert [one.message for one in said.problems] == ["2 dependencies in its list of crates lead nowhere"]


def test_crates_are_found_without_section_headers() -> None:
    with_headers = elf_file({".rodata": b"/rustc/0123/library/core\0"}, headers=False)
    data = with_headers + b"x\x9cnoise" + crates(TOOL, SERDE, CC) + b"more"
    assert purls(read(data)) == ["pkg:cargo/tool@0.1.0", "pkg:cargo/serde@1.0.0", "pkg:cargo/cc@1.2.57"]
    assert read(with_headers) == Declared()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not zlib", "damaged"),
        (crates(TOOL, SERDE, CC)[:40], "cut off"),
        (zlib.compress(bytes(1 << 20)), "not as cargo-auditable writes it"),
        (zlib.compress(b'{"packages":[{"name":1}]}'), "not as cargo-auditable writes it"),
        (zlib.compress(b"[" * 100_000), "not as cargo-auditable writes it"),
        (crates({"name": "", "version": "1"}), "without a name"),
        (crates({"name": "a", "version": "1", "dependencies": [0] * (cargo_auditable.MOST_EDGES + 1)}), "more than"),
    ],
)
def test_damaged_lists_of_crates_are_problems(content: bytes, message: str) -> None:
    said = read(elf_file({".dep-v0": content}))
    assert [message in one.message for one in said.problems] == [True]
    assert not said.components


def test_a_zlib_bomb_is_not_unpacked() -> None:
    said = read(elf_file({".dep-v0": zlib.compress(bytes(cargo_auditable.LARGEST + 1), 9)}))
    assert "larger than" in said.problems[0].message
