"""Which versions of a component are stated: those alone that rest on what is right often enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmbom_elf import names
from firmbom_elf.deciding.bearer import ENOUGH, Bearer
from firmbom_elf.grounds import Ground, precise, strongest

_NAMING = {Ground.PACKAGE, Ground.OPTION, Ground.TEXT}
_PARTS = {Ground.ITSELF, Ground.ASKED, Ground.CONFIRMED, Ground.TITLED}
_OUTSPOKEN = {Ground.ASKED, Ground.BESIDE, Ground.CONFIRMED, Ground.TITLED}


def stated(releases: Mapping[str, Sequence[Bearer]], *, listed: bool, share: float) -> dict[str, list[Bearer]]:
    """Version → files of one component, the versions that are not stated being left out; their files follow the others.

    Args:
        releases: version → the files that are of that version, by what they hold.
        listed: does the catalogue know the component?
        share: of versions with the same grounds, how many must be right.
    """
    sure = [version for version, files in releases.items() if version and _precise(version, files, listed, share)]
    main = max(sure, key=lambda version: (len(releases[version]), version), default="")
    found: dict[str, list[Bearer]] = {}
    for version, files in releases.items():
        for one in files:
            found.setdefault(version if version in sure else "" if one.alike else main, []).append(one)
    return found


def ground(version: str, files: Sequence[Bearer], *, listed: bool) -> Ground:
    """What a version rests on most, in any of its files."""
    evidence = ((seen.ground, seen.confidence) for one in files for seen in one.evidence if seen.version == version)
    return strongest(version, evidence, listed=listed)


def _guest(one: Bearer) -> bool:
    """Is it a plugin in the folder of whose it is? It tells the release that it was built for, not one that is here."""
    file = one.file
    hosted = names.plain(names.folder(file.path)) == names.plain(one.name)
    return bool(hosted and file.elf and names.plugin(file.path, file.elf))


def _part(one: Bearer) -> bool:
    """Is it a program in the folder of somebody else? What it says of itself counts releases of its own."""
    folder = names.folder(one.file.path)
    return bool(folder and one.kind == "executable" and not names.akin(folder, one.name))


def _stronger(other: Ground, best: Ground) -> bool:
    """Does it count against ``best``? A text that names a library does so against the number beside another text."""
    return other.before(best) or (best in _OUTSPOKEN and other in _NAMING)


def _precise(version: str, files: Sequence[Bearer], listed: bool, share: float) -> bool:
    """Are versions with such grounds right often enough, and does nothing better in these files speak for another?"""
    if all(map(_guest, files)) or not version.strip("0."):
        return False
    best = ground(version, files, listed=listed)
    if best in _PARTS and all(map(_part, files)):
        return False
    others = {
        seen.version
        for one in files
        for seen in one.evidence
        if seen.own and seen.version and seen.confidence >= ENOUGH and _stronger(seen.ground, best)
        if seen.ground.before(best) or seen.version.count(".") >= version.count(".")  # not a series that it speaks of
    }
    alone = all(version.startswith(other) or other.startswith(version) for other in others)
    return alone and precise(best, share)
