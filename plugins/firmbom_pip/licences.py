"""Licences from core metadata: expressions, free text, and trove classifiers that mean exactly one SPDX identifier.

Order of trust as PEP 639 has it: ``License-Expression`` alone, else classifiers and the old ``License`` field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from firmbom.model import Licence
from firmbom.spdx import canonical

LONGEST_NAME = 100
"""A ``License`` field longer than this is a licence's text, not its name."""

_PREFIX = "License :: "
_OSI = "OSI Approved :: "
_SPDX: Mapping[str, str] = MappingProxyType(
    {
        "Attribution Assurance License": "AAL",
        "Blue Oak Model License (BlueOak-1.0.0)": "BlueOak-1.0.0",
        "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
        "CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)": "CECILL-2.1",
        "CMU License (MIT-CMU)": "MIT-CMU",
        "Common Development and Distribution License 1.0 (CDDL-1.0)": "CDDL-1.0",
        "Common Public License": "CPL-1.0",
        "Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
        "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
        "Educational Community License, Version 2.0 (ECL-2.0)": "ECL-2.0",
        "European Union Public Licence 1.0 (EUPL 1.0)": "EUPL-1.0",
        "European Union Public Licence 1.1 (EUPL 1.1)": "EUPL-1.1",
        "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
        "GNU Affero General Public License v3": "AGPL-3.0-only",
        "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
        "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
        "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
        "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
        "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
        "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
        "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
        "Historical Permission Notice and Disclaimer (HPND)": "HPND",
        "IBM Public License": "IPL-1.0",
        "ISC License (ISCL)": "ISC",
        "Intel Open Source License": "Intel",
        "MIT License": "MIT",
        "MIT No Attribution License (MIT-0)": "MIT-0",
        "MirOS License (MirOS)": "MirOS",
        "Motosoto License": "Motosoto",
        "Mozilla Public License 1.0 (MPL)": "MPL-1.0",
        "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
        "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
        "Mulan Permissive Software License v2 (MulanPSL-2.0)": "MulanPSL-2.0",
        "NASA Open Source Agreement v1.3 (NASA-1.3)": "NASA-1.3",
        "Nethack General Public License": "NGPL",
        "Nokia Open Source License": "Nokia",
        "Open Group Test Suite License": "OGTSL",
        "Open Software License 3.0 (OSL-3.0)": "OSL-3.0",
        "PostgreSQL License": "PostgreSQL",
        "Python License (CNRI Python License)": "CNRI-Python",
        "Python Software Foundation License": "PSF-2.0",
        "Qt Public License (QPL)": "QPL-1.0",
        "Ricoh Source Code Public License": "RSCPL",
        "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
        "Sleepycat License": "Sleepycat",
        "Sun Industry Standards Source License (SISSL)": "SISSL",
        "Sun Public License": "SPL-1.0",
        "The Unlicense (Unlicense)": "Unlicense",
        "Universal Permissive License (UPL)": "UPL-1.0",
        "University of Illinois/NCSA Open Source License": "NCSA",
        "Vovida Software License 1.0": "VSL-1.0",
        "W3C License": "W3C",
        "X.Net License": "Xnet",
        "Zero-Clause BSD (0BSD)": "0BSD",
        "zlib/libpng License": "Zlib",
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
        "CeCILL-B Free Software License Agreement (CECILL-B)": "CECILL-B",
        "CeCILL-C Free Software License Agreement (CECILL-C)": "CECILL-C",
    }
)
"""Classifier without its prefix to SPDX identifier; a classifier for several versions is missing and stays text."""


_FAMILIES: Mapping[str, str | tuple[str, ...]] = MappingProxyType(
    {
        "Apache Software License": "Apache-",
        "BSD License": ("BSD-", "0BSD"),
        "GNU Affero General Public License v3": "AGPL-3.0",
        "GNU General Public License (GPL)": "GPL-",
        "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2",
        "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2",
        "GNU Library or Lesser General Public License (LGPL)": "LGPL-",
        "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
        "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
        "Zope Public License": "ZPL-",
    }
)
"""Classifiers for several licences; they say nothing more once one of these is known by its identifier."""


def declared(expression: str, field: str, classifiers: Iterable[str]) -> tuple[Licence, ...]:
    """The licences that metadata declare, without repetition."""
    if expression:
        return (Licence(canonical(expression) or expression),)
    stated = list(_from_classifiers(classifiers))
    known = [value for value, is_spdx in stated if is_spdx]
    named = canonical(field)
    if named:
        known.insert(0, named)
    elif field and not known:
        stated.insert(0, (_name(field), False))
    texts = {value.casefold(): value for value, is_spdx in reversed(stated) if not is_spdx and value}
    vague = [value for value in texts.values() if not any(one.startswith(_FAMILIES.get(value, "?")) for one in known)]
    return tuple(Licence(value) for value in dict.fromkeys((*known, *sorted(vague))))


def _from_classifiers(classifiers: Iterable[str]) -> Iterator[tuple[str, bool]]:
    for classifier in classifiers:
        tail = classifier.removeprefix(_PREFIX)
        bare = tail.removeprefix(_OSI)
        if tail != classifier and bare not in {"", "OSI Approved"}:
            known = _SPDX.get(bare, "")
            yield (known, True) if known else (bare, False)


def _name(field: str) -> str:
    """The first line of a licence's field, when it is short enough to be a name."""
    first = field.strip().split("\n", 1)[0].strip()
    return first if len(first) <= LONGEST_NAME and first.upper() != "UNKNOWN" else ""
