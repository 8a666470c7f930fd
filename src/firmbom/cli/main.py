"""The command line's door: parses, dispatches, and prints every error as one line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from firmbom.cli import build, collect, keygen, merge, plugins, sign, verify
from firmbom.errors import FirmbomError, printable

COMMANDS = (build, collect, merge, sign, verify, keygen, plugins)

DONE = 0
FAILED = 1
USAGE = 2
NOTHING_FOUND = 3
INCOMPLETE = 4
REFUSED = 5


def parser() -> argparse.ArgumentParser:
    """The whole command line, as the documentation quotes it."""
    top = argparse.ArgumentParser(
        prog="firmbom",
        description="A signed CycloneDX SBOM for firmware, tied to the image and the release, and the proof of the tie.",
        epilog="Exit status: 0 done; 1 could not be done; 2 usage; 3 nothing found; 4 written but incomplete; "
        "5 refused under --strict; verify: 16 + 1 signature + 2 image + 4 release + 8 soundness.",
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS:
        command.add(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    top = parser()
    args = top.parse_args(argv)
    if args.version:
        from importlib.metadata import version

        print(f"firmbom {version('firmbom')}")
        return DONE
    if args.command is None:
        top.print_help(sys.stderr)
        return USAGE
    try:
        status: int = args.run(args)
        sys.stdout.flush()
    except FirmbomError as error:
        print(f"firmbom: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        print(f"firmbom: {printable(str(error.filename or ''))}: {error.strerror or error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("firmbom: interrupted", file=sys.stderr)
        return 130
    return status
