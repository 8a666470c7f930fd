"""Who must have signed: the holders of keys, and of certificates that a CA issued, and how many of them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec

from firmbom.errors import InputError
from firmbom.signing.certificates import certified
from firmbom.signing.keys import PublicKey


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A valid signature, whoever made it."""

    key: PublicKey
    """The key that confirmed it."""
    certificates: tuple[bytes, ...] = ()
    """The chain that came with it, in DER, that of ``key`` first."""


class Signatory(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may be asked to sign: the holder of ``key``, or of a certificate from one of ``anchors``."""

    name: str = ""
    """How a policy calls it."""
    key: PublicKey | None = None
    anchors: tuple[bytes, ...] = ()
    """Certificates of CAs, in DER."""
    subject: str = ""
    """Whom the certificate must name, as RFC 4514 writes it, to the letter; empty: anybody."""

    def recognised(self, made: Made, at: datetime.datetime) -> PublicKey:
        """The signatory's key, with what is known of it, if this is its signature.

        Raises:
            InputError: it is somebody else's; why, if that can be told.
        """
        if self.key is not None:
            if made.key.id == self.key.id:
                return self.key
            raise InputError("")
        if not made.certificates:
            raise InputError("")
        found = certified(made.certificates, self.anchors, at)
        if self.subject and found.subject != self.subject:
            raise InputError(f"certificate of {found.subject}: the one asked for is of {self.subject}")
        return found.key

    def __str__(self) -> str:
        what = str(self.key) if self.key else f"a certificate of {self.subject or 'the CA'}"
        return f"{self.name} ({what})" if self.name else what


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """The signatures that a verifier asks for."""

    signatories: tuple[Signatory, ...]
    at: datetime.datetime
    """When certificates must be valid, with a time zone."""
    least: int = 0
    """How many of the signatories must have signed, each with a key of its own; 0: all."""

    @classmethod
    def of(
        cls, keys: Sequence[PublicKey], anchors: Sequence[bytes] = (), at: datetime.datetime | None = None
    ) -> Demand:
        """Each of ``keys`` and, if there are any ``anchors``, one with a certificate that leads to one of them."""
        by_key = {key.id: Signatory(key=key) for key in keys}.values()
        by_ca = [Signatory(anchors=tuple(anchors))] if anchors else []
        return cls(signatories=(*by_key, *by_ca), at=at or datetime.datetime.now(datetime.UTC))

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """The keys that are known beforehand."""
        return tuple(one.key for one in self.signatories if one.key is not None)

    def weigh(self, made: Sequence[Made]) -> Met:
        """Which of the signatories made which of the valid signatures; one key answers for one signatory only."""
        able: list[list[tuple[int, PublicKey]]] = []
        why: list[str] = []
        ids = list(dict.fromkeys(one.key.id for one in made))
        for signatory in self.signatories:
            fitting, refused = [], ""
            for one in made:
                try:
                    fitting.append((ids.index(one.key.id), signatory.recognised(one, self.at)))
                except InputError as error:
                    refused = refused or error.message
            able.append(fitting)
            why.append(f"no signature by {signatory}" + (f": {refused}" if refused and not fitting else ""))
        matched = _matched([[key for key, _ in fitting] for fitting in able])
        by = tuple(
            next(key for number, key in able[signatory] if number == matched[signatory])
            for signatory in sorted(matched, key=lambda signatory: matched[signatory])
        )
        missing = tuple(why[place] for place in range(len(self.signatories)) if place not in matched)
        needed = self.least or len(self.signatories)
        if len(matched) >= needed:
            return Met(by=by)
        short = (f"{len(matched)} of the {needed} signers asked for",) if self.least else ()
        return Met(by=by, missing=(*short, *missing))


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """How far a demand is met."""

    by: tuple[PublicKey, ...] = ()
    """The keys of the signatories that signed, in the order of the signatures."""
    missing: tuple[str, ...] = ()
    """What is missing, a line each; empty: the demand is met."""


def _matched(able: Sequence[Sequence[int]]) -> dict[int, int]:
    """For as many signatories as possible a key of their own: a largest matching, by augmenting paths."""
    holder: dict[int, int] = {}

    def placed(signatory: int, seen: set[int]) -> bool:
        for key in able[signatory]:
            if key in seen:
                continue
            seen.add(key)
            if key not in holder or placed(holder[key], seen):
                holder[key] = signatory
                return True
        return False

    for signatory in range(len(able)):
        placed(signatory, set())
    return {signatory: key for key, signatory in holder.items()}
