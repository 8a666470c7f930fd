"""Takes a file of attestations apart: which statements the verifier's keys signed, and the SBOM among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from firmbom.attestation import provenance, sbom, statement
from firmbom.attestation.read import Part
from firmbom.attestation.statement import Statement, Subject
from firmbom.errors import FirmbomError
from firmbom.signing import dsse, pem
from firmbom.signing.demand import Demand, Made
from firmbom.signing.keys import PublicKey
from firmbom.verify.answer import Answer
from firmbom.verify.signature import Signed, inner, signed_by


class Built(NamedTuple):
    """Provenance that the keys signed."""

    builder: str
    """``builder.id``."""
    subjects: tuple[Subject, ...]

    def covers(self, subject: Subject) -> bool:
        """Is the file of ``subject`` among those that were built?"""
        digests = {one.algorithm: one for one in subject.digests}
        return any(one.is_of(digests) for one in self.subjects)


class Attested(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of attestations comes to."""

    signed: Signed
    document: Mapping[str, Any] | None = None
    """The SBOM; None when there is none, or several that differ."""
    subjects: tuple[Subject, ...] = ()
    """What is said to be described by the SBOM."""
    others: tuple[Statement, ...] = ()
    """What else the keys signed."""

    @property
    def built(self) -> tuple[Built, ...]:
        """Who is said to have built what."""
        return tuple(
            Built(provenance.builder_of(one.predicate), one.subjects) for one in self.others if _is_provenance(one)
        )


class _Judged(NamedTuple):
    """One envelope."""

    by: tuple[PublicKey, ...] = ()
    """The keys of those asked for that signed it."""
    makers: tuple[str, ...] = ()
    """The same, in words."""
    found: Statement | None = None
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def attested(parts: Sequence[Part], demand: Demand) -> Attested:
    """Judge each part of the file; every statement that counts must meet ``demand``.

    A statement that nobody asked for has signed does not count and is named, unless it says that one of them did.
    """
    if not demand.signatories:
        nobody = Answer("failed", ("no key was given, and who an attestation says it is by proves nothing",))
        return Attested(signed=Signed(nobody))
    judged = [_judged(part, demand, alone=len(parts) == 1) for part in parts]
    faults = [fault for one in judged for fault in one.faults]
    notes = [note for one in judged for note in one.notes]
    counted = [one.found for one in judged if one.found and one.by]
    boms = [one for one in counted if sbom.is_sbom(one)]
    document, why = _document(boms or [one.found for one in judged if one.found and sbom.is_sbom(one.found)])
    faults += ["none of the signed statements holds an SBOM"] if not boms and not faults else []
    faults += [why] if why else []
    by = _common([one.by for one in judged if one.found and one.by])
    makers = list(dict.fromkeys(maker for one in judged for maker in one.makers))
    if document is not None:
        broken, told = inner(document, demand.keys)
        faults += broken
        notes += told
    reasons = (*faults, *makers, *notes) if faults else (*makers, *_contents(counted), *notes)
    return Attested(
        signed=Signed(Answer("failed" if faults else "passed", reasons), by),
        document=document,
        subjects=tuple(subject for one in boms for subject in one.subjects),
        others=tuple(one for one in counted if not sbom.is_sbom(one)),
    )


def _judged(part: Part, demand: Demand, *, alone: bool) -> _Judged:
    if part.foreign:
        return _Judged(notes=(f"{part.place}no attestation, passed over",))
    if part.envelope is None:
        return _Judged(faults=(part.place + part.fault,))
    brought = list(_brought(part.envelope))
    checked = dsse.verify(part.envelope, (*demand.keys, *(key for key, _ in brought)))
    good = {one.key.id: one for one in checked if one.key}
    met = demand.weigh([Made(key=one.key) for one in good.values() if one.key] + _vouched(brought, good))
    asked = {key.id for key in demand.keys}
    broken = [one.named for one in checked if one.named and not one.key and one.named.id in asked]
    if not met.by and not broken and not alone:
        return _Judged(notes=(f"{part.place}signed by nobody asked for, does not count",))
    faults = [f"{part.place}the signature by {key} is not valid: it or the payload was changed" for key in broken]
    faults += [part.place + one for one in met.missing if not any(str(key) in one for key in broken)]
    notes = []
    if met.by and (others := sum(one.key is None or one.key.id not in {key.id for key in met.by} for one in checked)):
        notes.append(f"{part.place}{others} signature{'s'[: others != 1]} by others, not counted")
    makers = tuple(signed_by(good[key.id].algorithm, key) for key in met.by)
    try:
        found = statement.read(part.envelope.payload_type, part.envelope.payload)
    except FirmbomError as error:
        return _Judged(faults=(*faults, part.place + error.within("")), makers=makers)
    return _Judged(by=met.by, makers=makers, found=found, faults=tuple(faults), notes=tuple(notes))


def _brought(envelope: dsse.Envelope) -> Iterator[tuple[PublicKey, tuple[bytes, ...]]]:
    """The keys of the certificates that came along, each with its chain; whether to trust them, the demand says."""
    for chain in dict.fromkeys(one.certificates for one in envelope.signatures if one.certificates):
        with suppress(ValueError, FirmbomError):  # one that cannot be read vouches for nobody
            yield PublicKey.of(pem.key_of_certificate(chain[0])), chain


def _vouched(brought: Sequence[tuple[PublicKey, tuple[bytes, ...]]], good: Mapping[str, object]) -> list[Made]:
    """Each chain whose own key made a valid signature."""
    return [Made(key=key, certificates=chain) for key, chain in brought if key.id in good]


def _document(boms: Sequence[Statement]) -> tuple[Mapping[str, Any] | None, str]:
    """The one SBOM of the statements, or why there is none."""
    try:
        found = [sbom.document_of(one) for one in boms]
    except FirmbomError as error:
        return None, error.within("")
    if any(one != found[0] for one in found):
        return None, f"{len(found)} statements hold different SBOMs: verify one at a time"
    return (found[0], "") if found else (None, "")


def _common(signers: Sequence[tuple[PublicKey, ...]]) -> tuple[PublicKey, ...]:
    """Who signed every one of the statements."""
    if not signers:
        return ()
    ids = set.intersection(*({key.id for key in one} for one in signers))
    return tuple(key for key in signers[0] if key.id in ids)


def _contents(counted: Sequence[Statement]) -> Iterator[str]:
    for one in counted:
        files = f"{len(one.subjects)} file{'s'[: len(one.subjects) != 1]}"
        if sbom.is_sbom(one):
            yield f"attests the SBOM of {files}"
        elif one.predicate_type == provenance.PREDICATE_TYPE:
            yield f"attests that {provenance.builder_of(one.predicate)} built {files}"
        else:
            yield f"attests {one.predicate_type} of {files}, passed over"


def disagreements(found: Attested) -> tuple[str, ...]:
    """Where statements and SBOM contradict each other, a line each; empty when there is no SBOM."""
    from firmbom.cyclonedx.read import release_of

    if found.document is None:
        return ()
    release = release_of(found.document)
    made = [provenance.faults(one.predicate, release) for one in found.others if _is_provenance(one)]
    spoken = (*found.subjects, *(subject for one in found.others if _is_provenance(one) for subject in one.subjects))
    strays = sbom.unnamed(dict.fromkeys(spoken), release.images) if sbom.names_images(found.document) else ()
    return (*strays, *(fault for each in made for fault in each))


def _is_provenance(found: Statement) -> bool:
    return found.predicate_type == provenance.PREDICATE_TYPE
