"""Which of the dated copies in a deploy folder is the build's last.

An image's files are named ``<image>-<machine>[.rootfs]-<date>.<kind>`` (some of kirkstone's
``…-<date>.rootfs.<kind>``), and a link without the date names the last (oe-core, IMAGE_NAME, IMAGE_LINK_NAME). A copy
of a build that keeps no links holds a small text instead, the file itself under the link's name, or the dated ones
only.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

import msgspec

from firmbom.tree.base import File, FileTree
from firmbom_yocto.kinds import Kind, kind_of

_DATE = re.compile(r"(?P<key>.+?)-(?P<date>\d{14})(?P<rootfs>\.rootfs)?\Z")
_TEXT_LINK = re.compile(rb"(?:[^\s/]+/)*([^\s/\0]+)\s*\Z")
_ENDINGS = {
    Kind.MANIFEST: (".manifest",),
    Kind.SPDX: (".spdx.json",),
    Kind.SPDX_ARCHIVE: (".spdx.tar.zst", ".spdx.tar.gz"),
    Kind.TESTDATA: (".testdata.json",),
    Kind.PRODUCT: (".firmbom.json",),
}
_LATER = frozenset({Kind.PRODUCT})
"""What may be written again of an image that is not, so that its date tells nothing of the others."""


class Deployed(msgspec.Struct, kw_only=True):
    """The current files of one image."""

    folder: str
    """``deploy/images/<machine>``."""
    key: str
    """The image's link name without ``.rootfs``."""
    files: dict[Kind, File] = {}
    dates: dict[Kind, str] = {}
    """Of the chosen files; empty where the name tells none."""

    @property
    def machine(self) -> str:
        """By the folder's name."""
        return posixpath.basename(self.folder)

    @property
    def date(self) -> str:
        """Of the build that is read."""
        return self.dates.get(Kind.MANIFEST) or max(self.dates.values(), default="")


class _Copies(msgspec.Struct):
    """All copies of one file."""

    dated: dict[str, File] = {}
    plain: File | None = None
    linked: str = ""
    """The name that the link leads to."""


def split(name: str, *endings: str) -> tuple[str, str]:
    """The key and the date of a file's name; the date is empty where it tells none.

    >>> split("core-image-qemuarm-20260102030405.rootfs.manifest", ".manifest")
    ('core-image-qemuarm', '20260102030405')
    """
    stem = next((name.removesuffix(one) for one in endings if name.endswith(one)), name)
    if match := _DATE.match(stem):
        return match["key"].removesuffix(".rootfs"), match["date"]
    return stem.removesuffix(".rootfs"), ""


def deployed(tree: FileTree, files: Iterable[tuple[Kind, File]]) -> list[Deployed]:
    """The images among ``files``, each with its current ones.

    Args:
        tree: what the files stand in.
        files: manifests, SPDX documents and variables, whatever their date.
    """
    copies: dict[tuple[str, str], dict[Kind, _Copies]] = {}

    def of(path: str, kind: Kind) -> tuple[_Copies, str]:
        folder, name = posixpath.split(path)
        key, date = split(name, *_ENDINGS[kind])
        return copies.setdefault((folder, key), {}).setdefault(kind, _Copies()), date

    for kind, file in files:
        found, date = of(file.path, kind)
        target = text_link(file)
        if target:
            found.linked = target
        elif date:
            found.dated[date] = file
        else:
            found.plain = file
    for place, target in tree.links():
        path = place.removeprefix(tree.prefix)
        link_kind = kind_of(path)
        if link_kind in _ENDINGS and "!/" not in path:
            found, date = of(path, link_kind)
            if not date:
                found.linked = posixpath.basename(target)
    made = [_chosen(tree, folder, key, kinds) for (folder, key), kinds in sorted(copies.items())]
    linked = {(folder, key) for (folder, key), kinds in copies.items() if any(one.linked for one in kinds.values())}
    return [one for one in made if one.files and not _is_older(one, linked)]


def _chosen(tree: FileTree, folder: str, key: str, kinds: dict[Kind, _Copies]) -> Deployed:
    made = Deployed(folder=folder, key=key)
    for kind in _ENDINGS:
        one = kinds.get(kind)
        found = _current(tree, folder, kind, one, made.date) if one else None
        if found:
            made.files[kind], date = found
            made.dates.update({kind: date} if kind not in _LATER else {})
    return made


def _current(tree: FileTree, folder: str, kind: Kind, one: _Copies, date: str) -> tuple[File, str] | None:
    """The file that the link names, else the one without a date, else that of ``date``, else the newest."""
    if one.linked:
        file = tree.get(posixpath.join(folder, one.linked))
        if file:
            return file, split(one.linked, *_ENDINGS[kind])[1]
    if one.plain:
        return one.plain, ""
    newest = date if date in one.dated else max(one.dated, default="")
    return (one.dated[newest], newest) if newest else None


def text_link(file: File) -> str:
    """The name of a neighbour, if that is all that the file holds."""
    if file.size > 400:
        return ""
    match = _TEXT_LINK.match(file.head(400))
    name = match[1].decode("utf-8", "replace") if match else ""
    return name if name and name != file.name and file.sibling(name) else ""


def _is_older(one: Deployed, linked: set[tuple[str, str]]) -> bool:
    """Is it an older copy, whose name has another ending than a date, of an image that a link names?"""
    return (one.folder, one.key) not in linked and any(
        one.folder == folder and one.key.startswith((f"{key}-", f"{key}.rootfs-")) for folder, key in linked
    )
