"""What ELF files declare, whatever it is; ordinary files declare nothing."""

from __future__ import annotations

import pytest
from declaring import MODULES, TOOL, crates, elf_file, facts, inline, note, read

from firmbom_elf.binary import layout
from firmbom_elf.declarations import declared
from firmbom_elf.declarations.declared import Declared, Subject


def test_nothing_is_declared_by_ordinary_files() -> None:
    assert read(elf_file({".text": bytes(64)})) == Declared()
    assert declared.read(Subject(b"", None, "a", "a")) == Declared()
    assert declared.read(Subject(b"\x7fELF", facts(), "a", "a")) == Declared()


@pytest.mark.parametrize("wide", [True, False])
def test_sections_and_addresses_are_found_in_both_classes(wide: bool) -> None:
    found = layout.read(elf_file({".a": b"12", ".b": b"3456"}, wide=wide, big=wide))
    assert [(one.name, one.size) for one in found.sections] == [(".a", 2), (".b", 4), (".shstrtab", 17)]
    assert found.offset(0x10000 + 5) == 5
    assert found.offset(0x900000) == -1


def test_a_layout_cut_off_or_changed_anywhere_never_raises() -> None:
    whole = elf_file({".go.buildinfo": inline(MODULES), ".dep-v0": crates(TOOL), ".note.package": note(b"{}")})
    for length in range(0, len(whole), 7):
        read(whole[:length])
    for at in range(64):
        for value in (0, 0x7F, 0xFF):
            read(whole[:at] + bytes((value,)) + whole[at + 1 :])
