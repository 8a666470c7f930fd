"""A policy: what a document must meet before it is accepted, written down once, in TOML, by those who receive it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from firmbom import parse, settings
from firmbom.errors import ConfigError, FirmbomError, InputError
from firmbom.signing.demand import Demand, Signatory
from firmbom.verify.answer import Answer

if TYPE_CHECKING:
    from firmbom.release import Release
    from firmbom.verify.attested import Attested

LARGEST = 1 << 20
"""Bytes; a policy written by people stays far below."""

AHEAD = datetime.timedelta(minutes=10)
"""How far in the future a document may be dated, because clocks differ."""


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """``[[signers]]``: somebody who may sign."""

    name: str = ""
    """How answers call this signer."""
    key: str = ""
    """Public key or certificate, as ``verify --key`` takes it; a path is one beside the policy."""
    ca: str = ""
    """Instead of ``key``: PEM file with the CAs of whose certificates one must have signed."""
    subject: str = ""
    """With ``ca``: whom the certificate must name, to the letter: ``CN=Release,O=Example``; default: anybody."""


class Signatures(msgspec.Struct, frozen=True, kw_only=True):
    """``[signatures]``: how many of the signers."""

    least: int = 0
    """So many of the signers, each with a key of its own; default: all of them."""


class Images(msgspec.Struct, frozen=True, kw_only=True):
    """``[images]``: what the document must cover."""

    named: tuple[str, ...] = ()
    """Names or patterns (``*.wic``); the document must name an image for each."""
    shown: tuple[str, ...] = ()
    """The same, and each such image must be given with ``--image``: ``["*"]`` asks for all."""


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """``[release]``: what must be known of the release."""

    tag: Literal["", "named", "signed"] = ""
    """``named``: the document must name a tag; ``signed``: one whose signature was good when the document was made."""
    signed_by: tuple[str, ...] = ()
    """Fingerprints, as git prints them, of the keys of which one must have signed the tag; asks for ``signed``."""
    checked: bool = False
    """The tag must be looked up with ``--repo``."""
    clean: bool = False
    """The build's working tree must not have differed from the commit."""


class Age(msgspec.Struct, frozen=True, kw_only=True):
    """``[document]``: how old it may be."""

    max_age_days: float | None = None
    """Days since its timestamp."""


class Builders(msgspec.Struct, frozen=True, kw_only=True):
    """``[provenance]``: who must have built the images."""

    builders: tuple[str, ...] = ()
    """Patterns of ``builder.id``; SLSA provenance that names such a builder must be attested beside the SBOM, for each
    file of its attestation."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A whole policy file."""

    signers: tuple[Signer, ...] = ()
    signatures: Signatures = Signatures()
    images: Images = Images()
    release: Tag = Tag()
    document: Age = Age()
    provenance: Builders = Builders()


def load(path: Path) -> Policy:
    """Read and check a policy.

    Raises:
        ConfigError: it cannot be read, holds an unknown key or a value that makes no sense, or asks for nothing.
        InputError: it is not TOML.
    """
    raw = parse.toml(settings.read(path, LARGEST, "a policy"), path=str(path))
    try:
        policy = settings.convert(raw, Policy)
        _refuse(policy)
    except ConfigError as error:
        error.path = str(path)
        raise
    return policy


def _refuse(policy: Policy) -> None:
    """Raise ConfigError for what is well-formed and makes no sense: a rule that cannot fail, or only fail."""
    for number, signer in enumerate(policy.signers):
        if bool(signer.key) == bool(signer.ca):
            raise ConfigError("needs either key or ca", place=f"signers[{number}]")
        if signer.subject and not signer.ca:
            raise ConfigError("goes with ca", place=f"signers[{number}].subject")
    least = policy.signatures.least
    if least and not policy.signers:
        raise ConfigError("counts the signers, and none is named", place="signatures.least", remedy="add [[signers]]")
    if least and not 0 < least <= len(policy.signers):
        raise ConfigError(f"expected 1 to {len(policy.signers)}, the number of signers", place="signatures.least")
    age = policy.document.max_age_days
    if age is not None and not 0 < age <= 36500:
        raise ConfigError("expected more than 0 and at most 36500 days", place="document.max_age_days")
    if policy == Policy():
        raise ConfigError("asks for nothing", remedy="name signers, images, a tag or an age")


def demand_of(policy: Policy, path: Path, at: datetime.datetime) -> Demand:
    """The signers that the policy in the file ``path`` asks for, with their keys.

    Raises:
        ConfigError: a key or a CA cannot be read, or a key stands twice.
    """
    from firmbom.signing.loading import beside, load_chain, load_public

    found: list[Signatory] = []
    for number, signer in enumerate(policy.signers):
        if signer.key:
            key = load_public(beside(signer.key, path.parent))
            if any(other.key is not None and other.key.id == key.id for other in found):
                raise ConfigError("this key stands twice", path=str(path), place=f"signers[{number}].key")
            found.append(Signatory(name=signer.name, key=key))
        else:
            anchors = load_chain(beside(signer.ca, path.parent))
            found.append(Signatory(name=signer.name, anchors=anchors, subject=signer.subject))
    return Demand(signatories=tuple(found), least=policy.signatures.least, at=at)


