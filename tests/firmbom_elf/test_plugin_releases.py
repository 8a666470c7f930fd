"""What release plugins state in the structures that their hosts ask them for, and whose release that is."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence

import msgspec
import pytest
from sighted import file, guess, refs

from firmbom_elf import elf
from firmbom_elf.answers import gstreamer_plugins, xorg_drivers
from firmbom_elf.binary.image import Image
from firmbom_elf.binary.symbols import Defined
from firmbom_elf.code.constant import Constant
from firmbom_elf.facts import Examined, PluginRelease, Rule
from firmbom_elf.grounds import Ground
from firmbom_elf.rules import sightings

DRIVER = """
struct version { const char *name, *vendor; unsigned first, second, server; unsigned char major, minor;
    unsigned short patch; const char *interface; unsigned number; const char *class; unsigned sum[4]; };
struct data { const struct version *version; void *setup, *teardown; };
static const struct version version = { "demo", "Demo Foundation", 0xef23fdc5, 0x10dc023a, 12101007, 2, 10, 6,
    "X.Org XInput driver", 1800, "X.Org XInput Driver", { 0 } };
const struct data demoModuleData = { &version, 0, 0 };
"""
PLUGIN = """
struct desc { int major, minor; const char *name, *text; void *init; const char *version, *licence, *source, *package;
    const char *origin, *date; void *rest[4]; };
static const struct desc desc = { 1, 22, "demo", "Demo", 0, "3.0.27", "LGPL", "Demo-Gst", "Demo package", "origin" };
const struct desc *gst_plugin_demo_get_desc(void) { return &desc; }
"""
OLD_PLUGIN = PLUGIN.replace("static const struct desc desc", "struct desc gst_plugin_desc").partition(
    "const struct desc *"
)
LIBRARY = ("-shared", "-fPIC", "-O2")
PLACE = 0x1000
SERVER = 12_101_007


@pytest.mark.parametrize(
    ("source", "path", "stated"),
    [
        (DRIVER, "usr/lib/xorg/modules/input/demo_drv.so", ("xf86-input-demo", "2.10.6", "demoModuleData")),
        (PLUGIN, "usr/lib/gstreamer-1.0/libgstdemo.so", ("demo-gst", "3.0.27", "gst_plugin_demo_get_desc")),
        (OLD_PLUGIN[0], "usr/lib/gstreamer-1.0/libgstdemo.so", ("demo-gst", "3.0.27", "gst_plugin_desc")),
    ],
)
def test_what_gcc_makes(
    compiled: Callable[..., bytes],
    without_sections: Callable[[bytes], bytes],
    source: str,
    path: str,
    stated: tuple[str, str, str],
) -> None:
    data = compiled(source, *LIBRARY)
    for each in (data, without_sections(data)):
        facts = elf.read(each).elf
        assert facts is not None
        assert facts.release == PluginRelease(*stated)
    seen = [one for one in sightings.sight(data, elf.read(data).elf, path) if one.ground is Ground.PLUGIN]
    assert [(one.name, one.version, one.text) for one in seen] == [(*stated[:2], f"{stated[2]}: {stated[1]}")]


def test_a_file_with_several_releases_states_none(compiled: Callable[..., bytes]) -> None:
    other = DRIVER.replace("struct version {", "struct other {").replace("struct version ", "struct other ")
    other = other.replace("struct data", "struct more").replace("version = {", "more = {").replace("&version", "&more")
    other = other.replace("demoModuleData", "secondModuleData")
    same = elf.read(compiled(DRIVER + other, *LIBRARY)).elf
    assert same is not None
    assert same.release is not None
    two = elf.read(compiled(DRIVER + other.replace("2, 10, 6", "2, 10, 7"), *LIBRARY)).elf
    assert two is not None
    assert two.release is None


class Laid(Image):
    """A file of that class and byte order which has these bytes and pointers, and one function."""

    def __init__(self, word: int, order: str, numbers: Mapping[int, bytes], texts: Mapping[int, str]) -> None:
        self.word, self.order, self._numbers, self._texts = word, order, numbers, texts

    def memory(self, address: int, size: int) -> bytes:
        return self._numbers.get(address, b"")[:size]

    def pointer(self, address: int) -> int | None:
        return PLACE if address == 0 else address if address in self._texts else None

    def text(self, address: int) -> str | None:
        return self._texts.get(address)

    def returned(self, function: Defined) -> Constant | None:
        return Constant(PLACE, "address") if function.name.startswith("gst_plugin_demo") else None


def driver(
    word: int = 8,
    order: str = "<",
    release: Sequence[int] = (2, 10, 6),
    magic: int = 0x10DC_023A,
    name: str = "demo",
    kind: str = "X.Org Video Driver",
    cut: int = 16,
) -> PluginRelease | None:
    """What a driver states: the places of its pointers are those of the C compiler's layout."""
    packed = struct.pack(f"{order}3I2BH", 0xEF23_FDC5, magic, SERVER, *release)[:cut]
    texts = {PLACE: name, PLACE + {4: 32, 8: 48}[word]: kind}
    laid = Laid(word, order, {PLACE + 2 * word: packed}, texts)
    return xorg_drivers.read(laid, Defined("demoModuleData", 0, 3 * word, function=False))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("word", [4, 8])
