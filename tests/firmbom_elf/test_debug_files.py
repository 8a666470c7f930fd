"""Sources in debug information, from the file itself or the one beside it, as components."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from firmbom.model import Component
from firmbom_elf.debug import debug_files
from firmbom_elf.debug.sources import PathRule
from firmbom_elf.deciding import identify
from firmbom_elf.examine import examine
from firmbom_elf.facts import Examined
from firmbom_elf.task import Task

MAIN = "int inflate(int); int main(int c, char **v) { return inflate(c); }\n"
LIBRARY = "int inflate(int x) { return x + 1; }\n"


class Build:
    """Sources in folders of releases, and what is made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: dict[str, bytes] = {}

    def make(self, *sources: str, options: tuple[str, ...] = ()) -> bytes:
        """A program of these sources, the first of which has ``main``."""
        for number, path in enumerate(sources):
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(LIBRARY if number else MAIN)
        command = ["gcc", "-g", "-o", "made", f"-ffile-prefix-map={self.folder}=/usr/src/debug", *options, *sources]
        subprocess.run(command, cwd=self.folder, check=True)
        return (self.folder / "made").read_bytes()

    def cut(self, data: bytes, debug: str) -> tuple[bytes, bytes]:
        """The stripped program that links to ``debug``, and its debug file."""
        (self.folder / "made").write_bytes(data)
        for command in (
            ["objcopy", "--only-keep-debug", "made", debug],
            ["objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", "made", "stripped"],
        ):
            subprocess.run(command, cwd=self.folder, check=True)
        return (self.folder / "stripped").read_bytes(), (self.folder / debug).read_bytes()

    def put(self, path: str, data: bytes) -> Build:
        self.found[path] = data
        return self

    def examined(self) -> list[Examined]:
        return [examine(Task(path=path, place=f"image!/{path}"), data) for path, data in sorted(self.found.items())]

    def components(self, *rules: PathRule) -> dict[str, list[str]]:
        """Ref → paths."""
        files = [debug_files.with_origins(one, rules) for one in debug_files.joined(self.examined())]
        return {
            one.ref: sorted({claim.location.path.removeprefix("image!/") for claim in one.claims})
            for one in identify.components(files)
            if isinstance(one, Component)
        }


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


def test_a_program_is_what_its_first_source_is_and_holds_the_others(build: Build) -> None:
    data = build.make("pump/2.0-r0/main.c", "tinydtls/1_0.8.6-r1/a.c")
    assert build.put("usr/bin/pumpd", data).components() == {
        "pkg:generic/pump@2.0": ["usr/bin/pumpd"],
        "pkg:generic/pump@2.0!pkg:generic/tinydtls@0.8.6": ["usr/bin/pumpd"],
    }


def test_a_component_of_the_catalogue_keeps_its_name(build: Build) -> None:
    data = build.make("pump/2.0-r0/main.c", "libzlib/1.2.13/a.c")
    build.put("usr/bin/pumpd", data)
    assert set(build.components()) == {"pkg:generic/pump@2.0", "pkg:generic/pump@2.0!pkg:generic/zlib@1.2.13"}


def test_what_the_file_is_called_goes_before_what_stands_first(build: Build) -> None:
    data = build.make("start-1.0/main.c", "pump-2.0/a.c")
    assert set(build.put("usr/sbin/pump", data).components()) == {
        "pkg:generic/pump@2.0",
        "pkg:generic/pump@2.0!pkg:generic/start@1.0",
    }


def test_what_compilers_put_into_every_program_is_no_component(build: Build) -> None:
    data = build.make("pump/2.0-r0/main.c", "gcc-runtime/12.2.0-r0/unwind.c")
    assert set(build.put("usr/bin/pumpd", data).components()) == {"pkg:generic/pump@2.0"}


def test_a_kernel_module_is_of_the_kernel_that_it_states(build: Build) -> None:
    information = 'static const char a[] __attribute__((section(".modinfo"), used)) = "vermagic=6.6.52-yocto SMP ";\n'
    (build.folder / "linux-yocto/6.6.52").mkdir(parents=True)
    (build.folder / "linux-yocto/6.6.52/nbd.c").write_text(information)
    options = ["-g", "-c", f"-ffile-prefix-map={build.folder}=/usr/src/debug", "linux-yocto/6.6.52/nbd.c"]
    subprocess.run(["gcc", *options, "-o", "nbd.ko"], cwd=build.folder, check=True)
    [one] = build.put("lib/modules/nbd.ko", (build.folder / "nbd.ko").read_bytes()).examined()
    assert one.sources == ("/usr/src/debug/linux-yocto/6.6.52/nbd.c",)
    assert {made.name for made in one.components} == {"linux", "nbd"}
    assert not [ref for ref in build.components() if "linux-yocto" in ref]


