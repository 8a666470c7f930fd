"""Breaks the samples of a format in thousands of ways and opens each: nothing but our own errors may come out.

    python benchmarks/fuzz/mutate.py squashfs ext --rounds 10000
    python benchmarks/fuzz/mutate.py all --rounds 500

A finding is an exception that is none of ours, a reader's bug that the tree caught ("unexpected …"), or an input that
takes longer than ``--seconds``. Findings are kept as files in ``--keep``. Exit status 1 when there was one.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from firmbom.errors import FirmbomError
from firmbom.tree.base import Limits
from firmbom.tree.formats import FORMATS
from firmbom.tree.open import nested, open_tree

SAMPLES = Path(__file__).parents[2] / "tests/firmbom/tree/readers/data"
LIMITS = Limits(file_bytes=1 << 20, tree_bytes=64 << 20, files=20_000, seconds=60.0)
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)
NUMBERS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, 1 << 20, 1 << 16)


class Slow(Exception):  # noqa: N818 - it is no error of the reader's, but a finding
    """The input takes too long."""


def exercise(path: Path) -> list[str]:
    """Open, walk and read everything; what must not be said. Raises what must not be raised."""
    try:
        with nested(open_tree(path, limits=LIMITS)) as tree:
            for file in tree.walk():
                try:
                    file.digests  # noqa: B018 - reading is what is tried
                except (FirmbomError, OSError):
                    continue
            list(tree.links())
            return [one.message for one in tree.problems if "unexpected" in one.message]
    except (FirmbomError, OSError):
        return []


def samples(name: str) -> list[bytes]:
    """The samples of a format, and what is hostile already."""
    folder = SAMPLES / name
    return [one.read_bytes() for one in sorted([*folder.glob("sample*"), *folder.glob("hostile/*")])]


def broken(inputs: list[bytes], rounds: int, truncations: int, seed: str) -> Iterator[bytes]:
    """Each input anew: cut, then with bytes, numbers and runs changed."""
    chance = random.Random(seed)
    for _ in range(truncations):
        data = chance.choice(inputs)
        yield data[: chance.randrange(len(data) + 1)]
    for _ in range(rounds):
        made = bytearray(chance.choice(inputs))
        for _ in range(chance.choice((1, 1, 1, 2, 4, 16, 64))):
            _change(made, chance)
        yield bytes(made)


def _change(data: bytearray, chance: random.Random) -> None:
    if not data:
        return
    # Headers decide most, so half of the changes hit the first 512 bytes.
    place = chance.randrange(min(len(data), 512) if chance.random() < 0.5 else len(data))
    match chance.randrange(6):
        case 0:
            data[place] ^= 1 << chance.randrange(8)
        case 1:
            data[place] = chance.choice(INTERESTING)
        case 2:
            width = chance.choice((2, 4, 8))
            number = chance.choice(NUMBERS) & ((1 << 8 * width) - 1)
            data[place : place + width] = number.to_bytes(width, chance.choice(("little", "big")))
        case 3:
            other = chance.randrange(len(data))
            data[place : place + 16] = data[other : other + 16]
        case 4:
            del data[place : place + chance.choice((1, 4, 512))]
        case _:
            data[place:place] = chance.randbytes(chance.choice((1, 4)))


def _too_slow(_: int, __: FrameType | None) -> None:
    raise Slow


def run(name: str, args: argparse.Namespace) -> int:
    """How many findings there are for one format."""
    inputs = samples(name)
    findings = slowest = 0.0
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "broken")
        for number, data in enumerate(broken(inputs, args.rounds, args.truncations, f"{name} {args.seed}")):
            path.write_bytes(data)
            before = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, args.seconds)
            try:
                said = exercise(path)
            except Slow:
                said = [f"takes longer than {args.seconds:g} seconds: {traceback.format_exc(limit=-3)}"]
            except Exception:
                said = [traceback.format_exc(limit=-3)]
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            slowest = max(slowest, time.monotonic() - before)
            if said:
                findings += 1
                kept = args.keep / f"{name}-{args.seed}-{number}"
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(data)
                print(f"{kept}: {said[0]}", file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    total = args.rounds + args.truncations
    spent = time.monotonic() - started
    print(
        f"{name:15} {total} inputs, {findings:.0f} findings, slowest {slowest:.2f} s, {peak} MB, {spent:.0f} s",
        flush=True,
    )
    return int(findings)


def main() -> int:
    """Run it for the formats named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("formats", nargs="+", metavar="FORMAT", help="as in src/firmbom/tree/formats.py, or all")
    parser.add_argument("--rounds", type=int, default=10_000, help="inputs with changed bytes for each format")
    parser.add_argument("--truncations", type=int, default=1_000, help="inputs cut at random for each format")
    parser.add_argument("--seconds", type=float, default=20.0, help="an input that takes longer is a finding")
    parser.add_argument("--seed", default="1", help="another seed gives other inputs")
    parser.add_argument("--keep", type=Path, default=Path("findings"), help="where findings are kept")
    args = parser.parse_args()
    known = [one.name for one in FORMATS]
    names = known if args.formats == ["all"] else args.formats
    if unknown := set(names) - set(known):
        parser.error(f"no such format: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    signal.signal(signal.SIGALRM, _too_slow)
    return 1 if sum(run(name, args) for name in names) else 0


if __name__ == "__main__":
    sys.exit(main())
