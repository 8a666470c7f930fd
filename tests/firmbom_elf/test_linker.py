"""The loader's search: each rule of ld.so(8) on small root filesystems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmbom.model import Link
from firmbom.tree.folder import FolderTree
from firmbom_elf.facts import Elf, Examined
from firmbom_elf.loading.linker import MOST, resolve

GLIBC, MUSL, BIONIC = "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1", "/system/bin/linker64"


def elf(kind: str = "library", machine: str = "aarch64", bits: int = 64, **known: Any) -> dict[str, Any]:
    return {"bits": bits, "endian": "little", "machine": machine, "kind": kind, **known}


def program(*needed: str, interpreter: str = GLIBC, **known: Any) -> dict[str, Any]:
    return elf("executable", needed=needed, interpreter=interpreter, **known)


class Root:
    """A root filesystem whose ELF files are stated."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Examined] = []

    def add(self, **files: dict[str, Any]) -> Root:
        for path, known in files.items():
            self.put(path, known)
        return self

    def put(self, path: str, known: dict[str, Any]) -> Root:
        self.write(path, "")
        self.files.append(Examined(path=path, place=path, elf=Elf(**known)))
        return self

    def write(self, path: str, text: str) -> Root:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)
        return self

    def link(self, path: str, target: str) -> Root:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).symlink_to(target)
        return self

    def resolved(self) -> tuple[set[tuple[str, str]], list[str]]:
        tree = FolderTree(self.folder)
        list(tree.walk())
        links, problems = resolve(self.files, tree)
        assert all(isinstance(link, Link) for link in links)
        return {(link.source, link.target) for link in links}, [f"{one.path}: {one.message}" for one in problems]


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def test_default_folders_and_the_loader_itself(root: Root) -> None:
    root.put("usr/bin/app", program("libc.so.6", "libz.so.1"))
    root.put("lib/libc.so.6", elf(soname="libc.so.6", needed=("ld-linux-aarch64.so.1",)))
    root.put("lib/ld-linux-aarch64.so.1", elf(soname="ld-linux-aarch64.so.1"))
    root.put("usr/lib/libz.so.1.3", elf(soname="libz.so.1", needed=("libc.so.6",))).link(
        "usr/lib/libz.so.1", "libz.so.1.3"
    )
    links, problems = root.resolved()
    assert problems == []
    assert links == {
        ("usr/bin/app", "lib/ld-linux-aarch64.so.1"),
        ("usr/bin/app", "lib/libc.so.6"),
        ("usr/bin/app", "usr/lib/libz.so.1.3"),
        ("usr/lib/libz.so.1.3", "lib/libc.so.6"),
        ("lib/libc.so.6", "lib/ld-linux-aarch64.so.1"),
    }


@pytest.mark.parametrize(
    ("target", "needed"),
    [("usr/lib", "lib/libm.so.6"), ("/usr/lib", "lib/libm.so.6"), ("usr/lib", "usr/lib/libm.so.6")],
)
def test_merged_usr(root: Root, target: str, needed: str) -> None:
    root.put("usr/lib/libm.so.6", elf(soname="libm.so.6")).link("lib", target)
    root.put("usr/bin/app", program("/" + needed))
    assert root.resolved() == ({("usr/bin/app", "usr/lib/libm.so.6")}, [])


def test_another_machine_is_passed_over(root: Root) -> None:
    root.put("usr/bin/app", program("libx.so", machine="arm", bits=32))
    root.put("lib/libx.so", elf()).put("lib32/libx.so", elf(machine="arm", bits=32))
    assert root.resolved()[0] == {("usr/bin/app", "lib32/libx.so")}


def test_multiarch_folders(root: Root) -> None:
    root.put("usr/bin/app", program("libx.so")).put("usr/lib/aarch64-linux-gnu/libx.so", elf())
    assert root.resolved()[0] == {("usr/bin/app", "usr/lib/aarch64-linux-gnu/libx.so")}


def test_runpath_serves_the_file_alone_and_rpath_what_it_loads(root: Root) -> None:
    for name in ("run", "r"):
        own: dict[str, Any] = {f"{name}path": (f"$ORIGIN/../{name}",)}
        root.put(f"opt/bin/{name}", program("liba.so", **own))
        root.put(f"opt/{name}/liba.so", elf(needed=("libb.so",)))
        root.put(f"opt/{name}/libb.so", elf())
    root.put("lib/libc.so", elf())
    links, problems = root.resolved()
    assert ("opt/r/liba.so", "opt/r/libb.so") in links
    assert ("opt/run/liba.so", "opt/run/libb.so") not in links
    where = "which is not where the loader looks, but at opt/r/libb.so and 1 more"
    assert problems == [f"opt/run/liba.so: needs libb.so, {where}"]


