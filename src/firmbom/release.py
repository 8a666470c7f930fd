"""What the build ties the SBOM to: the state of the git repository and the digests of the images."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from firmbom import ci
from firmbom.errors import ConfigError, InputError, ToolError, printable
from firmbom.git.address import same_repository
from firmbom.git.checkout import ABBREVIATION, Checkout, Submodule, Tag, read
from firmbom.git.command import NoRepositoryError, Repository
from firmbom.git.proof import problems_of
from firmbom.git.signature import TagSignature, signature_of
from firmbom.images import Image, read_images
from firmbom.model import Problem

__all__ = ["Image", "Release", "Submodule", "TagSignature", "read_release", "tag_problems"]

_LATEST = 253_402_300_799
"""The last second of the year 9999; no timestamp of CycloneDX goes beyond."""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """The release the document speaks of. Empty fields were not known; nothing is guessed."""

    version: str
    """What the product's version says, as it is spelt: ``--release``, else the tag on HEAD, else ``git describe``,
    else the short commit."""
    tag: str = ""
    """The tag on HEAD; empty when HEAD has none."""
    nearest_tag: str = ""
    """``git describe --tags --long`` of HEAD, when HEAD has no tag and an ancestor has one."""
    commit: str = ""
    """Full object name of HEAD."""
    dirty: bool = False
    """Tracked files differ from HEAD. Untracked ones are a problem of their own, not dirt."""
    tag_signature: TagSignature = TagSignature()
    remote: str = ""
    """URL of ``origin`` without credentials."""
    submodules: tuple[Submodule, ...] = ()
    timestamp: int | None = None
    """Seconds since 1970 UTC: SOURCE_DATE_EPOCH, else the time of the commit, else None. Never the clock."""
    images: tuple[Image, ...] = ()


def read_release(
    folder: Path | None,
    *,
    stated: str = "",
    images: Sequence[Path] = (),
    environment: Mapping[str, str],
    outputs: Collection[Path] = (),
    required: bool = False,
) -> tuple[Release, tuple[Problem, ...]]:
    """Read the release: what git, the CI system and the user say of it, compared; and the images' digests.

    Args:
        folder: anywhere in the checkout; None when there is no checkout.
        stated: ``--release``.
        images: the files that are shipped.
        environment: CI variables and SOURCE_DATE_EPOCH.
        outputs: files this run writes or was given, which may lie untracked in the checkout.
        required: ``folder`` was named as the repository of the release, so it has to be one that can be read.

    Raises:
        ConfigError: SOURCE_DATE_EPOCH or ``stated`` cannot be used, or two images have one name.
        InputError: an image, or the repository that is ``required``, cannot be read.
    """
    if not stated.isprintable() or stated != stated.strip():
        raise ConfigError(f"not a release name: {stated!r}", place="--release")
    epoch = _epoch(environment)
    shipped = read_images(images)
    problems: list[Problem] = []
    repository, checkout = _checkout(folder, [*outputs, *images], problems, quiet=bool(stated), required=required)
    claims = _compared(ci.claims(environment), repository, checkout, problems)
    tag = _tag(checkout, stated, claims, problems)
    _compare_stated(stated, tag, claims.system, repository, checkout, problems)
    commit = checkout.commit or claims.commit
    version = stated or tag or checkout.nearest or commit[:ABBREVIATION]
    timestamp = checkout.committed if epoch is None else epoch
    _report_gaps(version, timestamp, tag, checkout, problems)
    release = Release(
        version=version,
        tag=tag,
        nearest_tag="" if tag else checkout.nearest,
        commit=commit,
        dirty=bool(checkout.changed),
        tag_signature=_signature(repository, checkout, tag, problems),
        remote=checkout.remote or claims.url,
        submodules=checkout.submodules,
        timestamp=timestamp,
        images=shipped,
    )
    return release, tuple(problems)


def tag_problems(repository: Path, release: Release) -> tuple[str, ...]:
    """Why the tag does not prove the release, a line each; empty when the tag still points at the document's commit.

    Raises:
        ToolError: the repository cannot be read, so nothing can be said.
    """
    return problems_of(repository, tag=release.tag, commit=release.commit, built=release.tag_signature)


def _checkout(
    folder: Path | None, outputs: Collection[Path], problems: list[Problem], *, quiet: bool, required: bool
) -> tuple[Repository | None, Checkout]:
    """The repository and its state; a repository that is there and cannot be read is an error."""
    if folder is None:
        return None, Checkout()
    try:
        repository = Repository(folder)
        checkout, found = read(repository, outputs)
    except ToolError as error:
        if required:
            raise InputError(error.message, path=str(folder), remedy=error.remedy) from error
        if isinstance(error, NoRepositoryError):
            return None, Checkout()
        problems.append(Problem("warning" if quiet else "error", f"release: {error}"))
        return None, Checkout()
    problems += found
    return repository, checkout


def _compared(
    claims: ci.Claims | None, repository: Repository | None, checkout: Checkout, problems: list[Problem]
) -> ci.Claims:
    """What the CI system says, without what git contradicts."""
    nothing = ci.Claims(system="")
    if claims is None:
        return nothing
    if repository is None:
        problems.append(Problem("note", f"commit and tag are what {claims.system} says; no repository confirms them"))
        return claims
    if claims.commit and claims.commit != checkout.commit:
        text = f"{claims.system} says commit {claims.commit}, git says {checkout.commit or 'none'}; git's is taken"
        problems.append(Problem("warning", text))
        return nothing
    if claims.url and checkout.remote and not same_repository(claims.url, checkout.remote):
        text = f"{claims.system} says repository {claims.url}, git says {checkout.remote}; git's is taken"
        problems.append(Problem("note", printable(text)))
    if any(tag.name == claims.tag for tag in checkout.tags) or not claims.tag:
        return claims
    known = repository.commit_of(claims.tag)
    if known:
        text = f"{claims.system} says commit {checkout.commit} is tag {claims.tag}, git says that is {known}"
        problems.append(Problem("error", text))
    elif checkout.tags:
        text = f"{claims.system} says tag {claims.tag}, git has only {checkout.tags[0].name} on this commit"
        problems.append(Problem("warning", f"{text}; git's is taken"))
    else:
        text = f"tag {claims.tag} is what {claims.system} says; this clone does not hold it (fetch tags)"
        problems.append(Problem("note", text))
        return claims
    return nothing


def _tag(checkout: Checkout, stated: str, claims: ci.Claims, problems: list[Problem]) -> str:
    """The tag on HEAD: the one stated, else the CI system's, else an annotated one, else the highest version."""
    tags = sorted(checkout.tags, key=_rank, reverse=True)
    if not tags:
        return claims.tag
    names = [tag.name for tag in tags]
    chosen = _spelt(stated, names) or _spelt(claims.tag, names) or names[0]
    if len(names) > 1:
        others = ", ".join(sorted(set(names) - {chosen}))
        problems.append(Problem("note", printable(f"tag {chosen} is taken; also on this commit: {others}")))
    return chosen


