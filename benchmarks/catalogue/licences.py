"""Holds the catalogue's licences against the ``copyright`` files of Debian's packages, and what was seen upstream.

Debian's word is no proof: a package's files have several licences, and what the binary is made of counts. So each
disagreement is for somebody to look up upstream; those that are most likely mistakes come first.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "plugins"), str(HERE.parents[1] / "src")]

import copyright_files  # noqa: E402  # found by the line above
import seen  # noqa: E402  # same
from copyright_files import Stated  # noqa: E402  # same
from debian import Archive, upstream  # noqa: E402  # same

from firmbom_elf.catalogue import load  # noqa: E402  # same
from firmbom_elf.catalogue.entry import Entry  # noqa: E402  # same

MOST = 3
"""Packages that are looked at for an entry."""


class Doubt(IntEnum):
    """How a licence disagrees, what is surest to be a mistake and costs most first."""

    DUTIES = 1
    """Copyleft against none, GPL against LGPL: and no stanza has what is stated."""
    LATER = 2
    """``-only`` against ``-or-later``."""
    NUMBER = 3
    """Another version of the same licence."""
    ELSEWHERE = 4
    """Other duties, but some stanza has what is stated."""
    CHOICE = 5
    """The same licences, all of them to be kept there and one to be chosen here, or the other way about."""
    WORDS = 6
    """As the above, but Debian's text is not machine-readable."""
    PARTS = 7
    """One names more licences than the other."""
    WORDING = 8
    """Another permissive licence."""


class Found(NamedTuple):
    """A disagreement."""

    doubt: Doubt
    entry: Entry
    debian: Stated


def disagreement(entry: Entry, debian: Stated) -> Doubt | None:
    """How the entry's licence disagrees with what Debian says; None if it does not, or if that cannot be told."""
    ours = names(entry.licence)
    theirs = frozenset(one for one in debian.main if one[0] != "?")
    if ours == theirs and debian.stanzas and len(ours) > 1:
        return None if _joined(entry.licence) == _joined(debian.written) else Doubt.CHOICE
    if not theirs or ours == theirs or (ours <= theirs if not debian.stanzas else theirs <= ours <= debian.every):
        return None
    doubt = _doubt(ours, theirs)
    if not debian.stanzas:
        return Doubt.WORDS if doubt < Doubt.PARTS else doubt
    return Doubt.ELSEWHERE if doubt is Doubt.DUTIES and ours <= debian.every else doubt


def names(expression: str) -> frozenset[str]:
    """The licences in an SPDX expression, without exceptions."""
    plain = re.sub(r" WITH [\w.-]+", "", expression)
    return frozenset(re.findall(r"[\w.-]+", plain)) - {"AND", "OR"}


def _joined(expression: str) -> frozenset[str]:
    return frozenset(re.findall(r"\b(?:and|or)\b(?!-)", expression.lower().replace("-or-later", "")))


def _doubt(ours: frozenset[str], theirs: frozenset[str]) -> Doubt:
    if {_duties(one) for one in ours} != {_duties(one) for one in theirs}:
        return Doubt.PARTS if ours < theirs or theirs < ours else Doubt.DUTIES
    left, right = _gnu(ours), _gnu(theirs)
    if left == right:
        return Doubt.WORDING
    if left < right or right < left:
        return Doubt.PARTS
    same = {_unended(one) for one in left} == {_unended(one) for one in right}
    return Doubt.LATER if same else Doubt.NUMBER


def _duties(licence: str) -> str:
    found = re.match(r"AGPL|LGPL|GPL|MPL|EPL|CDDL|CPL", licence)
    return found[0] if found else "none"


def _gnu(licences: Iterable[str]) -> frozenset[str]:
    return frozenset(one for one in licences if _duties(one) != "none")


def _unended(licence: str) -> str:
    return re.sub("-(only|or-later)$", "", licence)


def packages(entry: Entry, sources: Mapping[str, Sequence[str]]) -> list[str]:
    """Whose copyright files tell of the entry: those that it was tried on, or those of the source of its name."""
    tried = dict.fromkeys(line.split()[3] for line in entry.verified)
    return [*tried, *sources.get(_spelt(entry.name), ())][:MOST]


