"""What the files beside a program or library say of its version, where its own bytes leave that open.

A manual page or metainfo may be older than the program that it comes with, so that either is heard only where it names
a version that the program's bytes hold too; what loads a library declares its version.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, islice

import msgspec

from firmbom.errors import FirmbomError
from firmbom.model import Problem
from firmbom.tree.base import HEAD, File, FileTree
from firmbom.tree.formats import Contents, recognise
from firmbom.tree.report import Report
from firmbom_elf import names
from firmbom_elf.beside import appstream, language_modules, manual
from firmbom_elf.beside.named import Named
from firmbom_elf.deciding.bearer import ENOUGH
from firmbom_elf.facts import Examined, Rule, Sighting
from firmbom_elf.grounds import Ground, precise
from firmbom_elf.strings.quoted import quoted

_DECLARED, _CONFIRMED = 0.85, 0.6
"""What counts that a module declares, and that a manual or metainfo names as well."""
_MOST_METAINFO = 1_000
"""Files of one folder that are looked at."""
_MOST_PAGES = 2
"""Of one program in one folder of manuals."""
_LARGEST = 4 << 20
"""Bytes of any of these files, packed or not; larger ones are something else."""
_KEPT = 16
"""Containers, as many as :mod:`firmbom.tree.open` keeps."""
_ENTRY_BYTES = 1 << 16
"""Of a desktop entry."""
_SYSTEM = re.compile(r"(?:^|(?<=/))(?:usr|opt|s?bin|games|lib(?:exec|32|64|x32)?|system|vendor)/")
"""The first of these stands directly under a root."""
_PROGRAMS = {"bin", "sbin", "games"}
_ENDING = re.compile(r"\.(?:[1-8][a-zA-Z]{0,5}|info)(?:\.(?:gz|xz|bz2|zst|lz4|lzo))?")
"""Of a page's name, behind that of the program."""
_MANUALS = ("man/man1", "man/man8", "man/man6", "info")
_SAME_AS = re.compile(rb"\.so[ \t]+([^\s/]+/)?(?P<page>[^\s/]+)\.\w+\s*")
"""soelim(1): the page is another one."""
_STARTED = re.compile(rb"^Exec[ \t]*=[ \t]*(?:env[ \t]+(?:\w+=\S*[ \t]+)*)?\"?(?:[^\s\"]*/)?([^\s/\"]+)", re.MULTILINE)
"""Desktop Entry Specification, "The Exec key"."""
_WITHHELD = {Ground.NUMBER, Ground.PACKAGE, Ground.OPTION, Ground.ABOUT}
"""What holds the release more often than a sentence does, which may speak of an older one."""
_DAY = re.compile(r"(?:19|20)\d\d\.[01]?\d\.[0-3]?\d")

_Said = tuple[Named, str]
"""What was read, and the place of the file."""


def told(files: Sequence[Examined], tree: FileTree) -> tuple[list[Examined], list[Problem]]:
    """The files, some with sightings of what others say of them; and what could not be read.

    Args:
        files: all binaries of a tree.
        tree: where they stand; walked already.
    """
    asked = [(file, _confirmable(file)) for file in files if _open(file)]
    beside = _Beside(tree, {version for _, versions in asked for version in versions})
    said = {
        file.place: seen
        for file, versions in asked
        if (versions or language_modules.may_load(file.path)) and (seen := tuple(beside.sightings(file, versions)))
    }
    return [
        msgspec.structs.replace(file, sightings=(*file.sightings, *said[file.place])) if file.place in said else file
        for file in files
    ], beside.problems


def _open(file: Examined) -> bool:
    """Do the file's own bytes leave open of which release it is?"""
    if not file.elf or file.elf.kind not in {"executable", "library"}:
        return False
    for seen in file.sightings:
        if seen.own and seen.version and seen.confidence >= ENOUGH and precise(seen.ground):
            return False
    return True


def _confirmable(file: Examined) -> set[str]:
    """What a program holds that may be its version; a day is none."""
    return {
        seen.version
        for seen in (file.sightings if file.elf and file.elf.kind == "executable" else ())
        if seen.version and seen.own and seen.ground in _WITHHELD and not _DAY.fullmatch(seen.version)
    }


def _ground(said: Named, place: str, program: str) -> Ground | None:
    """What confirms a version; one like 1.4 may be the same by chance."""
    if said.version.count(".") > 1 or place.endswith(".xml"):
        return Ground.CONFIRMED
    named = any(names.akin(said.behind, one) for one in (program, program.rpartition(".")[2]))  # lzip.plzip
    return Ground.TITLED if named and said.version not in program else None


