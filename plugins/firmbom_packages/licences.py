"""Licences as package databases state them, turned into SPDX where that is certain and kept as written elsewhere."""

from __future__ import annotations

import re
from functools import lru_cache

from firmbom.model import Licence
from firmbom_packages.report import clean

LONGEST = 2_000
"""Characters; what is longer is no expression."""

_OPERATORS = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR"}


@lru_cache(4096)
def spdx(text: str) -> str:
    """The SPDX expression that ``text`` is, also when it joins by ``&`` and ``|`` as recipes do; else empty."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if not text or len(text) > LONGEST:
        return ""
    joined = " ".join(_OPERATORS.get(word, word) for word in re.sub(r"([&|()])", r" \1 ", text).split())
    try:
        return canonicalize_license_expression(joined)
    except (InvalidLicenseExpression, RecursionError, MemoryError):
        return ""


def stated(text: str) -> tuple[Licence, ...]:
    """The licence that a one-line field states: SPDX, or as written; nothing for an empty field."""
    text = clean(" ".join(text.split()))
    if not text or text.lower() in {"unknown", "none"}:
        return ()
    return (Licence(spdx(text) or text),)
