"""SPDX licence expressions: the canonical spelling of one, and the reference for what SPDX does not list."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST, DEEPEST = 2_000, 50
"""Characters and opening parentheses of an expression; what has more is taken for free text."""

REFERENCE = "LicenseRef-"
"""Begins the name of a licence that SPDX does not list (SPDX 2.3, annex D)."""

_DEPRECATED = re.compile(r"(?<![\w.+-])((?:A?GPL|LGPL|GFDL)-\d\.\d)(\+?)(?![\w.+-])")
"""Deprecated since version 3.0 of the licence list: they do not say whether later versions are meant."""
_WITH = {
    "GPL-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "GPL-2.0-with-bison-exception": "GPL-2.0-only WITH Bison-exception-2.2",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "GPL-2.0-with-GCC-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "GPL-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "GPL-3.0-with-GCC-exception": "GPL-3.0-only WITH GCC-exception-3.1",
}
"""Deprecated with them: licence and exception under one name."""
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


def current(expression: str) -> str:
    """An expression with SPDX's present names of the GNU licences for those that it deprecated.

    >>> current("GPL-2.0+ OR LGPL-2.1 WITH Linux-syscall-note")
    'GPL-2.0-or-later OR LGPL-2.1-only WITH Linux-syscall-note'
    """
    words = (_WITH.get(word, word) for word in re.split(r"([ ()])", expression))
    return _DEPRECATED.sub(lambda found: f"{found[1]}-{'or-later' if found[2] else 'only'}", "".join(words))


def reference(name: str) -> str:
    """A ``LicenseRef-`` for a name that SPDX does not list."""
    return f"{REFERENCE}{_UNFIT.sub('-', name).strip('-.')[:100].rstrip('-.') or 'unnamed'}"
