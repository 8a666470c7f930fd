"""pkg-config's .pc files: the release of the libraries that they stand beside (pc(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmbom_elf import names
from firmbom_elf.facts import Rule, Sighting
from firmbom_elf.grounds import Ground
from firmbom_elf.names import upstream
from firmbom_elf.strings.quoted import quoted

MOST_BYTES = 1 << 16
"""Of a .pc file; the largest ones have a few kilobytes."""
MOST_LIBRARIES = 16
CONFIDENCE = 0.85

_LINE = re.compile(r"^[ \t]*(?P<key>[\w.]+)[ \t]*(?P<kind>[:=])[ \t]*(?P<value>.*?)[ \t\r]*$", re.MULTILINE)
_USED = re.compile(r"\$\{([\w.]+)\}")
_LIBRARY = re.compile(r"(?:^|\s)-l([\w.+-]+)")


def sight(data: bytes, path: str) -> Iterator[Sighting]:
    """The version of the libraries of ``Libs`` that are called as the file or its ``Name`` is, as ``lib<name>``.

    Others are what these need: sawfish.pc has nothing but ``-lX11``.
    """
    text = data[:MOST_BYTES].decode("utf-8", "replace")
    found = list(_LINE.finditer(text))
    variables = {line["key"]: line["value"] for line in found if line["kind"] == "="}
    fields = {line["key"]: line for line in found if line["kind"] == ":"}
    if "Version" not in fields or "Libs" not in fields:
        return
    line = fields["Version"]
    version = upstream(_USED.sub(lambda used: variables.get(used[1], ""), line["value"]))
    if not re.match(r"\d[\w.+~-]{0,60}$", version, re.ASCII):
        return
    offset = len(text[: line.start()].encode("utf-8"))
    titles = path.rpartition("/")[2].removesuffix(".pc"), fields["Name"]["value"] if "Name" in fields else ""
    for name in _LIBRARY.findall(fields["Libs"]["value"])[:MOST_LIBRARIES]:
        if not any(names.akin(name, title) for title in titles):
            continue
        yield Sighting(
            name=f"lib{name}",
            version=version,
            rule=Rule.STRING,
            confidence=CONFIDENCE,
            listed=False,
            own=True,
            offset=offset,
            text=quoted(line.group().strip(), version),
            ground=Ground.METADATA,
        )
