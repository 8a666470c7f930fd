"""What do_package made: packages under the names they are installed by, their needs, and their files with digests."""

from __future__ import annotations

import hashlib
import os
import stat
from fnmatch import fnmatchcase
from typing import Any, Iterator

from .said import words

_OF_PACKAGE = {
    "name": "PKG",
    "epoch": "PKGE",
    "version": "PKGV",
    "revision": "PKGR",
    "licence": "LICENSE",
    "summary": "SUMMARY",
    "section": "SECTION",
    "requires": "RDEPENDS",
    "recommends": "RRECOMMENDS",
    "provides": "RPROVIDES",
}
"""Members of the record, and the variables of pkgdata (``package.bbclass``, ``emit_pkgdata``) they are taken from."""
CHUNK = 1 << 20


def packages(d: Any) -> list[dict[str, Any]]:
    """The packages that were written, sorted by the name that the recipe gives them."""
    return [said for key in sorted(words(d, "PACKAGES")) for said in _package(key, d)]


def _package(key: str, d: Any) -> Iterator[dict[str, Any]]:
    """The package, if it was written; only do_packagedata knows what a PR service added to its revision."""
    path = os.path.join(d.getVar("PKGDATA_DIR"), "runtime", key)
    if not os.path.isfile(path) or not os.path.exists(path + ".packaged"):
        return
    values = _values(path, key)
    said: dict[str, Any] = {member: values.get(variable, "") for member, variable in _OF_PACKAGE.items()}
    said.update(key=key, name=said["name"] or key)
    skipped = any(fnmatchcase(key, pattern) for pattern in words(d, "FIRMBOM_EXCLUDE_PACKAGES"))
    if not skipped:
        said["files"] = dict(_files(os.path.join(d.getVar("PKGDEST"), key)))
    yield said


def _values(path: str, key: str) -> dict[str, str]:
    """``VARIABLE: value`` and ``VARIABLE:<package>: value`` lines, the second form first; values are escaped."""
    common: dict[str, str] = {}
    own: dict[str, str] = {}
    with open(path, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            head, colon, value = line.rstrip("\n").partition(": ")
            variable, _, package = head.partition(":")
            if colon and package in ("", key):
                (own if package else common)[variable] = _unescaped(value)
    return {**common, **own}


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value.strip()
    try:
        return " ".join(value.encode("latin-1", "backslashreplace").decode("unicode_escape").split())
    except UnicodeDecodeError:
        return value.strip()


def _files(root: str) -> Iterator[Any]:
    """Each regular file's path in the image, with its size and SHA-256."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            state = os.lstat(path)
            if stat.S_ISREG(state.st_mode):
                yield "/" + os.path.relpath(path, root), [state.st_size, _sha256(path)]


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            while True:
                piece = stream.read(CHUNK)
                if not piece:
                    return digest.hexdigest()
                digest.update(piece)
    except PermissionError:  # a package may hold files without a mode to read; the image's own digest stands for them
        return ""
