"""How often each kind of evidence that a version rests on tells the right one: what firmbom_elf.grounds states."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "catalogue"), str(HERE.parent / "plugins"), str(HERE.parent / "src")]

from debian import Archive, Owner, plain, upstream  # noqa: E402  # found by the line above

from firmbom.tree.folder import FolderTree  # noqa: E402  # same
from firmbom_elf import examine, wants  # noqa: E402  # same
from firmbom_elf.beside import beside  # noqa: E402  # same
from firmbom_elf.deciding import stating  # noqa: E402  # same
from firmbom_elf.deciding.decide import decided  # noqa: E402  # same
from firmbom_elf.deciding.owning import bearers  # noqa: E402  # same
from firmbom_elf.facts import Examined  # noqa: E402  # same
from firmbom_elf.grounds import MEASURED, STATED, Ground  # noqa: E402  # same
from firmbom_elf.task import Task  # noqa: E402  # same

LINES = HERE / "catalogue" / "release_lines.tsv"
SHOWN = 6
"""Wrong ones of a kind that are named."""


class Told(NamedTuple):
    """One version that would be stated if every ground were believed."""

    ground: Ground
    verdict: str
    """``right``, ``line`` (of its own) or ``wrong``."""
    what: str
    masked: bool = False
    """Is it told as if the catalogue had no entries?"""


def sample(archive: Archive, count: int, seed: int) -> list[str]:
    """Names of random packages of this architecture, one a source: what the catalogue does not know, mostly."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for package in archive.available():
        if package.get("Architecture") == archive.arch and int(package.get("Size", "0")) < 1_500_000:
            by_source[package.get("Source", package["Package"]).split(" ")[0]].append(package["Package"])
    chance = random.Random(seed)  # a sample that anyone can draw again, no secret
    return [min(by_source[source]) for source in chance.sample(sorted(by_source), min(count, len(by_source)))]


def told(root: Path, truth: Mapping[str, Owner]) -> Iterator[Told]:
    """Every version that the files of ``root`` tell, with what it rests on and whether it is right.

    What general rules tell is told twice: of what the catalogue does not know, and, for there is more, of all.
    """
    lines = {tuple(line.split("\t")[:2]) for line in LINES.read_text("utf-8").splitlines() if line[:1] != "#"}
    files = list(_examined(root))
    tree = FolderTree(root)
    yield from _told(beside.told(files, tree)[0], truth, lines)
    unlisted = beside.told(list(map(_unlisted, files)), tree)[0]
    yield from (one._replace(masked=True) for one in _told(unlisted, truth, lines))


def _unlisted(file: Examined) -> Examined:
    """The file as it is seen without the catalogue."""
    return msgspec.structs.replace(file, sightings=tuple(one for one in file.sightings if not one.listed))


def _told(files: Sequence[Examined], truth: Mapping[str, Owner], lines: Collection[tuple[str, ...]]) -> Iterator[Told]:
    for (name, version), held in decided(bearers(files), share=0).items():
        owners = {truth[place] for one in held if (place := "/" + one.file.path) in truth}
        if not (version and owners):
            continue
        good = {plain(version), *upstream(version)} & {right for owner in owners for right in owner.upstream}
        line = any((owner.source, named) in lines for owner in owners for named in (name, "*"))
        ground = stating.ground(version, held, listed=held[0].listed)
        what = f"{name} {version} ({min(owner.source for owner in owners)})"
        yield Told(ground, "right" if good else "line" if line else "wrong", what)


def _examined(root: Path) -> Iterator[Examined]:
    for folder, folders, found in os.walk(root):
        folders.sort()
        for path in (Path(folder, name) for name in sorted(found)):
            if path.is_symlink() or not path.is_file():
                continue
            data = path.read_bytes()
            if data.startswith(wants.WANTS.magics) or path.suffix == ".pc":
                inside = str(path.relative_to(root))
                yield examine.examine(Task(path=inside, place=inside, fingerprint=False), data)


def show(versions: Sequence[Told]) -> bool:
    """Print each ground's figures, those of the two that are worse; does what firmbom_elf.grounds states still hold?

    What several architectures have counts once.
    """
    versions = list(dict.fromkeys(versions))
    verdicts: dict[tuple[Ground, bool], Counter[str]] = defaultdict(Counter)
    for one in versions:
        verdicts[one.ground, one.masked][one.verdict] += 1
    print(f"{'versions that rest on':72} right  line wrong  share  known")
    for ground, known in MEASURED.items():
        both = [(_share(verdicts[ground, masked]), masked) for masked in (False, True) if verdicts[ground, masked]]
        share, masked = min(both, default=(1.0, False))
        count = verdicts[ground, masked]
        print(f"{ground:72}{count['right']:6}{count['line']:6}{count['wrong']:6}{share:7.3f}{known.share:7.3f}")
        here = (one for one in versions if one.ground is ground and one.masked == masked)
        wrong = [one.what for one in here if one.verdict == "wrong"]
        print(*(f"    {what}" for what in wrong[:SHOWN]), sep="\n", end="\n" if wrong else "")
    as_used = [one for one in versions if not one.masked]
    stated = [one for one in as_used if MEASURED[one.ground].share >= STATED]
    false = sum(one.verdict == "wrong" for one in stated)
    print(f"stated {len(stated)} of {len(as_used)}, wrong {false} ({100 * false / max(1, len(stated)):.1f} %)")
    return false <= (1 - STATED) * len(stated) + 1


def _share(count: Counter[str]) -> float:
    return 1 - count["wrong"] / max(1, count.total())