def _spelt(wanted: str, names: Sequence[str]) -> str:
    """How ``wanted`` is spelt among the names: as it is, or with or without the ``v`` before the number."""
    if not wanted or wanted in names:
        return wanted
    return next((name for name in names if _bare(name) == _bare(wanted)), "")


def _bare(name: str) -> str:
    return name[1:] if name[:1] in ("v", "V") and name[1:2].isdigit() else name


def _rank(tag: Tag) -> tuple[object, ...]:
    """Annotated before lightweight, what reads as a version (PEP 440) by its order, the rest by numbers and letters."""
    from packaging.version import InvalidVersion, Version

    number = re.search(r"\d.*", tag.name)
    try:
        version = Version(number[0] if number else "")
    except InvalidVersion:
        version = None
    parts = tuple((int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", tag.name))
    return tag.annotated, version is not None, version or Version("0"), parts


def _compare_stated(
    stated: str, tag: str, system: str, repository: Repository | None, checkout: Checkout, problems: list[Problem]
) -> None:
    """``--release`` against the tag; a release that is the tag of another commit cannot be this one."""
    if not stated or _bare(tag) == _bare(stated):
        return
    elsewhere = repository.commit_of(stated) if repository else ""
    if elsewhere and elsewhere != checkout.commit:
        text = f"release {stated} is the tag of commit {elsewhere}, but commit {checkout.commit} is checked out"
        problems.append(Problem("error", text))
    elif tag:
        text = f"release {stated} is asserted: {system or 'git'} says that the tag on this commit is {tag}"
        problems.append(Problem("warning", printable(text)))
    elif repository:
        problems.append(Problem("warning", printable(f"release {stated} is asserted: this repository has no such tag")))


def _report_gaps(version: str, timestamp: int | None, tag: str, checkout: Checkout, problems: list[Problem]) -> None:
    """Say what weakens the tie between the document and the release."""

    def some(paths: Sequence[str]) -> str:
        shown = paths[0].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return shown + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")

    if not version:
        problems.append(Problem("warning", "no release is known: give --release, or tag the commit"))
    if checkout.changed:
        text = f"the working tree differs from commit {checkout.commit[:ABBREVIATION]}: {some(checkout.changed)}"
        problems.append(Problem("warning", printable(text)))
    if checkout.untracked:
        text = f"not in commit {checkout.commit[:ABBREVIATION]} and not ignored: {some(checkout.untracked)}"
        problems.append(Problem("note", printable(text)))
    if checkout.shallow and not tag:
        text = "the clone is shallow, so tags may be missing: fetch the whole history and the tags"
        problems.append(Problem("note", text))
    if timestamp is None:
        problems.append(Problem("note", "no time is known: set SOURCE_DATE_EPOCH"))


def _signature(repository: Repository | None, checkout: Checkout, tag: str, problems: list[Problem]) -> TagSignature:
    if not tag:
        return TagSignature()
    if repository is None or all(one.name != tag for one in checkout.tags):
        return TagSignature(status="unverified")
    signature, why = signature_of(repository, tag)
    if signature.status == "bad":
        problems.append(Problem("error", printable(f"the signature of tag {tag} is bad: {why}")))
    elif why:
        problems.append(Problem("note", printable(f"the signature of tag {tag} was not verified: {why}")))
    return signature


def _epoch(environment: Mapping[str, str]) -> int | None:
    """SOURCE_DATE_EPOCH (its specification at reproducible-builds.org): decimal seconds; empty counts as unset."""
    text = environment.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,12}", text) or int(text) > _LATEST:
        raise ConfigError(
            f"expected seconds since 1970 as a whole number, got {text[:40]!r}", place="SOURCE_DATE_EPOCH"
        )
    return int(text)
