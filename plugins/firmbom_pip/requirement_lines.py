"""The lines of a requirements file as pip reads them ("Requirements File Format"): continuations, comments, options.

Nothing is expanded: ``${NAME}`` stays as written.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import msgspec

from firmbom import parse
from firmbom.errors import InputError

LONGEST = 4096
"""Characters of a requirement without its options; real ones have less than a hundred."""

_COMMENT = re.compile(r"(?:^|\s)#(.*)$")
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_OPTIONS = {
    "-i": "index",
    "--index-url": "index",
    "--pypi-url": "index",
    "--extra-index-url": "extra_indexes",
    "-c": "constraints",
    "--constraint": "constraints",
    "-r": "requirements",
    "--requirement": "requirements",
    "-e": "editable",
    "--editable": "editable",
    "-f": "find_links",
    "--find-links": "find_links",
    "--hash": "hashes",
    "--no-binary": "",
    "--only-binary": "",
    "--trusted-host": "",
    "--use-feature": "",
    "--global-option": "",
    "--install-option": "",
    "--config-settings": "",
    "--config-setting": "",
    "-C": "",
    "--uploaded-prior-to": "",
}
"""Options that take a value, and which field of :class:`Line` gathers it; empty: it says nothing about components."""
_FLAGS = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes", "--all-releases", "--only-final"})
_PATHS = ("constraints", "requirements")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One logical line: a requirement with its options, or options alone."""

    number: int
    """1-based; of its first physical line."""
    requirement: str = ""
    """Without comment and options; empty for a line of options."""
    via: tuple[str, ...] = ()
    """What a compiler's ``# via`` comment says, as written: names, ``-r file``, ``name (pyproject.toml)``."""
    index: tuple[str, ...] = ()
    extra_indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    editable: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    no_index: bool = False
    unknown: tuple[str, ...] = ()
    """Options that are not known here."""
    fault: str = ""
    """Why the line cannot be read."""


def decoded(data: bytes, path: str) -> str:
    """The text: by byte-order mark, else UTF-8, else by a coding comment (PEP 263) in the first two lines.

    Raises:
        InputError: none of these fits.
    """
    try:
        return parse.text(data, path=path)
    except InputError:
        coding = _CODING.search(b"\n".join(data.split(b"\n", 2)[:2]))
        try:
            return data.decode(coding[1].decode("ascii")) if coding else _refuse()
        except (LookupError, ValueError):
            pass
        raise


def _refuse() -> str:
    raise ValueError("no coding comment")


def lines(text: str) -> list[Line]:
    """Every logical line that says something."""
    found: list[Line] = []
    noting = False
    for number, content in _joined(text):
        comment = _COMMENT.search(content)
        stated = (content[: comment.start()] if comment else content).strip()
        note = comment[1].strip() if comment else ""
        if stated:
            found.append(_line(number, stated))
            noting = False
        elif not comment:
            noting = False
            continue
        if found and (noting or note == "via" or note.startswith("via ")):
            names = [part.strip() for part in note.removeprefix("via").split(",") if part.strip()]
            found[-1] = msgspec.structs.replace(found[-1], via=(*found[-1].via, *names))
            noting = True
    return found


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Physical lines with continuations joined; a comment ends a continuation."""
    waiting: list[str] = []
    start = 0
    for number, content in enumerate(text.splitlines(), 1):
        comment = content.lstrip().startswith("#")
        if content.endswith("\\") and not comment:
            start = start if waiting else number
            waiting.append(content.rstrip("\\"))
        elif waiting:
            yield start, "".join((*waiting, f" {content}" if comment else content))
            waiting = []
        else:
            yield number, content
    if waiting:
        yield start, "".join(waiting)


def _line(number: int, stated: str) -> Line:
    """Part a requirement from its options: they begin at the first word with a dash."""
    cut = 0 if stated.startswith("-") else _first_option(stated)
    requirement, rest = stated[:cut].strip(), stated[cut:]
    if len(requirement) > LONGEST:
        return Line(number=number, fault=f"a requirement of {len(requirement)} characters was not read")
    try:
        words = shlex.split(rest) if set(rest) & set("\"'\\") else rest.split()
    except ValueError as error:
        return Line(number=number, requirement=requirement, fault=f"options that cannot be read: {error}")
    gathered: dict[str, list[str]] = {}
    flags: set[str] = set()
    words.reverse()
    while words:
        _option(words, gathered, flags)
    values = {name: tuple(found) for name, found in gathered.items() if name}
    return msgspec.convert(
        {"number": number, "requirement": requirement, "no_index": "--no-index" in flags, **values}, Line
    )


def _first_option(stated: str) -> int:
    cut = stated.find(" -")
    tab = stated.find("\t-")
    ends = [end for end in (cut, tab) if end >= 0]
    return min(ends) if ends else len(stated)


def _option(words: list[str], gathered: dict[str, list[str]], flags: set[str]) -> None:
    """Take one option, and its value, from the end of the reversed words."""
    word = words.pop()
    name, equals, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
    if name in _FLAGS:
        flags.add(name)
    elif name in _OPTIONS:
        if not equals:
            value = words.pop() if words else ""
        gathered.setdefault(_OPTIONS[name], []).append(value.strip())
    else:
        gathered.setdefault("unknown", []).append(word[:80])
