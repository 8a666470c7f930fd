"""From the lines of requirements files to components."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from firmbom.identity import purl
from firmbom.model import Basis, Claim, Component, Location, Property, Scope
from firmbom.plugin import Context
from firmbom_pip import files, requirement, source
from firmbom_pip.conditions import Conditions
from firmbom_pip.direct_lines import Direct, direct
from firmbom_pip.groups import is_development
from firmbom_pip.package import CONDITION, package_purl
from firmbom_pip.report import Report
from firmbom_pip.requirement import Need, is_version
from firmbom_pip.requirement_files import Pin, Reading, Stated
from firmbom_pip.requirement_lines import Line
from firmbom_pip.source import Source

REQUIREMENT = "firmbom:requirement"
"""The range of versions that an unpinned requirement allows; ``*`` is any."""
UNPINNED = 0.5
"""The confidence in a component of which only a range is known."""


class Wanted(msgspec.Struct, frozen=True):
    """A component and what its line says of the graph."""

    component: Component
    key: str
    via: tuple[str, ...]


def all_hashed(lines: Iterable[Line]) -> bool:
    """Does every requirement state digests, as ``--require-hashes`` asks? Then nothing it needs is left out."""
    stated = [line for line in lines if line.requirement or line.editable]
    return bool(stated) and all(line.hashes and not line.editable for line in stated)


class Maker:
    """Makes the components of one reading; everything about it that concerns all lines is worked out once."""

    def __init__(self, reading: Reading, context: Context) -> None:
        self._conditions = Conditions(context.target)
        self._omit_development = "dev" in context.omit
        self._pins: dict[str, list[Pin]] = {}
        for pin in reading.pins:
            self._pins.setdefault(pin.need.key, []).append(pin)
        self.fault = ""
        """Why the stated index cannot be used; empty: nothing is wrong with it."""
        self._index = self._decisive_index([stated.line for stated in reading.stated])
        by_file: dict[str, list[Line]] = {}
        for stated in reading.stated:
            by_file.setdefault(stated.file.path, []).append(stated.line)
        self._bases = {path: Basis.LOCKFILE if all_hashed(own) else Basis.MANIFEST for path, own in by_file.items()}
        self.unpinned: list[str] = []
        """Names of which no version is stated."""
        self.left_out: list[str] = []
        """Names whose marker does not hold for the target."""

    def wanted(self, stated: Stated, report: Report, place: str) -> Iterator[Wanted]:
        """The components of one line: none, or one for each requirement or ``-e`` in it."""
        line = stated.line
        if line.fault:
            report.say("error", line.fault, place)
        for option in line.unknown:
            report.say("warning", f"option {option} is not known here", place)
        texts = [(text, True) for text in line.editable] + ([(line.requirement, False)] if line.requirement else [])
        for text, editable in texts:
            try:
                made = self._made(stated, text, editable, report, place)
            except ValueError as error:
                report.say("error", str(error), place)
                continue
            if made:
                yield made

    def _made(self, stated: Stated, text: str, editable: bool, report: Report, place: str) -> Wanted | None:
        digests = files.digests(report, stated.line.hashes, place)
        given = direct(text, stated.file, digests, editable=editable)
        need = given.need if given else requirement.parse(text)
        truth = report.tried(partial(self._conditions.holds, need.marker), None, place)
        if truth is False:
            self.left_out.append(need.name)
            return None
        scope: Scope = "required" if truth else "optional"
        if is_development(stated.file.name.rpartition(".")[0]):
            if self._omit_development:
                return None
            scope = "excluded"
        made = self._from_place(stated, given) if given else self._from_index(stated, need)
        if given and given.doubt:
            report.say("warning", given.doubt, place)
        if not given:
            shown = files.by_digest_only(need.name, made.version, digests, self._index)
            made = msgspec.structs.replace(made, references=shown)
        said = {*made.properties, *(Property(source.EXTRA, extra) for extra in need.extras)}
        if truth is None:
            said.add(Property(CONDITION, need.marker))
        made = msgspec.structs.replace(made, scope=scope, properties=tuple(sorted(said)))
        return Wanted(made, need.key, stated.line.via)

    def _from_place(self, stated: Stated, given: Direct) -> Component:
        claim = self._claim(stated, 1.0 if not given.doubt else UNPINNED)
        origin = given.origin
        qualifiers = {} if origin.local else origin.qualifiers
        return Component(
            purl=purl(given.purl_type, given.name, given.version, qualifiers=qualifiers),
            name=given.name,
            version=given.version,
            type=given.type,
            claims=(*(given.project.claims if given.project else ()), claim),
            description=given.project.description if given.project else "",
            licences=given.project.licences if given.project else (),
            references=origin.references,
            properties=origin.properties,
        )

    def _from_index(self, stated: Stated, need: Need) -> Component:
        version = requirement.pinned(need.specifier)
        if version and not is_version(version):
            raise ValueError(f"not a version: {version[:80]!r}")
        claims: tuple[Claim, ...] = ()
        if not version:
            version, claims = self._pinned_elsewhere(need)
        said = () if version else (Property(REQUIREMENT, need.specifier or "*"),)
        if not version:
            self.unpinned.append(need.name)
        return Component(
            purl=package_purl(need.name, version, self._index),
            name=need.name,
            version=version,
            claims=(self._claim(stated, 1.0 if version else UNPINNED), *claims),
            properties=said,
        )

    def _pinned_elsewhere(self, need: Need) -> tuple[str, tuple[Claim, ...]]:
        """The one version that constraints leave, with the claim of their line."""
        found: dict[str, Claim] = {}
        for pin in self._pins.get(need.key, ()):
            version = requirement.pinned(pin.need.specifier)
            if version and is_version(version) and requirement.allows(need.specifier, version) and self._applies(pin):
                location = Location(pin.file.location_path, line=pin.line)
                found.setdefault(version, Claim(Basis.MANIFEST, location, field="version", value=version))
        if len(found) != 1:
            return "", ()
        version, claim = found.popitem()
        return version, (claim,)

    def _applies(self, pin: Pin) -> bool:
        try:
            return self._conditions.holds(pin.need.marker) is True
        except ValueError:
            return False

    def _claim(self, stated: Stated, confidence: float) -> Claim:
        return stated.file.claim(self._bases[stated.file.path], line=stated.line.number, confidence=confidence)

    def _decisive_index(self, lines: list[Line]) -> Source:
        """The index that every requirement comes from; the default one where several could serve it."""
        if any(line.extra_indexes or line.find_links or line.no_index for line in lines):
            return source.DEFAULT
        stated = [index for line in lines for index in line.index if index]
        if stated and "${" in stated[-1]:
            self.fault = "the index is named by an environment variable, which is not expanded"
        elif stated:
            try:
                return source.from_index(stated[-1])
            except ValueError as error:
                self.fault = f"--index-url is no address: {error}"
        return source.DEFAULT
