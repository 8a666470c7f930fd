"""The exit statuses, which scripts rely on; docs/exit-status.md explains them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

    from firmbom.model import Problem

DONE = 0
FAILED = 1
USAGE = 2
NOTHING_FOUND = 3
INCOMPLETE = 4
REFUSED = 5
INTERRUPTED = 130
DRIFT = 32
"""Of audit --against; plus 1 absent, 2 unclaimed, 4 version, 8 changed."""
VERIFY_FAILED = 16
"""Plus 1 signature, 2 image, 4 release, 8 soundness, 32 policy."""


def ended(problems: Iterable[Problem], found: Sized | None = None, *, allow_empty: bool = False) -> int:
    """What a run ends with; an error outranks an empty result, for it may be what emptied it.

    Args:
        problems: that the run met.
        found: what it was to find; None where nothing is nothing to speak of.
        allow_empty: nothing found is as good.
    """
    if any(one.severity == "error" for one in problems):
        return INCOMPLETE
    return NOTHING_FOUND if found is not None and not len(found) and not allow_empty else DONE
