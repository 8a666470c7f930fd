"""firmbom build: one command from a build folder to a signed document."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import DONE, INCOMPLETE, NOTHING_FOUND, REFUSED, USAGE, ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    import hashlib
    from collections.abc import Iterable, Iterator, Sequence

    from firmbom.build import Built
    from firmbom.inventory import Inventory
    from firmbom.project import Project
    from firmbom.signing.keys import SigningKey


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    from firmbom.cli.sign import add_bundle_key, add_key_options
    from firmbom.cli.vex import add_options as add_vex_options

    parser = subparsers.add_parser(
        "build",
        help="describe a firmware build as a signed CycloneDX document",
        description="Read the lockfiles and installed packages of a folder and the content of its images, and write "
        "one CycloneDX document with the images' digests and the release, signed. firmbom.toml in the folder, if there "
        "is one, says more; command-line options win over it.",
    )
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", default=".", type=Path, help="what was built (default: .)"
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="instead of FOLDER/firmbom.toml")
    parser.add_argument("--image", metavar="FILE", action="append", type=Path, help="image that is shipped; repeatable")
    parser.add_argument("--release", metavar="TAG", default="", help="release tag (default: git's tag on HEAD)")
    parser.add_argument(
        "--repo", metavar="DIR", type=Path, help="git repository whose tag is the release (default: FOLDER's own)"
    )
    add_key_options(parser)
    parser.add_argument("--no-sign", action="store_true", help="write the document without a signature")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of stdout")
    add_vex_options(parser)
    parser.add_argument("--spec-version", choices=("1.6", "1.7"), help="CycloneDX version (default: 1.6)")
    parser.add_argument("--plugin", metavar="NAME", action="append", help="run only these plugins; repeatable")
    parser.add_argument("--omit", choices=("dev", "optional", "peer"), action="append", help="leave out; repeatable")
    parser.add_argument(
        "--known", metavar="DB", action="append", type=Path, default=[], help="database of 'firmbom learn'; repeatable"
    )
    add_bundle_key(parser)
    parser.add_argument("--strict", action="store_true", help="write nothing when there is a problem or a conflict")
    parser.add_argument("--allow-empty", action="store_true", help="exit 0 when no component is found")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no summary on stderr")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON on stdout; needs -o FILE")
    parser.add_argument(
        "--summary",
        metavar="FILE",
        action="append",
        default=[],
        help="write the summary to this file too: .md Markdown, .json JSON, .env NAME=value; repeatable",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build, sign, write, report; see docs/exit-status.md."""
    import os

    from firmbom.build import build
    from firmbom.cli import vex
    from firmbom.cli.output import Progress, check_targets, say
    from firmbom.cli.report import checked
    from firmbom.cli.sign import load_signers

    if bool(args.key) == args.no_sign:
        say("firmbom build: give --key FILE to sign the document, or --no-sign to write it without a signature")
        return USAGE
    if args.no_sign and (args.certificate or args.algorithm):
        say(f"firmbom build: {'--certificate' if args.certificate else '--algorithm'} says how to sign; leave it out")
        return USAGE
    if args.json and args.output in (None, "-"):
        say("firmbom build: --json prints the summary on stdout, so the document needs -o FILE")
        return USAGE
    checked(args.summary)
    check_targets(args.output, *vex.checked(args), *args.summary)
    project, images = _settings(args)
    signers = load_signers(args) if args.key else ()
    progress = Progress(quiet=args.quiet)
    try:
        built = build(
            args.folder,
            project,
            images=images,
            stated=args.release,
            environment=os.environ,
            outputs=_outputs(args),
            progress=progress,
            repository=args.repo,
        )
    finally:
        progress.clear()
    return _finish(args, built, signers)


def _outputs(args: argparse.Namespace) -> list[Path]:
    """What this run writes or was given: its being there says nothing about the state of the checkout."""
    from firmbom.signing.loading import files

    given = [file for uri in (*(args.key or ()), *args.certificate, *args.bundle_key) for file in files(uri)]
    named = (args.output, args.vex, args.openvex, *args.summary, args.config, *args.passphrase_file, *args.known)
    return given + [Path(name) for name in named if name and name != "-"]


def _settings(args: argparse.Namespace) -> tuple[Project, tuple[Path, ...]]:
    """firmbom.toml with the command line's options over it, and the images."""
    from msgspec.structs import replace

    from firmbom.errors import InputError
    from firmbom.project import Project, find, load, with_bundle_keys, with_known

    if not args.folder.is_dir():
        wrong = ("is no folder", "give the folder that was built, and an image with --image")
        message, remedy = wrong if args.folder.exists() else ("no such folder", "")
        raise InputError(message, path=str(args.folder), remedy=remedy)
    config = args.config or find(args.folder)
    project = with_known(load(config) if config else Project(), config, args.known)
    project = with_bundle_keys(project, config, args.bundle_key)
    images = tuple(args.image) if args.image else _images(project, config)
    build = project.build
    if args.plugin:
        build = replace(build, plugins=tuple(args.plugin))
    if args.omit:
        build = replace(build, omit=tuple(args.omit))
    document = replace(project.document, spec_version=args.spec_version or project.document.spec_version)
    return replace(project, build=build, document=document), images


def _images(project: Project, config: Path | None) -> tuple[Path, ...]:
    from firmbom.project import images_of

    return images_of(project, config.parent, str(config)) if config else ()


def _finish(args: argparse.Namespace, built: Built, signers: Sequence[SigningKey]) -> int:
    import hashlib

    from firmbom.cli import vex
    from firmbom.cli.output import say, write_pieces, write_result
    from firmbom.cli.report import as_json, rendered
    from firmbom.cli.summary import lines, summary
    from firmbom.cyclonedx.write import pieces
    from firmbom.signing.jsf import sign

    inventory, document, digest = built.inventory, built.document, hashlib.sha256()
    status = _status(args, inventory)
    wrote = status in (DONE, INCOMPLETE)
    statements = vex.contents(args, inventory, document, signers) if wrote else {}
    if wrote:
        document = sign(document, signers) if signers else document
        write_pieces(_through(digest, pieces(document)), args.output)
        vex.write(statements)
    facts = summary(
        inventory,
        built.release,
        written=(args.output or "stdout") if wrote else "nothing",
        key_ids=[one.key_id for one in signers] if wrote else (),
        sha256=digest.hexdigest() if wrote else "",
        status=status,
    )
    facts["vulnerabilities"] = vex.facts(inventory, statements)
    for name in args.summary:
        write_result(rendered(name, facts), name)
    if args.json:
        write_result(as_json(facts).encode(), None)
    elif not args.quiet:
        for line in (*lines(facts), *vex.lines(inventory, statements)):
            say(line)
    if status == REFUSED:
        say("firmbom: refused, because --strict allows no problem and no conflict")
    elif status == NOTHING_FOUND:
        say(f"firmbom: {args.folder}: no component found (--allow-empty writes the document all the same)")
    return status


def _status(args: argparse.Namespace, inventory: Inventory) -> int:
    """What the run ends with; with NOTHING_FOUND and REFUSED nothing is written."""
    if args.strict and (inventory.conflicts or any(one.severity != "note" for one in inventory.problems)):
        return REFUSED
    return ended(inventory.problems, inventory.components, allow_empty=args.allow_empty)


def _through(digest: hashlib._Hash, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece
