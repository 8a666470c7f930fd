"""``firmbom merge`` of ten component sets: how time and memory grow from 10,000 to 100,000 components.

Each set names a tenth of the components and half of the next set's, so half of them are said twice, by sets of
different strength; some disagree on the licence. There is about one edge a component.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from measure import INPUTS, Runs, below, machine, once, options

SETS = 10
SIZES = (10_000, 100_000)
SECONDS, MEMORY, GROWTH = 10.0, 1_500.0, 12.0
"""For the larger size: seconds, MB; and how many times the smaller one's time."""

BASES = ("lockfile", "package-database", "build-record", "reported", "manifest")


def main() -> int:
    """Measure; 1 when a limit is not kept."""
    args = options(__doc__, rounds=3).parse_args()
    print(machine())
    medians = []
    for size in SIZES:
        folder = INPUTS / f"sets-{size}"
        names = _sets(folder, size)
        runs = Runs()
        for _ in range(args.rounds):
            once(
                [args.firmbom, "merge", *names, "--release", "v1.0.0", "--quiet", "-o", "../merged.cdx.json"],
                folder,
                runs,
            )
        medians.append(runs.median)
        megabytes = (INPUTS / "merged.cdx.json").stat().st_size / 1e6
        print(f"\n{size} components from {SETS} sets to a document of {megabytes:.0f} MB")
        spread = f"{min(runs.seconds):.2f}..{max(runs.seconds):.2f}"
        print(f"  {runs.median:.2f} s ({spread}), {runs.peak:.0f} MB, exit {runs.status}")
    print()
    good = below("seconds for the larger", medians[-1], SECONDS, "s")
    good &= below("memory for the larger", runs.peak, MEMORY, "MB")
    return 0 if below("growth", medians[-1] / medians[0], GROWTH, "times") and good else 1


def _sets(folder: Path, size: int) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    share = size // SETS
    names = []
    for number in range(SETS):
        path = folder / f"set-{number}.json"
        names.append(path.name)
        if not path.exists():
            first = number * share
            path.write_text(json.dumps(_set(number, range(first, first + share + share // 2), size)))
    return names


def _purl(number: int) -> str:
    return f"pkg:npm/package-{number}@{number % 7}.{number % 13}.{number % 5}"


def _set(source: int, numbers: range, size: int) -> dict[str, object]:
    ids = [number % size for number in numbers]
    known = set(ids)
    basis, path = BASES[source % len(BASES)], f"part-{source}/package-lock.json"
    components = [
        {
            "purl": _purl(number),
            "name": f"package-{number}",
            "version": f"{number % 7}.{number % 13}.{number % 5}",
            "claims": [
                {
                    "basis": basis,
                    "location": {"path": path, "symbol": f"packages[{number}]"},
                    "plugin": f"plugin-{source}",
                }
            ],
            "licences": [{"value": "Apache-2.0" if number % 100 == source else "MIT"}],
            "references": [
                {
                    "type": "distribution",
                    "url": f"https://npm.example/package-{number}.tgz",
                    "digests": [{"algorithm": "SHA-512", "value": f"{number:0128x}"}],
                }
            ],
        }
        for number in ids
    ]
    edges = [
        {"source": _purl(number), "target": _purl(target)}
        for number in ids
        for target in (number + 1, number * 3 + 1)
        if target in known
    ]
    return {
        "format": "firmbom-component-set-1",
        "components": components,
        "edges": [{"source": "", "target": _purl(ids[0])}, *edges],
        "coverage": [
            {"path": path, "components": "complete", "dependencies": "complete", "plugin": f"plugin-{source}"}
        ],
        "plugins": [{"name": f"plugin-{source}", "version": "1"}],
    }


if __name__ == "__main__":
    sys.exit(main())
