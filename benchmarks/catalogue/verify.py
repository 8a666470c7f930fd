"""Tries the catalogue on Debian's binaries and records in each entry where its rules gave the right version.

Packages of ``packages.txt`` (or those named) are fetched for several architectures, without root and without being
installed; every ELF file is looked at as firmbom does; what an entry's rules read in a file of its own is compared with
the version that the package states. Only what was seen in this run is recorded; a line of an earlier run whose package
was looked at again and no longer fits is taken away.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "plugins"), str(HERE.parents[1] / "src")]

import entries  # noqa: E402  # found by the line above
from debian import Archive, Member, Package, elf_files, plain  # noqa: E402  # same

from firmbom_elf import elf  # noqa: E402  # same
from firmbom_elf.catalogue import load  # noqa: E402  # same
from firmbom_elf.catalogue.entry import Entry  # noqa: E402  # same
from firmbom_elf.rules import sightings  # noqa: E402  # same

CATALOGUE = Path(load.__file__).parent
MOST_FILES = 150
"""ELF files of one package; plugins by the hundred say the same."""


class Seen(NamedTuple):
    """What one entry's rules read in one package."""

    entry: str
    release: str
    arch: str
    package: str
    package_version: str
    upstream: tuple[str, ...]
    version: str
    """Empty: the file is the component's, but no version was read."""
    confidence: float
    path: str
    text: str

    @property
    def right(self) -> bool:
        """Did the rules give the version that the package states?"""
        return plain(self.version) in self.upstream

    @property
    def line(self) -> str:
        """As an entry records it."""
        return f"{self.release} {self.arch} {self.package} {self.package_version}"


class Inside(NamedTuple):
    """A component that was seen in a file which is not its own: a copy, or a mistake."""

    entry: str
    version: str
    arch: str
    package: str
    path: str
    text: str


def look(archive: Archive, names: Sequence[str]) -> Iterator[Seen | Inside]:
    """Yield what every entry's rules read in the packages."""
    release = archive.release
    for package in archive.fetch(names):
        own: dict[str, Seen] = {}
        for count, member in enumerate(elf_files(package)):
            if count >= MOST_FILES:
                break
            for entry, found in _read(archive.arch, release, package, member):
                if isinstance(found, Inside):
                    yield found
                elif entry not in own or found.confidence > own[entry].confidence:
                    own[entry] = found
        yield from own.values()


def _read(arch: str, release: str, package: Package, member: Member) -> Iterator[tuple[str, Seen | Inside]]:
    header = elf.read(member.data).elf
    listed = [sighting for sighting in sightings.sight(member.data, header, member.path) if sighting.listed]
    first = next((sighting.name for sighting in listed if sighting.own), "")
    for sighting in listed:
        name, version, text = sighting.name, sighting.version, sighting.text
        if sighting.own:
            confidence = (sighting.confidence if name == first else sighting.confidence / 2) if version else 0.0
            stated = tuple(sorted(package.upstream))
            place = (release, arch, package.name, package.version, stated)
            yield name, Seen(name, *place, version, confidence, member.path, text)
        elif sighting.inside and version:
            yield name, Inside(name, version, arch, package.name, member.path, text)


def lines(seen: Iterable[Seen], earlier: Sequence[str]) -> list[str]:
    """An entry's lines, those seen now and earlier ones not retried: one of each release and architecture by turns."""
    every = sorted(seen, key=lambda one: (-one.confidence, one.package))
    tried = {_place(one.line) for one in every}
    kept = [line for line in earlier if _place(line) not in tried]
    groups: dict[str, list[str]] = defaultdict(list)
    for line in dict.fromkeys([*(one.line for one in every if one.right), *kept]):
        groups[_place(line).rpartition(" ")[0]].append(line)
    turns = zip_longest(*(groups[group] for group in sorted(groups)))
    return [line for turn in turns for line in turn if line][: entries.MOST]


def _place(line: str) -> str:
    """Release, architecture and package."""
    return line.rpartition(" ")[0]


def _tell(seen: Sequence[Seen], inside: Sequence[Inside], known: Mapping[str, Entry]) -> None:
    by_entry: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        by_entry[one.entry].append(one)
    for name, found in sorted(by_entry.items()):
        wrong = [one for one in found if one.version and not one.right]
        for one in wrong:
            said = "/".join(one.upstream)
            print(f"differs: {name} {one.version} in {one.package} {said} ({one.arch}, {one.path}, {one.text[:70]!r})")
    for found_inside in inside:
        print("inside:", *found_inside[:5], repr(found_inside.text[:70]))
    right = {one.entry for one in seen if one.right}
    ruled = {name for name, entry in known.items() if entry.version}
    print(f"{len(known)} entries, {len(ruled)} with rules for the version, {len(right)} right here at least once")
    print(
        "seen without a version:",
        " ".join(sorted(ruled & by_entry.keys() - {one.entry for one in seen if one.version})),
    )
    print("not seen:", " ".join(sorted(known.keys() - by_entry.keys())))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("package", nargs="*", help="instead of those in packages.txt")
    parser.add_argument("--arch", action="append", help="Debian's name of an architecture (default: arm64 and armhf)")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "firmbom-catalogue"
    parser.add_argument("--cache", type=Path, default=cache, help="where lists and packages are kept (%(default)s)")
    parser.add_argument("--sources", type=Path, help="a sources.list of another release; give it a --cache of its own")
    parser.add_argument("--write", action="store_true", help="record what was right in the catalogue's files")
    parser.add_argument("--json", type=Path, help="write everything that was seen to this file")
    return parser.parse_args()


def main() -> int:
    """Exits 1 when a rule gave another version than the package states."""
    given = _arguments()
    warnings.simplefilter("ignore")  # LIEF's, of tags it does not know
    names = given.package or [
        name for name in (HERE / "packages.txt").read_text().split("\n") if name and name[0] != "#"
    ]
    found = [
        one
        for arch in given.arch or ("arm64", "armhf")
        for one in look(Archive(arch, given.cache, given.sources), names)
    ]
    seen = [one for one in found if isinstance(one, Seen)]
    known = load.catalogue().entries
    _tell(seen, [one for one in found if isinstance(one, Inside)], known)
    if given.json:
        given.json.write_text(json.dumps([one._asdict() for one in found], indent=1), encoding="utf-8")
    if given.write:
        by_entry: dict[str, list[Seen]] = defaultdict(list)
        for one in seen:
            by_entry[one.entry].append(one)
        updated = {name: lines(them, known[name].verified) for name, them in by_entry.items()}
        print(entries.write(CATALOGUE, updated), "files written")
    return int(any(one.version and not one.right for one in seen))


if __name__ == "__main__":
    sys.exit(main())
