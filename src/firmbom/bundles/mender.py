"""Mender's Artifact, version 2 and 3: a tar of a manifest with SHA-256s, its signature, a header and payloads in tars.

Source: mender-artifact's Documentation/artifact-format-v2.md and artifact-format-v3.md.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from firmbom import parse
from firmbom.bundles.bundle import Bundle, Compatible, Signature
from firmbom.bundles.raw import mender_signature
from firmbom.bundles.reading import LARGEST_MANIFEST, MOST_PAYLOADS, Opened, Reading, content
from firmbom.errors import FirmbomError, InputError
from firmbom.tree.base import File, FileTree
from firmbom.tree.open import open_container

_LINE = re.compile(r"([0-9A-Fa-f]{64})  (\S.*)\Z")
_HEADER = re.compile(r"header(-augment)?\.tar(\.\w+)?\Z")
_DATA = re.compile(r"data/(\d{4})\.tar(\.\w+)?\Z")
_MANIFESTS = ("manifest", "manifest-augment")
_UNLISTED = frozenset({*_MANIFESTS, "manifest.sig"})
_VERSIONS = (2, 3)


def fits(opened: Opened) -> bool:
    """Is it one? A tar whose ``version`` says so."""
    if opened.container.name != "tar":
        return False
    file = opened.tree.get("version")
    try:
        stated = parse.json(content(file)) if file and file.size < 4096 else None
    except FirmbomError:
        return False
    return isinstance(stated, dict) and stated.get("format") == "mender"


def read(opened: Opened, reading: Reading) -> Bundle:
    """Read manifest, signature, header and payloads.

    Raises:
        InputError: a part that every Artifact has is missing or cannot be read.
    """
    reading.check_names()
    version = parse.json(reading.manifest("version"), path="version").get("version")
    if version not in _VERSIONS:
        told = str(version)[:20]
        reading.say("error", f"is of version {told}, which is not known here: its payloads were not checked")
        return Bundle(format="mender", variant=told)
    stated = _stated(reading)
    signature = reading.signed(_signature(opened, reading))
    held = dict(_held(opened.tree, reading))
    for name in sorted(held.keys() - stated.keys()):
        reading.say("error", "is in the bundle, and no line of its manifest states its digest", name)
    for name in sorted(stated):
        _check(reading, name, held.get(name), stated[name])
    info = _header_info(opened.tree, reading)
    return Bundle(
        format="mender",
        variant=str(version),
        version=_text(_object(info, "artifact_provides").get("artifact_name")) or _text(info.get("artifact_name")),
        compatible=tuple(sorted({*_compatible(info)})),
        payloads=reading.payloads,
        signature=signature,
    )


def _stated(reading: Reading) -> dict[str, str]:
    """Digests by name, of the manifest and of its unsigned part."""
    made: dict[str, str] = {}
    for manifest in _MANIFESTS:
        if manifest != "manifest" and reading.opened.tree.get(manifest) is None:
            continue
        for number, line in enumerate(parse.text(reading.manifest(manifest), path=manifest).splitlines(), 1):
            found = _LINE.match(line)
            if found is None:
                reading.say("error", f"line {number} is no digest and name", manifest)
            elif made.setdefault(found[2], found[1].lower()) != found[1].lower():
                reading.say("error", f"states two digests for {found[2]}", manifest)
    return made


def _held(tree: FileTree, reading: Reading) -> Iterator[tuple[str, File]]:
    """The files of the Artifact as its manifest names them: those in ``data/0000.tar.gz`` as ``data/0000/…``."""
    count = 0
    for file in list(tree.walk()):
        data = _DATA.match(file.path)
        if data is None:
            if file.path not in _UNLISTED:
                yield file.path, file
            continue
        inner = _opened(file, reading)
        for each in inner.walk() if inner else ():
            count += 1
            if count > MOST_PAYLOADS:
                reading.say("error", f"holds more than {MOST_PAYLOADS} payloads; the rest was not looked at")
                return
            yield f"data/{data[1]}/{each.path}", each


def _opened(file: File, reading: Reading) -> FileTree | None:
    try:
        inner = open_container(file, within=reading.budget)
    except (FirmbomError, OSError) as error:
        reading.say("error", f"cannot be opened: {error}", file.path)
        return None
    if inner is None:
        reading.say("error", "is no archive, so its payloads are unknown", file.path)
    return inner


def _check(reading: Reading, name: str, file: File | None, stated: str) -> None:
    """A payload's digest; and that of the parts beside the payloads, which are listed nowhere."""
    if name.startswith("data/") or file is None:
        reading.payload(name, [("SHA-256", stated)], file=file, name=name.rpartition("/")[2])
        return
    try:
        found = file.sha256.value
    except FirmbomError as error:
        reading.say("error", f"cannot be checked: {error.message}", name)
        return
    if found != stated:
        reading.say(
            "error", f"is not what the manifest means: its SHA-256 is {found}, the manifest says {stated}", name
        )


def _signature(opened: Opened, reading: Reading) -> Signature:
    if opened.tree.get("manifest.sig") is None:
        return Signature()
    try:
        made = base64.b64decode(reading.manifest("manifest.sig").strip(), validate=True)
    except (binascii.Error, InputError) as error:
        return Signature("bad", why=f"it is no base64 ({error})")
    return mender_signature(made, reading.manifest("manifest"), opened.anchors)


def _header_info(tree: FileTree, reading: Reading) -> Mapping[str, Any]:
    """``header-info`` of the header; that of an unsigned one is not looked at."""
    listed = [name for name in tree.list("") if (found := _HEADER.match(name)) and not found[1]]
    file = tree.get(listed[0]) if listed else None
    inner = _opened(file, reading) if file else None
    info = inner.get("header-info") if inner else None
    if info is None or info.size > LARGEST_MANIFEST:
        reading.say("error", "has no header with a header-info: its name and its devices are unknown")
        return {}
    try:
        made = parse.json(info.read(), path="header-info")
    except FirmbomError as error:
        reading.say("error", error.within("header-info"), "header-info")
        return {}
    return made if isinstance(made, dict) else {}


def _compatible(info: Mapping[str, Any]) -> Iterator[Compatible]:
    for device in _texts(info.get("device_types_compatible")):
        yield Compatible("device_type", device)
    for key, value in _object(info, "artifact_depends").items():
        for one in _texts(value):
            yield Compatible("device_type" if key == "device_type" else f"artifact_depends:{key[:80]}", one)


def _object(info: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = info.get(key)
    return found if isinstance(found, dict) else {}


def _texts(value: object) -> Sequence[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
