"""The command line's door: parses, dispatches, and prints every error as one line."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from firmbom import __version__, lean, memory
from firmbom.cli import interruption
from firmbom.cli.status import DONE, FAILED, INTERRUPTED, USAGE
from firmbom.errors import FirmbomError, meant, printable

_MOST_GARBAGE = 500_000
"""Values after which circular garbage is looked for: a command makes many values, nearly all to keep."""
COMMANDS = (
    "build",
    "audit",
    "explain",
    "ls",
    "extract",
    "learn",
    "collect",
    "merge",
    "sign",
    "attest",
    "verify",
    "keygen",
    "plugins",
)
"""Each a module of :mod:`firmbom.cli`."""


class Parser(argparse.ArgumentParser):
    """Names the nearest command, option or choice when one is misspelt."""

    def error(self, message: str) -> NoReturn:
        """See argparse."""
        choice = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)\Z", message)
        near = meant(choice[1], re.findall(r"[\w.-]+", choice[2])) if choice else ""
        super().error(f"{message}; {near}" if near else message)

    def refuse(self, strays: Sequence[str]) -> NoReturn:
        """Arguments that nothing takes."""
        options = set(re.findall(r"--([\w-]+)", self.format_help()))
        words = (one.lstrip("-").partition("=")[0] for one in strays if one[:1] == "-")
        near = next(filter(None, (meant(word, options) for word in words)), "").replace("mean ", "mean --")
        self.error(f"unrecognized arguments: {' '.join(strays)}" + (f"; {near}" if near else ""))


def parser(first: str = "") -> Parser:
    """The whole command line, as the documentation quotes it; of one that begins with a command, that one alone."""
    top = Parser(
        prog="firmbom",
        description="Signed CycloneDX SBOMs for firmware, tied to the image and the release, and the proof of the tie.",
        epilog="Exit status: 0 done; 1 could not be done; 2 usage; 3 nothing found; 4 written but incomplete; "
        "5 refused under --strict; verify: 16 + 1 signature + 2 image + 4 release + 8 soundness + 32 policy; audit "
        "--against: 32 + 1 absent + 2 unclaimed + 4 version + 8 changed.",
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND")
    for command in (first,) if first in COMMANDS else COMMANDS:
        import_module(f"firmbom.cli.{command}").add(subparsers)
    for made in subparsers.choices.values():
        made.set_defaults(parser=made)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if argv is None:
        interruption.heed()
    if sys.stderr is None:  # closed by whoever started this process; print would take stdout in its place
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open until the end
    try:
        status = _guarded(lambda: _run(argv))
    finally:  # also of --help and of usage errors, which leave by SystemExit
        if argv is None:
            interruption.heed_no_more()
    if argv is None:  # the program ends with the command
        if status != INTERRUPTED:
            _tidy_up()
        interruption.leave(status)
    return status


def _tidy_up() -> None:
    """What Python does at its end, save to look through and free value by value what goes with the process."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            if stream is not None:
                stream.flush()


def _run(argv: Sequence[str] | None) -> int:
    given = sys.argv[1:] if argv is None else argv
    top = parser(*given[:1])
    args, strays = top.parse_known_args(given)
    if strays:
        getattr(args, "parser", top).refuse(strays)
    if args.version:
        print(f"firmbom {__version__}")
        return DONE
    if args.command is None:
        top.print_help(sys.stderr)
        return USAGE
    if argv is None:
        lean.load()
    status: int = args.run(args)
    return status


def _guarded(run: Callable[[], int]) -> int:
    gc.set_threshold(_MOST_GARBAGE)
    memory.keep()
    try:
        status = run()
        if sys.stdout is not None:
            sys.stdout.flush()
    except FirmbomError as error:
        return _failed(str(error))
    except BrokenPipeError:
        _drop_output()
        return FAILED
    except OSError as error:
        _drop_output()
        return _failed(printable(": ".join(str(one) for one in (error.filename, error.strerror or error) if one)))
    except KeyboardInterrupt:
        with suppress(OSError):  # the terminal may be what went away
            _failed("interrupted")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("FIRMBOM_TRACEBACK"):
            raise
        return _failed(
            printable(f"a fault of firmbom itself: {type(error).__name__}: {error} (FIRMBOM_TRACEBACK=1 shows where)")
        )
    return status


def _drop_output() -> None:
    """Send what stdout cannot take nowhere, so that the interpreter does not try, and fail, once more at its end."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(line: str) -> int:
    print(f"firmbom: {line}", file=sys.stderr)
    return FAILED
