"""Breaks binaries in thousands of ways and has each examined: no answer may be missing, no neighbour may suffer.

    python benchmarks/fuzz/binaries.py /bin/true /lib/*/libz.so.1 --rounds 10000

A finding is a file that ends its worker or takes too long, or an exception that is none of ours; an intact file among
the broken ones must get the same answer each time. Findings are kept as files in ``--keep``. Exit status 1 when there
was one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from mutate import broken

from firmbom_elf.facts import Examined
from firmbom_elf.task import Task
from firmbom_elf.workers.pool import Pool

BATCH = 500
"""Broken files that one set of workers examines."""
NEIGHBOUR = 10
"""Every so many files an intact one."""


def examined(batch: list[bytes], intact: bytes, seconds: float) -> tuple[list[Examined], list[Examined]]:
    """The answers to the broken files, and those to the intact one among them."""
    with closing(Pool(seconds=seconds)) as pool:
        for number, data in enumerate(batch):
            if number % NEIGHBOUR == 0:
                pool.submit(Task(path="intact", place="intact"), intact)
            pool.submit(Task(path="broken", place="broken"), data)
        answers = pool.answers()
    return [one for one in answers if one.path == "broken"], [one for one in answers if one.path == "intact"]


def findings(batch: list[bytes], intact: bytes, seconds: float) -> Iterator[tuple[bytes, str]]:
    """Files and what is wrong with what was said of them."""
    told, neighbours = examined(batch, intact, seconds)
    if len(told) != len(batch) or len(set(map(repr, neighbours))) != 1 or neighbours[0].elf is None:
        yield intact, "an intact file among broken ones was lost"
    for data, one in zip(batch, told, strict=True):
        for problem in one.problems:
            if "unexpected" in problem.message or "not examined" in problem.message:
                yield data, problem.message


def main() -> int:
    """Run it for the files named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what to break")
    parser.add_argument("--rounds", type=int, default=10_000, help="inputs with changed bytes")
    parser.add_argument("--truncations", type=int, default=1_000, help="inputs cut at random")
    parser.add_argument("--seconds", type=float, default=20.0, help="an input that takes longer is a finding")
    parser.add_argument("--seed", default="1", help="another seed gives other inputs")
    parser.add_argument("--keep", type=Path, default=Path("findings"), help="where findings are kept")
    args = parser.parse_args()
    inputs = [path.read_bytes() for path in args.files]
    if not inputs[0].startswith(b"\x7fELF"):
        parser.error(f"{args.files[0]} is no ELF file: the first one is the intact neighbour of the others")
    started, count = time.monotonic(), 0
    stream = broken(inputs, args.rounds, args.truncations, f"binaries {args.seed}")
    while batch := list(islice(stream, BATCH)):
        for data, message in findings(batch, inputs[0], args.seconds):
            kept = args.keep / f"binary-{args.seed}-{count}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
            print(f"{kept}: {message}", file=sys.stderr)
            count += 1
    print(f"{args.rounds + args.truncations} inputs, {count} findings, {time.monotonic() - started:.0f} s")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