def test_musl_hands_runpath_down(root: Root) -> None:
    root.put("opt/bin/app", program("liba.so", interpreter=MUSL, runpath=("${ORIGIN}/../my",)))
    root.put("opt/my/liba.so", elf(needed=("libb.so",))).put("opt/my/libb.so", elf())
    assert root.resolved()[0] >= {("opt/my/liba.so", "opt/my/libb.so")}


def test_musl_paths(root: Root) -> None:
    root.put("usr/bin/app", program("liba.so", "libb.so", interpreter=MUSL))
    root.put("lib/liba.so", elf()).put("srv/libs/libb.so", elf()).put("lib/ld-musl-aarch64.so.1", elf())
    links, problems = root.resolved()
    assert ("usr/bin/app", "lib/liba.so") in links
    assert problems == ["usr/bin/app: needs libb.so, which is not where the loader looks, but at srv/libs/libb.so"]


def test_musl_path_file_replaces_the_default(root: Root) -> None:
    root.write("etc/ld-musl-aarch64.path", "/usr/alt:/usr/other\n/usr/third\n")
    root.put("usr/bin/app", program("liba.so", interpreter=MUSL)).put("usr/third/liba.so", elf())
    assert ("usr/bin/app", "usr/third/liba.so") in root.resolved()[0]


def test_configured_folders(root: Root) -> None:
    root.write("etc/ld.so.conf", "# first\ninclude /etc/ld.so.conf.d/*.conf\ninclude ld.so.conf\n/usr/one\nhwcap 1 x\n")
    root.write("etc/ld.so.conf.d/b.conf", "/usr/two, /usr/three  # why\n").write("etc/ld.so.conf.d/a.txt", "/usr/no\n")
    root.put("usr/bin/app", program("lib1.so", "lib3.so", "lib0.so"))
    root.put("usr/one/lib1.so", elf()).put("usr/three/lib3.so", elf()).put("lib/lib0.so", elf()).put(
        "usr/one/lib0.so", elf()
    )
    assert root.resolved()[0] == {
        ("usr/bin/app", "usr/one/lib1.so"),
        ("usr/bin/app", "usr/three/lib3.so"),
        ("usr/bin/app", "usr/one/lib0.so"),
    }


def test_included_folders_come_where_the_line_stands(root: Root) -> None:
    root.write("etc/ld.so.conf", "include\t/etc/some/*.conf\n/usr/last\n")
    root.write("etc/some/a.conf", "include b/*\n/usr/second\n").write("etc/some/b/c", "/usr/first\n")
    root.put("usr/bin/app", program("lib1.so", "lib2.so", "lib3.so"))
    for name, folders in (("lib1", ("first", "second", "last")), ("lib2", ("second", "last")), ("lib3", ("last",))):
        for folder in folders:
            root.put(f"usr/{folder}/{name}.so", elf())
    assert root.resolved() == (
        {
            ("usr/bin/app", "usr/first/lib1.so"),
            ("usr/bin/app", "usr/second/lib2.so"),
            ("usr/bin/app", "usr/last/lib3.so"),
        },
        [],
    )


@pytest.mark.parametrize("interpreter", [GLIBC, MUSL])
def test_the_origin_of_a_library_is_where_a_link_to_it_was_found(root: Root, interpreter: str) -> None:
    root.put("usr/bin/app", program("liba.so", interpreter=interpreter)).put("lib/libc.so.6", elf())
    root.link("usr/lib/liba.so", "../../opt/real/liba.so")
    root.put("opt/real/liba.so", elf(needed=("libb.so",), runpath=("$ORIGIN/parts",)))
    root.put("usr/lib/parts/libb.so", elf()).put("opt/real/parts/libb.so", elf())
    links, _ = root.resolved()
    assert ("opt/real/liba.so", "usr/lib/parts/libb.so") in links
    assert ("opt/real/liba.so", "opt/real/parts/libb.so") not in links


