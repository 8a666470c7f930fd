"""rpm's boolean dependencies, ``(a or (b if c))``, as plain alternatives (rpm's docs/manual/boolean_dependencies)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from firmbom_packages.compare import Relation
from firmbom_packages.package import Need

DEEPEST = 50
"""So deep may they nest; real ones stay below five."""

RELATIONS: Mapping[str, Relation] = {"<": "<", "<=": "<=", "=": "=", "==": "=", ">=": ">=", ">": ">"}

_WORDS = frozenset({"and", "or", "if", "unless", "else", "with", "without"})

Requirements = list[list[Need]]
"""All must be met, each by any of its alternatives."""

IsThere = Callable[[str], bool]
"""Is a name there, as a package or provided by one?"""


def requirements(text: str, is_there: IsThere) -> Requirements:
    """What ``text`` comes to on this system.

    Raises:
        ValueError: it is no boolean dependency.
    """
    tokens = list(_tokens(text))[::-1]
    found = _expression(tokens, is_there, 0)
    if tokens:
        raise ValueError("goes on behind its end")
    return found


def _expression(tokens: list[str], is_there: IsThere, depth: int) -> Requirements:
    """One operand: a name with or without a version, or operands in brackets."""
    if not tokens or tokens[-1] in _WORDS or tokens[-1] == ")":
        raise ValueError("lacks an operand")
    if tokens[-1] != "(":
        name = tokens.pop()
        if tokens and tokens[-1] in RELATIONS:
            relation = RELATIONS[tokens.pop()]
            if not tokens:
                raise ValueError("lacks a version")
            return [[Need(name, relation, tokens.pop())]]
        return [[Need(name)]]
    if depth > DEEPEST:
        raise ValueError(f"nests deeper than {DEEPEST}")
    tokens.pop()
    found = _expression(tokens, is_there, depth + 1)
    while tokens and tokens[-1] in _WORDS:
        word = tokens.pop()
        found = _joined(word, found, _expression(tokens, is_there, depth + 1), tokens, is_there, depth)
    if not tokens or tokens.pop() != ")":
        raise ValueError("lacks a closing bracket")
    return found


def _joined(
    word: str, left: Requirements, right: Requirements, tokens: list[str], is_there: IsThere, depth: int
) -> Requirements:
    match word:
        case "and":
            return left + right
        case "or":
            return [[need for needs in left + right for need in needs]]
        case "if" | "unless":
            otherwise: Requirements = []
            if tokens and tokens[-1] == "else":
                tokens.pop()
                otherwise = _expression(tokens, is_there, depth + 1)
            holds = all(any(is_there(need.name) for need in needs) for needs in right)
            return left if holds == (word == "if") else otherwise
    return left  # with, without: the package of that name that also provides, or does not, something else


def _tokens(text: str) -> Iterator[str]:
    """Brackets and words; a bracket inside a name, as in ``libc.so.6()(64bit)``, belongs to the name."""
    for word in text.split():
        opened = len(word) - len(word.lstrip("("))
        yield from "(" * opened
        name = word[opened:]
        closing = 0
        while name.endswith(")") and name.count(")") > name.count("("):
            name, closing = name[:-1], closing + 1
        if name:
            yield name
        yield from ")" * closing
