"""The plugin over whole trees: what it wants, what it says when all is seen, and that a walk leaves nothing behind."""

from __future__ import annotations

import lzma
import os
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom import contract
from firmbom.collect import collect
from firmbom.discovery import ready
from firmbom.errors import InputError
from firmbom.model import ComponentSet, Link, Problem
from firmbom.tree.folder import FolderTree
from firmbom.tree.match import NamePatterns, Patterns
from firmbom.tree.open import nested
from firmbom_elf import elf, examine
from firmbom_elf.binary import fingerprint
from firmbom_elf.facts import Examined
from firmbom_elf.plugin import Plugin
from firmbom_elf.task import Task

Compiled = Callable[..., bytes]


@pytest.fixture
def root(tmp_path: Path, compiled: Compiled) -> Path:
    """A program, the library that it loads, half a library, and what is none."""
    library = compiled("int given(void) { return 7; }", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libgiven.so.1")
    (tmp_path / "libgiven.so").write_bytes(library)
    program = compiled(
        "int given(void); int main(void) { return given(); }",
        *("-Wl,--no-as-needed", f"-L{tmp_path}", "-lgiven"),
    )
    (tmp_path / "libgiven.so").unlink()
    for name, data in {
        "usr/bin/program": program,
        "usr/lib/libgiven.so.1": library,
        "usr/lib/libhalf.so": library[: len(library) // 2],
        "usr/lib/libnone.so": b"\x7fELF",
        "usr/share/text": b"no binary",
    }.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "root"


def said(root: Path, plugin: Plugin) -> ComponentSet:
    with FolderTree(root) as tree:
        return collect(tree, [contract.plugin(plugin, "elf")])


def test_a_root_filesystem(root: Path) -> None:
    found = said(root, Plugin())
    assert [one.path for one in found.file_properties] == [
        "usr/bin/program",
        "usr/lib/libgiven.so.1",
        "usr/lib/libhalf.so",
    ]
    assert Link("usr/bin/program", "usr/lib/libgiven.so.1") in found.links
    told = {one.path: one for one in found.problems if one.severity != "note"}
    assert "is none" in told["usr/lib/libnone.so"].message
    assert "cut short" in told["usr/lib/libhalf.so"].message


def test_names_that_are_not_utf8(root: Path) -> None:
    odd = os.fsencode(root / "usr/bin") + b"/caf\xe9"
    os.rename(root / "usr/bin/program", odd)  # noqa: PTH104 - no path of pathlib's
    (root / "usr/bin/link").symlink_to(os.fsdecode(b"caf\xe9"))
    found = said(root, Plugin())
    assert Link("usr/bin/caf\\xe9", "usr/lib/libgiven.so.1") in found.links
    assert not [one for one in found.problems if "not examined" in one.message]


def test_one_instance_serves_several_trees_alike(root: Path, tmp_path: Path) -> None:
    plugin = Plugin()
    first = said(root, plugin)
    (tmp_path / "empty").mkdir()
    nothing = said(tmp_path / "empty", plugin)
    assert (nothing.file_properties, nothing.components, nothing.problems) == ((), (), ())
    assert said(root, plugin) == first


def test_what_is_begun_serves_the_walk_and_ends_with_it(root: Path) -> None:
    plugin = Plugin()
    with ready([plugin]) as (_, wrong):
        assert plugin._pool
        process = plugin._pool._nursery._process
        assert process
        begun = said(root, plugin)
        assert process.returncode is not None
    assert not wrong
    assert begun == said(root, Plugin())


def test_what_is_begun_ends_where_nothing_is_walked() -> None:
    plugin = Plugin()
    with pytest.raises(InputError), ready([plugin]):
        assert plugin._pool
        process = plugin._pool._nursery._process
        raise InputError("no image")
    assert process
    assert process.returncode is not None
    assert plugin._pool is None


@pytest.mark.parametrize(
    "name",
    [
        "u-boot.bin",
        "Image",
        "kernel",
        "kernel@1",
        "part-0",
        "vmlinux",
        "vmlinuz-6.1",
        "bl31.bin",
        "bootaa64.efi",
        "router.img",
        "zlib.pc",
        "wifi.fw",
    ],
)
def test_firmware_is_wanted_by_its_name(name: str) -> None:
    assert NamePatterns(Plugin.wants.names).match(name)


def test_the_banner_in_a_compressed_kernel_of_a_uimage(tmp_path: Path) -> None:
    banner = b"\0Linux version 5.15.150 (b@h) (mips-gcc 12.3.0) #0 Fri Mar 22 22:09:42 2024\n\0" + bytes(300)
    kernel = lzma.compress(banner, format=lzma.FORMAT_ALONE)
    header = struct.pack(">7I4B32s", 0x27051956, 0, 0, len(kernel), 0, 0, zlib.crc32(kernel), 5, 5, 2, 3, b"Kernel")
    header = header[:4] + struct.pack(">I", zlib.crc32(header)) + header[8:]
    (tmp_path / "uImage").write_bytes(header + kernel)
    with nested(FolderTree(tmp_path)) as tree:
        found = collect(tree, [contract.plugin(Plugin(), "elf")]).components
    assert {(one.name, one.version) for one in found} == {("linux", "5.15.150")}


def test_what_is_recognised_and_not_opened_is_examined(tmp_path: Path) -> None:
    """OVMF_CODE.fd: a firmware volume from its first byte on."""
    guid = bytes.fromhex("78e58c8c3d8a1c4f9935896185c32dd3")
    path = b"\0/build/edk2-2022.11/Build/OvmfX64/x.dll\0"
    (tmp_path / "OVMF_CODE.fd").write_bytes(bytes(16) + guid + bytes(8) + b"_FVH" + bytes(100) + path)
    with nested(FolderTree(tmp_path)) as tree:
        found = collect(tree, [contract.plugin(Plugin(), "elf")])
    assert [(one.name, one.version) for one in found.components] == [("edk2", "2022.11")]


def test_the_program_tee_is_not_wanted_by_its_name() -> None:
    """A build folder of Yocto has a link of that name, which leads out of it."""
    names, paths = NamePatterns(Plugin.wants.names), Patterns(Plugin.wants.paths)
    assert paths.match("tee"), "part of a FIT"
    assert names.match("tee-1")
    assert not any(one.match("tmp/hosttools/tee") for one in (names, paths))


def test_texts_are_not_wanted() -> None:
    assert not any(NamePatterns(Plugin.wants.names).match(name) for name in ("main.c", "index.html", "a.py", "README"))


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (MemoryError(), "its ELF header would take more memory than a worker may have"),
        (ZeroDivisionError("by\nzero"), "its ELF header cannot be read: unexpected ZeroDivisionError: by\\nzero"),
    ],
)
def test_a_step_that_fails_costs_itself(monkeypatch: pytest.MonkeyPatch, raised: Exception, told: str) -> None:
    def fail(_: bytes) -> elf.Read:
        raise raised

    monkeypatch.setattr(elf, "read", fail)
    answer = examine.examine(Task(path="a", place="x!/a"), b"\x7fELF and more")
    assert isinstance(answer, Examined)
    assert answer.problems == (Problem("error", told, "x!/a"),)


def test_a_fingerprint_that_fails_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise IndexError("out")

    monkeypatch.setattr(fingerprint, "of", fail)
    data = Path(sys.executable).resolve().read_bytes()
    answer = examine.examine(Task(path="a", place="a", fingerprint=True), data)
    assert answer.elf is not None
    assert [one.message for one in answer.problems] == ["its fingerprint cannot be read: unexpected IndexError: out"]
