"""What a Debian package's ``copyright`` file says of its licence, in SPDX's identifiers.

Machine-readable ones are read by their stanzas (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/),
others by the words that licences are granted with.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

NAMES: Mapping[str, str] = {
    r"expat|mit(?!-(0|open|modern|festival))|.*expat.*": "MIT",
    r"x11": "X11",
    r"eclipse.public.license.1": "EPL-1.0",
    r"bsd-?3|bsd-3-clause|new-?bsd": "BSD-3-Clause",
    r"bsd-?2|bsd-2-clause": "BSD-2-Clause",
    r"bsd-?4|bsd-4-clause": "BSD-4-Clause",
    r"0bsd": "0BSD",
    r"isc": "ISC",
    r"zlib": "Zlib",
    r"apache(-?2|$)": "Apache-2.0",
    r"mpl-?v?(1\.1|2\.0)": "MPL-{}",
    r"epl-?(1\.0|2\.0)": "EPL-{}",
    r"cddl(-1.0)?": "CDDL-1.0",
    r"cpl": "CPL-1.0",
    r"boost|bsl-1": "BSL-1.0",
    r"cc0": "CC0-1.0",
    r"unlicense": "Unlicense",
    r"artistic-2": "Artistic-2.0",
    r"artistic": "Artistic-1.0",
    r"openldap": "OLDAP-2.8",
    r"public-?domain|pd$": "LicenseRef-public-domain",
    r"(gfdl|wtfpl|ofl|psf|hpnd|ntp|curl|openssl|postgresql|libpng|ijg|vim|php|ruby|sleepycat|afl).*": "{}",
}
"""Beginnings of the short names that Debian uses → SPDX; what is unknown is read from the licence's own text."""
_FAMILY = re.compile(r"(?i)(a|l)?gpl?(?:-?v?(\d)(?:\.(\d))?(?:\.0)?)?(\+|-or-later)?")
_JOINED = re.compile(r"(?i)(?:\s*,)?\s+(?:and/or|and|or)\s+|\s*[,|]\s*|_or_|-and-")
_GRANT = re.compile(
    r"(?i)(?:GNU|the) (Affero |Lesser |Library |Lesser \(Library\) |Library \(Lesser\) )?"
    r"(?:GNU )?General Public Licen[sc]e"
)
_NUMBER = re.compile(r"(?i)\bv(?:ersion)? ?(\d)(?:\.(\d))?|Licen[sc]e,? (\d)(?:\.(\d))?")
_LATER = re.compile(r"(?i)\blater\b|or newer|at your option")
WORDS: Mapping[str, str] = {
    r"Permission is hereby granted, free of charge": "MIT",
    r"Permission to use, copy, modify,? and/?(or)? ?distribute this software for any purpose": "ISC",
    r"Redistribution and use in source and binary forms.{0,1500}advertising materials": "BSD-4-Clause",
    r"Redistribution and use in source and binary forms.{0,1500}(endorse or promote|name of)": "BSD-3-Clause",
    r"Redistribution and use in source and binary forms": "BSD-2-Clause",
    r"Apache Licen[sc]e,? Version 2": "Apache-2.0",
    r"Mozilla Public Licen[sc]e,? (Version|v\.?) ?(?=1\.1)": "MPL-1.1",
    r"Mozilla Public Licen[sc]e,? (Version|v\.?) ?(?=2)": "MPL-2.0",
    r"Eclipse Public Licen[sc]e": "EPL-2.0",
    r"freely, subject to the following restrictions": "Zlib",
    r"Artistic Licen[sc]e": "Artistic-1.0",
    r"Boost Software Licen[sc]e": "BSL-1.0",
    r"public domain": "LicenseRef-public-domain",
}
"""Words of a licence, or of who grants it → SPDX."""
_BEHIND, _BEFORE = 160, 80
"""Letters in which the number of a GNU licence stands."""


class Stated(NamedTuple):
    """What one file says."""

    package: str
    main: frozenset[str]
    """Of ``Files: *``; of a file without stanzas, all that its words grant."""
    every: frozenset[str]
    """Of any stanza."""
    written: str
    """As it stands there: Debian's short names."""
    stanzas: bool
    """Is it machine-readable?"""


