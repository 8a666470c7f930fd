"""Strict reading of libconfig, the language of SWUpdate's sw-description.

Source: libconfig's manual, chapter 3 "Configuration Files". ``@include`` is refused: it would read another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from firmbom import parse
from firmbom.errors import InputError

DEEPEST = 64
"""Groups, lists and arrays inside one another; descriptions stay below ten."""

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<number>[-+]?(?:0[xX][0-9A-Fa-f]+|0[bB][01]+|0[oOqQ][0-7]+
          | (?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|[0-9]+)L{0,2}(?![-A-Za-z0-9_*]))
      | (?P<name>[A-Za-z*][-A-Za-z0-9_*]*)
      | (?P<mark>[{}()\[\]=:;,])""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "a": "\a", "b": "\b", "v": "\v", '"': '"', "\\": "\\"}
_BASES = {"x": 16, "b": 2, "o": 8, "q": 8}
_CLOSING = {"{": "}", "(": ")", "[": "]"}


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def loads(data: bytes, *, path: str = "") -> dict[str, Any]:
    """Read a configuration: groups as dict, lists and arrays as list, text, int, float and bool.

    Raises:
        InputError: not libconfig, with the line; not UTF-8; a setting that stands twice in a group; too deep.
    """
    return _Reader(parse.text(data, path=path), path).whole()


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self._text, self._path = text, path
        self._tokens = self._split()
        self._now = next(self._tokens)

    def whole(self) -> dict[str, Any]:
        return self._group("", 0)

    def _split(self) -> Iterator[_Token]:
        place = 0
        while place < len(self._text):
            found = _TOKEN.match(self._text, place)
            if found is None or found.lastgroup is None:
                self._fail(f"unexpected {self._text[place : place + 20]!r}", place)
            if found.lastgroup != "blank":
                yield _Token(found.lastgroup, found.group(), place)
            place = found.end()
        while True:
            yield _Token("end", "", place)

    def _fail(self, what: str, at: int) -> NoReturn:
        line = self._text.count("\n", 0, at) + 1
        raise InputError(f"not libconfig: {what}", path=self._path, place=f"line {line}")

    def _take(self) -> _Token:
        token, self._now = self._now, next(self._tokens)
        return token

    def _is(self, *marks: str) -> bool:
        return self._now.kind == "mark" and self._now.text in marks

    def _group(self, closing: str, depth: int) -> dict[str, Any]:
        """Settings up to ``closing``, or to the end of the text."""
        made: dict[str, Any] = {}
        while not (self._is(closing) if closing else self._now.kind == "end"):
            name = self._take()
            if name.kind != "name":
                self._fail(f"expected the name of a setting, got {name.text[:20] or 'the end'!r}", name.at)
            if name.text in made:
                self._fail(f"{name.text[:80]!r} stands twice in one group", name.at)
            if not self._is("=", ":"):
                self._fail(f"expected '=' behind {name.text[:80]!r}", self._now.at)
            self._take()
            made[name.text] = self._value(depth)
            if self._is(";", ","):
                self._take()
        return made

    def _value(self, depth: int) -> Any:
        token = self._take()
        if token.kind == "text":
            parts = [token.text]
            while self._now.kind == "text":  # neighbours are one text
                parts.append(self._take().text)
            return "".join(_ESCAPE.sub(_plain, part[1:-1]) for part in parts)
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "name" and token.text.lower() in {"true", "false"}:
            return token.text.lower() == "true"
        if token.kind != "mark" or token.text not in _CLOSING:
            self._fail(f"expected a value, got {token.text[:20] or 'the end'!r}", token.at)
        if depth == DEEPEST:
            self._fail(f"nested deeper than {DEEPEST}", token.at)
        closing = _CLOSING[token.text]
        made = self._group(closing, depth + 1) if closing == "}" else self._list(closing, depth + 1)
        self._take()
        return made

    def _list(self, closing: str, depth: int) -> list[Any]:
        made: list[Any] = []
        while not self._is(closing):
            made.append(self._value(depth))
            if self._is(","):
                self._take()
            elif not self._is(closing):
                self._fail(f"expected ',' or {closing!r}", self._now.at)
        return made


def _plain(found: re.Match[str]) -> str:
    """What an escape stands for; a backslash before anything else is itself, as in Lua scripts."""
    escape = found[1]
    return chr(int(escape[1:], 16)) if len(escape) == 3 else _ESCAPED.get(escape, found[0])


def _number(text: str) -> int | float:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").rstrip("L")
    if digits[:1] == "0" and digits[1:2].lower() in _BASES:
        return sign * int(digits[2:], _BASES[digits[1:2].lower()])
    if len(digits) > 64:
        return float("inf") * sign
    return sign * (int(digits) if digits.isdecimal() else float(digits))