def judge(
    policy: Policy,
    document: Mapping[str, Any],
    *,
    shown: Collection[str],
    checked: bool,
    at: datetime.datetime,
    attested: Attested | None = None,
) -> Answer:
    """Judge what the policy asks beyond signatures, a reason for each rule that is broken.

    Args:
        policy: the policy.
        document: the document.
        shown: the names of its images that were given and fit.
        checked: the tag was looked up, and stood.
        at: now, with a time zone.
        attested: the attestations that the document came in, if it did not come by itself.
    """
    from firmbom.cyclonedx.read import release_of

    release = release_of(document)
    broken = (
        *_images(policy.images, [image.name for image in release.images], shown),
        *_tag(policy.release, release, checked=checked),
        *_age(policy.document, document, at),
        *_provenance(policy.provenance, attested),
    )
    return Answer("failed", broken) if broken else Answer("passed", _kept(policy))


def _images(rule: Images, named: Collection[str], shown: Collection[str]) -> Iterator[str]:
    for pattern in dict.fromkeys((*rule.named, *rule.shown)):
        if not any(fnmatchcase(name, pattern) for name in named):
            yield f"images: the document names none that fits {pattern!r}"
    for name in named:
        if name not in shown and any(fnmatchcase(name, pattern) for pattern in rule.shown):
            yield f"images: {name} was not shown (give it with --image)"


def _tag(rule: Tag, release: Release, *, checked: bool) -> Iterator[str]:
    signature = release.tag_signature
    if (rule.tag or rule.signed_by or rule.checked) and not release.tag:
        yield "release: the document names no tag"
    elif (rule.tag == "signed" or rule.signed_by) and signature.status != "good":
        said = {"none": "is not signed", "bad": "has a bad signature"}
        yield f"release: tag {release.tag} {said.get(signature.status, 'is signed by a key the build did not know')}"
    elif rule.signed_by and _fingerprint(signature.signer) not in map(_fingerprint, rule.signed_by):
        yield f"release: tag {release.tag} is signed by {signature.signer or 'nobody named'}, who is not asked for"
    if rule.checked and release.tag and not checked:
        yield f"release: tag {release.tag} was not looked up, or does not stand (give --repo)"
    if rule.clean and release.dirty:
        yield "release: the build's working tree differed from the commit"


def _fingerprint(text: str) -> str:
    """OpenPGP fingerprints may be written with spaces and in either case; SSH's are to the letter."""
    return text if text.startswith("SHA256:") else "".join(text.split()).upper()


def _age(rule: Age, document: Mapping[str, Any], at: datetime.datetime) -> Iterator[str]:
    if rule.max_age_days is None:
        return
    try:
        made = _timestamp(document)
    except FirmbomError as error:
        yield f"document: {error.message}"
        return
    if made - at > AHEAD:
        yield f"document: dated {made:%Y-%m-%d %H:%M} UTC, which is in the future"
    elif at - made > datetime.timedelta(days=rule.max_age_days):
        yield f"document: of {made:%Y-%m-%d}, {(at - made).days} days old, more than {rule.max_age_days:g}"


def _provenance(rule: Builders, attested: Attested | None) -> Iterator[str]:
    if not rule.builders:
        return
    if attested is None:
        yield "provenance: the document came without an attestation"
        return
    asked = [one for one in attested.built if any(fnmatchcase(one.builder, pattern) for pattern in rule.builders)]
    if not asked:
        named = ", ".join(dict.fromkeys(one.builder for one in attested.built)) or "nobody"
        yield f"provenance: {named[:200]} is said to have built the images, which is not who is asked for"
    for subject in attested.subjects if asked else ():
        if not any(one.covers(subject) for one in asked):
            yield f"provenance: no builder that is asked for is said to have built {subject.name[:80]}"


def _timestamp(document: Mapping[str, Any]) -> datetime.datetime:
    metadata = document.get("metadata")
    stated = metadata.get("timestamp") if isinstance(metadata, Mapping) else None
    try:
        made = datetime.datetime.fromisoformat(stated) if isinstance(stated, str) else None
        if made is None or made.tzinfo is None:
            raise InputError("has no timestamp, so its age is not known")
        return made.astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        raise InputError("has a timestamp that cannot be read, so its age is not known") from error


def _kept(policy: Policy) -> tuple[str, ...]:
    """What was asked and is so, in a few words."""
    asked = {
        "images": policy.images != Images(),
        "release": policy.release != Tag(),
        "age": policy.document != Age(),
        "provenance": policy.provenance != Builders(),
    }
    return (f"{', '.join(name for name, yes in asked.items() if yes)} as asked",) if any(asked.values()) else ()
