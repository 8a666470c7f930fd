"""SPDX licence expressions: the canonical spelling of one, and the reference for what SPDX does not list."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST, DEEPEST = 2_000, 50
"""Characters and opening parentheses of an expression; what has more is taken for free text."""

REFERENCE = "LicenseRef-"
"""Begins the name of a licence that SPDX does not list (SPDX 2.3, annex D)."""

_UNFIT = re.compile(r"[^A-Za-z0-9.]+")


@lru_cache(1 << 14)
def canonical(text: str) -> str:
    """The expression as SPDX spells it (SPDX 2.3 annex D); empty when ``text`` is none."""
    if not text or len(text) > LONGEST or text.count("(") > DEEPEST or "\n" in text:
        return ""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return str(canonicalize_license_expression(text))
    except (InvalidLicenseExpression, RecursionError, SyntaxError, MemoryError):
        return ""


def reference(name: str) -> str:
    """A ``LicenseRef-`` for a name that SPDX does not list."""
    return f"{REFERENCE}{_UNFIT.sub('-', name).strip('-.')[:100].rstrip('-.') or 'unnamed'}"