def of_package(file: Path) -> str:
    """The text of the package's copyright file; ``""`` if it has none of its own."""
    with (
        subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(file)], stdout=subprocess.PIPE) as unpacked,
        tarfile.open(fileobj=unpacked.stdout, mode="r|") as archive,
    ):
        for member in archive:
            if re.fullmatch(r"\./usr/share/doc/[^/]+/copyright", member.name) and member.isreg():
                stream = archive.extractfile(member)
                text = stream.read() if stream else b""
                unpacked.kill()
                return text.decode("utf-8", "replace")
    return ""


def read(package: str, text: str) -> Stated:
    """What the text says of the package's licence."""
    stanzas = [_fields(part) for part in re.split(r"\n[ \t]*\n", text)]
    about = [one for one in stanzas if "files" in one and "license" in one]
    if not about or not re.search(r"(?m)^format(-specification)?:", text.lower()):
        found = frozenset(by_words(text))
        return Stated(package, found, found, " ".join(sorted(found)), stanzas=False)
    full = {
        one["license"].partition("\n")[0]: one["license"] for one in stanzas if "files" not in one and "license" in one
    }
    everything = [one for one in about if "*" in one["files"].split()]
    of_all = (everything or about)[0]["license"]
    every = frozenset(one for each in about for one in identifiers(each["license"], full))
    return Stated(package, frozenset(identifiers(of_all, full)), every, of_all.partition("\n")[0].strip(), stanzas=True)


def _fields(stanza: str) -> dict[str, str]:
    found = re.findall(r"(?m)^(Files|Licen[sc]e):[ \t]*(.*(?:\n[ \t].*)*)", stanza, re.IGNORECASE)
    return {name.lower().replace("licence", "license"): value for name, value in found}


def identifiers(stated: str, full: Mapping[str, str]) -> Iterator[str]:
    """SPDX's names of a ``License`` field: a short expression, under which the text may stand.

    Args:
        stated: the field's value.
        full: short name → text, from the stanzas that hold licences alone.

    >>> sorted(identifiers("GPL-2+ or LGPL-2.1, and Expat", {}))
    ['GPL-2.0-or-later', 'LGPL-2.1-only', 'MIT']
    """
    short, _, text = stated.partition("\n")
    plain = re.sub(r"(?i)[ ~-]+with[ -].*?(exceptions?|$)|\(.*?\)", "", short)
    for name in filter(None, _JOINED.split(plain.strip())):
        known = _named(name)
        yield from [known] if known else by_words(text or full.get(name, "")) or [f"?{name}"]


def _named(name: str) -> str:
    family = _FAMILY.match(name.replace("LPGL", "LGPL"))
    if family and family[2]:
        return gnu(family[1] or "", family[2], family[3], later=bool(family[4]))
    for pattern, spdx in NAMES.items():
        if found := re.match(pattern, name, re.IGNORECASE):
            return spdx.format(found[found.lastindex or 0])
    return ""


def gnu(letter: str, major: str, minor: str | None, *, later: bool) -> str:
    """SPDX's name of a GNU licence.

    >>> gnu("L", "2", "", later=True)
    'LGPL-2.0-or-later'
    """
    return f"{letter.upper()}GPL-{major}.{minor or '0'}-{'or-later' if later else 'only'}"


def by_words(text: str) -> list[str]:
    """The licences that a text grants.

    ``-or-later`` counts for more than ``-only`` of the same: that is often how the whole text is referred to.
    """
    plain = " ".join(re.sub(r"(?m)^\s*\.?", " ", text).split())
    found = {spdx for pattern, spdx in WORDS.items() if re.search(pattern, plain, re.IGNORECASE)}
    if {"BSD-3-Clause", "BSD-4-Clause"} & found:
        found.discard("BSD-2-Clause")
    found |= {name for grant in _GRANT.finditer(plain) if (name := _granted(plain, grant))}
    return sorted(one for one in found if re.sub("-only$", "-or-later", one) not in found - {one})


def _granted(plain: str, grant: re.Match[str]) -> str:
    """The GNU licence that is named there; its number stands behind the name or before it."""
    places = (plain[grant.end() : grant.end() + _BEHIND], plain[max(0, grant.start() - _BEFORE) : grant.start()])
    number = next(filter(None, map(_NUMBER.search, places)), None)
    if not number:
        return ""
    letter = (grant[1] or "").strip("(")[:1].upper()
    return gnu(letter, number[1] or number[3], number[2] or number[4], later=any(map(_LATER.search, places)))
