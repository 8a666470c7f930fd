"""Takes a file of attestations apart: which statements the verifier's keys signed, and the SBOM among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from firmbom.attestation import provenance, sbom, statement
from firmbom.attestation.read import Part
from firmbom.attestation.statement import Statement, Subject
from firmbom.errors import FirmbomError
from firmbom.verify.answer import Answer
from firmbom.verify.signature import Signed, inner, signed_by

if TYPE_CHECKING:
    from firmbom.signing.keys import PublicKey


class Attested(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of attestations comes to."""

    signed: Signed
    document: Mapping[str, Any] | None = None
    """The SBOM; None when there is none, or several that differ."""
    subjects: tuple[Subject, ...] = ()
    """What is said to be described by the SBOM."""
    others: tuple[Statement, ...] = ()
    """What else the keys signed."""


class _Judged(NamedTuple):
    """One envelope."""

    made_by: tuple[PublicKey, ...] = ()
    """The verifier's keys that made a signature."""
    found: Statement | None = None
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def attested(parts: Sequence[Part], keys: Sequence[PublicKey]) -> Attested:
    """Judge each part of the file; **each** of ``keys`` must have signed every statement that counts.

    A statement that none of the keys signed does not count and is named, unless it says that one of them did.
    """
    if not keys:
        nobody = Answer("failed", ("no key was given, and who an attestation says it is by proves nothing",))
        return Attested(signed=Signed(nobody))
    judged = [_judged(part, keys, alone=len(parts) == 1) for part in parts]
    faults = [fault for one in judged for fault in one.faults]
    notes = [note for one in judged for note in one.notes]
    counted = [one.found for one in judged if one.found and one.made_by]
    boms = [one for one in counted if sbom.is_sbom(one)]
    document, why = _document(boms or [one.found for one in judged if one.found and sbom.is_sbom(one.found)])
    faults += [] if boms else ["there is no SBOM among what the keys signed"] if not faults else []
    faults += [why] if why else []
    by = _common([one.made_by for one in judged if one.found and one.made_by])
    if document is not None:
        broken, told = inner(document, keys)
        faults += broken
        notes += told
    reasons = (*faults, *notes) if faults else (*notes[:1], *_contents(counted), *notes[1:])
    return Attested(
        signed=Signed(Answer("failed" if faults else "passed", reasons), by),
        document=document,
        subjects=tuple(subject for one in boms for subject in one.subjects),
        others=tuple(one for one in counted if not sbom.is_sbom(one)),
    )


def _judged(part: Part, keys: Sequence[PublicKey], *, alone: bool) -> _Judged:
    from firmbom.signing import dsse

    if part.foreign:
        return _Judged(notes=(f"{part.place}no attestation, passed over",))
    if part.envelope is None:
        return _Judged(faults=(part.place + part.fault,))
    checked = dsse.verify(part.envelope, keys)
    made = {one.key.id: one for one in checked if one.key}
    broken = [one.named for one in checked if one.named and not one.key]
    missing = [key for key in {key.id: key for key in keys}.values() if key.id not in made]
    if not made and not broken and not alone:
        return _Judged(notes=(f"{part.place}signed by none of the keys given, does not count",))
    faults = [f"{part.place}the signature by {key} is not valid: the payload was changed, or it was" for key in broken]
    faults += [f"{part.place}no signature by {key}" for key in missing if key.id not in {one.id for one in broken}]
    unknown = sum(one.key is None and one.named is None for one in checked)
    notes = [signed_by(one.algorithm, one.key) for one in made.values() if one.key]
    notes += [f"{part.place}{unknown} signature{'s'[: unknown != 1]} by unknown keys"] if unknown and made else []
    try:
        found = statement.read(part.envelope.payload_type, part.envelope.payload)
    except FirmbomError as error:
        return _Judged(faults=(*faults, part.place + error.within("")), notes=tuple(notes))
    return _Judged(tuple(one.key for one in made.values() if one.key), found, tuple(faults), tuple(notes))


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
