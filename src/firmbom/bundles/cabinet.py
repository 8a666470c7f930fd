"""fwupd's cabinet: firmware, metainfo files that say for which devices, and signatures in .jcat or beside the files.

Sources: fwupd's documentation, "Firmware Packaging"; libjcat's README and ``JcatBlobKind``. LVFS signs each file: in
the archive's .jcat, in older ones as ``<file>.p7b`` (CMS) or ``<file>.asc`` (OpenPGP).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from firmbom import parse
from firmbom.bundles import cms, metainfo
from firmbom.bundles.bundle import Bundle, Compatible, Signature
from firmbom.bundles.reading import Opened, Reading, content
from firmbom.errors import FirmbomError, InputError
from firmbom.tree.base import File

_METAINFO = ".metainfo.xml"
_UTF_8 = 1
"""``JcatBlobFlags``: the data is text; else it is base64."""
_SHA256, _OPENPGP, _PKCS7, _SHA512 = 1, 2, 3, 11
"""``JcatBlobKind``."""
_DIGESTS = {_SHA256: "sha256", _SHA512: "sha512"}
_PEM = re.compile(rb"-----BEGIN (PKCS7|CMS)-----\s(.*?)-----END \1-----", re.DOTALL)
_MOST = 1_000
"""Signatures in one archive, and metainfo files."""


class _Blob(NamedTuple):
    kind: int
    data: bytes
    target: int
    """0: it is over the file; else over the text of its digest of this kind."""


def fits(opened: Opened) -> bool:
    """Is it one? A cabinet with a metainfo file."""
    return opened.container.name == "cabinet" and any(name.endswith(_METAINFO) for name in opened.tree.list(""))


def read(opened: Opened, reading: Reading) -> Bundle:
    """Read every metainfo file, hold the payloads against it, and check the signatures."""
    reading.check_names()
    names = [name for name in opened.tree.list("") if name.endswith(_METAINFO)]
    found = []
    for name in names[:_MOST]:
        try:
            found.append(metainfo.read(reading.manifest(name), path=name))
        except FirmbomError as error:
            reading.say("error", f"nothing is known of its payloads: {error.within(name)}", name)
    for one in found:
        for name, digests in one.payloads:
            reading.payload(name, [pair for pair in digests if pair[0]], name=one.id)
            if not digests:
                reading.say("warning", "no metainfo file states its digest", name)
    signature = reading.signed(_signature(opened, sorted({*names, *reading.looked_at})))
    return Bundle(
        format="cabinet",
        version=" ".join(sorted({one.version for one in found if one.version})),
        compatible=tuple(sorted({Compatible("guid", guid) for one in found for guid in one.guids})),
        payloads=reading.payloads,
        signature=signature,
    )


def _signature(opened: Opened, names: list[str]) -> Signature:
    """What the signatures of metainfo files and payloads say together: no better than the worst of them."""
    try:
        catalogue = _catalogue(opened)
        files = [_Signed(file) for name in names if (file := opened.tree.get(name))]
        each = {one.path: list(_of_file(opened, one, catalogue.get(one.path, []))) for one in files}
    except FirmbomError as error:
        return Signature("bad", "jcat", why=error.within(""))
    except binascii.Error as error:
        return Signature("bad", "jcat", why=f"it is no base64 ({error})")
    listed = [one for found in each.values() for one in found]
    if not listed:
        return Signature()
    kind = " ".join(sorted({one.kind for one in listed}))
    signers = tuple(sorted({name for one in listed for name in one.signers}))
    for path, found in each.items():
        if not found and opened.anchors:
            return Signature("bad", kind, signers, f"{path} has none")
        good = any(one.judgement == "good" for one in found)
        if not good and (wrong := [one for one in found if one.judgement == "bad"]):
            return Signature("bad", kind, signers, f"that of {path}: {wrong[0].why}")
    judged = all(any(one.judgement == "good" for one in found) for found in each.values())
    return Signature("good" if judged else "not judged", kind, signers)


class _Signed:
    """A file that may be signed, read once for each algorithm."""

    def __init__(self, file: File) -> None:
        self.path, self._file = file.path, file
        self._digests: dict[str, str] = {}

    def digest(self, name: str) -> str:
        """In hexadecimal, by the name that hashlib has for the algorithm."""
        if name not in hashlib.algorithms_guaranteed:
            raise InputError("it is over a digest of a kind that is not known here", path=self.path)
        if name not in self._digests:
            running = hashlib.new(name)
            for piece in self._file.chunks():
                running.update(piece)
            self._digests[name] = running.hexdigest()
        return self._digests[name]

    def hashing(self, target: int) -> cms.Hashing:
        """Of the file, or of the text of its digest of the kind that ``target`` names."""

        def digest(name: str) -> bytes:
            if target:
                return hashlib.new(name, self.digest(_DIGESTS.get(target, "")).encode()).digest()
            return bytes.fromhex(self.digest(name))

        return digest


def _of_file(opened: Opened, file: _Signed, blobs: list[_Blob]) -> Iterator[Signature]:
    for ending, kind in ((".p7b", _PKCS7), (".p7c", _PKCS7), (".asc", _OPENPGP)):
        if beside := opened.tree.get(file.path + ending):
            blobs = [*blobs, _Blob(kind, content(beside), 0)]
    for blob in blobs:
        if blob.kind == _OPENPGP:
            yield Signature("not judged", "OpenPGP")
        elif blob.kind == _PKCS7:
            try:
                yield cms.judge(cms.parse(_der(blob.data)), file.hashing(blob.target), opened.anchors, opened.when)
            except InputError as error:
                yield Signature("bad", "CMS", why=error.message)
        elif blob.kind in _DIGESTS:
            found = file.digest(_DIGESTS[blob.kind])
            if blob.data.decode("ascii", "replace").lower() != found:
                yield Signature("bad", "jcat", why=f"the {_DIGESTS[blob.kind]} that it states is not {found}")


def _der(data: bytes) -> bytes:
    found = _PEM.search(data)
    return base64.b64decode(b"".join(found[2].split()), validate=True) if found else data


def _catalogue(opened: Opened) -> dict[str, list[_Blob]]:
    """The signatures in every .jcat, by the file's name.

    Raises:
        InputError: one cannot be read.
    """
    made: dict[str, list[_Blob]] = {}
    for name in opened.tree.list(""):
        file = opened.tree.get(name) if name.endswith(".jcat") else None
        if file is None:
            continue
        stated = parse.json(_unzipped(content(file), name), path=name)
        for item in _objects(stated, "Items"):
            found = made.setdefault(str(item.get("Id")), [])
            for blob in _objects(item, "Blobs")[:_MOST]:
                text = str(blob.get("Data", ""))
                data = text.encode() if blob.get("Flags") == _UTF_8 else base64.b64decode(text, validate=True)
                found.append(_Blob(_number(blob, "Kind"), data, _number(blob, "Target")))
    return made


def _unzipped(data: bytes, name: str) -> bytes:
    import zlib

    inflate = zlib.decompressobj(31)
    try:
        made = inflate.decompress(data, cms.LARGEST)
    except zlib.error as error:
        raise InputError(f"not gzip: {error}", path=name) from error
    if not inflate.eof:
        raise InputError("not gzip: cut short, or too large for signatures", path=name)
    return made


def _objects(value: Any, key: str) -> list[dict[str, Any]]:
    found = value.get(key) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _number(value: dict[str, Any], key: str) -> int:
    found = value.get(key, 0)
    return found if isinstance(found, int) else -1
