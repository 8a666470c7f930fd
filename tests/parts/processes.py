"""What became of a process that a stand-in started and that is to be ended with it."""

from __future__ import annotations

import time
from pathlib import Path

SECONDS = 30.0
"""Within which the kernel ends a process that was killed: in its own time, on a busy machine not at once."""


def ends(written: Path) -> bool:
    """Does the process whose number stands in the file end, or has it?"""
    status = Path(f"/proc/{int(written.read_text())}/stat")
    until = time.monotonic() + SECONDS
    while _runs(status):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _runs(status: Path) -> bool:
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"  # nobody may be there to ask how it ended
    except OSError:
        return False
