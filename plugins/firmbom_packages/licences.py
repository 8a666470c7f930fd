"""Licences as package databases state them, turned into SPDX where that is certain and kept as written elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from firmbom.errors import printable
from firmbom.model import Licence
from firmbom.spdx import LONGEST, canonical

_OPERATORS = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR"}

_FEDORA: Mapping[str, str] = {
    "AGPLv3": "AGPL-3.0-only",
    "AGPLv3+": "AGPL-3.0-or-later",
    "ASL 2.0": "Apache-2.0",
    "GPL+": "GPL-1.0-or-later",
    "GPLv2": "GPL-2.0-only",
    "GPLv2+": "GPL-2.0-or-later",
    "GPLv3": "GPL-3.0-only",
    "GPLv3+": "GPL-3.0-or-later",
    "LGPLv3": "LGPL-3.0-only",
    "LGPLv3+": "LGPL-3.0-or-later",
    "MPLv1.1": "MPL-1.1",
    "MPLv2.0": "MPL-2.0",
}
"""The names that rpm distributions used before SPDX and that mean one licence; ``BSD`` or ``LGPLv2+`` meant several."""

_FEDORA_NAME = re.compile(r"(?<![^\s(])(?:" + "|".join(map(re.escape, sorted(_FEDORA, reverse=True))) + r")(?![^\s)])")


_CHOICE = re.compile(r"[|()]|\sor\s", re.IGNORECASE)
_ALL = re.compile(r"\s+and\s+|\s*&+\s*", re.IGNORECASE)


@lru_cache(4096)
def spdx(text: str) -> str:
    """The SPDX expression that ``text`` is, also when it joins by ``&`` and ``|`` as recipes do; else empty."""
    if not text or len(text) > LONGEST:
        return ""
    spaced = re.sub(r"([&|]+|[()])", r" \1 ", text)
    return canonical(" ".join(_OPERATORS.get(word, word) for word in spaced.split()))


def stated(text: str) -> tuple[Licence, ...]:
    """The licences that a one-line field states, in SPDX or as written; parted where not all of them are SPDX."""
    text = printable(" ".join(text.split()))
    if not text or text.lower() in {"unknown", "none"}:
        return ()
    if found := _certain(text):
        return (Licence(found),)
    parts = [text] if _CHOICE.search(text) else _ALL.split(text)
    return tuple(dict.fromkeys(Licence(_certain(part) or part) for part in parts if part))


def _certain(text: str) -> str:
    return spdx(text) or spdx(_FEDORA_NAME.sub(lambda match: _FEDORA[match[0]], text))
