"""The JSON Signature Format: signatures inside the JSON they sign.

Source: JSF 0.82 (the form CycloneDX 1.4 and later take over as ``signature``). What is signed is the whole outer value
with the signature object in its place, but for ``value``, in canonical form (:mod:`firmbom.signing.jcs`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import msgspec

from firmbom.errors import ConfigError, InputError
from firmbom.signing import algorithms, base64url, jcs
from firmbom.signing.embedded import embedded_chain, embedded_key
from firmbom.signing.keys import PublicKey, Signer

MEMBER = "signature"
"""Where CycloneDX keeps it."""

MOST_SIGNERS = 64
"""A document with more signatures is refused: each costs a pass over the whole document."""

Form = Literal["single", "signers", "chain"]

_CORE = frozenset({"algorithm", "keyId", "publicKey", "certificatePath", "value"})
_GLOBAL = frozenset({"excludes", "extensions"})


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one signature."""

    valid: bool | None
    """None: there is no key to check it with."""
    trusted: bool = False
    """The key is one that the verifier was given, not only one that the document brings along."""
    key: PublicKey | None = None
    """The key it was checked with."""
    algorithm: str = ""
    key_id: str = ""
    """As the signature states it."""
    certificates: tuple[bytes, ...] = ()
    """The chain it brings along, in DER, the signer's first. Nothing has been asked of it but its first key."""
    reason: str = ""
    """Why it is not valid, or could not be checked."""


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """A signature object taken apart."""

    form: Form
    entries: tuple[Mapping[str, Any], ...]
    extensions: frozenset[str]
    place: Callable[[Mapping[str, Any]], bytes]
    """The canonical bytes of the outer value with this as its signature object."""
    shared: Mapping[str, Any]
    """Signed members beside ``signers`` or ``chain``."""

    def payload(self, index: int) -> bytes:
        """What the signature at ``index`` signs."""
        entry = {name: value for name, value in self.entries[index].items() if name not in ("value", "excludes")}
        if self.form == "single":
            return self.place(entry)
        earlier = self.entries[:index] if self.form == "chain" else ()
        return self.place({**self.shared, self.form: [*earlier, entry]})


def verify(
    document: Any,
    trusted: Sequence[PublicKey],
    *,
    member: str = MEMBER,
    excludes: Collection[str] = (),
    extensions: Collection[str] = (),
) -> tuple[Checked, ...]:
    """Check every signature of ``document``, in its order.

    Args:
        document: a JSON object whose ``member`` is the signature object, or a JSON array whose last item is it.
        trusted: the verifier's own keys. A signature that brings its key along counts as trusted only if that key
            is among them.
        member: the name of the signature member.
        excludes: names that a signature may leave unsigned; CycloneDX documents: none.
        extensions: names of extensions that are understood; CycloneDX documents: none.

    Raises:
        InputError: no signature object there, or one that is malformed as a whole.
    """
    found = _take_apart(document, member, frozenset(excludes), frozenset(extensions))
    return tuple(_check(found, index, trusted) for index in range(len(found.entries)))


def sign(
    document: Mapping[str, Any], signers: Sequence[Signer], *, joint: bool = False, member: str = MEMBER
) -> dict[str, Any]:
    """``document`` with a signature by each of ``signers``, in the order given.

    One signer signs alone, unless ``joint``; several sign side by side in ``signers``, and further ones can be added to
    a document signed so. A single signature covers the form it has, so it cannot become one of several.

    Raises:
        ConfigError: no signer, one twice, or the document has a signature that cannot be added to.
        InputError: the document has no canonical form, or its signatures are malformed.
    """
    present = _present_signers(document, member)
    if not signers:
        raise ConfigError("no key to sign with")
    new = [signer.public.id for signer in signers]
    twice = {key for key in new if new.count(key) > 1} | set(new) & {
        checked.key.id for _, checked in present if checked.key
    }
    if twice:
        raise ConfigError(f"key {min(twice)} would sign twice")
    place = _placer({name: value for name, value in document.items() if name != member}, member)
    if len(signers) == 1 and not joint and not present:
        signature = _signed(signers[0], place)
    else:
        made = [_signed(signer, lambda entry: place({"signers": [entry]})) for signer in signers]
        signature = {"signers": [*(entry for entry, _ in present), *made]}
    return {**{name: value for name, value in document.items() if name != member}, member: signature}


def _present_signers(document: Mapping[str, Any], member: str) -> list[tuple[Mapping[str, Any], Checked]]:
    """The signatures side by side that more can be added to; each that brings its key along must be valid."""
    if member not in document:
        return []
    found = _take_apart(document, member, frozenset(), frozenset())
    if found.form != "signers":
        kind = "a single signature" if found.form == "single" else "a chain of signatures"
        raise ConfigError(
            f"the document has {kind}, to which none can be added",
            remedy="sign again with all keys at once (--replace --key A --key B)",
        )
    checked = [_check(found, index, ()) for index in range(len(found.entries))]
    for number, one in enumerate(checked, 1):
        if one.valid is False:
            raise ConfigError(
                f"signature {number} of the document is not valid: {one.reason}", remedy="sign again with --replace"
            )
    return list(zip(found.entries, checked, strict=True))