def test_the_folder_above_a_link_is_that_of_its_target(root: Root) -> None:
    root.put("usr/bin/app", program("liba.so", "libb.so", runpath=("/opt/link/..", "/opt/empty/../b")))
    root.link("opt/link", "/data/real/inner").put("data/real/inner/x.so", elf())
    root.put("data/real/liba.so", elf()).put("opt/liba.so", elf()).put("opt/b/libb.so", elf())
    assert root.resolved()[0] == {("usr/bin/app", "data/real/liba.so"), ("usr/bin/app", "opt/b/libb.so")}


def test_android(root: Root) -> None:
    root.put("system/bin/app", program("libx.so", "liby.so", interpreter=BIONIC))
    root.put("system/lib64/libx.so", elf()).put("vendor/lib64/liby.so", elf()).put("system/bin/linker64", elf())
    links, problems = root.resolved()
    assert {("system/bin/app", "system/lib64/libx.so"), ("system/bin/app", "vendor/lib64/liby.so")} <= links
    assert problems == []


def test_a_library_that_is_loaded_serves_by_its_soname(root: Root) -> None:
    root.put("opt/bin/app", program("libhost.so", "plugin.so", runpath=("$ORIGIN",)))
    root.put("opt/bin/libhost.so", elf(soname="libhost.so.2")).put("opt/bin/plugin.so", elf(needed=("libhost.so.2",)))
    links, problems = root.resolved()
    assert ("opt/bin/plugin.so", "opt/bin/libhost.so") in links
    assert problems == []


def test_what_lies_elsewhere_is_told_and_linked(root: Root) -> None:
    root.put("usr/bin/app", program("libx.so.1", "libtwo.so")).put("lib/libc.so.6", elf())
    root.put("usr/lib/app/libx.so.1.0", elf(soname="libx.so.1"))
    root.put("usr/lib/a/libtwo.so", elf()).put("usr/lib/b/libtwo.so", elf())
    links, problems = root.resolved()
    assert links == {("usr/bin/app", "usr/lib/app/libx.so.1.0")}
    assert problems == [
        "usr/bin/app: needs libtwo.so, which is not where the loader looks, but at usr/lib/a/libtwo.so and 1 more",
        "usr/bin/app: needs libx.so.1, which is not where the loader looks, but at usr/lib/app/libx.so.1.0",
    ]


def test_a_library_that_many_need_is_told_once(root: Root) -> None:
    root.put("lib/libc.so.6", elf())
    for name in "abc":
        root.put(f"usr/bin/{name}", program("libx.so"))
    assert root.resolved()[1] == [
        "usr/bin/a: needs libx.so, which is not in this root filesystem; so do 2 more files, such as usr/bin/b"
    ]


def test_no_root_filesystem(root: Root) -> None:
    root.put("build/app", program("libc.so.6", "libz.so.1")).put("build/libown.so", elf(needed=("libc.so.6",)))
    links, problems = root.resolved()
    assert links == set()
    assert len(problems) == 1
    assert "no C library: 2 libraries" in problems[0]


def test_several_roots_stay_apart(root: Root) -> None:
    for where in ("a/rootfs", "b/rootfs"):
        root.put(f"{where}/usr/bin/app", program("libc.so.6")).put(f"{where}/lib/libc.so.6", elf())
        root.link(f"{where}/lib/libc.so", "/lib/libc.so.6")
    assert root.resolved() == (
        {
            ("a/rootfs/usr/bin/app", "a/rootfs/lib/libc.so.6"),
            ("b/rootfs/usr/bin/app", "b/rootfs/lib/libc.so.6"),
        },
        [],
    )


def test_circles_and_long_lists_end(root: Root) -> None:
    root.put("lib/libc.so.6", elf(needed=("liba.so",))).put("lib/liba.so", elf(needed=("libc.so.6", "liba.so")))
    root.put("usr/bin/app", program(*(f"lib{number}.so" for number in range(MOST + 10)), "liba.so"))
    root.link("lib/x", "y").link("lib/y", "x").put("usr/bin/odd", program("", "x", "../../../../etc/passwd", "/", "."))
    links, problems = root.resolved()
    assert {("lib/libc.so.6", "lib/liba.so"), ("lib/liba.so", "lib/libc.so.6")} <= links
    assert len(problems) == MOST + 1
    assert "more libraries" in problems[-1]


def test_tokens(root: Root) -> None:
    root.put(
        "opt/a/app", program("l1.so", "l2.so", rpath=("$ORIGIN/$LIB", "relative", "/opt/${PLATFORM}", "$NOTHING/x"))
    )
    root.put("opt/a/lib64/l1.so", elf()).put("opt/aarch64/l2.so", elf())
    assert root.resolved()[0] == {("opt/a/app", "opt/a/lib64/l1.so"), ("opt/a/app", "opt/aarch64/l2.so")}


