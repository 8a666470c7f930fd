"""Buildroot's licence fields as SPDX expressions.

A field lists licences by comma, all of which apply; ``or`` gives a choice; what stands in parentheses says to which
part a licence belongs (Buildroot manual, ``LIBFOO_LICENSE``). Names were Buildroot's own until 2017.05 and are SPDX's
deprecated ones since (``GPL-2.0+``). A name that SPDX does not list becomes a ``LicenseRef-`` (SPDX 2.3 annex D).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from firmbom.spdx import LONGEST, canonical, current, reference

_UNKNOWN = "unknown"
_NOTHING = frozenset({"", _UNKNOWN, "none", "vendored dependencies licenses probably not listed"})
"""The last is what Buildroot adds to the licences of Go and Rust packages."""
_OPERATOR = re.compile(r"\s+(or|and)\s+", re.IGNORECASE)
_LATER = re.compile(r"\s+or\s+later\b", re.IGNORECASE)
_GNU = re.compile(r"(AGPL|LGPL|GPL|GFDL)[- ]?v?(\d)(\.\d)?(\+|-only|-or-later)?\Z", re.IGNORECASE)
_NAMES: Mapping[str, str] = {
    "Apache License 2.0": "Apache-2.0",
    "Apache-2": "Apache-2.0",
    "Artistic or GPL-1.0+": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "BSD-2c": "BSD-2-Clause",
    "BSD-3c": "BSD-3-Clause",
    "BSD-4c": "BSD-4-Clause",
    "BSD-3-clause": "BSD-3-Clause",
    "BSLv1.0": "BSL-1.0",
    "Boost": "BSL-1.0",
    "GFDL-1.3-no-invariants": "GFDL-1.3-no-invariants-only",
    "ISC License": "ISC",
    "Khronos": "LicenseRef-Khronos",
    "MIT/X11": "MIT",
    "MIT with advertising clause": "LicenseRef-MIT-with-advertising-clause",
    "MPLv1.1": "MPL-1.1",
    "MPLv2.0": "MPL-2.0",
    "MPL2": "MPL-2.0",
    "OpenLDAP Public License": "OLDAP-2.8",
    "OpenSSL or SSLeay": "OpenSSL",
    "Public domain": "LicenseRef-Public-Domain",
    "public domain": "LicenseRef-Public-Domain",
    "PSF-2": "PSF-2.0",
    "Python Software Foundation License": "Python-2.0",
    "Python-2": "Python-2.0",
    "SGIv1": "SGI-1",
    "libpng": "Libpng",
    "zlib": "Zlib",
    "zlib license": "Zlib",
}
"""Names that packages use or used and that mean exactly one SPDX licence."""


@lru_cache(1 << 12)
def expression(text: str) -> str:
    """The SPDX expression that a licence field means; empty if it says nothing.

    >>> expression("AFL-2.1 or GPL-2.0+ (library, tools), GPL-2.0+ (tools)")
    '(AFL-2.1 OR GPL-2.0-or-later) AND GPL-2.0-or-later'
    """
    text = " ".join(text.split())
    if len(text) > LONGEST:
        return reference(text)
    listed = list(_listed(text))
    parts = list(dict.fromkeys(filter(None, map(_part, listed))))
    if parts and any(one.strip().lower() == _UNKNOWN for one in listed):
        parts.append(reference(_UNKNOWN))  # of one part of the package
    if len(parts) > 1:
        parts = [f"({one})" if " OR " in one else one for one in parts]
    joined = " AND ".join(parts)
    return (current(canonical(joined)) or reference(text)) if joined else ""


def _listed(text: str) -> Iterator[str]:
    """The licences between commas and semicolons, without what stands in parentheses."""
    depth, held = 0, ""
    for character in text:
        depth += (character == "(") - (character == ")" and depth > 0)
        if character in ",;" and not depth:
            yield held
            held = ""
        elif not depth and character != ")":
            held += character
    yield held


def _part(text: str) -> str:
    """One licence, or a choice."""
    text = _LATER.sub("+", " ".join(text.split()))
    if text.lower() in _NOTHING:
        return ""
    if known := _NAMES.get(text) or ("" if _OPERATOR.search(text) else _known(text)):
        return known
    pieces = _OPERATOR.split(text)
    names, operators = pieces[::2], {one.upper() for one in pieces[1::2]}
    if len(operators) != 1:
        return reference(text)
    made = [_known(one) or reference(one) for one in names if one]
    return f" {operators.pop()} ".join(made)


def _known(name: str) -> str:
    name = _NAMES.get(name, name)
    if match := _GNU.match(name):
        family, major, minor, rest = match.groups()
        later = "-or-later" if rest in ("+", "-or-later") else "-only"
        name = f"{family.upper()}-{major}{minor or '.0'}{later}"
    return canonical(name)