def _signed(signer: Signer, place: Callable[[Mapping[str, Any]], bytes]) -> dict[str, Any]:
    entry: dict[str, Any] = {"algorithm": signer.algorithm, "keyId": signer.public.id}
    if signer.certificates:
        entry["certificatePath"] = [base64url.encode(der) for der in signer.certificates]
    else:
        entry["publicKey"] = signer.public.jwk
    payload = place(entry)
    signature = signer.sign(payload)
    if not signer.public.verifies(signer.algorithm, signature, payload):
        raise ConfigError("the private key signs what its public key does not confirm", path=signer.public.source)
    return {**entry, "value": base64url.encode(signature)}


def _placer(rest: Mapping[str, Any] | Sequence[Any], member: str) -> Callable[[Mapping[str, Any]], bytes]:
    """Writes the outer value around any signature object; the rest is put in canonical form only once."""
    if isinstance(rest, Mapping):
        members = {name: jcs.prepared(value) for name, value in rest.items()}
        return lambda signature: jcs.canonical({**members, member: signature})
    items = [jcs.prepared(item) for item in rest]
    return lambda signature: jcs.canonical([*items, signature])


def _take_apart(document: Any, member: str, excludes: frozenset[str], extensions: frozenset[str]) -> _Found:
    rest: Mapping[str, Any] | Sequence[Any]
    if isinstance(document, Mapping) and member in document:
        signature, rest = document[member], {name: value for name, value in document.items() if name != member}
    elif isinstance(document, list) and document:
        signature, rest = document[-1], document[:-1]
    else:
        raise InputError("there is no signature", place=member)
    if not isinstance(signature, Mapping):
        raise InputError("the signature is not an object", place=member)
    form, entries = _entries(signature, member)
    excluded = _names(signature, "excludes", excludes, "leaves members unsigned")
    extended = _names(signature, "extensions", extensions, "is not understood")
    shared = {} if form == "single" else {k: v for k, v in signature.items() if k not in (form, "excludes")}
    if unknown := set(shared) - _GLOBAL:
        raise InputError(f"unknown member {min(unknown)[:40]!r} beside {form}", place=member)
    if isinstance(rest, Mapping):
        rest = {name: value for name, value in rest.items() if name not in excluded}
    return _Found(form=form, entries=entries, extensions=extended, place=_placer(rest, member), shared=shared)


def _entries(signature: Mapping[str, Any], member: str) -> tuple[Form, tuple[Mapping[str, Any], ...]]:
    form: Form = "signers" if "signers" in signature else "chain" if "chain" in signature else "single"
    if form == "single":
        return form, (signature,)
    entries = signature[form]
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise InputError(f"{form} is not a list of signature objects", place=member)
    if len(entries) > MOST_SIGNERS:
        raise InputError(f"{len(entries)} signatures, more than the {MOST_SIGNERS} that are checked", place=member)
    return form, tuple(entries)


def _names(signature: Mapping[str, Any], option: str, allowed: frozenset[str], why: str) -> frozenset[str]:
    """The names that ``excludes`` or ``extensions`` lists, all of them allowed."""
    if option not in signature:
        return frozenset()
    names = signature[option]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise InputError(f"{option} is not a list of names", place=MEMBER)
    for name in names:
        if name not in allowed:
            raise InputError(f"{option} {name[:40]!r} {why}, and is refused", place=MEMBER)
    return frozenset(names)


def _check(found: _Found, index: int, trusted: Sequence[PublicKey]) -> Checked:
    entry = found.entries[index]
    algorithm, key_id = (str(entry.get(name, ""))[:100] for name in ("algorithm", "keyId"))
    try:
        return msgspec.structs.replace(_judge(found, index, trusted), algorithm=algorithm, key_id=key_id)
    except InputError as error:
        return Checked(valid=False, algorithm=algorithm, key_id=key_id, reason=error.message)


def _judge(found: _Found, index: int, trusted: Sequence[PublicKey]) -> Checked:
    """The verdict on one signature; :class:`InputError` when it is malformed, which makes it invalid."""
    entry = found.entries[index]
    known = _CORE | found.extensions | (_GLOBAL if found.form == "single" else frozenset())
    if unknown := set(entry) - known:
        raise InputError(f"unknown member {min(unknown)[:40]!r} in the signature")
    row = algorithms.named(entry.get("algorithm"))
    if not isinstance(entry.get("keyId", ""), str):
        raise InputError("keyId is not text")
    value = base64url.decode(entry.get("value"), "value")
    brought = embedded_key(entry)
    candidates = _candidates(entry, row, brought, trusted)
    if not candidates:
        return Checked(valid=None, reason="its key is not among those given, and it brings none along")
    payload = found.payload(index)
    for key in candidates:
        if algorithms.verifies(row, key.key, value, payload):
            return Checked(valid=True, trusted=key in trusted, key=key, certificates=embedded_chain(entry))
    if brought and brought.kind != row.key:
        return Checked(valid=False, key=candidates[0], reason=f"algorithm {row.name} does not fit {brought.kind} keys")
    named = brought or any(key.id == entry.get("keyId") for key in candidates)
    if named or "keyId" not in entry:
        return Checked(valid=False, key=candidates[0], reason="the document was changed, or another key signed it")
    return Checked(valid=None, reason="no key given made it, and it brings none along")


def _candidates(
    entry: Mapping[str, Any], row: algorithms.Algorithm, brought: PublicKey | None, trusted: Sequence[PublicKey]
) -> list[PublicKey]:
    """The keys to check a signature with: the one it brings (the verifier's own copy first), else each that fits."""
    if brought:
        return [key for key in trusted if key.id == brought.id][:1] or [brought]
    named = [key for key in trusted if key.id == entry.get("keyId")]
    return named or [key for key in trusted if key.kind == row.key]
