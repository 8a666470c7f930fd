"""in-toto Statement: which files are spoken of, by digest, and what is said of them.

Source: in-toto attestation framework 1.0 (spec/v1/statement.md, resource_descriptor.md, digest_set.md); 0.1, which
cosign still writes, has the same members.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from firmbom import parse
from firmbom.errors import InputError
from firmbom.model import Algorithm, Digest
from firmbom.signing import jcs

PAYLOAD_TYPE = "application/vnd.in-toto+json"
"""Of the DSSE envelope around it."""

TYPE = "https://in-toto.io/Statement/v1"
TYPES = (TYPE, "https://in-toto.io/Statement/v0.1")
"""``_type``: the one that is written, and those that are read."""

MOST_SUBJECTS = 1024
"""More are neither written nor read; sigstore-go has the same limit."""

STRONG = frozenset({Algorithm.SHA256, Algorithm.SHA512})
"""What a subject may be known by."""

_SPELT = {algorithm: algorithm.value.replace("SHA-", "sha").lower() for algorithm in STRONG}


class Subject(msgspec.Struct, frozen=True, order=True):
    """A file that the statement speaks of. Its digests say which; its name is for people."""

    name: str
    digests: tuple[Digest, ...]
    """Of :data:`STRONG`, one of each at most, at least one."""

    def is_of(self, digests: Mapping[Algorithm, Digest]) -> bool:
        """Is it the file with these digests? One must be shared, and none that is shared may differ."""
        shared = [(one, digests[one.algorithm]) for one in self.digests if one.algorithm in digests]
        return bool(shared) and all(mine == other for mine, other in shared)


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A claim about files."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]


def write(statement: Statement) -> bytes:
    """The payload of the envelope: the statement in canonical JSON (RFC 8785), so that it has but one form.

    Raises:
        InputError: no subject or too many, or the predicate has no canonical form.
    """
    _check_count(len(statement.subjects))
    return jcs.canonical(
        {
            "_type": TYPE,
            "subject": [
                {"name": one.name, "digest": {_SPELT[each.algorithm]: each.value for each in one.digests}}
                for one in statement.subjects
            ],
            "predicateType": statement.predicate_type,
            "predicate": dict(statement.predicate),
        }
    )


def read(payload_type: str, payload: bytes) -> Statement:
    """The statement in an envelope; members that are not known are passed over, as the specification asks.

    Raises:
        InputError: another type of payload, not JSON, ambiguous JSON, not a statement, or one about no file.
    """
    if payload_type != PAYLOAD_TYPE:
        raise InputError(f"payloadType {payload_type[:80]!r} is not {PAYLOAD_TYPE}, so it holds no statement")
    found = parse.json(payload, exact=True)
    if not isinstance(found, dict):
        raise InputError("the payload is not a JSON object, so no statement")
    jcs.canonical(found)  # what has no canonical form is not one value for every reader
    if found.get("_type") not in TYPES:
        raise InputError(f"_type {str(found.get('_type'))[:80]!r} is no in-toto statement that is known here")
    kind, predicate, subjects = found.get("predicateType"), found.get("predicate"), found.get("subject")
    if not isinstance(kind, str) or not kind:
        raise InputError("the statement has no predicateType")
    if not isinstance(predicate, dict):
        raise InputError("the predicate of the statement is not an object")
    if not isinstance(subjects, list):
        raise InputError("the subject of the statement is not a list")
    _check_count(len(subjects))
    return Statement(subjects=tuple(map(_subject, subjects)), predicate_type=kind, predicate=predicate)


def _check_count(count: int) -> None:
    if not count:
        raise InputError("the statement is about no file: it has no subject")
    if count > MOST_SUBJECTS:
        raise InputError(f"the statement has {count} subjects, more than {MOST_SUBJECTS}")


def _subject(value: Any) -> Subject:
    if not isinstance(value, dict) or not isinstance(value.get("digest"), dict):
        raise InputError("a subject of the statement has no digest")
    name = value.get("name", "")
    if not isinstance(name, str):
        raise InputError("the name of a subject is not text")
    digests = [
        _digest(name, key, value["digest"][_SPELT[key]]) for key in sorted(STRONG) if _SPELT[key] in value["digest"]
    ]
    if not digests:
        raise InputError(f"subject {name[:80]!r} has neither SHA-256 nor SHA-512")
    return Subject(name, tuple(digests))


def _digest(name: str, algorithm: Algorithm, value: Any) -> Digest:
    try:
        return Digest(algorithm, value if isinstance(value, str) else "")
    except ValueError as error:
        raise InputError(f"subject {name[:80]!r}: {error}") from error
