"""Environment markers decided for a target that is only partly known: true, false, or not to be decided.

``packaging`` evaluates each comparison; the ``and``/``or`` between them is done here, in Kleene's three values, because
``Marker.evaluate`` fills in what is missing from the machine that runs firmbom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from firmbom.identity import pypi_name
from firmbom.plugin import Target

LONGEST = 4096
"""Characters of one marker."""
DEEPEST = 50
"""Parentheses inside parentheses."""

_TOKEN = re.compile(r"\s*('[^']*'|\"[^\"]*\"|[()]|[^\s()'\"]+)")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_WORD = re.compile(r"[a-z_][a-z_.]*")
_MEMBER = re.compile(r"(?:'([^']*)'|\"([^\"]*)\")\s*(not\s+in|in)\s*(extras|dependency_groups)\Z")
_EXTRA = re.compile(r"extra\s*(==|!=)\s*(?:'([^']*)'|\"([^\"]*)\")\Z")
_EXTRA_LAST = re.compile(r"(?:'([^']*)'|\"([^\"]*)\")\s*(==|!=)\s*extra\Z")
_PYTHON = re.compile(r"(python_version|python_full_version)\s*([<>=!]=?)\s*['\"](\d+(?:\.\d+)*)(\.\*)?['\"]\Z")
_BOUND = re.compile(r"(?:\^|~=?|>=?|==|=|)\s*(\d+(?:\.\d+)*)(?:\.\*)?\Z")

_ALIASES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.version": "platform_version",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}
"""Spellings older than PEP 508 that packaging still reads."""

_PLATFORMS = {
    "linux": {"platform_system": "Linux", "os_name": "posix"},
    "darwin": {"platform_system": "Darwin", "os_name": "posix"},
    "win32": {"platform_system": "Windows", "os_name": "nt"},
}
"""What ``sys.platform`` says of the other variables."""

_CPYTHON = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
"""A target that names a Python version runs the reference implementation: no other installs wheels in firmware."""

Truth = bool | None
"""None: not to be decided."""

Tree = str | tuple[str, tuple["Tree", ...]]
"""A comparison, or ``and``/``or`` over trees."""


class Chosen(msgspec.Struct, frozen=True):
    """The extras and groups an installation asks for; None where that is not known."""

    extras: frozenset[str] | None = None
    groups: frozenset[str] | None = None


UNKNOWN = Chosen()


class Conditions:
    """Decides markers; equal markers and equal comparisons are evaluated once."""

    def __init__(self, target: Target | None, requires_python: str = "") -> None:
        """Args: ``requires_python`` is the range the lock was made for; its least version decides without a target."""
        self._environments = tuple(_environments(target))
        self._known = frozenset(self._environments[0])
        self.least = () if "python_version" in self._known else least_python(requires_python)
        """The least Python there can be; empty: any, or the target's."""
        self._comparisons: dict[str, Truth] = {}
        self._markers: dict[str, Truth] = {}

    def holds(self, marker: str, chosen: Chosen = UNKNOWN) -> Truth:
        """Does the marker hold on the target? An empty marker does.

        Raises:
            ValueError: not a marker (PEP 508).
        """
        if not marker:
            return True
        if chosen is not UNKNOWN:
            return self._tree(parsed(marker), chosen)
        if marker not in self._markers:
            self._markers[marker] = self._tree(parsed(marker), chosen)
        return self._markers[marker]

    def _tree(self, tree: Tree, chosen: Chosen) -> Truth:
        if isinstance(tree, str):
            return self._comparison(tree, chosen)
        word, parts = tree
        values = [self._tree(part, chosen) for part in parts]
        decisive = word == "or"
        if decisive in values:
            return decisive
        return None if None in values else not decisive

    def _comparison(self, text: str, chosen: Chosen) -> Truth:
        words = _WORD.findall(_QUOTED.sub("", text))
        if "extra" in words or "extras" in words or "dependency_groups" in words:
            return _membership(text, chosen)
        if text not in self._comparisons:
            self._comparisons[text] = self._evaluated(text, words)
        return self._comparisons[text]

    def _evaluated(self, text: str, words: list[str]) -> Truth:
        from packaging.markers import InvalidMarker, Marker, UndefinedComparison

        try:
            marker = Marker(text)
        except InvalidMarker as error:
            raise ValueError(f"not a marker: {text[:80]!r}") from error
        variables = {_ALIASES.get(word, word) for word in words} - {"in", "not"}
        if not variables <= self._known:
            return self._by_least(text)
        try:
            values = {marker.evaluate(dict(environment)) for environment in self._environments}
        except UndefinedComparison:
            return None
        return values.pop() if len(values) == 1 else None

    def _by_least(self, text: str) -> Truth:
        """Decide a comparison with Python's version from the least version that the lock allows."""
        match = _PYTHON.match(text)
        if not match or not self.least:
            return None
        variable, operator, version, wildcard = match.groups()
        least = self.least[:2] if variable == "python_version" else self.least
        bound = tuple(int(part) for part in version.split("."))
        beyond = least > bound and (not wildcard or least[: len(bound)] != bound)
        if operator in {">=", "<"}:
            return (operator == ">=") if least >= bound else None
        return {">": True, "<=": False, "==": False, "!=": True}.get(operator) if beyond else None


