"""firmbom sign: signs a CycloneDX document, with one key or several."""

from __future__ import annotations

import argparse

from firmbom.cli.status import DONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from firmbom.signing.keys import SigningKey

_FIRST_SIGNED = (1, 4)
"""The version of CycloneDX that brought ``signature`` to JSON."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "sign",
        help="sign a CycloneDX document",
        description="Put a JSON signature (JSF) into a CycloneDX document. Several keys sign side by side, and further "
        "ones can be added later to a document that was signed by several or with --signers.",
    )
    parser.add_argument("bom", metavar="BOM", help="the CycloneDX document; - reads stdin")
    add_key_options(parser, required=True)
    parser.add_argument(
        "--signers", action="store_true", help="let others add their signatures later, even with one key"
    )
    parser.add_argument("--replace", action="store_true", help="drop the signatures the document has")
    parser.add_argument("-o", "--output", metavar="BOM", help="write to this file instead of stdout")
    parser.set_defaults(run=run)


def add_bundle_key(parser: argparse.ArgumentParser) -> None:
    """The option that names whose signatures of update bundles count."""
    parser.add_argument(
        "--bundle-key",
        metavar="PUBLIC",
        action="append",
        default=[],
        help="public key or certificate (PEM file or env:NAME), one of which must have signed an update bundle; "
        "repeatable",
    )


def add_key_options(parser: argparse.ArgumentParser, *, required: bool = False, rsa: str = "PS256") -> None:
    """The options that name private keys; :func:`load_signers` follows them. ``rsa``: what RSA keys sign with."""
    parser.add_argument(
        "--key",
        metavar="PRIVATE",
        action="append",
        required=required,
        help="private key to sign with: PEM or OpenSSH file, env:NAME, pkcs11:… or command:FILE; repeatable",
    )
    parser.add_argument(
        "--certificate",
        metavar="CHAIN",
        action="append",
        default=[],
        help="PEM file with a key's certificate and those that issued it, which the signature shall carry; repeatable",
    )
    parser.add_argument(
        "--algorithm", metavar="NAME", default="", help=f"for RSA: PS256 … PS512, RS256 … RS512 (default: {rsa})"
    )
    add_passphrase_options(parser)


def add_passphrase_options(parser: argparse.ArgumentParser) -> None:
    """The options that say where passphrases are."""
    parser.add_argument(
        "--passphrase-env", metavar="NAME", action="append", default=[], help="variable with a key's passphrase"
    )
    parser.add_argument(
        "--passphrase-file", metavar="FILE", action="append", default=[], help="file whose first line is a passphrase"
    )


def run(args: argparse.Namespace) -> int:
    """Sign and write."""
    from firmbom.cli.output import say, write_result
    from firmbom.cyclonedx.check import faults
    from firmbom.cyclonedx.write import encode
    from firmbom.signing.jsf import MEMBER, sign

    signers = load_signers(args)
    document = _document(args.bom)
    if args.replace:
        document.pop(MEMBER, None)
    signed = sign(document, signers, joint=args.signers)
    for fault in (found := faults(signed))[:3]:
        say(f"firmbom: warning: {args.bom}: {fault}")
    if found:
        say(f"firmbom: warning: signed, but 'firmbom verify' will find the document unsound (faults: {len(found)})")
    write_result(encode(signed), args.output)
    for signer in signers:
        say(f"signed by   {signer.key_id} ({signer.algorithm})")
    return DONE


def load_signers(args: argparse.Namespace) -> tuple[SigningKey, ...]:
    """The private keys that the options of :func:`add_key_options` name, in their order.

    ``--algorithm`` chooses for the keys that it fits; it must fit one.

    Raises:
        ConfigError: a key cannot be used, or the algorithm fits none.
    """
    import os

    from firmbom.signing.loading import load_private
    from firmbom.signing.secret import read_passphrases

    passphrases = read_passphrases(args.passphrase_env, args.passphrase_file, os.environ)
    keys = _certified([load_private(uri, passphrases=passphrases) for uri in args.key], args.certificate)
    if not args.algorithm:
        return tuple(keys)
    fitting = [key.fits(args.algorithm) for key in keys]
    return tuple(
        key.using(args.algorithm) if fits or not any(fitting) else key for key, fits in zip(keys, fitting, strict=True)
    )


def _certified(keys: list[SigningKey], chains: Sequence[str]) -> list[SigningKey]:
    """The keys, each with the chain that certifies it. A chain that nobody will accept now, by the clock, is told."""
    from datetime import UTC, datetime

    from firmbom.cli.output import say
    from firmbom.errors import ConfigError
    from firmbom.signing.certificates import check_order, doubts
    from firmbom.signing.loading import load_chain

    for uri in chains:
        chain = load_chain(uri)
        certified = check_order(uri, chain).id
        if certified not in {key.key_id for key in keys}:
            raise ConfigError(
                f"the first certificate is of key {certified.removeprefix('SHA256:')[:16]}, which does not sign",
                path=uri,
                remedy="give its private key with --key",
            )
        for doubt in doubts(chain, datetime.now(UTC)):
            say(f"firmbom: warning: {uri}: {doubt}; 'firmbom verify --ca' will refuse the signature")
        keys = [key.certified(chain) if key.key_id == certified else key for key in keys]
    return keys


def _document(name: str) -> dict[str, Any]:
    from firmbom.cli.document import load_document
    from firmbom.errors import InputError

    document = load_document(name)
    version = str(document["specVersion"])
    if tuple(int(part) for part in version.split(".")) < _FIRST_SIGNED:
        raise InputError(f"CycloneDX {version} has no place for a signature", path=name, remedy="use 1.4 or later")
    return document
