"""The release of a plugin of GStreamer, by the description that the framework asks it for.

Source: GStreamer's public header gst/gstplugin.h: ``gst_plugin_<name>_get_desc`` returns ``GstPluginDesc``: two numbers
of the interface, then pointers to the plugin's name, description and beginning, its release, licence, and the module of
sources that it is from, the release being that module's. Before 1.14 it is the datum ``gst_plugin_desc``.
"""

from __future__ import annotations

import re
import struct

from firmbom_elf import names
from firmbom_elf.binary.image import Image
from firmbom_elf.binary.symbols import Defined
from firmbom_elf.facts import PluginRelease

_SYMBOL = re.compile(r"gst_plugin_\w+_get_desc|gst_plugin_desc")
_INTERFACES = range(2)
"""The first number of GStreamer's releases."""
_SOURCE = re.compile(r"[A-Za-z][\w.+-]{2,60}")
_RELEASE = re.compile(rf"({names.VERSION})(?:-RELEASE)?")


def read(image: Image, symbol: Defined) -> PluginRelease | None:
    """What the plugin states."""
    if not _SYMBOL.fullmatch(symbol.name):
        return None
    start = image.returned_address(symbol) if symbol.function else symbol.address
    head = image.memory(start, 8) if start is not None else b""
    if start is None or len(head) < 8 or struct.unpack(f"{image.order}2I", head)[0] not in _INTERFACES:
        return None
    version, source = (image.text_at(start + 8 + place * image.word) or "" for place in (3, 5))
    stated = _RELEASE.fullmatch(version)
    if not stated or not _SOURCE.fullmatch(source):
        return None
    return PluginRelease(source.lower(), stated[1], symbol.name)