def test_programs_and_libraries_anywhere_under_the_root(root: Root) -> None:
    root.put("lib/libc.so.6", elf(soname="libc.so.6")).put("usr/lib/libz.so.1", elf(soname="libz.so.1"))
    for place in ("home/pi/bin/app", "srv/app/lib/tool", "data/x"):
        root.put(place, program("libz.so.1", "libown.so", runpath=("/var/lib/app",)))
    root.put("var/lib/app/libown.so", elf(needed=("libc.so.6",))).link("var/lib/alias", "/usr/lib")
    links, problems = root.resolved()
    assert problems == []
    assert links == {
        ("home/pi/bin/app", "usr/lib/libz.so.1"),
        ("home/pi/bin/app", "var/lib/app/libown.so"),
        ("srv/app/lib/tool", "usr/lib/libz.so.1"),
        ("srv/app/lib/tool", "var/lib/app/libown.so"),
        ("data/x", "usr/lib/libz.so.1"),
        ("data/x", "var/lib/app/libown.so"),
        ("var/lib/app/libown.so", "lib/libc.so.6"),
    }


def test_a_root_inside_another_one(root: Root) -> None:
    inner = "var/lib/lxc/box/rootfs"
    for where in ("", f"{inner}/"):
        root.put(f"{where}usr/lib/libc.so.6", elf(soname="libc.so.6")).write(f"{where}etc/passwd", "")
        root.put(f"{where}usr/bin/app", program("libc.so.6"))
    assert root.resolved() == (
        {("usr/bin/app", "usr/lib/libc.so.6"), (f"{inner}/usr/bin/app", f"{inner}/usr/lib/libc.so.6")},
        [],
    )


def test_an_application_with_its_own_c_library_is_no_root(root: Root) -> None:
    root.put("lib/libc.so.6", elf(soname="libc.so.6")).put("usr/lib/libz.so.1", elf(soname="libz.so.1"))
    root.put("opt/app/bin/app", program("libc.so.6", "libz.so.1", runpath=("$ORIGIN/../lib",)))
    root.put("opt/app/lib/libc.so.6", elf(soname="libc.so.6"))
    assert root.resolved() == (
        {("opt/app/bin/app", "opt/app/lib/libc.so.6"), ("opt/app/bin/app", "usr/lib/libz.so.1")},
        [],
    )


def test_the_folders_and_the_lib_that_the_loader_itself_holds(root: Root) -> None:
    loader = "lib/ld-linux-aarch64.so.1"
    root.put(loader, elf(soname="ld-linux-aarch64.so.1"))
    text = "x\0/usr/lib/odd/\0\0/lib/aarch64-odd/\0/usr/lib/aarch64-odd/\0/lib/\0/usr/lib/\0y"
    (root.folder / loader).write_text(text)
    needed = ("ld-linux-aarch64.so.1", "l1.so", "l2.so", "l3.so")
    root.put("usr/bin/app", program(*needed, rpath=("/opt/$LIB", "/srv/${LIB}")))
    root.put("usr/lib/aarch64-odd/l1.so", elf()).put("usr/lib/l1.so", elf()).put("usr/lib64/l2.so", elf())
    root.put("opt/lib/aarch64-odd/l3.so", elf()).put("opt/lib64/l3.so", elf())
    links, problems = root.resolved()
    assert links == {
        ("usr/bin/app", loader),
        ("usr/bin/app", "usr/lib/aarch64-odd/l1.so"),
        ("usr/bin/app", "usr/lib64/l2.so"),
        ("usr/bin/app", "opt/lib/aarch64-odd/l3.so"),
    }
    assert problems == ["usr/bin/app: needs l2.so, which is not where the loader looks, but at usr/lib64/l2.so"]