def test_crates_by_the_folder_that_cargo_unpacks_them_in(build: Build) -> None:
    data = build.make("pump-2.0/main.c", "cargo/registry/src/index.crates.io-6f17d22bba15001f/memchr-2.5.0/src/lib.c")
    assert set(build.put("usr/bin/pump", data).components()) == {
        "pkg:generic/pump@2.0",
        "pkg:generic/pump@2.0!pkg:cargo/memchr@2.5.0",
    }


def test_the_purl_that_firmbom_toml_states(build: Build) -> None:
    build.put("usr/bin/pumpd", build.make("work/main.c", "work/dtls/a.c"))
    rules = (
        PathRule(path="*/work/dtls/*", purl="pkg:github/eclipse/tinydtls@0.9"),
        PathRule(path="*/work/*", purl="pkg:generic/pump@7.1"),
    )
    assert set(build.components(*rules)) == {
        "pkg:generic/pump@7.1",
        "pkg:generic/pump@7.1!pkg:github/eclipse/tinydtls@0.9",
    }


@pytest.mark.parametrize("place", ["usr/bin/pumpd.dbg", "usr/bin/.debug/pumpd.dbg", "usr/lib/debug/usr/bin/pumpd.dbg"])
@pytest.mark.parametrize("build_id", ["sha1", "none"])
def test_debug_files_belong_to_what_links_to_them(build: Build, place: str, build_id: str) -> None:
    made = build.make("pump-2.0/main.c", "tinydtls-0.8.6/a.c", options=(f"-Wl,--build-id={build_id}",))
    stripped, debug = build.cut(made, "pumpd.dbg")
    assert build.put("usr/bin/pumpd", stripped).put(place, debug).components() == {
        "pkg:generic/pump@2.0": ["usr/bin/pumpd"],
        "pkg:generic/pump@2.0!pkg:generic/tinydtls@0.8.6": ["usr/bin/pumpd"],
    }


def test_a_build_id_folder(build: Build) -> None:
    stripped, debug = build.cut(build.make("pump-2.0/main.c", "tinydtls-0.8.6/a.c"), "pumpd.dbg")
    build.put("usr/bin/pumpd", stripped).put("usr/lib/debug/.build-id/ab/cdef.debug", debug)
    assert set(build.components()) == {"pkg:generic/pump@2.0", "pkg:generic/pump@2.0!pkg:generic/tinydtls@0.8.6"}


def test_a_debug_file_of_the_same_name_elsewhere_is_another_ones(build: Build) -> None:
    for folder, release in (("opt/a", "pump-2.0"), ("opt/b", "valve-3.0")):
        made = build.make(f"{release}/main.c", "tinydtls-0.8.6/a.c", options=("-Wl,--build-id=none",))
        stripped, debug = build.cut(made, "tool.debug")
        build.put(f"{folder}/tool", stripped).put(f"{folder}/.debug/tool.debug", debug)
    found = build.components()
    assert found["pkg:generic/pump@2.0"] == ["opt/a/tool"]
    assert found["pkg:generic/valve@3.0"] == ["opt/b/tool"]
    del build.found["opt/b/.debug/tool.debug"]
    found = build.components()
    assert found["pkg:generic/pump@2.0"] == ["opt/a/tool"]
    assert "pkg:generic/valve@3.0" not in found


def test_a_debug_file_is_not_cut_short_because_another_file_has_its_code(build: Build) -> None:
    more = "".join(f"int pump_{number}[1000] = {{1}};\n" for number in range(40))
    (build.folder / "big.c").write_text(more)
    _, debug = build.cut(build.make("pump-2.0/main.c", "a-1.0/a.c", options=("big.c",)), "pumpd.debug")
    assert [one.problems for one in build.put("pumpd.debug", debug).examined()] == [()]
    [cut] = build.put("pumpd.debug", debug[:-500]).examined()
    assert "is cut short or damaged" in cut.problems[0].message
