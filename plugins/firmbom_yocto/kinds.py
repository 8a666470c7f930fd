"""The files of a build by kind: the patterns that the plugin asks for, and what a file that fits is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from firmbom.plugin import Wants
from firmbom.tree.base import File
from firmbom.tree.match import NamePatterns, Patterns


class Kind(StrEnum):
    """What a file of a build holds."""

    MANIFEST = "image manifest"
    SPDX = "SPDX document"
    SPDX_ARCHIVE = "SPDX documents"
    TESTDATA = "variables of the image"
    LICENCES = "licence manifest"
    IMAGE_LICENCES = "licence manifest of deployed files"
    RECIPE_INFO = "licence of a recipe"
    PKGDATA = "package data"
    HISTORY = "build history"
    HISTORY_IMAGE = "build history of an image"
    RECORD = "record of a recipe"
    PRODUCT = "record of an image"
    KERNEL_CONFIG = "configuration of the kernel"
    VULNERABILITIES = "vulnerability report"


_NAMES: Mapping[str, Kind] = {
    "license.manifest": Kind.LICENCES,
    "image_license.manifest": Kind.IMAGE_LICENCES,
    "recipeinfo": Kind.RECIPE_INFO,
    "installed-package-names.txt": Kind.HISTORY_IMAGE,
    "*_cve.json": Kind.VULNERABILITIES,
    "*.vex.json": Kind.VULNERABILITIES,
    "*.sbom-cve-check.*.json": Kind.VULNERABILITIES,
    "cve-summary.json": Kind.VULNERABILITIES,
    "cve-summary-enhance.json": Kind.VULNERABILITIES,
    "*.testdata.json": Kind.TESTDATA,
    "*.firmbom.json": Kind.PRODUCT,
    "*.spdx.json": Kind.SPDX,
    "*.spdx.tar.zst": Kind.SPDX_ARCHIVE,
    "*.spdx.tar.gz": Kind.SPDX_ARCHIVE,
    "*.manifest": Kind.MANIFEST,
}
_PATHS: Mapping[str, Kind] = {
    "**/firmbom/recipes/*/*.json": Kind.RECORD,
    "**/kernel-build-artifacts/.config": Kind.KERNEL_CONFIG,
    "**/pkgdata/*/runtime/*": Kind.PKGDATA,
    "*/runtime/*": Kind.PKGDATA,
    "runtime/*": Kind.PKGDATA,
    "**/packages/*/*/latest": Kind.HISTORY,
    "**/packages/*/*/*/latest": Kind.HISTORY,
    "**/images/*/*.json": Kind.VULNERABILITIES,
    "*/*.json": Kind.VULNERABILITIES,
    "*.json": Kind.VULNERABILITIES,
}
_OTHER_MANIFESTS = ("package.manifest", ".host.manifest", ".target.manifest")
"""Of packages before they are renamed; of the two halves of an SDK."""

_REPORT = re.compile(rb'\A\s*\{\s*"version"\s*:\s*"1",\s*"package"\s*:')
"""How cve-check begins the report of an image, whose name tells nothing."""

WANTS = Wants(names=tuple(_NAMES), paths=tuple(_PATHS))

_COMPILED = [(NamePatterns((pattern,)), kind) for pattern, kind in _NAMES.items()] + [
    (Patterns((pattern,)), kind) for pattern, kind in _PATHS.items()
]

_REPORTS = NamePatterns(tuple(pattern for pattern, kind in _NAMES.items() if kind is Kind.VULNERABILITIES))


def is_of(kind: Kind, file: File) -> bool:
    """Is the file what its name says? Other projects have folders called ``runtime`` too."""
    if kind is Kind.VULNERABILITIES and not _REPORTS.match(file.path):
        return bool(_REPORT.search(file.head(512)))
    if kind is not Kind.PKGDATA or "pkgdata/" in file.path:
        return True
    return file.name.endswith(".packaged") or file.head(4) == b"PN: "


def kind_of(path: str) -> Kind | None:
    """What the file at ``path`` is by its name; the first pattern that fits decides."""
    found = next((kind for patterns, kind in _COMPILED if patterns.match(path)), None)
    return None if found is Kind.MANIFEST and path.endswith(_OTHER_MANIFESTS) else found
