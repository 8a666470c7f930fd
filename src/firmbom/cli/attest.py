"""firmbom attest: signed statements that tie a document, and the build, to the digests of the images."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import DONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from firmbom.images import Image
    from firmbom.signing.dsse import Envelope
    from firmbom.signing.keys import SigningKey


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    from firmbom.cli.sign import add_key_options

    parser = subparsers.add_parser(
        "attest",
        help="attest a document and its build for the images it names",
        description="Write in-toto attestations in DSSE envelopes: that the document is the SBOM of the images, and, "
        "with --provenance, what is known of the build they came from (SLSA provenance v1).",
        epilog="A FILE whose name ends in .sigstore.json is written as a Sigstore bundle, any other as lines; -o and "
        "--provenance may name the same one.",
    )
    parser.add_argument("bom", metavar="BOM", help="the CycloneDX document; - reads stdin")
    parser.add_argument(
        "--image",
        metavar="FILE",
        action="append",
        type=Path,
        default=[],
        help="image to speak of, which the document must name; repeatable (default: all that it names)",
    )
    add_key_options(parser, required=True, rsa="RS256")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the SBOM's attestation here instead of stdout")
    parser.add_argument("--bundle", metavar="FILE", help="write the SBOM's attestation here as a Sigstore bundle")
    parser.add_argument("--provenance", metavar="FILE", help="write the build's attestation here")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check, sign, write."""
    from firmbom.attestation import make
    from firmbom.cli.document import parsed, read_document
    from firmbom.cli.output import say, write_result

    data = read_document(args.bom)
    document = parsed(data, args.bom)
    _check(document, args.bom)
    images = make.images_of(document, args.image, path=args.bom)
    signers = envelope_signers(args)
    plain = args.output if args.output or args.bundle or args.provenance else "-"
    bom = sbom_envelope(document, images, signers) if plain or args.bundle else None
    wanted = [(name, bom, always) for name, always in ((plain, False), (args.bundle, True)) if name and bom]
    if args.provenance:
        wanted.append((args.provenance, provenance_envelope(document, images, data, signers), False))
    for target, content in make.files(wanted, signers):
        write_result(content, target)
    for image in images:
        say(f"attested    {image.name}")
    for signer in signers:
        say(f"signed by   {signer.key_id} ({signer.algorithm})")
    return DONE


def envelope_signers(args: argparse.Namespace) -> tuple[SigningKey, ...]:
    """The keys that the options name, each with the algorithm that others expect in an envelope."""
    from firmbom.attestation.make import usual
    from firmbom.cli.sign import load_signers

    found = load_signers(args)
    return found if args.algorithm else tuple(map(usual, found))


def sbom_envelope(document: Mapping[str, Any], images: Sequence[Image], signers: Sequence[SigningKey]) -> Envelope:
    """That ``document`` is the SBOM of ``images``, signed."""
    from firmbom.attestation import make, sbom

    return make.envelope(sbom.statement_of(document, images), signers)


def provenance_envelope(
    document: Mapping[str, Any], images: Sequence[Image], data: bytes, signers: Sequence[SigningKey]
) -> Envelope:
    """What is known of the build of ``images``, signed; ``data`` is the document as a file."""
    import hashlib
    import os

    from firmbom.attestation import make, provenance
    from firmbom.model import Algorithm, Digest

    digest = Digest(Algorithm.SHA256, hashlib.sha256(data).hexdigest())
    found = provenance.statement_of(document, images, sbom=digest, environment=os.environ)
    return make.envelope(found, signers)


def _check(document: Mapping[str, Any], path: str) -> None:
    """Refuse a document whose own signature is broken; warn of one that a verifier will find unsound."""
    from firmbom.cli.output import say
    from firmbom.cyclonedx.check import faults
    from firmbom.errors import InputError
    from firmbom.verify.signature import inner

    broken, _ = inner(document, ())
    if broken:
        raise InputError(
            broken[0].removeprefix("inside the SBOM "), path=path, remedy="attest the document as it was signed"
        )
    for fault in (found := faults(document))[:3]:
        say(f"firmbom: warning: {path}: {fault}")
    if found:
        say(f"firmbom: warning: attested, but 'firmbom verify' will find the document unsound (faults: {len(found)})")
