"""JSON as Buildroot's own tools write it: control characters stand in texts as they are."""

from __future__ import annotations

import json
from typing import Any


def loaded(text: str) -> Any:
    """The value.

    Raises:
        ValueError: no JSON.
        RecursionError: nested too deeply.
    """
    found = json.loads(text, strict=False)
    return _printable(found) if "\\ud" in text.lower() else found


def _printable(found: Any) -> Any:
    """With ``?`` for halves of a pair of surrogates, which no text in UTF-8 can hold."""
    if isinstance(found, str):
        return found.encode("utf-8", "replace").decode()
    if isinstance(found, list):
        return [_printable(one) for one in found]
    if isinstance(found, dict):
        return {_printable(key): _printable(one) for key, one in found.items()}
    return found
