"""A file with the component whose file it is, and how sure which version is by the evidence in the file."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from firmbom_elf.facts import Examined, Rule, Sighting
from firmbom_elf.grounds import Ground

ENOUGH = 0.5
"""A version that fewer speaks for is not stated: a name without version is better than a wrong one."""
SURE = 0.75
"""A file whose own strings are as sure as this is of that version, whatever other files of the component say."""
MARGIN = 0.15
"""So much surer must the best version be than the next one."""
_REFINES = 0.3
"""A release that is as sure as this makes the series that it belongs to say nothing of its own."""

_RANKS = {rule: rank for rank, rule in enumerate(Rule)}
_DECLARING = {Ground.MODULE, Ground.PLUGIN}


class Bearer(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A file and the component whose file it is."""

    file: Examined
    name: str
    listed: bool
    named: Sighting
    """What says whose file it is."""
    evidence: tuple[Sighting, ...] = ()
    """What speaks for one version or another."""
    belonging: float = 0.3
    """How sure it is that the file is the component's, 0..1."""

    @property
    def kind(self) -> str:
        """The ELF file's kind; empty for other files."""
        return self.file.elf.kind if self.file.elf else ""

    @property
    def soname(self) -> str:
        """The ELF file's; empty for other files."""
        return self.file.elf.soname if self.file.elf else ""

    @property
    def needed(self) -> tuple[str, ...]:
        """What the ELF file loads; nothing for other files."""
        return self.file.elf.needed if self.file.elf else ()

    @property
    def declares(self) -> bool:
        """Does it have a release of its own, whoever's folder it lies in? It, or the module that loads it, says so."""
        return any(seen.ground in _DECLARING for seen in self.evidence)

    @property
    def alike(self) -> bool:
        """Is it only like a known file, so that nothing says of which release it is, whatever else is here?"""
        return self.named.rule is Rule.SIMILAR and not any(seen.version for seen in self.evidence)

    @property
    def best(self) -> tuple[str, float]:
        """The version that the file itself tells; empty when two are about as likely."""
        if not self.evidence:
            return _NOTHING
        known: tuple[str, float] | None = self.__dict__.get("best")  # as cached_property does, but for its lock
        if known is None:
            known = self.__dict__["best"] = clear(sureness(self.evidence))
        return known


_NOTHING = "", 0.0


def sureness(evidence: tuple[Sighting, ...]) -> Mapping[str, float]:
    """Version → confidence: independent sightings of one version add up."""
    if len(evidence) == 1:
        [alone] = evidence
        return {alone.version: 1 - (1 - alone.confidence)} if alone.version else {}
    best: dict[tuple[Rule, str], float] = {}
    for seen in evidence:
        if seen.version:
            read = seen.rule, seen.version
            best[read] = max(best.get(read, 0), seen.confidence)
    doubt: dict[str, float] = {}
    for rule, version in sorted(best, key=_by_rule) if len(best) > 1 else best:
        doubt[version] = doubt.get(version, 1.0) * (1 - best[rule, version])
    found = {version: 1 - rest for version, rest in doubt.items()}
    return _refined(found) if len(found) > 1 else found


def _by_rule(read: tuple[Rule, str]) -> int:
    return _RANKS[read[0]]


def _refined(sureness: Mapping[str, float]) -> dict[str, float]:
    """Without series whose release is there too: ``5.3`` beside ``5.3.6`` speaks for the latter."""
    found = dict(sureness)
    for version in sureness:
        longer = [other for other in found if other.startswith(version + ".") and found[other] >= _REFINES]
        if len(longer) == 1:
            found[longer[0]] = max(found[longer[0]], 1 - (1 - found[longer[0]]) * (1 - found.pop(version) * 0.3))
    return found


def clear(sureness: Mapping[str, float]) -> tuple[str, float]:
    """The likeliest version and how sure it is; nothing when the next one is about as likely."""
    if len(sureness) < 2:
        return next(iter(sureness.items()), _NOTHING)
    first, second, *_ = sorted(sureness.items(), key=lambda pair: (-pair[1], pair[0]))
    return _NOTHING if first[1] - second[1] < MARGIN * (1 - 0.5 * (first[1] > 0.9)) else first
