"""Recognises attestations by their content: a DSSE envelope, bare or in a bundle of Sigstore, or lines of such."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from firmbom import parse
from firmbom.attestation import bundle
from firmbom.errors import FirmbomError, InputError
from firmbom.signing import base64text, dsse

MOST_LINES = 256
"""Attestations in one file."""


_MEMBERS = ("payloadType", "payload", "dsseEnvelope", "verificationMaterial", "base64Signature")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one object of the file is."""

    line: int
    """Counted from 1; 0: the file is one object."""
    envelope: dsse.Envelope | None = None
    fault: str = ""
    """Why there is no envelope."""
    foreign: bool = False
    """It is JSON, but no attestation at all."""

    @property
    def place(self) -> str:
        """Where it stands, as the start of a message."""
        return f"line {self.line}: " if self.line else ""


def is_attestation(value: Any) -> bool:
    """Does a JSON value look like an envelope or a bundle? A CycloneDX document never does."""
    return isinstance(value, dict) and "bomFormat" not in value and any(name in value for name in _MEMBERS)


def one(value: Any) -> tuple[Part, ...]:
    """The part of a file that is one JSON object."""
    return (_part(value, 0),)


def lines(data: bytes, *, path: str = "") -> tuple[Part, ...] | None:
    """The parts of a file of JSON lines; None when no line is an attestation.

    Envelopes with one and the same payload are one, with the signatures of all: a bundle has place for only one.

    Raises:
        InputError: more than :data:`MOST_LINES` lines, of which the first is an attestation.
    """
    rows = [(number, row) for number, row in enumerate(data.split(b"\n"), 1) if row.strip()]
    if len(rows) > MOST_LINES:
        if _begins(rows[0][1]):
            raise InputError(f"{len(rows)} lines, more than {MOST_LINES}", path=path)
        return None
    if not any(_begins(row) for _, row in rows):
        return None
    return tuple(_united(_line(row, number) for number, row in rows))


def _begins(row: bytes) -> bool:
    try:
        return is_attestation(parse.json(row))
    except FirmbomError:
        return False


def _line(row: bytes, number: int) -> Part:
    try:
        value = parse.json(row)
    except FirmbomError as error:
        return Part(line=number, fault=error.within(""))
    return _part(value, number) if is_attestation(value) else Part(line=number, foreign=True)


def _part(value: Any, number: int) -> Part:
    try:
        if "dsseEnvelope" in value or "verificationMaterial" in value:
            return Part(line=number, envelope=bundle.read(value))
        if "base64Signature" in value:
            value = _unwrapped(value)
        return Part(line=number, envelope=dsse.read(value))
    except InputError as error:
        return Part(line=number, fault=error.within(""))


def _unwrapped(value: dict[str, Any]) -> Any:
    """The envelope in what ``cosign attest-blob --bundle`` wrote before version 3."""
    return parse.json(base64text.decode(value["base64Signature"], "base64Signature"))


def _united(parts: Iterator[Part]) -> list[Part]:
    made: dict[object, Part] = {}
    for part in parts:
        key = (part.envelope.payload_type, part.envelope.payload) if part.envelope else part.line
        first = made.setdefault(key, part)
        if first is not part and first.envelope and part.envelope:
            signatures = tuple(dict.fromkeys((*first.envelope.signatures, *part.envelope.signatures)))
            if len(signatures) > dsse.MOST_SIGNATURES:
                made[part.line] = Part(
                    line=part.line, fault=f"more than {dsse.MOST_SIGNATURES} signatures of a payload"
                )
                continue
            envelope = msgspec.structs.replace(first.envelope, signatures=signatures)
            made[key] = msgspec.structs.replace(first, envelope=envelope)
    return list(made.values())
