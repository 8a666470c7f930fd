"""firmbom merge: joins component sets and CycloneDX documents into one document."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import NOTHING_FOUND, USAGE, ended


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    from firmbom.cli.vex import add_options as add_vex_options

    parser = subparsers.add_parser(
        "merge",
        help="join component sets and CycloneDX documents into one document",
        description="Join component sets ('firmbom collect') and CycloneDX JSON documents, anybody's, into one "
        "unsigned document in which each component stands once.",
    )
    parser.add_argument("inputs", metavar="SET_OR_BOM", nargs="+", type=Path, help="what to join, in any order")
    parser.add_argument("-o", "--output", metavar="BOM", help="write to this file instead of stdout")
    parser.add_argument("--release", metavar="VERSION", default="", help="version of the product")
    parser.add_argument("--config", metavar="FILE", type=Path, help="firmbom.toml that describes the product")
    add_vex_options(parser)
    parser.add_argument("--set", action="store_true", help="write a component set instead of a document")
    parser.add_argument("--allow-empty", action="store_true", help="exit 0 when there is no component")
    parser.add_argument("-q", "--quiet", action="store_true", help="no summary on stderr")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Merge and write; see docs/exit-status.md."""
    from firmbom.cyclonedx.pause import collector_paused

    with collector_paused():
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    import os

    from firmbom import sets
    from firmbom.cli import vex
    from firmbom.cli.output import check_targets, say, write_pieces, write_result
    from firmbom.cli.summary import lines, summary
    from firmbom.cyclonedx import write
    from firmbom.merge import combine, merge
    from firmbom.model import ComponentSet
    from firmbom.project import Project, load
    from firmbom.release import read_release

    others = vex.checked(args)
    if others and args.set:
        say("firmbom merge: a component set holds all statements itself; --vex and --openvex go with a document")
        return USAGE
    check_targets(args.output, *others)
    loaded = [sets.load(path) for path in args.inputs]
    release, doubts = read_release(None, stated=args.release, images=(), environment=os.environ)
    inventory = merge([*loaded, ComponentSet(problems=doubts)])
    status = ended(inventory.problems, inventory.components, allow_empty=args.allow_empty)
    if status == NOTHING_FOUND:
        say("firmbom: the inputs hold no component (--allow-empty writes the document all the same)")
        return status
    facts = summary(inventory, release, written=args.output or "stdout", key_ids=())
    told: list[str] = []
    if args.set:
        write_result(sets.encode(combine(loaded)), args.output)
    else:
        document = write.packed(inventory, release, load(args.config) if args.config else Project())
        statements = vex.contents(args, inventory, document, ())
        told += vex.lines(inventory, statements)
        del inventory, loaded  # a large document needs the memory
        write_pieces(write.pieces(document), args.output)
        vex.write(statements)
    for line in () if args.quiet else (*lines(facts), *told):
        say(line)
    return status
