"""One way to read one entry's version, with what its pattern needs to match."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from firmbom_elf.catalogue.entry import Entry, Version
from firmbom_elf.catalogue.literals import Needed
from firmbom_elf.strings.automaton import Literal


class Rule(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One way to read one entry's version, ready to be used."""

    entry: Entry
    version: Version
    rank: int
    """Its place among the entry's rules."""
    needed: Needed = Needed()

    @property
    def literals(self) -> tuple[Literal, ...]:
        """One of these is in each string that it matches."""
        return self.needed.literals

    @property
    def sought(self) -> bool:
        """Must its literals be looked for?

        Not those of a rule for files of the component alone whose matches have a dotted number: these are found anyway.
        """
        return self.version.inside or not self.version.string or not self.needed.number

    @property
    def pattern(self) -> str:
        """The one that is given."""
        return self.version.pattern

    @property
    def bare(self) -> bool:
        """Does it match strings that name nothing?"""
        return bool(self.version.string) and not self.literals

    @property
    def dotted(self) -> bool:
        """Do the strings that it matches have a dot?"""
        return r"\." in self.pattern

    @property
    def copies(self) -> bool:
        """Is the string in the code alone, so that two versions of it in one file are two copies?"""
        return self.version.inside and not self.version.unless_needs and not self.version.beside

    def search(self, text: str) -> str:
        """The version that ``text`` states; empty if it states none."""
        found = compiled(self.pattern).search(text)
        if not found:
            return ""
        groups = [group for group in found.groups() if group]
        whole = ".".join(str(int(group)) if self.version.integers and group.isdigit() else group for group in groups)
        if self.version.releases:
            return self.version.releases.get(whole, "")
        return f"{self.version.leading}.{whole}" if self.version.leading else whole


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression, compiled once a process and only if something may match it."""
    return re.compile(pattern, re.ASCII)


@cache
def compiled_bytes(pattern: str) -> re.Pattern[bytes]:
    """The same for bytes."""
    return re.compile(pattern.encode("ascii"))
