"""firmbom ls: the files of an image, through every container in it."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmbom.listing import Entry
    from firmbom.model import Problem


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "ls",
        help="list the files of an image, through every container in it",
        description="List the files and links of an image, an archive or a folder with their sizes. 'outer!/inner' is "
        "a file inside a container inside the image; 'firmbom extract' takes such a path.",
    )
    parser.add_argument("image", metavar="IMAGE", type=Path, help="image file, archive or folder")
    parser.add_argument(
        "--only",
        metavar="PATTERN",
        action="append",
        default=[],
        help="paths that fit; * and ** as in a shell; repeatable",
    )
    parser.add_argument("--flat", action="store_true", help="do not open the containers in the image")
    parser.add_argument("--digest", action="store_true", help="print the SHA-256 of each file too")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line an entry; problems go to stderr."""
    import msgspec

    from firmbom.cli.output import say, write_pieces
    from firmbom.cli.summary import problem_lines
    from firmbom.errors import printable
    from firmbom.listing import listing

    def line_of(entry: Entry) -> bytes:
        if args.json:
            return msgspec.json.encode(entry) + b"\n"
        arrow = f" -> {entry.target}" if entry.kind == "link" else ""
        digest = f"{entry.sha256:<64}  " if args.digest else ""
        return printable(f"{digest}{entry.size:>12}  {entry.path}{arrow}").encode() + b"\n"

    problems: list[Problem] = []
    entries = listing(args.image, tuple(args.only), flat=args.flat, digest=args.digest, problems=problems.append)
    write_pieces(map(line_of, entries), None)
    for line in problem_lines(problems):
        say(line)
    return ended(problems)
