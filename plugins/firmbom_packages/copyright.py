"""Debian's machine-readable copyright files (DEP-5, copyright-format 1.0): which licences apply to a package."""

from __future__ import annotations

import re

from firmbom.errors import printable
from firmbom.model import Licence
from firmbom.problems import Report
from firmbom_packages.debian_licences import translated
from firmbom_packages.stanza import stanzas, text_of

_FORMAT = re.compile(rb"\s*Format(?:-Specification)?:[^\n]*(?:copyright-format|dep-?5|machine-readable)", re.IGNORECASE)


def licences(data: bytes) -> tuple[Licence, ...]:
    """The licences of the whole package, of ``Files: *``, then of the other files, each once; none if it is prose.

    A stand-alone ``License`` paragraph gives only the text of a name used elsewhere, so it adds none.
    """
    if not _FORMAT.match(data[:1000]):
        return ()
    ignored = Report("")  # authors break the format in many harmless ways; what cannot be read states no licence
    whole: list[str] = []
    parts: list[str] = []
    for number, stanza in enumerate(stanzas(text_of(data, ignored), ignored)):
        if number and "files" not in stanza.fields:
            continue
        target = whole if not number or stanza.get("files").split() == ["*"] else parts
        target.extend(translated(printable(stanza.first_line("license"))))
    return tuple(Licence(value) for value in dict.fromkeys(whole + parts))
