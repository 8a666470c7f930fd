"""How upstream's versions follow each other, and on which side of a release one lies."""

from __future__ import annotations

import re

from firmbom_elf.names import VERSION

NUMBERS = r"\d{1,8}(?:\.\d{1,8})*"
_RELEASE = rf"(?a:{VERSION}|\d{{1,8}}(?![.\w]))"
_PART = re.compile(r"(\d*)(.*)", re.DOTALL)


def order(version: str) -> tuple[tuple[int, str], ...]:
    """Sorts versions as people count: 1.9 before 1.10, and 1.1.1 before 1.1.1w.

    What is no number sorts before numbers.
    """
    parts = (_PART.fullmatch(part) for part in re.split(r"[-._]", version))
    return tuple((int(part[1] or -1), part[2]) for part in parts if part)


def before(version: str, release: str) -> bool | None:
    """Is ``version`` of the time before ``release``, which is of numbers alone? None if that cannot be told.

    A candidate for a release counts as that release; ``5`` may be 5.4 or 5.6, so it is on no side of 5.6.

    >>> before("1.1.1w", "3.0"), before("3", "3.0"), before("5", "5.6"), before("9f2c1d0", "5.6")
    (True, False, None, None)
    """
    if not re.match(_RELEASE, version):
        return None
    one, other = order(version), order(re.sub(r"(\.0+)+$", "", release))
    if len(one) < len(other) and other[: len(one)] == one:
        return None
    return one < other
