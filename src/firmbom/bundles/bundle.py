"""What an update bundle says and holds, as values."""

from __future__ import annotations

from typing import Literal

import msgspec

from firmbom.digest import Digest

Judgement = Literal["none", "not judged", "good", "bad"]
"""No signature; whole, but nobody said whose keys count; made with a key that counts; anything else."""


class Signature(msgspec.Struct, frozen=True, order=True):
    """The bundle's own signature."""

    judgement: Judgement = "none"
    kind: str = ""
    """Such as ``CMS`` or ``RSA``."""
    signers: tuple[str, ...] = ()
    """Who made it: a certificate's subject and the key's name, as far as the bundle or the keys given tell."""
    why: str = ""
    """Of a bad one."""


class Unpacked(msgspec.Struct, frozen=True, order=True):
    """What a compressed payload unpacks to, or a slot holds before its padding."""

    name: str
    size: int
    digests: tuple[Digest, ...]


class Payload(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """A file that the bundle installs."""

    path: str
    """Where it stands, as evidence states it: ``update.swu!/rootfs.ext4.gz``."""
    size: int
    """In bytes."""
    digests: tuple[Digest, ...]
    """SHA-256 and SHA-512 of what is there."""
    name: str = ""
    """What the manifest calls it: the slot, the type, the partition."""
    stated: tuple[Digest, ...] = ()
    """What the manifest says of it."""
    unpacked: tuple[Unpacked, ...] = ()
    """Of what is compressed one; empty when that is an image given beside the bundle."""
    images: tuple[str, ...] = ()
    """Names of the images given beside the bundle that are this payload, byte for byte, packed or unpacked."""


class Compatible(msgspec.Struct, frozen=True, order=True):
    """What a device must be, or have, to take the bundle."""

    kind: str
    """In the format's own word: ``hardware-compatibility``, ``compatible``, ``device_type``, ``guid`` …"""
    value: str


class Bundle(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """An update bundle."""

    format: str
    """A name of :data:`firmbom.bundles.formats.BUNDLES`."""
    variant: str = ""
    """Such as RAUC's ``verity`` or Mender's ``3``."""
    version: str = ""
    """The bundle's own; empty when it states none."""
    compatible: tuple[Compatible, ...] = ()
    payloads: tuple[Payload, ...] = ()
    """Sorted by path."""
    signature: Signature = Signature()
