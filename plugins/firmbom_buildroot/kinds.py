"""The records of a build by kind: which files the plugin asks for, what each is, and which folder it speaks of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from firmbom.plugin import Wants
from firmbom.tree.base import File
from firmbom.tree.match import NamePatterns, Patterns


class Kind(StrEnum):
    """What a record is."""

    SHOW_INFO = "output of make show-info"
    MANIFEST = "legal-info manifest"
    HOST_MANIFEST = "legal-info manifest of host packages"
    STATS = "pkg-stats"
    CONFIGURATION = "configuration"
    FILES = "list of installed files"
    PACKAGE_FILES = "list of a package's files"
    IMAGE_FILES = "list of a package's images"
    TIMES = "times of the build's steps"
    TREE = "a Buildroot or br2-external tree"


_NAMES: Mapping[str, Kind] = {
    "manifest.csv": Kind.MANIFEST,
    "host-manifest.csv": Kind.HOST_MANIFEST,
    "*pkg-stats*.json": Kind.STATS,
    "*show-info*": Kind.SHOW_INFO,
    "*show_info*": Kind.SHOW_INFO,
    ".config": Kind.CONFIGURATION,
    "buildroot.config": Kind.CONFIGURATION,
    "packages-file-list.txt": Kind.FILES,
    "build-time.log": Kind.TIMES,
    ".files-list.txt": Kind.PACKAGE_FILES,
    ".files-list-images.txt": Kind.IMAGE_FILES,
    "Config.in.legacy": Kind.TREE,
    "external.desc": Kind.TREE,
}

MAGIC = b'{ "'
"""How ``make show-info`` begins under whatever name it was kept: Buildroot's own spacing, which no JSON writer has."""

WANTS = Wants(names=tuple(_NAMES), magics=(MAGIC,))

_COMPILED = [(NamePatterns((pattern,)), kind) for pattern, kind in _NAMES.items()]
_ENTRY = rb'(?m)^\{\s*"[^"\n]{1,200}":\s*\{\s*"(?:name|type|virtual)":\s*["tf]'
_COLUMNS = rb'(?i)\A(?:\xef\xbb\xbf)?"?PACKAGE"?[,;]\s*"?VERSION"?(?:[,;\r\n]|\Z)'
_CONFIGURATION = rb"(?m)^# Buildroot \S+ Configuration|^BR2_"
_MARKS: Mapping[Kind, tuple[bytes, int]] = {
    Kind.SHOW_INFO: (_ENTRY, 4096),
    Kind.MANIFEST: (_COLUMNS, 64),
    Kind.HOST_MANIFEST: (_COLUMNS, 64),
    Kind.CONFIGURATION: (_CONFIGURATION, 4096),
    Kind.STATS: (rb'\A\s*\{\s*"packages"\s*:', 256),
}
"""By what the first bytes tell that the record is one, where the name does not: other projects have such names.

Expressions are compiled once a file is called so, which in most images none is."""

_KEPT = Patterns(("**/show-info.json", "show-info.json"))
_KEPT_OTHERWISE = rb'\A\s*\Z|\A\s*\{\s*"[^"\n]{1,200}":\s*\{\s*"(?:cpe-id|dependencies|image_name|licenses|version)":'
"""What a file of the usual name may hold besides: nothing, where make failed, or members that a JSON tool sorted."""

_PER_PACKAGE = Patterns(("**/build/*/.files-list*.txt", "build/*/.files-list*.txt"))


def kind_of(file: File) -> Kind | None:
    """What the file is, by its name and its first bytes; None for what only has such a name."""
    kind = next((kind for patterns, kind in _COMPILED if patterns.match(file.path)), Kind.SHOW_INFO)
    if kind in (Kind.PACKAGE_FILES, Kind.IMAGE_FILES) and not _PER_PACKAGE.match(file.path):
        return None
    mark, length = _MARKS.get(kind, (None, 0))
    if mark is None or re.search(mark, file.head(length)):
        return kind
    return kind if _KEPT.match(file.path) and re.match(_KEPT_OTHERWISE, file.head(length)) else None


_INSIDE: Mapping[Kind, tuple[str, int]] = {
    Kind.MANIFEST: ("legal-info", 1),
    Kind.HOST_MANIFEST: ("legal-info", 1),
    Kind.FILES: ("build", 1),
    Kind.TIMES: ("build", 1),
    Kind.PACKAGE_FILES: ("build", 2),
    Kind.IMAGE_FILES: ("build", 2),
}
"""The folder of the output folder that a record lies in, and how far up the output folder is."""


def output_of(kind: Kind, path: str) -> str | None:
    """The output folder (``O=``) that a record's place tells: ``output`` for ``output/legal-info/manifest.csv``.

    Its own folder if it was taken out of there, None for records that may lie anywhere.
    """
    if kind not in _INSIDE:
        return None
    name, up = _INSIDE[kind]
    parts = path.split("/")[:-1]
    return "/".join(parts[:-up] if parts[-up : len(parts) - up + 1] == [name] else parts)