class _Beside:
    """What stands beside the binaries of one tree, read when it is asked for."""

    def __init__(self, tree: FileTree, held: Collection[str]) -> None:
        self.problems: list[Problem] = []
        self._tree, self._held = tree, held
        self._metainfo = cache(self._metainfo_of)
        self._linked = cache(self._links)

    def sightings(self, file: Examined, versions: Collection[str]) -> Iterator[Sighting]:
        """What others say of one file, of whose ``versions`` one may be its own."""
        path = file.place.removeprefix(self._tree.prefix)
        if not self._at_hand(path):
            return
        name = next((seen.name for seen in file.sightings if seen.own and not seen.listed), "")
        if declared := self._declared(path):
            yield _sighting(name, declared, Ground.MODULE, _DECLARED)
        for share in _shares(path) if versions else ():
            program = path.rpartition("/")[2]
            for said in (*self._metainfo(share).get(program, ()), *self._named(share, program, versions)):
                if said[0].version in versions and (ground := _ground(said[0], said[1], program)):
                    yield _sighting(name, said, ground, _CONFIRMED)

    def _at_hand(self, path: str) -> bool:
        """Can its neighbours be had? The trees keep containers with links; others would be opened for each of them."""
        containers = accumulate(path.split("!/")[:-1], "{}!/{}".format)
        return all(self._tree.prefix + one in self._linked() for one in containers)

    def _links(self) -> Collection[str]:
        """The containers that are kept."""
        linked = dict.fromkeys(place.rpartition("!/")[0] for place, _ in self._tree.links() if "!/" in place)
        return set(islice(linked, _KEPT))

    def _declared(self, path: str) -> _Said | None:
        """What the module that loads a library declares, if it is no part of a larger one that declares another."""
        first: _Said | None = None
        for module in map(self._only, language_modules.modules(path)):
            data, place = self._read(module, language_modules.MOST_BYTES)
            found = language_modules.read(data, path)
            if first and found and found.version != first[0].version:
                return None
            if not first:
                if not found:
                    return None
                first = found, place
        return first

    def _only(self, path: str) -> str:
        """The only file that a path with ``*`` at the beginning of its name means; empty if there are several."""
        folder, _, name = path.rpartition("/")
        if not name.startswith("*"):
            return path
        found = [one for one in self._tree.list(folder) if one.endswith(name[1:])]
        return f"{folder}/{found[0]}" if len(found) == 1 else ""

    def _named(self, share: str, program: str, versions: Collection[str]) -> Iterator[_Said]:
        """Those of ``versions`` that the program's manual names."""
        for page in islice(self._manuals(share, program), _MOST_PAGES):
            data, place = self._read(page, manual.MOST_BYTES)
            if other := _SAME_AS.fullmatch(data[:200]):
                means = next(self._manuals(share, other["page"].decode("latin-1")), "")
                data, place = self._read(means, manual.MOST_BYTES)
            yield from ((one, place) for one in manual.read(data, versions))

    def _manuals(self, share: str, program: str) -> Iterator[str]:
        """A program's pages."""
        for folder in _MANUALS:
            listed = self._tree.list(f"{share}/{folder}")
            for name in listed[bisect_left(listed, f"{program}.") :]:
                if not name.startswith(f"{program}."):
                    break
                if _ENDING.fullmatch(name, len(program)):
                    yield f"{share}/{folder}/{name}"

    def _metainfo_of(self, share: str) -> Mapping[str, list[_Said]]:
        """Program → its newest release by metainfo, if that is one of those that files hold."""
        found: dict[str, list[_Said]] = defaultdict(list)
        for folder in (f"{share}/metainfo", f"{share}/appdata"):
            for name in self._tree.list(folder)[:_MOST_METAINFO]:
                data, place = (
                    self._read(f"{folder}/{name}", appstream.MOST_BYTES) if name.endswith(".xml") else (b"", "")
                )
                release = appstream.newest(data)
                if release and release.version in self._held:
                    for program in self._programs(share, data, place):
                        found[program].append((release, place))
        return found

    def _programs(self, share: str, data: bytes, place: str) -> set[str]:
        try:
            described = appstream.read(data, place)
        except FirmbomError as error:
            self.problems.append(Problem("warning", error.within(place), place))
            return set()
        programs = set(described.programs)
        for entry in described.entries:
            text, _ = self._read(f"{share}/applications/{entry}", _ENTRY_BYTES)
            programs.update(one.decode("utf-8", "replace") for one in _STARTED.findall(text)[:1])
        return programs

    def _read(self, path: str, most: int) -> tuple[bytes, str]:
        """The beginning of a file, unpacked if it is compressed, and its place; nothing if there is none."""
        file = self._tree.get(path) if path else None
        if file is None or file.size > _LARGEST:
            return b"", ""
        try:
            return _beginning(file, most), file.location_path
        except FirmbomError as error:
            self.problems.append(Problem("warning", error.within(file.location_path), file.location_path))
            return b"", ""


def _shares(path: str) -> list[str]:
    """Where manuals and metainfo of a program may be: beside the folder that it lies in, and the system's."""
    container, inside, within = path.rpartition("!/")
    found = _SYSTEM.search(within)
    folders = within.split("/")[:-1]
    shares = [f"{within[: found.start() if found else 0]}usr/share"]
    if folders and folders[-1] in _PROGRAMS:
        shares.insert(0, "/".join((*folders[:-1], "share")))
    return [f"{container}{inside}{share}" for share in dict.fromkeys(shares)]


def _beginning(file: File, most: int) -> bytes:
    head = file.head(HEAD)
    found = recognise(Contents(file.size, lambda offset, length: head[offset : offset + length]))
    packed = found is not None and found.kind == "stream"
    pieces = found.module.read(file.source(), Report([], "", str)) if found and packed else file.chunks()
    data = b""
    for piece in pieces:
        data += piece
        if len(data) >= most:
            break
    return data[:most]


def _sighting(name: str, said: _Said, ground: Ground, confidence: float) -> Sighting:
    named, place = said
    return Sighting(
        name=name,
        version=named.version,
        rule=Rule.STRING,
        confidence=confidence,
        listed=False,
        own=True,
        offset=named.offset,
        text=quoted(named.text, named.version),
        ground=ground,
        beside=place,
    )
