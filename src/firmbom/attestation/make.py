"""Makes attestations of a document: the checks before anything is signed, the envelopes, and the files they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from firmbom.attestation import bundle, statement
from firmbom.attestation.statement import Statement
from firmbom.cyclonedx.read import release_of
from firmbom.errors import ConfigError, InputError
from firmbom.images import Image, read_images
from firmbom.signing import dsse
from firmbom.signing.keys import Signer, SigningKey

BUNDLE_SUFFIXES = (".sigstore.json", ".sigstore")
"""A file with such a name is written as a Sigstore bundle, any other as lines."""

USUAL_RSA = "RS256"
"""What an RSA key signs with unless told otherwise: the one RSA scheme that cosign and Node's verifier try."""


def images_of(document: Mapping[str, Any], files: Sequence[Path], *, path: str) -> tuple[Image, ...]:
    """What is spoken of: the images of the document that ``files`` are, or without files all that it names.

    Args:
        document: the SBOM.
        files: image files; each must have both digests of an image of the document, whatever its name.
        path: what to call the document.

    Raises:
        ConfigError: two files have one base name.
        InputError: the document names no image, or a file is none of them or cannot be read.
    """
    stated = release_of(document).images
    if not stated:
        raise InputError("names no image, so there is nothing to attest", path=path, remedy="build with --image FILE")
    if not files:
        return stated
    found = []
    for image in read_images(files):
        same = [one for one in stated if set(image.digests) <= set(one.digests)]
        if not same:
            raise InputError(
                f"is none of the {len(stated)} images that {path} names",
                path=image.name,
                remedy="attest what was built",
            )
        found.append(same[0])
    return tuple(found)


def usual(key: SigningKey) -> SigningKey:
    """The key with the algorithm that others expect of it in an envelope."""
    return key.using(USUAL_RSA) if key.fits(USUAL_RSA) else key


def envelope(found: Statement, signers: Sequence[Signer]) -> dsse.Envelope:
    """The statement, signed.

    Raises:
        ConfigError: no key, or one twice.
        InputError: the statement has no canonical form, or too many subjects.
    """
    return dsse.sign(statement.PAYLOAD_TYPE, statement.write(found), signers)


def as_line(signed: dsse.Envelope) -> bytes:
    """An envelope as a line of ``.intoto.jsonl``."""
    return msgspec.json.encode(dsse.write(signed)) + b"\n"


def as_bundle(signed: dsse.Envelope, signers: Sequence[Signer]) -> bytes:
    """An envelope as a Sigstore bundle.

    Raises:
        ConfigError: several signed.
    """
    return msgspec.json.encode(bundle.write(signed, signers[0])) + b"\n"


def files(
    wanted: Sequence[tuple[str | None, dsse.Envelope, bool]], signers: Sequence[Signer]
) -> list[tuple[str | None, bytes]]:
    """The content of each file, in the order first named; lines that go to one file follow each other.

    Args:
        wanted: the file (None and ``-``: stdout), what goes there, and whether as a bundle whatever its name.
        signers: who signed.

    Raises:
        ConfigError: a bundle would have to share its file.
    """
    made: dict[str | None, bytes] = {}
    bundles: set[str | None] = set()
    for name, signed, always in wanted:
        target = None if name == "-" else name
        if always or (target or "").endswith(BUNDLE_SUFFIXES):
            if target in made:
                raise ConfigError(
                    "a Sigstore bundle holds one attestation", path=target or "stdout", remedy="name two files"
                )
            bundles.add(target)
            made[target] = as_bundle(signed, signers)
        elif target in bundles:
            raise ConfigError(
                "a Sigstore bundle holds one attestation", path=target or "stdout", remedy="name two files"
            )
        else:
            made[target] = made.get(target, b"") + as_line(signed)
    return list(made.items())
