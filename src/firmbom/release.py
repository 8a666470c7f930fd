"""What the build ties the SBOM to: the state of the git repository and the digests of the images."""

from __future__ import annotations

from typing import Literal

import msgspec

from firmbom.model import Digest


class TagSignature(msgspec.Struct, frozen=True, kw_only=True):
    """What git says of the tag's signature."""

    status: Literal["none", "good", "bad", "unverified"] = "none"
    """unverified: signed, but the key is not known here, so nothing can be said."""
    kind: Literal["", "gpg", "ssh", "x509"] = ""
    signer: str = ""
    """Fingerprint or key id as git printed it."""


class Submodule(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A submodule at the commit that HEAD records."""

    path: str
    commit: str
    url: str = ""
    """Without credentials."""


class Image(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A firmware image that is shipped."""

    name: str
    """The file's base name."""
    size: int
    """In bytes."""
    digests: tuple[Digest, ...]
    """SHA-256 and SHA-512."""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """The release the document speaks of. Empty fields were not known; nothing is guessed."""

    version: str
    """What the product's version says: ``--release``, else the exact tag, else ``git describe``, as it is spelt."""
    tag: str = ""
    """The tag on HEAD; empty when HEAD has none."""
    nearest_tag: str = ""
    """``git describe --tags --long`` of HEAD, when an ancestor has a tag."""
    commit: str = ""
    """Full object name of HEAD."""
    dirty: bool = False
    """Tracked files differ from HEAD, or untracked ones are not ignored."""
    tag_signature: TagSignature = TagSignature()
    remote: str = ""
    """URL of ``origin`` without credentials."""
    submodules: tuple[Submodule, ...] = ()
    timestamp: int | None = None
    """Seconds since 1970 UTC: SOURCE_DATE_EPOCH, else the time of the commit, else None. Never the clock."""
    images: tuple[Image, ...] = ()
