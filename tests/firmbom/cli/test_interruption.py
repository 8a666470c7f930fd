"""A signal that asks for the end: one line, its status, and nothing half-written, wherever the program is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGHUP and timers are POSIX")

_PROGRAM = """
import os, shutil, signal, sys, time
from firmbom.cli import interruption
from firmbom.cli.main import main

interruption._AGAIN = 0.05

def ask(name):
    signal.raise_signal(signal.Signals[name])

def write(_, out, __):
    out.write(b"half")
    out.flush()
    {meanwhile}

shutil.copyfileobj = write
{before}
sys.exit(main())
"""
_MODULE = "import signal\nsignal.raise_signal(signal.SIGINT)\nopen('whole', 'w').close()\n"
"""Notes when it was loaded to its end."""


@pytest.mark.parametrize(
    ("meanwhile", "before", "status", "left"),
    [
        ("ask('SIGTERM'); time.sleep(60)", "", 130, []),
        ("ask('SIGHUP'); time.sleep(60)", "", 130, []),
        ("import asking; time.sleep(60)", "", 130, ["whole"]),
        ("try: ask('SIGINT')\n    finally: ask('SIGTERM'); open('tidy', 'w')", "", 130, ["tidy"]),
        ("try: ask('SIGINT')\n    except BaseException: time.sleep(60)", "", 130, []),
        ("ask('SIGHUP')", "signal.signal(signal.SIGHUP, signal.SIG_IGN)", 0, ["out"]),
    ],
    ids=["a supervisor", "no terminal", "during an import", "twice", "swallowed", "nohup"],
)
def test_a_signal_ends_the_command(meanwhile: str, before: str, status: int, left: list[str], tmp_path: Path) -> None:
    run, away = tmp_path / "run", tmp_path / "away"
    run.mkdir()
    away.mkdir()
    (away / "asking.py").write_text(_MODULE)
    (away / "file").write_text("x")
    program = _PROGRAM.format(meanwhile=meanwhile, before=before)
    ended = subprocess.run(
        [sys.executable, "-c", program, "extract", str(away), "file", "-o", "out"],
        capture_output=True,
        text=True,
        cwd=run,
        env={**os.environ, "PYTHONPATH": str(away)},
        check=False,
        timeout=30,
    )
    assert (ended.returncode, ended.stderr) == (status, "firmbom: interrupted\n" if status else "")
    assert [path.name for path in run.iterdir()] == left


_LOADING = """
import signal, sys

class Asking:
    def find_spec(self, name, *_):
        if name == "firmbom.cli.interruption":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Asking())
from firmbom.cli.entry import main
sys.exit(main())
"""


def test_a_signal_while_the_program_is_loaded(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _LOADING, "--help"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "firmbom: interrupted\n")
