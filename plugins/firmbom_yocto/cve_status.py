"""The words of CVE_STATUS, and what each one says.

They are those of CVE_CHECK_STATUSMAP in oe-core's ``meta/conf/cve-check-map.conf``, whose comments say when each is to
be used, with the status that it has there; and ``rejected``, which oe-core's
``scripts/contrib/improve_kernel_cve_report.py`` writes. ``upstream-wontfix`` is *Ignored* to oe-core, but says in so
many words that the vulnerability is there: in a VEX document that is *affected*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from firmbom.model import Ground
from firmbom.reason import Reason


class Word(NamedTuple):
    """What a word says."""

    status: str
    """As reports carry it."""
    reason: Reason
    ground: Ground
    """Words that no person writes are a program's finding."""


WORDS: Mapping[str, Word] = {
    "patched": Word("Patched", Reason.FIXED, "reported"),
    "backported-patch": Word("Patched", Reason.PATCHED, "stated"),
    "cpe-stable-backport": Word("Patched", Reason.PATCHED, "stated"),
    "fixed-version": Word("Patched", Reason.FIXED_VERSION, "stated"),
    "fix-file-included": Word("Patched", Reason.PATCHED, "patched"),
    "version-not-in-range": Word("Patched", Reason.FIXED_VERSION, "reported"),
    "unpatched": Word("Unpatched", Reason.AFFECTED, "reported"),
    "vulnerable-investigating": Word("Unpatched", Reason.NO_FIX_YET, "stated"),
    "version-in-range": Word("Unpatched", Reason.AFFECTED, "reported"),
    "ignored": Word("Ignored", Reason.IGNORED, "stated"),
    "cpe-incorrect": Word("Ignored", Reason.OTHER_COMPONENT, "stated"),
    "disputed": Word("Ignored", Reason.DISPUTED, "stated"),
    "not-applicable-config": Word("Ignored", Reason.CONFIGURATION, "stated"),
    "not-applicable-platform": Word("Ignored", Reason.PLATFORM, "stated"),
    "upstream-wontfix": Word("Ignored", Reason.WILL_NOT_FIX, "stated"),
    "rejected": Word("Ignored", Reason.REJECTED, "reported"),
    "unknown": Word("Unknown", Reason.UNKNOWN, "stated"),
}
STATUSES: Mapping[str, tuple[Reason, Ground]] = {
    "Patched": (Reason.FIXED, "reported"),
    "Unpatched": (Reason.AFFECTED, "reported"),
    "Ignored": (Reason.IGNORED, "stated"),
    "Unknown": (Reason.UNKNOWN, "reported"),
}
"""What a status says by itself: kirkstone's reports carry no word, and a distribution may have words of its own."""

_NOT_COMPILED = "Source code not compiled"
"""How improve_kernel_cve_report.py begins where no file that a CVE of the kernel concerns was compiled."""
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*(?![\w-])")


def judged(status: str, detail: str, note: str) -> tuple[Reason, Ground] | None:
    """The reason that a report gives; None for a status that there is not.

    Args:
        status: ``Patched``, ``Unpatched``, ``Ignored``, ``Unknown``.
        detail: the word; tools may add a text to it.
        note: why, as a person or a tool wrote it.
    """
    if status not in STATUSES:
        return None
    known = WORDS.get(word_of(detail))
    if known is None or known.status != status:  # a distribution may also give a word another status
        return STATUSES[status]
    if known.reason is Reason.CONFIGURATION and note.startswith(_NOT_COMPILED):
        return Reason.CODE_NOT_PRESENT, "reported"
    return known.reason, known.ground


def word_of(detail: str) -> str:
    """The word at the beginning of a detail; empty when there is none."""
    match = _WORD.match(detail)
    return match[0] if match else ""


def concerns(reason: str, products: Iterable[str]) -> tuple[bool, str]:
    """Is a statement about the recipe, and what does it say without the product?

    ``cpe:<vendor>:<product>: why``, with ``*`` for any, narrows it to recipes that make the product; so a distribution
    can state it once for all.

    Args:
        reason: what stands behind the word in CVE_STATUS.
        products: of the recipe, ``vendor:product`` or ``product``.
    """
    mark, *rest = reason.split(":", 3)
    if mark.strip() != "cpe" or len(rest) != 3:
        return True, reason
    vendor, product, why = (part.strip() for part in rest)
    return any(_makes(one, vendor, product) for one in products), why


def _makes(stated: str, vendor: str, product: str) -> bool:
    """Is it that product? Without a vendor it may be anybody's."""
    own, colon, name = stated.rpartition(":")
    return product in ("*", name) and (vendor in ("*", own) or not colon)