def test_drivers_of_either_byte_order_and_class(word: int, order: str) -> None:
    assert driver(word, order, (1, 2, 515)) == PluginRelease("xf86-video-demo", "1.2.515", "demoModuleData")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("word", [4, 8])
def test_plugins_of_either_byte_order_and_class(word: int, order: str) -> None:
    texts = {PLACE + 8 + 3 * word: "1.22.0", PLACE + 8 + 5 * word: "gst-plugins-demo"}

    def told(head: tuple[int, int], symbol: str = "gst_plugin_demo_get_desc") -> PluginRelease | None:
        laid = Laid(word, order, {PLACE: struct.pack(f"{order}2I", *head)}, texts)
        return gstreamer_plugins.read(laid, Defined(symbol, PLACE, 0, function=True))

    assert told((1, 22)) == PluginRelease("gst-plugins-demo", "1.22.0", "gst_plugin_demo_get_desc")
    assert told((22, 1)) is None
    assert told((1, 22), "demo_get_desc") is None
    assert told((1, 22), "gst_plugin_other_get_desc") is None


def test_drivers_that_are_called_otherwise() -> None:
    named = {name: driver(name=name) for name in ("kbd", "radeon", "XRDPDEV", "AMDGPU")}
    assert {name: found.name for name, found in named.items() if found} == {
        "kbd": "xf86-input-keyboard",
        "radeon": "xf86-video-ati",
        "XRDPDEV": "xorgxrdp",
        "AMDGPU": "xf86-video-amdgpu",
    }


def test_what_is_no_release_of_a_driver() -> None:
    assert driver() is not None
    assert driver(release=(1, 0, 0)) is None, "nobody counts"
    assert driver(release=(0, 34, 99)) is None, "on the way to a release"
    assert driver(release=(1, 21, 1)) is None, "the server's own"
    assert driver(kind="X.Org Server Extension") is None
    assert driver(magic=1) is None
    assert driver(cut=15) is None
    assert driver(name="") is None


@pytest.mark.usefixtures("few_identified")
def test_a_plugin_that_states_its_release_is_nobody_elses() -> None:
    def plugin(name: str, ground: Ground) -> Examined:
        stated = msgspec.structs.replace(guess(name, "1.4.0", Rule.SYMBOL, 0.9), ground=ground)
        return file(f"usr/lib/host/{name}.so", guess(name), stated, soname=f"{name}.so")

    host = file("usr/bin/host", guess("host"), guess("host", "8.1.2", Rule.STRING, 0.9))
    same = file("usr/bin/host", guess("host"), guess("host", "1.4.0", Rule.STRING, 0.9))
    own = [f"pkg:generic/ext-{name}@1.4.0" for name in "abc"]
    assert refs([plugin(f"ext-{name}", Ground.PLUGIN) for name in "abc"]) == own
    assert refs([same, plugin("ext-a", Ground.PLUGIN)]) == [own[0], "pkg:generic/host@1.4.0"]
    assert refs([host, *(plugin(f"ext-{name}", Ground.PLUGIN) for name in "abc")]) == [*own, "pkg:generic/host@8.1.2"]
    assert refs([host, *(plugin(f"ext-{name}", Ground.ANSWER) for name in "abc")]) == ["pkg:generic/host@8.1.2"]
