"""firmbom verify: whether a document, an image, a release tag and a key belong together."""

from __future__ import annotations

import argparse
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from firmbom.verify import Verdict


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "verify",
        help="prove that document, key, image and release tag belong together",
        description="Answer four questions, a line each: is the document what the holder of the key signed, are these "
        "files images it names, does the release tag still point at its commit, is the document sound?",
        epilog="Exit status: 0 when all that was asked passed, else 16 plus 1 (signature), 2 (image), 4 (release) and "
        "8 (soundness) for each that failed; 1 when a file or the repository cannot be read; 2 usage.",
    )
    parser.add_argument("bom", metavar="BOM", help="the signed CycloneDX document; - reads stdin")
    parser.add_argument(
        "--key",
        metavar="PUBLIC",
        action="append",
        required=True,
        help="public key or certificate (PEM file or env:NAME) that must have signed; repeatable, all must have",
    )
    parser.add_argument("--image", metavar="FILE", action="append", type=Path, default=[], help="image; repeatable")
    parser.add_argument("--all-images", action="store_true", help="fail if an image of the document is not given")
    parser.add_argument("--repo", metavar="FOLDER", type=Path, help="git repository to look the release tag up in")
    parser.add_argument("--sbom", metavar="BOM", help="the SBOM that a VEX document must speak of, and of no other")
    parser.add_argument("--json", action="store_true", help="print the answers as JSON")
    parser.add_argument("--quiet", action="store_true", help="print nothing, only exit")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Judge and print; returns the exit status."""
    from firmbom.cli.output import write_result
    from firmbom.cli.sign import read_document
    from firmbom.cyclonedx.read import load
    from firmbom.signing.keys import load_public
    from firmbom.verify import line, verify

    verdict = verify(
        read_document(args.bom),
        keys=[load_public(uri) for uri in args.key],
        images=args.image,
        repository=args.repo,
        all_images=args.all_images,
        path=args.bom,
        sbom=load(read_document(args.sbom), path=args.sbom) if args.sbom else None,
    )
    if args.json and not args.quiet:
        import msgspec

        write_result(msgspec.json.format(msgspec.json.encode(_facts(verdict))) + b"\n", None)
    elif not args.quiet:
        write_result("".join(line(*one) + "\n" for one in verdict.answers.items()).encode(), None)
    return verdict.exit_status


def _facts(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": "failed" if verdict.exit_status else "passed",
        "exit status": verdict.exit_status,
        "answers": {
            name: {"status": answer.status, "reasons": answer.reasons} for name, answer in verdict.answers.items()
        },
    }
