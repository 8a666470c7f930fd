"""What firmbom.toml may say of the elf plugin."""

from __future__ import annotations

import msgspec

from firmbom.errors import ConfigError
from firmbom.model import Problem
from firmbom.plugin import Context
from firmbom.settings import convert
from firmbom_elf.debug.sources import PathRule, check


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``[plugin.elf]`` of firmbom.toml."""

    sources: tuple[PathRule, ...] = ()
    """Which component the sources that debug information names belong to, where their folder does not say so."""


def of(context: Context) -> tuple[Options, tuple[Problem, ...]]:
    """What firmbom.toml says; what is wrong there is a problem, and the files are examined all the same."""
    try:
        options = convert(context.options, Options, "plugin.elf")
        check(options.sources)
    except ConfigError as error:
        return Options(), (Problem("error", str(error)),)
    return options, ()
