"""The release of a driver of the X.Org server, by the module data that the server's loader asks it for.

Source: the server's public header hw/xfree86/common/xf86Module.h: ``XF86ModuleData`` leads to
``XF86ModuleVersionInfo``: pointers to the module's name and its vendor, two numbers that tell the structure, the
server's release that it was built for, its own as two bytes and a short, a pointer to the class of interface that it
implements, that interface's number, and a pointer to the class of modules that it belongs to.
"""

from __future__ import annotations

import struct

from firmbom_elf.binary.image import Image
from firmbom_elf.binary.symbols import Defined
from firmbom_elf.facts import PluginRelease

_MAGIC = (0xEF23_FDC5, 0x10DC_023A)
"""MODINFOSTRING1 and 2."""
_CLASSES = {"X.Org Video Driver": "xf86-video-", "X.Org XInput Driver": "xf86-input-"}
"""What X.Org's repositories of drivers are called, by the class of the modules."""
_CALLED = {
    "kbd": "xf86-input-keyboard",
    "radeon": "xf86-video-ati",
    **dict.fromkeys(("XRDPDEV", "XRDPKEYB", "XRDPMOUSE"), "xorgxrdp"),
}
"""Drivers that are not called as their repository is."""
_UNCOUNTED = {(1, 0, 0), (0, 1, 0)}
"""What is stated where nobody counts."""
_BETWEEN = 99
"""The third number of what is no release, but on the way to one."""


def read(image: Image, symbol: Defined) -> PluginRelease | None:
    """What the module states, if it is no part of the server."""
    start = None if symbol.function else image.pointer(symbol.address)
    stated = image.memory(start + 2 * image.word, 16) if start is not None else b""
    if start is None or len(stated) < 16:
        return None
    first, second, server, *release = struct.unpack(f"{image.order}3I2BH", stated)
    if (first, second) != _MAGIC or tuple(release) in _UNCOUNTED or release[2] == _BETWEEN:
        return None
    if _coded(*release) == server // 1000:
        return None
    name, kind = image.text_at(start), image.text_at(start + 16 + 4 * image.word)
    if not name or kind not in _CLASSES:
        return None
    own = _CALLED.get(name) or _CLASSES[kind] + name.lower()
    return PluginRelease(own, ".".join(map(str, release)), symbol.name)


def _coded(major: int, minor: int, patch: int) -> int:
    """A release as the server's is written, but for the last three digits: XORG_VERSION_NUMERIC."""
    return (major * 100 + minor) * 100 + patch