def least_python(requires: str) -> tuple[int, ...]:
    """The least Python that a range allows (PEP 440, or Poetry's ``^3.8``); empty when it states none.

    >>> least_python(">=3.8,<4.0")
    (3, 8)
    """
    if "|" in requires:
        return ()
    bounds = (_BOUND.match(part.strip()) for part in requires.split(","))
    return max((tuple(int(number) for number in bound[1].split(".")) for bound in bounds if bound), default=())


def _environments(target: Target | None) -> Iterator[dict[str, str]]:
    """The values known of the target; twice, with the first and the last patch release, when that is not stated."""
    known: dict[str, str] = {}
    if target and target.platform:
        known |= {"sys_platform": target.platform, **_PLATFORMS.get(target.platform, {})}
    if target and target.machine:
        known["platform_machine"] = target.machine
    numbers = re.match(r"(\d+\.\d+)(\.\d+\S*)?\Z", target.python if target else "")
    if not numbers:
        yield known
        return
    for patch in (numbers[2],) if numbers[2] else (".0", ".99"):
        full = numbers[1] + patch
        version = {"python_version": numbers[1], "python_full_version": full, "implementation_version": full}
        yield known | version | _CPYTHON


def _membership(text: str, chosen: Chosen) -> Truth:
    """``extra == 'x'``, ``'x' in extras`` and ``'x' in dependency_groups`` (PEP 751)."""
    member = _MEMBER.match(text)
    if member:
        wanted, operator = member[1] or member[2] or "", member[3]
        asked = chosen.extras if member[4] == "extras" else chosen.groups
        return None if asked is None else (pypi_name(wanted) in asked) == (operator == "in")
    equal, last = _EXTRA.match(text), _EXTRA_LAST.match(text)
    if equal:
        operator, wanted = equal[1], equal[2] or equal[3] or ""
    elif last:
        operator, wanted = last[3], last[1] or last[2] or ""
    else:
        raise ValueError(f"not a marker: {text[:80]!r}")
    return None if chosen.extras is None else (pypi_name(wanted) in chosen.extras) == (operator == "==")


@lru_cache(1 << 12)
def parsed(marker: str) -> Tree:
    """The marker as a tree of comparisons.

    Raises:
        ValueError: not a marker.
    """
    if len(marker) > LONGEST:
        raise ValueError(f"a marker of {len(marker)} characters")
    tokens, end = [], 0
    for token in _TOKEN.finditer(marker):
        if token.start() != end:
            break
        tokens.append(token[1])
        end = token.end()
    if marker[end:].strip() or not tokens:
        raise ValueError(f"not a marker: {marker[:80]!r}")
    tree, rest = _alternatives(tokens, 0, 0)
    if rest != len(tokens):
        raise ValueError(f"not a marker: {marker[:80]!r}")
    return tree


def _alternatives(tokens: list[str], start: int, depth: int) -> tuple[Tree, int]:
    """``conjunction (or conjunction)*``."""
    if depth > DEEPEST:
        raise ValueError("marker nested too deeply")
    parts, start = _parts(tokens, start, depth)
    return (parts[0] if len(parts) == 1 else ("or", tuple(parts))), start


def _parts(tokens: list[str], start: int, depth: int) -> tuple[list[Tree], int]:
    parts: list[Tree] = []
    terms: list[Tree] = []
    while True:
        term, start = _term(tokens, start, depth)
        terms.append(term)
        word = tokens[start] if start < len(tokens) else ""
        if word != "and":
            parts.append(terms[0] if len(terms) == 1 else ("and", tuple(terms)))
            terms = []
        if word not in {"and", "or"}:
            return parts, start
        start += 1


def _term(tokens: list[str], start: int, depth: int) -> tuple[Tree, int]:
    """A comparison up to the next ``and``, ``or`` or parenthesis; or a tree in parentheses."""
    if start < len(tokens) and tokens[start] == "(":
        tree, start = _alternatives(tokens, start + 1, depth + 1)
        if start >= len(tokens) or tokens[start] != ")":
            raise ValueError("marker with an open parenthesis")
        return tree, start + 1
    end = start
    while end < len(tokens) and tokens[end] not in {"and", "or", "(", ")"}:
        end += 1
    if end == start:
        raise ValueError("marker with an empty comparison")
    return " ".join(tokens[start:end]), end
