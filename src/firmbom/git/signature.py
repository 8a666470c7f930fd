"""What git says of a tag's signature: OpenPGP, SSH or X.509."""

from __future__ import annotations

from typing import Literal

import msgspec

from firmbom.git.command import Repository

Kind = Literal["", "gpg", "ssh", "x509"]

_MARKS: dict[str, Kind] = {
    "-----BEGIN PGP SIGNATURE-----": "gpg",
    "-----BEGIN PGP MESSAGE-----": "gpg",
    "-----BEGIN SSH SIGNATURE-----": "ssh",
    "-----BEGIN SIGNED MESSAGE-----": "x509",
}
"""First line of a signature, as git's gpg-interface.c tells them apart."""

_PATTERN = frozenset("*?[\\")
"""What for-each-ref takes for a pattern; git allows none of it in a tag's name."""


class TagSignature(msgspec.Struct, frozen=True, kw_only=True):
    """What git says of the tag's signature."""

    status: Literal["none", "good", "bad", "unverified"] = "none"
    """unverified: signed, but the key is not known here, or the tag is not, so nothing can be said."""
    kind: Kind = ""
    signer: str = ""
    """Fingerprint or key id as git printed it."""


def signature_of(repository: Repository, tag: str) -> tuple[TagSignature, str]:
    """Let git verify the tag; the second value says why its signature is not good, empty when it is or there is none.

    A good signature over a tag object that calls itself otherwise is bad: somebody gave an old release a new name.

    Raises:
        ToolError: git cannot be run.
    """
    if set(tag) & _PATTERN:
        return TagSignature(), ""
    form = "--format=%(tag)%00%(contents:signature)"
    output = repository.ask("for-each-ref", form, f"refs/tags/{tag}").decode("utf-8", "replace")
    own_name, _, signature = output.partition("\0")
    kind = _MARKS.get(signature.partition("\n")[0].rstrip(), "") if own_name else ""
    if not kind:
        return TagSignature(), ""
    failed, _, said = repository.run("verify-tag", "--raw", f"refs/tags/{tag}")
    status, signer, why = _ssh(said) if kind == "ssh" else _gnupg(said)
    if failed and status == "good" and "EXPKEYSIG" not in said:
        status, why = "unverified", "git does not accept it (gpg.minTrustLevel, or more than one signature)"
    if status == "good" and own_name != tag:
        status, why = "bad", f"it was made for a tag called {own_name}"
    return TagSignature(status=status, kind=kind, signer=signer), why


_Answer = tuple[Literal["good", "bad", "unverified"], str, str]


def _ssh(said: str) -> _Answer:
    """Read ssh-keygen's words, as git repeats them (ssh-keygen(1), ``-Y verify``)."""
    for line in said.splitlines():
        if line.startswith('Good "git" signature '):
            signer = line.rpartition(" key ")[2]
            if line.startswith('Good "git" signature for ') and "No principal matched" not in said:
                return "good", signer, ""
            return "unverified", signer, "its key is not in gpg.ssh.allowedSignersFile"
    if "allowedSignersFile" in said:
        return "unverified", "", "gpg.ssh.allowedSignersFile is not configured"
    if "cannot run" in said or "cannot exec" in said or "not supported" in said:
        return "unverified", "", "ssh-keygen cannot be run"
    return "bad", "", "it does not fit the tag"


_BAD = {"BADSIG": "it does not fit the tag", "REVKEYSIG": "its key was revoked"}
_UNKNOWN = {"NO_PUBKEY": "its key is not in the keyring", "EXPSIG": "it has expired"}


def _gnupg(said: str) -> _Answer:
    """Read GnuPG's status lines (GnuPG doc/DETAILS, "Format of the --status-fd output")."""
    words: dict[str, list[str]] = {}
    expiries: list[int] = []
    for line in said.splitlines():
        mark, _, rest = line.partition("[GNUPG:] ")
        if not mark and rest:
            name, *fields = rest.split(" ")
            words.setdefault(name, fields)
            if name == "KEYEXPIRED" and fields and fields[0].isdecimal():
                expiries.append(int(fields[0]))
    valid = words.get("VALIDSIG", [])
    named = next((words[name] for name in ("GOODSIG", "EXPKEYSIG", *_BAD, "EXPSIG", "ERRSIG") if name in words), [])
    signer = (valid or named or [""])[0]
    for name, why in _BAD.items():
        if name in words:
            return "bad", signer, why
    if "GOODSIG" in words:
        return "good", signer, ""
    if "EXPKEYSIG" in words:
        return _expired(signer, valid, expiries)
    if "NODATA" in words:
        return "bad", "", "it is not a signature"
    why = next((why for name, why in _UNKNOWN.items() if name in words), "the program that checks it cannot be run")
    return "unverified", signer, why


def _expired(signer: str, valid: list[str], expiries: list[int]) -> _Answer:
    """A key that has expired since does not undo what it signed before: releases are checked years later."""
    made = int(valid[2]) if len(valid) > 2 and valid[2].isdecimal() else None
    if made is not None and expiries and made < min(expiries):
        return "good", signer, ""
    return "unverified", signer, "its key had expired when it was made, or that cannot be told"
