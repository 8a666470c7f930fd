"""Rewrites the ``verified`` lines of the catalogue's TOML files and nothing else in them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

MOST = 4
"""Lines an entry keeps."""
WIDTH = 120

_ENTRY = re.compile(r"(?m)^(?=\[\[entry\]\])")
_NAME = re.compile(r'(?m)^name = "([^"]+)"$')
_VERIFIED = re.compile(r'(?m)^verified = \[(?:[^\]"]|"[^"]*")*\]\n')


def write(folder: Path, verified: Mapping[str, Sequence[str]]) -> int:
    """Give each named entry its lines, an empty list taking them away; tell how many files changed.

    Raises:
        ValueError: a file would say anything else afterwards; it is left as it was.
    """
    changed = 0
    for file in sorted(folder.glob("*.toml")):
        before = file.read_text(encoding="utf-8")
        parts = [_rewritten(part, verified) for part in _ENTRY.split(before)]
        after = "".join(parts)
        if after != before:
            if _rest(after) != _rest(before):
                raise ValueError(f"{file.name}: its verified lines cannot be told from the rest")
            file.write_text(after, encoding="utf-8")
            changed += 1
    return changed


def _rewritten(part: str, verified: Mapping[str, Sequence[str]]) -> str:
    name = _NAME.search(part)
    if not name or name[1] not in verified:
        return part
    plain = _VERIFIED.sub("", part, count=1)
    lines = _assignment(verified[name[1]][:MOST])
    head, table, tail = plain.partition("\n[[entry.")
    kept = head.rstrip("\n")
    return f"{kept}\n{lines}{head[len(kept) + 1 :]}{table and table[1:]}{tail}" if table else _end(plain, lines)


def _end(plain: str, lines: str) -> str:
    kept = plain.rstrip("\n")
    return f"{kept}\n{lines}{plain[len(kept) + 1 :]}"


def _assignment(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    quoted = [f'"{line}"' for line in lines]
    single = f"verified = [{', '.join(quoted)}]\n"
    if len(single) <= WIDTH + 1:
        return single
    return "verified = [\n" + "".join(f"    {line},\n" for line in quoted) + "]\n"


def _rest(text: str) -> list[dict[str, Any]]:
    document = tomllib.loads(text)
    return [{key: value for key, value in entry.items() if key != "verified"} for entry in document["entry"]]
