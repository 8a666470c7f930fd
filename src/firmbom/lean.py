"""Loads what every command needs with less beside it, for a process that is firmbom's own from its first line."""

from __future__ import annotations

import sys


def load() -> None:
    """Import msgspec, but not inspect, ast, dis and tokenize, which are a third of that.

    It takes typing_extensions where that happens to be installed, which loads them, and the same from typing where it
    is not: Python 3.11 has all that msgspec asks for. Others who import it later get it.
    """
    if "typing_extensions" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment] # "not there": The import system, section 5.3.1
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules["typing_extensions"]
