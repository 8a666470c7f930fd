"""What kernel modules declare."""

from __future__ import annotations

from declaring import elf_file, properties, purls, read

from firmbom.model import Basis


def modinfo(*entries: str) -> bytes:
    return b"".join(entry.encode() + b"\0" for entry in entries)


def test_a_module_of_the_kernels_own_source_is_the_kernel() -> None:
    content = modinfo("license=GPL", "intree=Y", "name=zram", "vermagic=6.6.52-yocto SMP preempt mod_unload aarch64")
    said = read(elf_file({".modinfo": content}), "object")
    assert purls(said) == ["pkg:generic/linux@6.6.52"]
    assert said.components[0].cpes == ("cpe:2.3:o:linux:linux_kernel:6.6.52:*:*:*:*:*:*:*",)
    assert said.components[0].claims[0].basis is Basis.VERSION_STRING


def test_a_foreign_module_needs_the_kernel_it_was_built_for() -> None:
    content = modinfo(
        "version=1.2.3",
        "license=GPL v2",
        "license=GPL v2",
        "author=A Person",
        "description=A driver",
        "srcversion=0123456789",
        "depends=cfg80211",
        "name=wl8821",
        "vermagic=6.1.0-56-arm64 SMP mod_unload modversions aarch64",
    )
    said = read(elf_file({".modinfo": content}), "object")
    module, linux = said.components
    assert (module.purl, module.type, module.author) == ("pkg:generic/wl8821@1.2.3", "device-driver", "A Person")
    assert [one.value for one in module.licences] == ["GPL v2"]
    assert properties(module)["firmbom:linux:depends"] == "cfg80211"
    assert (linux.purl, properties(linux)) == ("pkg:generic/linux", {"firmbom:linux:release": "6.1.0-56-arm64"})
    assert [(edge.source, edge.target) for edge in said.edges] == [(module.ref, linux.ref)]


def test_modules_that_say_little() -> None:
    assert purls(read(elf_file({".modinfo": modinfo("name=a_b", "version=$Revision: 1 $")}), "object")) == [
        "pkg:generic/a_b"
    ]
    named = read(elf_file({".modinfo": modinfo("vermagic=6.6.1 SMP")}), "object")
    assert purls(named) == ["pkg:generic/tool", "pkg:generic/linux@6.6.1"]
    for content in (modinfo("license=GPL"), modinfo("name=no name", "license=GPL")):
        assert len(read(elf_file({".modinfo": content}), "object").problems) == 1
