"""firmbom verify: whether a document, an image, a release tag and a key belong together."""

from __future__ import annotations

import argparse
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from firmbom.signing.demand import Demand
    from firmbom.verify import Verdict
    from firmbom.verify.policy import Policy


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "verify",
        help="prove that document, key, image and release tag belong together",
        description="Answer four questions, a line each: is the document what the holder of the key signed, are these "
        "files images it names, does the release tag still point at its commit, is the document sound?",
        epilog="Exit status: 0 when all that was asked passed, else 16 plus 1 (signature), 2 (image), 4 (release), "
        "8 (soundness) and 32 (policy) for each that failed; 1 when a file or the repository cannot be read; 2 usage.",
    )
    parser.add_argument(
        "bom", metavar="BOM", help="the signed CycloneDX document, or an attestation of it; - reads stdin"
    )
    parser.add_argument(
        "--key",
        metavar="PUBLIC",
        action="append",
        default=[],
        help="public key or certificate (PEM or OpenSSH file, env:NAME, pkcs11:…) that must have signed; repeatable, "
        "all must have",
    )
    parser.add_argument(
        "--ca",
        metavar="CERTIFICATES",
        action="append",
        default=[],
        help="PEM file with CAs: somebody with a certificate that leads to one of them must have signed; repeatable",
    )
    parser.add_argument("--policy", metavar="FILE", type=Path, help="file that says what the document must meet")
    parser.add_argument(
        "--at", metavar="TIME", help="judge certificates and ages as of then: 2026-03-31T12:00:00Z (default: now)"
    )
    parser.add_argument("--image", metavar="FILE", action="append", type=Path, default=[], help="image; repeatable")
    parser.add_argument("--all-images", action="store_true", help="fail if an image of the document is not given")
    parser.add_argument("--repo", metavar="FOLDER", type=Path, help="git repository to look the release tag up in")
    parser.add_argument("--sbom", metavar="BOM", help="the SBOM that a VEX document must speak of, and of no other")
    parser.add_argument("--json", action="store_true", help="print the answers as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing, only exit")
    parser.set_defaults(run=run, wrong=parser.error)


def run(args: argparse.Namespace) -> int:
    """Judge and print; returns the exit status."""
    from firmbom.cli.document import load_document, read_document
    from firmbom.cli.output import write_result
    from firmbom.verify import lines, verify
    from firmbom.verify.policy import load as load_policy

    policy = load_policy(args.policy) if args.policy else None
    verdict = verify(
        read_document(args.bom),
        keys=_demand(args, policy),
        images=args.image,
        repository=args.repo,
        all_images=args.all_images,
        path=args.bom,
        sbom=load_document(args.sbom) if args.sbom else None,
        policy=policy,
    )
    if args.json and not args.quiet:
        import msgspec

        write_result(msgspec.json.format(msgspec.json.encode(_facts(verdict))) + b"\n", None)
    elif not args.quiet:
        told = [one for answer in verdict.answers.items() for one in lines(*answer)]
        write_result("".join(f"{one}\n" for one in told).encode(), None)
    return verdict.exit_status


def _demand(args: argparse.Namespace, policy: Policy | None) -> Demand:
    """Who must have signed: whom the policy names, or else the options."""
    from firmbom.signing.demand import Demand
    from firmbom.signing.loading import load_chain, load_public
    from firmbom.verify.policy import demand_of

    at = _time(args.at)
    if policy is not None and policy.signers:
        if args.key or args.ca:
            args.wrong("the policy names the signers: leave out --key and --ca")
        return demand_of(policy, args.policy, at)
    if not args.key and not args.ca:
        args.wrong("who must have signed? give --key, --ca, or a --policy that names signers")
    anchors = [der for uri in args.ca for der in load_chain(uri)]
    return Demand.of([load_public(uri) for uri in args.key], anchors, at)


def _time(text: str | None) -> datetime:
    from datetime import UTC, datetime

    from firmbom.errors import ConfigError

    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"{text!r} is no time", path="--at", remedy="write it as 2026-03-31T12:00:00Z") from error


def _facts(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": "failed" if verdict.exit_status else "passed",
        "exit status": verdict.exit_status,
        "answers": {
            name: {"status": answer.status, "reasons": answer.reasons} for name, answer in verdict.answers.items()
        },
    }