@pytest.mark.parametrize(
    ("held", "levels"),
    [
        ("x\0--glibc-hwcaps-prepend\0x86-64-v4:x86-64-v3:x86-64-v2\0", ["x86-64-v2", "x86-64-v3"]),
        ("x\0--glibc-hwcaps-prepend\0z13\0z14\0", []),
        ("x\0z13\0x86-64-v3\0", []),
        ("", ["x86-64-v2", "x86-64-v3"]),
    ],
)
def test_what_better_processors_load_instead(root: Root, held: str, levels: list[str]) -> None:
    loader = "lib64/ld-linux-x86-64.so.2"
    if held:
        root.put(loader, elf(soname="ld-linux-x86-64.so.2")).write(loader, held)
    root.put("usr/bin/app", program("liba.so", interpreter=f"/{loader}")).put("usr/lib/liba.so", elf())
    for level in ("x86-64-v2", "x86-64-v3", "mine"):
        root.put(f"usr/lib/glibc-hwcaps/{level}/liba.so", elf(needed=(f"lib{level}.so",)))
        root.put(f"usr/lib/lib{level}.so", elf())
    root.put("usr/lib/glibc-hwcaps/x86-64-v3/libonly.so", elf(machine="arm")).put("lib/libc.so.6", elf())
    links, problems = root.resolved()
    assert problems == []
    loaded = (
        {"usr/lib/liba.so"}
        | {f"usr/lib/glibc-hwcaps/{level}/liba.so" for level in levels}
        | ({loader} if held else set())
    )
    assert {target for source, target in links if source == "usr/bin/app"} == loaded
    assert ("usr/lib/glibc-hwcaps/x86-64-v2/liba.so", "usr/lib/libx86-64-v2.so") in links


def test_what_only_better_processors_find(root: Root) -> None:
    root.put("usr/bin/app", program("liba.so", runpath=("$ORIGIN/../own",))).put("lib/libc.so.6", elf())
    root.put("usr/own/glibc-hwcaps/z15/liba.so", elf())
    assert root.resolved() == ({("usr/bin/app", "usr/own/glibc-hwcaps/z15/liba.so")}, [])


def test_the_loader_serves_wherever_it_stands(root: Root) -> None:
    root.put("lib64/ld-linux-aarch64.so.1", elf(soname="ld-linux-aarch64.so.1"))
    (root.folder / "lib64/ld-linux-aarch64.so.1").write_text("\0/lib/\0/usr/lib/\0")
    root.put("lib/libc.so.6", elf(needed=("ld-linux-aarch64.so.1",)))
    root.put("usr/bin/app", program("libc.so.6", interpreter="/lib64/ld-linux-aarch64.so.1"))
    links, problems = root.resolved()
    assert problems == []
    assert ("lib/libc.so.6", "lib64/ld-linux-aarch64.so.1") in links


def test_a_cache_where_its_configuration_is_gone(root: Root) -> None:
    cache = "glibc-ld.so.cache1.1\0\1\0libx.so\0/srv/mine/libx.so\0/lib/libc.so.6\0\0"
    root.write("etc/ld.so.cache", cache).put("lib/libc.so.6", elf())
    root.put("usr/bin/app", program("libx.so")).put("srv/mine/libx.so", elf()).put("srv/other/libx.so", elf())
    assert root.resolved() == ({("usr/bin/app", "srv/mine/libx.so")}, [])


def test_what_musl_is_itself(root: Root) -> None:
    loader = "lib/ld-musl-aarch64.so.1"
    root.put(loader, elf()).put("usr/lib/libpthread.so.0", elf()).put("usr/lib/libcx.so", elf())
    needed = ("libc.so.6", "libpthread.so.0", "libm.so", "libcx.so")
    root.put("usr/bin/app", program(*needed, interpreter=MUSL))
    assert root.resolved() == ({("usr/bin/app", loader), ("usr/bin/app", "usr/lib/libcx.so")}, [])
    root.put("usr/lib/libcalled.so", elf(soname="libpthread.so.0"))
    root.put("usr/lib/liba.so", elf(needed=("libcalled.so", "libpthread.so.0")))
    root.put("usr/bin/b", program("liba.so", interpreter=MUSL))
    assert ("usr/lib/liba.so", loader) in root.resolved()[0]


def test_musl_leaves_a_path_alone_that_it_does_not_understand(root: Root) -> None:
    root.put("lib/ld-musl-aarch64.so.1", elf()).put("usr/lib/libx.so", elf()).put("srv/libx.so", elf())
    root.put("usr/bin/a", program("libx.so", interpreter=MUSL, runpath=("/srv", "/opt/$LIB")))
    root.put("usr/bin/b", program("libx.so", interpreter=MUSL, runpath=("/srv", "${ORIGIN}/x")))
    links, _ = root.resolved()
    assert ("usr/bin/a", "usr/lib/libx.so") in links
    assert ("usr/bin/b", "srv/libx.so") in links
