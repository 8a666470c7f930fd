"""RAUC's bundle: a squashfs, for the verity format its hash tree, then a CMS signature and its size in eight bytes.

Source: RAUC's documentation, "Reference", sections "Manifest" and "Bundle Formats"; the kernel's documentation of
dm-verity. In the plain format the signature is over all before it and the manifest is a file of the squashfs; in the
verity and crypt formats the manifest stands in the signature and names the root of the hash tree.
"""

from __future__ import annotations

import configparser
import hashlib
from collections.abc import Mapping

from firmbom.bundles import cms, verity
from firmbom.bundles.bundle import Bundle, Compatible, Signature
from firmbom.bundles.reading import Opened, Reading
from firmbom.errors import FirmbomError, InputError, printable
from firmbom.parse import text
from firmbom.tree.source import Source

MANIFEST = "manifest.raucm"
_SIZE = 8
_IMAGE = "image."
_SUFFIX = ".raucb"
"""All that is left to tell a bundle by whose end is cut off, and with it the squashfs's table of files."""
_CASYNC = (".caibx", ".caidx")
_INLINE = ("verity", "crypt")
"""Formats whose manifest stands in the signature."""


def fits(opened: Opened) -> bool:
    """Is it one? A squashfs with a CMS signature at its end, a manifest, or at least the name; or an encrypted one."""
    if opened.container.name == "rauc-crypt":
        return True
    if opened.container.name != "squashfs":
        return False
    called = opened.name.lower().endswith(_SUFFIX)
    return called or cms.looks_like(_trailer(opened.source)) or opened.tree.get(MANIFEST) is not None


def read(opened: Opened, reading: Reading) -> Bundle:
    """Read signature and manifest, and hold the payloads, or the whole hash tree, against them."""
    trailer = _trailer(opened.source)
    if opened.container.name == "squashfs" and not cms.looks_like(trailer) and opened.tree.get(MANIFEST) is None:
        reading.say(
            "error", f"is called *{_SUFFIX}, and has neither signature nor manifest: a RAUC bundle cut off, or none"
        )
        return Bundle(format="rauc")
    if not trailer:
        reading.say("error", "has no signature at its end: no device takes it, and nobody vouches for its manifest")
        return _bundle(opened, reading, None, Signature())
    if opened.container.name == "rauc-crypt" and not cms.looks_like(trailer):
        signature = reading.signed(Signature("not judged", "CMS", why="it is encrypted"))
        return Bundle(format="rauc", variant="crypt", signature=signature)
    size = opened.source.size - _SIZE - len(trailer)
    inline, signature = _signature(opened, trailer, size)
    made = _bundle(opened, reading, inline, reading.signed(signature), signed=size)
    if (inline is not None) != (made.variant in _INLINE):
        what = "in the signature" if inline is not None else "in the squashfs"
        reading.say("error", f"its manifest stands {what}, which that of a {made.variant} bundle must not")
    return made


def _signature(opened: Opened, trailer: bytes, size: int) -> tuple[bytes | None, Signature]:
    """The manifest in the signature, if it stands there, and the signature, judged."""
    try:
        signed = cms.parse(trailer)
    except InputError as error:
        return None, Signature("bad", "CMS", why=error.message)
    inline = signed.content
    if inline is None:
        return None, cms.judge(signed, _hashing(opened.source, size), opened.anchors, opened.when)
    return inline, cms.judge(signed, lambda name: hashlib.new(name, inline).digest(), opened.anchors, opened.when)


def _trailer(source: Source) -> bytes:
    """The signature; empty when what stands at the end cannot be one."""
    size = int.from_bytes(source.read_at(max(0, source.size - _SIZE), _SIZE), "big")
    if not 0 < size <= min(cms.LARGEST, source.size - _SIZE):
        return b""
    found = source.read_at(source.size - _SIZE - size, size)
    return found if found[:1] == b"\x30" else b""


def _hashing(source: Source, size: int) -> cms.Hashing:
    def digest(name: str) -> bytes:
        running = hashlib.new(name)
        for piece in source.window(0, size).chunks():
            running.update(piece)
        return running.digest()

    return digest


def _manifest(data: bytes) -> Mapping[str, Mapping[str, str]]:
    """The sections of a manifest (GLib's key file format).

    Raises:
        InputError: it is none.
    """
    parser = configparser.ConfigParser(
        delimiters=("=",),
        comment_prefixes=("#",),
        interpolation=None,
        default_section="\0",
        empty_lines_in_values=False,
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign] # how the library says "keep the case"
    try:
        parser.read_string(text(data, path=MANIFEST))
    except configparser.Error as error:
        raise InputError(f"not a manifest: {str(error).splitlines()[0]}", path=MANIFEST) from error
    return {name: dict(parser[name]) for name in parser.sections()}


def _bundle(opened: Opened, reading: Reading, inline: bytes | None, signature: Signature, *, signed: int = 0) -> Bundle:
    """What the manifest says: that in the signature, over so many bytes, or else that in the squashfs."""
    try:
        manifest = _manifest(reading.manifest(MANIFEST) if inline is None else inline)
    except FirmbomError as error:
        reading.say("error", f"nothing is known of its payloads: {error.within('')}")
        manifest = {}
    if inline is not None:
        _check_tree(opened, reading, manifest, signed)
    update, variant = manifest.get("update", {}), manifest.get("bundle", {}).get("format", "plain")
    if opened.container.name != "squashfs":
        reading.say("error", "its content is encrypted: the payloads that its manifest names were not checked")
        manifest = {}
    for section, keys in manifest.items():
        if section.startswith(_IMAGE):
            _image(reading, section.removeprefix(_IMAGE), keys)
    return Bundle(
        format="rauc",
        variant=printable(variant)[:40],
        version=update.get("version", ""),
        compatible=(Compatible("compatible", update["compatible"]),) if update.get("compatible") else (),
        payloads=reading.payloads,
        signature=signature,
    )


def _image(reading: Reading, slot: str, keys: Mapping[str, str]) -> None:
    name = keys.get("filename", "")
    if not name:
        return  # an image that only runs a hook
    if name.endswith(_CASYNC):
        reading.say("error", "is casync's index; what it installs lies elsewhere and is unknown", name)
    size = keys.get("size", "")
    known = size.isascii() and size.isdecimal() and len(size) < 19
    stated = [("SHA-256", keys["sha256"])] if "sha256" in keys else []
    reading.payload(name, stated, name=slot, size=int(size) if known else None)


def _check_tree(opened: Opened, reading: Reading, manifest: Mapping[str, Mapping[str, str]], size: int) -> None:
    """The bytes before the signature against the root of the hash tree; those of an encrypted bundle are told."""
    keys = manifest.get("bundle", {})
    try:
        root, salt = (bytes.fromhex(keys[name]) for name in ("verity-hash", "verity-salt"))
        tree = int(keys["verity-size"])
    except (KeyError, ValueError):
        reading.say("error", "its manifest does not say which hash tree its content has: nothing signs the content")
        return
    data = size - tree
    if tree < 0 or data <= 0 or data % verity.BLOCK or tree % verity.BLOCK or len(salt) > verity.LONGEST_SALT:
        reading.say("error", f"its hash tree of {tree} bytes cannot be that of the {data} bytes before it")
        return
    made = verity.tree(opened.source.window(0, data), salt)
    if made.root != root:
        reading.say("error", f"its content has the hash tree {made.root.hex()}, the signed manifest says {root.hex()}")
    elif opened.source.read_at(data, tree) != made.stored:
        reading.say("error", "the hash tree that it holds is not that of its content: a device will read errors")
