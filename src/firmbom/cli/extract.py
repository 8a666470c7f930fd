"""firmbom extract: takes one file out of an image."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import DONE


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "extract",
        help="take one file out of an image",
        description="Write one file of an image to stdout or to a file of your naming; nothing else is written, "
        "whatever the image says.",
    )
    parser.add_argument("image", metavar="IMAGE", type=Path, help="image file, archive or folder")
    parser.add_argument("path", metavar="PATH", help="as 'firmbom ls' prints it, or without the image's own name")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Find the file and write it whole or not at all."""
    from contextlib import closing

    from firmbom.cli.output import write_stream
    from firmbom.errors import InputError
    from firmbom.tree.open import nested, open_tree

    with closing(nested(open_tree(args.image))) as tree:
        file = tree.get(args.path.removeprefix(tree.prefix))
        if file is None:
            remedy = f"'firmbom ls {args.image}' lists what there is"
            raise InputError("no such file in it", path=f"{args.image}: {args.path}", remedy=remedy)
        with file.open() as stream:
            write_stream(stream, args.output)
    return DONE
