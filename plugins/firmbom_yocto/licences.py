"""OpenEmbedded licence fields as SPDX expressions.

The field joins names by ``&`` and ``|`` with parentheses (BitBake user manual, ``LICENSE``). A name that SPDX does not
list becomes a ``LicenseRef-`` (SPDX 2.3 annex D), so that the expression stays valid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from firmbom.spdx import DEEPEST, LONGEST, canonical, current, reference

_OPERATORS = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR", "AND": "AND", "OR": "OR", "and": "AND", "or": "OR"}
_TOKENS = re.compile(r"[&|]+|[()]|[^&|()\s]+")
_DOCUMENT = re.compile(r"DocumentRef-[A-Za-z0-9.+-]+:")
_NOTHING = frozenset({"", "NOASSERTION", "NONE", "UNKNOWN", "INVALID"})

_NAMES: Mapping[str, str] = {
    "AFL-2": "AFL-2.0",
    "AFLv2": "AFL-2.0",
    "AFLv1": "AFL-1.2",
    "AGPL-3": "AGPL-3.0-only",
    "AGPLv3": "AGPL-3.0-only",
    "AGPL-3+": "AGPL-3.0-or-later",
    "AGPLv3+": "AGPL-3.0-or-later",
    "Apachev2": "Apache-2.0",
    "Apache-2": "Apache-2.0",
    "Artisticv1": "Artistic-1.0",
    "Artistic-1": "Artistic-1.0",
    "BSL-1": "BSL-1.0",
    "EPLv1.0": "EPL-1.0",
    "EPL-1": "EPL-1.0",
    "FreeType": "FTL",
    "GFDL-1.1": "GFDL-1.1-only",
    "GFDL-1.2": "GFDL-1.2-only",
    "GFDL-1.3": "GFDL-1.3-only",
    "GPL-1": "GPL-1.0-only",
    "GPL-1+": "GPL-1.0-or-later",
    "GPLv1": "GPL-1.0-only",
    "GPLv1+": "GPL-1.0-or-later",
    "GPL-2": "GPL-2.0-only",
    "GPL-2+": "GPL-2.0-or-later",
    "GPLv2": "GPL-2.0-only",
    "GPLv2+": "GPL-2.0-or-later",
    "GPLv2.0": "GPL-2.0-only",
    "GPLv2.0+": "GPL-2.0-or-later",
    "GPL-3": "GPL-3.0-only",
    "GPL-3+": "GPL-3.0-or-later",
    "GPLv3": "GPL-3.0-only",
    "GPLv3+": "GPL-3.0-or-later",
    "GPLv3.0": "GPL-3.0-only",
    "GPLv3.0+": "GPL-3.0-or-later",
    "GPL-3-with-bison-exception": "GPL-3.0-only WITH Bison-exception-2.2",
    "ISCL": "ISC",
    "LGPLv2": "LGPL-2.0-only",
    "LGPLv2+": "LGPL-2.0-or-later",
    "LGPL-2": "LGPL-2.0-only",
    "LGPL-2+": "LGPL-2.0-or-later",
    "LGPLv2.0": "LGPL-2.0-only",
    "LGPLv2.0+": "LGPL-2.0-or-later",
    "LGPLv2.1": "LGPL-2.1-only",
    "LGPLv2.1+": "LGPL-2.1-or-later",
    "LGPLv3": "LGPL-3.0-only",
    "LGPLv3+": "LGPL-3.0-or-later",
    "LGPL-3": "LGPL-3.0-only",
    "LGPL-3+": "LGPL-3.0-or-later",
    "MIT-style": "LicenseRef-MIT-style",
    "MPL-1": "MPL-1.0",
    "MPLv1": "MPL-1.0",
    "MPLv1.1": "MPL-1.1",
    "MPLv2": "MPL-2.0",
    "MPLv2.0": "MPL-2.0",
    "openssl": "OpenSSL",
    "OpenSSL-with-exception": "OpenSSL",
    "PSFv2": "PSF-2.0",
    "Python-2": "Python-2.0",
    "SGIv1": "SGI-1",
    "tcl": "TCL",
    "vim": "Vim",
    "W3C": "W3C",
    "ZPL-2": "ZPL-2.1",
    "Zlib": "Zlib",
    "zlib": "Zlib",
}
"""Names that recipes used before they took SPDX's (openembedded-core's licence documentation), by what they mean."""


@lru_cache(1 << 12)
def expression(text: str) -> str:
    """The SPDX expression that a recipe's or an SPDX document's licence field means; empty if it says nothing.

    >>> expression("GPLv2+ & (MIT | CLOSED)")
    'GPL-2.0-or-later AND (MIT OR LicenseRef-CLOSED)'
    """
    text = _DOCUMENT.sub("", " ".join(text.split()))
    if text.upper() in _NOTHING:
        return ""
    if len(text) > LONGEST or text.count("(") > DEEPEST:
        return reference(text)
    words = [_word(token) for token in _TOKENS.findall(text)]
    return current(canonical(" ".join(words)) or canonical(" AND ".join(_licences(words)))) or reference(text)


def _word(word: str) -> str:
    if word in ("(", ")") or word.upper() == "WITH":
        return word.upper()
    operator = _OPERATORS.get(word) or _OPERATORS.get(word[0] if word[0] in "&|" else "")
    return operator or _licence(word)


@lru_cache(1 << 12)
def _licence(name: str) -> str:
    """One licence: an SPDX identifier, the identifier an old name stands for, or a LicenseRef."""
    name = _NAMES.get(name, name)
    base, _, exception = name.partition("-with-")
    if known := canonical(name) or canonical(f"{base} WITH {exception}"):
        return known
    return name if _is_exception(name) else reference(name)


def _is_exception(name: str) -> bool:
    return bool(canonical(f"MIT WITH {name}"))


def _licences(words: list[str]) -> list[str]:
    """The licences alone, where the operators between them make no expression: all of them are said to apply."""
    return [word for word in words if word not in ("AND", "OR", "WITH", "(", ")")]