def _spelt(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Copyrights:
    """The texts of packages, kept in a folder once they are read."""

    def __init__(self, kept: Path, folders: Sequence[Path]) -> None:
        self._kept = kept
        self._kept.mkdir(parents=True, exist_ok=True)
        self._there: dict[str, list[Path]] = defaultdict(list)
        for file in sorted(file for folder in folders for file in folder.rglob("*.deb")):
            self._there[file.name.partition("_")[0]].append(file)

    def has(self, package: str) -> bool:
        """Is its text there, or a file that it can be read from?"""
        return (self._kept / package).exists() or package in self._there

    def learn(self, package: str, file: Path) -> None:
        """Add a package's file."""
        self._there[package].append(file)

    def read(self, package: str) -> Stated | None:
        """What it says; None if it has no copyright file of its own."""
        kept = self._kept / package
        if not kept.exists() and package in self._there:
            kept.write_text(copyright_files.of_package(self._there[package][-1]), encoding="utf-8")
        text = kept.read_text(encoding="utf-8", errors="replace") if kept.exists() else ""
        return copyright_files.read(package, text) if text else None


def by_source(available: Iterable[Mapping[str, str]]) -> Mapping[str, Sequence[str]]:
    """Source package's name, also without the number at its end (``zeromq3``) → its binary packages, smallest first."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for fields in available:
        source = fields.get("Source", fields["Package"]).partition(" ")[0]
        for name in {_spelt(source), _spelt(source).rstrip("0123456789")}:
            found[name].append((int(fields.get("Size", "0")), fields["Package"]))
    return {source: [name for _, name in sorted(sized)] for source, sized in found.items()}


def of_release(entry: Entry, version: str) -> Entry:
    """The entry with the licence of a package's release; as it is where it has none for that."""
    licence = load.licence_of(entry, next(upstream(version), ""))
    return msgspec.structs.replace(entry, licence=licence) if licence else entry


def look(
    entries: Iterable[Entry],
    wanted: Mapping[str, Sequence[str]],
    copyrights: Copyrights,
    versions: Mapping[str, str],
    looked: Set[str] = frozenset(),
) -> Iterator[Found]:
    """Yield each entry's disagreement with the package that it disagrees with least.

    Args: ``looked`` names the entries whose licence was seen upstream, so that no package need tell of it.
    """
    for listed in entries:
        entry = next((of_release(listed, versions[name]) for name in wanted[listed.name] if name in versions), listed)
        said = [stated for name in wanted[entry.name] if (stated := copyrights.read(name))]
        if not said:
            if entry.name not in looked:
                print(f"no word: {entry.name} {entry.licence}")
            continue
        doubts = [(disagreement(entry, one), one) for one in said]
        if all(doubt for doubt, _ in doubts):
            doubt, one = max(((doubt, one) for doubt, one in doubts if doubt), key=lambda pair: pair[0])
            yield Found(doubt, entry, one)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("entry", nargs="*", help="names of entries (default: all)")
    parser.add_argument("--arch", default="arm64", help="Debian's name of an architecture (%(default)s)")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "firmbom-catalogue"
    parser.add_argument("--cache", type=Path, default=cache, help="where lists and packages are kept (%(default)s)")
    parser.add_argument("--sources", type=Path, help="a sources.list of another release; give it a --cache of its own")
    parser.add_argument(
        "--debs", type=Path, action="append", default=[], help="a folder with .deb files, looked at first"
    )
    return parser.parse_args()


def main() -> int:
    """Exits 1 when something is more than a matter of wording."""
    given = _arguments()
    entries = [entry for entry in load.listed() if not given.entry or entry.name in given.entry]
    archive = Archive(given.arch, given.cache, given.sources)
    copyrights = Copyrights(given.cache / "copyright", given.debs)
    available = list(archive.available())
    sources = by_source(available)
    versions = {fields["Package"]: fields["Version"] for fields in available}
    wanted = {entry.name: packages(entry, sources) for entry in entries}
    for one in range(MOST):
        lacking = {some[one] for some in wanted.values() if some[one:] and not any(map(copyrights.has, some))}
        for package in archive.fetch(sorted(lacking)):
            copyrights.learn(package.name, package.file)
    rows = [row for row in seen.read() if not given.entry or row.entry in given.entry]
    otherwise = list(seen.told(entries, rows))
    looked = {row.entry for row in rows}
    found = sorted(look(entries, wanted, copyrights, versions, looked), key=lambda one: (one.doubt, one.entry.name))
    for line in otherwise:
        print(line)
    for doubt, entry, debian in found:
        others = " ".join(sorted(debian.every - debian.main)) or "-"
        print(
            f"{doubt.name.lower()}: {entry.name}: {entry.licence}; {debian.package}: {debian.written} (also {others})"
        )
    print(f"{len(entries)} entries, {len(found)} disagree")
    return int(bool(otherwise) or any(one.doubt < Doubt.WORDING for one in found))


if __name__ == "__main__":
    sys.exit(main())
