"""SWUpdate's bundle: sw-description names the images, files and scripts, and sw-description.sig signs it.

Source: SWUpdate's documentation, "SWUpdate: syntax and tags with the default parser" and "Update images from verified
source". The description is libconfig or JSON. The signature is CMS, RSA (PKCS #1 v1.5 or PSS, SHA-256) or OpenPGP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from firmbom.bundles import cms
from firmbom.bundles.bundle import Bundle, Compatible, Signature
from firmbom.bundles.raw import is_openpgp, rsa_signature
from firmbom.bundles.reading import Opened, Reading
from firmbom.errors import InputError
from firmbom.tree.readers import swupdate as description
from firmbom.tree.readers.swupdate import DESCRIPTION

SIGNATURE = "sw-description.sig"
_SECTIONS = ("images", "files", "scripts")
"""Whose entries name payloads; they may stand anywhere below ``software``, for boards and selections."""
_NAMES = ("name", "volume", "device", "path", "type")
"""What an entry may be known by, the most telling first."""


def fits(opened: Opened) -> bool:
    """Is it one? The container says so: its first file is the description."""
    return opened.container.name == "swupdate"


def read(opened: Opened, reading: Reading) -> Bundle:
    """Read description and signature; of an encrypted description only that.

    Raises:
        InputError: the description is too large, or damaged.
    """
    reading.check_names()
    data = reading.manifest(DESCRIPTION)
    signature = reading.signed(_signature(opened, reading, data))
    if not description.is_text(data):  # which whoever walks through the bundle tells
        return Bundle(format="swupdate", variant="encrypted", signature=signature)
    try:
        software = description.software(data)
    except InputError as error:
        reading.say("error", f"nothing is known of its payloads: {error.within('')}", DESCRIPTION)
        return Bundle(format="swupdate", signature=signature)
    compatible: set[Compatible] = set()
    for group in description.groups(software):
        compatible |= {Compatible("hardware-compatibility", one) for one in _texts(group.get("hardware-compatibility"))}
        for section in _SECTIONS:
            listed = group.get(section)
            for entry in listed if isinstance(listed, list) else ():
                if isinstance(entry, dict):
                    _payload(reading, section, entry, signed=signature.judgement != "none")
    _check_strangers(opened, reading)
    version = software.get("version")
    return Bundle(
        format="swupdate",
        version=version if isinstance(version, str) else "",
        compatible=tuple(sorted(compatible)),
        payloads=reading.payloads,
        signature=signature,
    )


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, str)]


def _payload(reading: Reading, section: str, entry: Mapping[str, Any], *, signed: bool) -> None:
    file = entry.get("filename")
    if not isinstance(file, str) or not file:
        return  # a script that stands in the description itself, a bootloader's variable
    named = next((entry[key] for key in _NAMES if isinstance(entry.get(key), str)), "")
    stated = entry.get("sha256")
    reading.payload(file, [("SHA-256", stated)] if isinstance(stated, str) else (), name=f"{section}: {named}")
    if not isinstance(stated, str) and signed:
        reading.say("warning", "the description states no sha256 for it, so the signature does not cover it", file)


def _check_strangers(opened: Opened, reading: Reading) -> None:
    """What is in the bundle and in no description; an installer passes over it."""
    for file in opened.tree.walk():
        if file.path not in {DESCRIPTION, SIGNATURE, *reading.looked_at}:
            reading.say("warning", "is in the bundle, and the description does not name it", file.path)


def _signature(opened: Opened, reading: Reading, data: bytes) -> Signature:
    file = opened.tree.get(SIGNATURE)
    if file is None:
        return Signature()
    try:
        made = reading.manifest(SIGNATURE)
        if not description.is_text(data):
            return Signature("not judged", why="it is over the description, which is encrypted")
        if cms.looks_like(made):
            signed = cms.parse(made)
            return cms.judge(signed, lambda name: hashlib.new(name, data).digest(), opened.anchors, opened.when)
    except InputError as error:
        return Signature("bad", "CMS", why=error.within(""))
    return Signature("not judged", "OpenPGP") if is_openpgp(made) else rsa_signature(made, data, opened.anchors)
