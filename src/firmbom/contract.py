"""Holds plugins to their contract: what a plugin must be, what a fact must be, and what a plugin's failure may cost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, cast, get_args

import msgspec

from firmbom.errors import ConfigError, FirmbomError, InputError
from firmbom.model import Component, Edge, Fact, FileProperties, Link, Ownership, Property
from firmbom.plugin import FilePlugin, Plugin, TreePlugin, Use, Wants

MOST_FACTS = 2_000_000
"""Of one reading; a plugin that never ends must not hold up the run for ever."""

_FACTS: tuple[type[msgspec.Struct], ...] = get_args(Fact)
_LISTS = {"names": str, "paths": str, "magics": bytes}
_SEE = "see docs/plugins.md"


def _has_properties(given: FileProperties) -> bool:
    if type(given.path) is not str or type(given.properties) is not tuple:
        return False
    for one in given.properties:  # a generator for all() would cost as much again
        if type(one) is not Property or type(one.name) is not str or type(one.value) is not str:
            return False
    return True


_OFTEN: Mapping[type, Callable[[Any], bool]] = {
    Edge: lambda given: type(given.source) is type(given.target) is str,
    Link: lambda given: type(given.source) is type(given.target) is str,
    Ownership: lambda given: type(given.owner) is type(given.path) is str,
    FileProperties: _has_properties,
}
"""Facts of which there are many: are their members of the very types that the class states?"""


class contained:  # noqa: N801 - as context managers are called; entered for each file that a plugin reads
    """Run a plugin's code: whatever it raises is told on one line and goes no further, but for the user's Ctrl-C.

    What it prints goes to stderr, because stdout is for the result. ``path`` is the file that the reader knows of.
    """

    def __init__(self, tell: Callable[[str], None], path: str = "") -> None:
        self._tell, self._path = tell, path

    def __enter__(self) -> None:
        self._stdout, sys.stdout = sys.stdout, sys.stderr

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        sys.stdout = self._stdout
        # SystemExit too: a stranger's plugin may raise anything, and must cost only itself
        if error is None or isinstance(error, KeyboardInterrupt):
            return False
        self._tell(_told(error, self._path))
        return True


def plugin(made: object, name: str) -> Plugin:
    """``made``, if it is a plugin called ``name``.

    Raises:
        ConfigError: it is not, with the member that is wrong.
    """
    if not (isinstance(made, Plugin) and isinstance(made, (FilePlugin, TreePlugin))):
        raise ConfigError(f"not a plugin: it needs name, version, and wants with collect, or scan ({_SEE})")
    if made.name != name:
        raise ConfigError(f"its name is {made.name!r} instead of {name!r}")
    if not isinstance(made.version, str):
        raise ConfigError(f"its version is no text: {made.version!r}")
    if isinstance(made, FilePlugin):
        _check_wants(made.wants)
    for method in ("begin", "collect", "end", "finish", "learn", "scan", "use_of"):
        if hasattr(made, method) and not callable(getattr(made, method)):
            raise ConfigError(f"its {method} cannot be called")
    return made


def _check_wants(wants: object) -> None:
    if not isinstance(wants, Wants):
        raise ConfigError(f"its wants is a {type(wants).__name__}, not a firmbom.plugin.Wants")
    for member, kind in _LISTS.items():
        given = getattr(wants, member)
        if not isinstance(given, tuple) or not all(isinstance(one, kind) for one in given):
            raise ConfigError(f"its wants.{member} is not a tuple of {kind.__name__}: {given!r}")


def fact(given: object) -> Fact:
    """``given`` as the value it claims to be; what a plugin yields is checked like a file from another machine.

    Raises:
        InputError: it is no fact, a member has the wrong type, or a purl is not canonical.
    """
    as_claimed = _OFTEN.get(type(given))
    if as_claimed and as_claimed(given):
        return given  # type: ignore[return-value]  # it is one of these
    kind = next((one for one in _FACTS if isinstance(given, one)), None)
    if kind is None:
        raise InputError(f"the plugin yields a {type(given).__name__}, which is no fact ({_SEE})")
    try:
        made = cast(Fact, msgspec.convert(msgspec.to_builtins(given), kind))
    except (msgspec.ValidationError, TypeError) as error:
        raise InputError(f"the plugin yields what is no {kind.__name__}: {error}") from error
    if isinstance(made, Component):
        _check_purls(made)
    return made


def use(given: object) -> Use:
    """``given``, if it is what a folder may be for.

    Raises:
        InputError: it is not.
    """
    known: tuple[Use, ...] = get_args(Use)
    for one in known:
        if one == given:
            return one
    raise InputError(f"the plugin says of a folder that it is for {given!r}, not one of {', '.join(known)} ({_SEE})")


def _check_purls(component: Component) -> None:
    from firmbom.identity import canonical  # plugins begin before it is loaded

    for purl in (component.purl, *component.upstream):
        try:
            right = canonical(purl)
        except ValueError as error:
            raise InputError(f"the plugin yields a component with {purl!r}, which is no purl") from error
        if right != purl:
            raise InputError(f"the plugin yields a component with the purl {purl!r}, which is spelt {right!r}")


def _told(error: BaseException, path: str) -> str:
    """What went wrong, on one line; an exception that cannot even say that is named by its type."""
    try:
        if isinstance(error, RecursionError):
            return "nested too deeply"
        said = error.within(path) if isinstance(error, FirmbomError) else f"{type(error).__name__}: {error}"
    except Exception:  # its __str__ fails
        said = type(error).__name__
    return said.strip().split("\n", 1)[0].removesuffix(": ").rstrip(":")[:300]
