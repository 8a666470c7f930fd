"""The CycloneDX documents that a command line names: their bytes, what they say, and what was given in their place."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LARGEST = 1 << 30
"""Bytes of a document; more cannot be an SBOM, and would not fit into memory once parsed."""


def read_document(name: str) -> bytes:
    """The bytes of a file, or of stdin for ``-``.

    Raises:
        InputError: it cannot be read, or is larger than any document.
    """
    import sys

    from firmbom.errors import InputError, LimitError
    from firmbom.opening import whole

    if name == "-" and sys.stdin is None:  # closed by whoever started this process
        raise InputError("cannot be read: it is closed", path="stdin")
    try:
        data = sys.stdin.buffer.read(_LARGEST + 1) if name == "-" else whole(name, _LARGEST)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path=name) from error
    if len(data) > _LARGEST:
        raise LimitError(f"more than {_LARGEST} bytes", path=name)
    return data


def parsed(data: bytes, name: str) -> dict[str, Any]:
    """The document that :func:`read_document` has read.

    Raises:
        InputError: it is none; says what it is where that is known.
    """
    from firmbom.cyclonedx.read import load
    from firmbom.errors import InputError

    try:
        return load(data, path=name)
    except InputError as error:
        what, remedy = _instead(data)
        if not what:
            raise
        raise InputError(f"is {what}, not a CycloneDX document", path=name, remedy=remedy) from error


def load_document(name: str) -> dict[str, Any]:
    """The document in a file, or on stdin for ``-``.

    Raises:
        InputError: it cannot be read, or is no CycloneDX document; says what it is where that is known.
    """
    return parsed(read_document(name), name)


def _instead(data: bytes) -> tuple[str, str]:
    """What else a file is, and what to do with it; nothing where that is not known."""
    from firmbom import parse
    from firmbom.attestation import read
    from firmbom.errors import FirmbomError
    from firmbom.sets import is_set

    if is_set(data):
        return "a component set", "'firmbom merge' makes a document of it"
    try:
        value = parse.json(data)
    except FirmbomError:
        value = None
    try:
        attests = read.is_attestation(value) or (value is None and read.lines(data) is not None)
    except FirmbomError:  # too many lines of them
        attests = True
    if attests:
        return "an attestation", "give the CycloneDX document that it attests; 'firmbom verify' reads attestations"
    if isinstance(value, dict) and str(value.get("_type")).startswith("https://in-toto.io/Statement/"):
        return "an in-toto statement that nobody signed", "give the CycloneDX document in its predicate"
    return "", ""
