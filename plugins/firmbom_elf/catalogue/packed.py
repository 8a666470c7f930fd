"""The catalogue as a wheel carries it: entries that are read one by one, and what is made of all of them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from firmbom_elf.catalogue.entry import Entry
from firmbom_elf.catalogue.literals import Needed, needed
from firmbom_elf.catalogue.patterns import Patterns
from firmbom_elf.catalogue.rule import Rule
from firmbom_elf.strings.automaton import Literal


class Known(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One entry."""

    entry: Entry
    needed: tuple[Needed, ...]
    """What the pattern of each of its rules needs."""

    @classmethod
    def of(cls, entry: Entry) -> Known:
        """Of that entry."""
        return cls(entry, tuple(needed(version.pattern) for version in entry.version))

    def rules(self) -> tuple[Rule, ...]:
        """Ready to be used."""
        both = zip(self.entry.version, self.needed, strict=True)
        return tuple(Rule(self.entry, version, rank, needs) for rank, (version, needs) in enumerate(both))


class Index(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What tells by which entries a file is looked at, and names these only."""

    literals: tuple[Literal, ...]
    """What the automaton looks for."""
    inside: tuple[tuple[tuple[str, int], ...], ...]
    """Of each of these: the rules that count in every file and match with it, by entry and rank."""
    sonames: Patterns
    files: Patterns
    exports: dict[str, tuple[str, ...]]
    """The first of what each entry exports → the entries."""
    exporters: dict[str, str]
    """Whose code it is that exports a symbol."""
    code: dict[str, tuple[Literal, ...]]
    """What stands in the code of those entries that say it."""

    @classmethod
    def of(cls, every: Iterable[Known]) -> Index:
        """Of those entries."""
        listed = list(every)
        entries = [one.entry for one in listed]
        code = {entry.name: tuple(map(Literal, entry.code)) for entry in entries if entry.code}
        inside: dict[Literal, list[tuple[str, int]]] = {text: [] for texts in code.values() for text in texts}
        for rule in (rule for one in listed for rule in one.rules() if rule.sought and not rule.version.file):
            for literal in rule.literals:
                inside.setdefault(literal, []).extend([(rule.entry.name, rule.rank)] if rule.version.inside else ())
        exports: dict[str, tuple[str, ...]] = {}
        for entry in entries:
            for symbol in entry.exports[:1]:
                exports[symbol] = (*exports.get(symbol, ()), entry.name)
        return cls(
            literals=tuple(sorted(inside)),
            inside=tuple(tuple(inside[literal]) for literal in sorted(inside)),
            sonames=Patterns.of((pattern, entry.name) for entry in entries for pattern in entry.sonames),
            files=Patterns.of((pattern, entry.name) for entry in entries for pattern in entry.files),
            exports=exports,
            exporters={symbol: entry.name for entry in entries for symbol in entry.exports},
            code=code,
        )


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """The catalogue ready to be used; reading it costs a hundredth of reading the TOML files."""

    entries: dict[str, bytes]
    """A :class:`Known` by its name, without what is for people."""
    index: msgspec.Raw
    """An :class:`Index`, which those need who look at files."""


def packed(entries: Iterable[Entry]) -> bytes:
    """The entries as a wheel carries them."""
    every = [Known.of(msgspec.structs.replace(entry, confused="", verified=())) for entry in entries]
    encode = msgspec.msgpack.encode
    return encode(Packed({one.entry.name: encode(one) for one in every}, msgspec.Raw(encode(Index.of(every)))))
