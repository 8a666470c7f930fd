"""``firmbom --help`` against the bare interpreter."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from measure import below, in_turn, machine, options, report

LIMIT = 60.0
"""Milliseconds that ``--help`` may cost above the interpreter."""


def main() -> int:
    """Measure; 1 when the limit is not kept."""
    args = options(__doc__, rounds=30).parse_args()
    python = _interpreter(args.firmbom)
    commands = {
        "bare python": [python, "-c", "pass"],
        "--help": [args.firmbom, "--help"],
        "build --help": [args.firmbom, "build", "--help"],
        "--version": [args.firmbom, "--version"],
    }
    found = in_turn(commands, Path.cwd(), args.rounds)
    print(machine())
    report("start-up", found, {})
    above = (found["--help"].median - found["bare python"].median) * 1_000
    return 0 if below("--help above the interpreter", above, LIMIT, "ms") else 1


def _interpreter(firmbom: str) -> str:
    """The interpreter in the first line of the installed script."""
    path = shutil.which(firmbom)
    first = Path(path).read_bytes().partition(b"\n")[0].decode() if path else ""
    return first.removeprefix("#!").strip() if first.startswith("#!/") else sys.executable


if __name__ == "__main__":
    sys.exit(main())
