"""firmbom keygen: makes a key pair to sign documents with."""

from __future__ import annotations

import argparse

from firmbom.cli.status import DONE

_DEFAULT = "firmbom.key"


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    from firmbom.cli.sign import add_passphrase_options

    parser = subparsers.add_parser(
        "keygen",
        help="make a key pair to sign with",
        description="Make a key pair: FILE is the private key (PKCS#8 PEM, readable by you alone), FILE.pub the public "
        "one for those who verify. Prints the key's id.",
    )
    parser.add_argument("-o", "--output", metavar="FILE", default=_DEFAULT, help=f"private key (default: {_DEFAULT})")
    parser.add_argument(
        "--algorithm",
        metavar="KIND",
        default="Ed25519",
        help="Ed25519 (default), Ed448, P-256, P-384, P-521, RSA-2048, RSA-3072 or RSA-4096",
    )
    add_passphrase_options(parser)
    parser.add_argument("--force", action="store_true", help="overwrite existing files")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the key, write both files, print its id."""
    import os
    from pathlib import Path

    from firmbom.cli.output import check_targets, say, write_result
    from firmbom.errors import ConfigError
    from firmbom.signing.keys import generate
    from firmbom.signing.secret import read_passphrases

    passphrases = read_passphrases(args.passphrase_env, args.passphrase_file, os.environ)
    if len(passphrases) > 1:
        raise ConfigError("a key has one passphrase", remedy="give --passphrase-env or --passphrase-file once")
    if args.output == "-":
        raise ConfigError("a key pair is two files", path="-", remedy="give a name, such as -o release.key")
    private, public = Path(args.output), Path(f"{args.output}.pub")
    if not args.force:
        for path in (private, public):
            if path.exists() or path.is_symlink():
                raise ConfigError("exists already", path=str(path), remedy="give another name, or --force")
    key = generate(args.algorithm)
    check_targets(str(private), str(public))
    write_result(key.pem(*passphrases), str(private), mode=0o600)
    try:
        write_result(key.public.pem(), str(public), mode=0o644)
    except BaseException:
        private.unlink()  # half of a pair is of no use, and in the way of the next try
        raise
    write_result(f"{key.key_id}\n".encode(), None)
    say(f"private key {private} (keep it secret), public key {public} (give it to those who verify)")
    return DONE
