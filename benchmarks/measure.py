"""Runs commands in turn as whole processes and compares them: median wall time, ratio, peak memory."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

INPUTS = Path(__file__).parent / "inputs"
"""Made by the scripts, ignored by git."""

_TO_MB = 1e6 if sys.platform == "darwin" else 1e6 / 1024
"""ru_maxrss counts bytes on macOS and KiB on Linux."""


@dataclass
class Runs:
    """What one command cost, run by run."""

    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    processor: float = 0.0
    """Seconds of processor time, of the system's too, of all runs together."""
    status: int = 0

    @property
    def median(self) -> float:
        """Of the wall times, in seconds."""
        return statistics.median(self.seconds)

    @property
    def peak(self) -> float:
        """The largest resident set of the process and of those it waited for, in MB."""
        return max(self.megabytes)


def once(command: Sequence[str], folder: Path, runs: Runs) -> None:
    """Run a command to its end with its output thrown away, and add what it cost."""
    nowhere = [(os.POSIX_SPAWN_OPEN, handle, os.devnull, os.O_RDWR, 0) for handle in (0, 1, 2)]
    program = shutil.which(command[0])
    if program is None:
        raise SystemExit(f"{command[0]} is not installed; see benchmarks/README.md")
    before = Path.cwd()
    os.chdir(folder)
    start = time.perf_counter()
    process = os.posix_spawn(program, list(command), os.environ, file_actions=nowhere)
    _, status, usage = os.wait4(process, 0)
    runs.seconds.append(time.perf_counter() - start)
    os.chdir(before)
    runs.processor += usage.ru_utime + usage.ru_stime
    runs.megabytes.append(usage.ru_maxrss / _TO_MB)
    runs.status = os.waitstatus_to_exitcode(status)


def in_turn(commands: Mapping[str, Sequence[str]], folder: Path, rounds: int) -> dict[str, Runs]:
    """Run all commands one after the other, ``rounds`` times, after one round that does not count."""
    found = {name: Runs() for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            once(command, folder, found[name] if number else Runs())
    return found


def report(title: str, found: Mapping[str, Runs], targets: Mapping[str, float]) -> bool:
    """Print a table; the first command is compared with the others. Returns whether every target was met.

    Args:
        title: what was measured.
        found: from :func:`in_turn`.
        targets: by name of a peer: how many times slower it should be.
    """
    first, *others = found
    met = True
    print(f"\n{title}")
    for name in (first, *others):
        runs, remark = found[name], ""
        if name in others:
            ratio = runs.median / found[first].median
            remark = f"  {ratio:5.1f} times {first}"
            if name in targets:
                good = ratio >= targets[name]
                met &= good
                remark += f" (target {targets[name]:g}: {'met' if good else 'MISSED'})"
        status = f"  exit {runs.status}" if runs.status else ""
        spread = f"{min(runs.seconds):.2f}..{max(runs.seconds):.2f}"
        print(f"  {name:14} {runs.median:7.3f} s ({spread})  {runs.peak:6.0f} MB{remark}{status}")
    return met


def below(what: str, value: float, limit: float, unit: str) -> bool:
    """Print a figure with its limit; returns whether it is kept."""
    good = value <= limit
    print(f"  {what}: {value:.4g} {unit} (limit {limit:g}: {'kept' if good else 'MISSED'})")
    return good


def options(description: str | None, rounds: int = 5) -> argparse.ArgumentParser:
    """What every script takes."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=rounds, help="how often each command is run (default: %(default)s)"
    )
    parser.add_argument("--firmbom", default="firmbom", help="the command to measure (default: %(default)s)")
    return parser


def key(firmbom: str) -> Path:
    """A signing key for the documents, made once."""
    path = INPUTS / "benchmark.key"
    if not path.exists():
        INPUTS.mkdir(exist_ok=True)
        once([firmbom, "keygen", "-o", str(path)], INPUTS, Runs())
    return path


def machine() -> str:
    """One line on where this ran."""
    return f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, {platform.system()}"
