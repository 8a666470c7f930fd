"""Debian's short names of licences in SPDX (machine-readable debian/copyright, section "License specification").

A table of data. Only what is certain stands here; other names are kept as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from firmbom_packages.licences import spdx

NAMES: Mapping[str, str] = {
    "0bsd": "0BSD",
    "agpl-3": "AGPL-3.0-only",
    "agpl-3+": "AGPL-3.0-or-later",
    "apache-1": "Apache-1.0",
    "apache-1.1": "Apache-1.1",
    "apache-2": "Apache-2.0",
    "artistic": "Artistic-1.0",
    "artistic-1": "Artistic-1.0",
    "artistic-2": "Artistic-2.0",
    "bsl-1": "BSL-1.0",
    "boost-1": "BSL-1.0",
    "bsd-2-clauses": "BSD-2-Clause",
    "bsd-3-clauses": "BSD-3-Clause",
    "cc0": "CC0-1.0",
    "cc0-1": "CC0-1.0",
    "cddl": "CDDL-1.0",
    "cddl-1": "CDDL-1.0",
    "cpl": "CPL-1.0",
    "cpl-1": "CPL-1.0",
    "efl-2": "EFL-2.0",
    "epl-1": "EPL-1.0",
    "epl-2": "EPL-2.0",
    "eupl-1.1": "EUPL-1.1",
    "eupl-1.2": "EUPL-1.2",
    "expat": "MIT",
    "gfdl-1.1": "GFDL-1.1-only",
    "gfdl-1.1+": "GFDL-1.1-or-later",
    "gfdl-1.2": "GFDL-1.2-only",
    "gfdl-1.2+": "GFDL-1.2-or-later",
    "gfdl-1.3": "GFDL-1.3-only",
    "gfdl-1.3+": "GFDL-1.3-or-later",
    "gfdl-niv-1.1": "GFDL-1.1-no-invariants-only",
    "gfdl-niv-1.1+": "GFDL-1.1-no-invariants-or-later",
    "gfdl-niv-1.2": "GFDL-1.2-no-invariants-only",
    "gfdl-niv-1.2+": "GFDL-1.2-no-invariants-or-later",
    "gfdl-niv-1.3": "GFDL-1.3-no-invariants-only",
    "gfdl-niv-1.3+": "GFDL-1.3-no-invariants-or-later",
    "gpl-1": "GPL-1.0-only",
    "gpl-1+": "GPL-1.0-or-later",
    "gpl-2": "GPL-2.0-only",
    "gpl-2+": "GPL-2.0-or-later",
    "gpl-3": "GPL-3.0-only",
    "gpl-3+": "GPL-3.0-or-later",
    "isc": "ISC",
    "lgpl-2": "LGPL-2.0-only",
    "lgpl-2+": "LGPL-2.0-or-later",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-2.1+": "LGPL-2.1-or-later",
    "lgpl-3": "LGPL-3.0-only",
    "lgpl-3+": "LGPL-3.0-or-later",
    "lppl-1": "LPPL-1.0",
    "lppl-1.1": "LPPL-1.1",
    "lppl-1.2": "LPPL-1.2",
    "mpl-1": "MPL-1.0",
    "mpl-1.1": "MPL-1.1",
    "mpl-2": "MPL-2.0",
    "ofl-1": "OFL-1.0",
    "ofl-1.1": "OFL-1.1",
    "openssl": "OpenSSL",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "psf-2": "PSF-2.0",
    "python-2": "Python-2.0",
    "qpl-1": "QPL-1.0",
    "sil-1.1": "OFL-1.1",
    "unicode-dfs-2016": "Unicode-DFS-2016",
    "w3c": "W3C",
    "zlib": "Zlib",
    "zpl-2.1": "ZPL-2.1",
}
"""By short name in lower case, without the ``.0`` at its end, which DEP-5 says means nothing."""

EXCEPTIONS: Mapping[str, str] = {
    "bison": "Bison-exception-2.2",
    "classpath": "Classpath-exception-2.0",
    "font": "Font-exception-2.0",
    "gcc-runtime-library-3.1": "GCC-exception-3.1",
    "libtool": "Libtool-exception",
    "linux-syscall-note": "Linux-syscall-note",
    "u-boot": "u-boot-exception-2.0",
}
"""By what stands between ``with`` and ``exception``, in lower case, joined by hyphens."""

_WITH = re.compile(r"(?P<name>\S+?)(?:\s+|-)with(?:\s+|-)(?P<exception>\S.*)\Z", re.IGNORECASE)
_EXCEPTION_WORD = re.compile(r"[\s-]exception(?=[\s-]|\Z)", re.IGNORECASE)


@lru_cache(4096)
def translated(text: str) -> tuple[str, ...]:
    """Licences that all apply, from the first line of a ``License`` field; what is not certain is as written.

    "``or`` binds weaker than ``and``, unless a comma stands before it": ``A or B, and C`` is ``(A or B) and C``.
    """
    words = " ".join(text.split())
    if not words:
        return ()
    if found := _whole(words):
        return (found,)
    out: list[str] = []
    for part in _all_of(words):
        choices = [_alternative(one) for one in part]
        known = [one for one in choices if one]
        if len(known) < len(choices):
            out.append(" or ".join(part))
        elif len(known) == 1:
            out.append(known[0])
        else:
            out.append(spdx(" OR ".join(f"({one})" if " " in one else one for one in dict.fromkeys(known))))
    return tuple(dict.fromkeys(out))


def _all_of(words: str) -> list[list[str]]:
    """The licences that all apply, each as its alternatives."""
    if re.search(r",\s+and\s", words, re.IGNORECASE):
        groups = re.split(r",\s+and\s+", words, flags=re.IGNORECASE)
    elif re.search(r"\sor\s", words, re.IGNORECASE):
        groups = [words]
    else:
        groups = re.split(r"\s+and\s+|\s*,\s*", words, flags=re.IGNORECASE)
    parted = (re.split(r",?\s+or\s+|\s*,\s*", group, flags=re.IGNORECASE) for group in groups)
    return [choices for group in parted if (choices := [one for one in group if one])]


def _alternative(text: str) -> str:
    """One alternative in SPDX, which may itself be several joined by ``and``; empty when any is not certain."""
    parts = [_whole(part) for part in re.split(r"\s+and\s+", text, flags=re.IGNORECASE)]
    if not all(parts):
        return ""
    return " AND ".join(f"({part})" if " OR " in part and len(parts) > 1 else part for part in parts)


def _whole(text: str) -> str:
    """A single licence, with or without an exception, in SPDX; empty when it is not certain."""
    match = _WITH.match(text)
    if match:
        name = _name(match["name"])
        label = _EXCEPTION_WORD.sub("", match["exception"]).strip(" -").lower().replace(" ", "-")
        exception = EXCEPTIONS.get(label, "")
        return f"{name} WITH {exception}" if name and exception else ""
    return _name(text)


def _name(text: str) -> str:
    lowered = text.lower()
    base, plus = (lowered[:-1], "+") if lowered.endswith("+") else (lowered, "")
    short = re.sub(r"(?<=\d)(?:\.0)+\Z", "", base) + plus
    found = NAMES.get(short)
    if found is None and " " not in text:
        found = spdx(text)
    return found or ""
