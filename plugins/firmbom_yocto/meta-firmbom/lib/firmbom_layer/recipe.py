"""The record of one recipe: what it is, what it was made from, what is known of its CVEs, what it packaged.

The format is described, and read, by ``firmbom_yocto.records``. It holds no time, no host and no absolute path, so that
it can be kept in sstate and shared between machines.
"""

from __future__ import annotations

import os
import re
from typing import Any

from .kernel import kernel
from .packaged import packages
from .said import text, words, write_json
from .sources import place, sources

FORMAT = "firmbom-yocto-recipe-1"

_PLAIN = {
    "name": "PN",
    "base": "BPN",
    "epoch": "PE",
    "version": "PV",
    "revision": "PR",
    "architecture": "PACKAGE_ARCH",
    "layer": "FIRMBOM_LAYER",
    "licence": "LICENSE",
    "summary": "SUMMARY",
    "description": "DESCRIPTION",
    "homepage": "HOMEPAGE",
    "bugtracker": "BUGTRACKER",
    "section": "SECTION",
    "supplier": "SPDX_SUPPLIER",
}
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}\Z")
_KINDS = ("native", "cross", "crosssdk", "cross-canadian", "nativesdk", "kernel", "module", "packagegroup")


def write(d: Any, bb: Any) -> None:
    """Write the record into the folder that sstate keeps."""
    folder = os.path.join(d.getVar("FIRMBOM_WORKDIR"), "record")
    os.makedirs(folder, exist_ok=True)
    write_json(os.path.join(folder, d.getVar("PN") + ".json"), record(d, bb))


def record(d: Any, bb: Any) -> dict[str, Any]:
    """The record as JSON values."""
    remote, patches, files = sources(d, bb)
    said: dict[str, Any] = {member: text(d, variable) for member, variable in _PLAIN.items()}
    said.update(
        format=FORMAT,
        file=place(d.getVar("FILE") or "", d),
        kinds=[kind for kind in _KINDS if bb.data.inherits_class(kind, d)],
        external=bool(d.getVar("EXTERNALSRC")),
        products=_products(d),
        product_version=_product_version(d),
        cve_status=_statuses(d),
        sources=remote,
        patches=patches,
        files=files,
        kernel=kernel(d, bb),
        packages=packages(d) if d.getVar("PKGDATA_DIR") else [],
    )
    return said


def _products(d: Any) -> list[str]:
    """The names in the CVE database, ``vendor:product`` or ``product``; set to nothing it means that there is none."""
    return words(d, "BPN" if d.getVar("CVE_PRODUCT") is None else "CVE_PRODUCT")


def _product_version(d: Any) -> str:
    """The version in the CVE database: without what the recipe says of the commit it takes."""
    return (text(d, "CVE_VERSION") or text(d, "PV")).split("+git")[0]


def _statuses(d: Any) -> dict[str, dict[str, str]]:
    """What the recipe says of single CVEs: CVE_STATUS and its groups, and CVE_CHECK_IGNORE of kirkstone."""
    stated = dict.fromkeys(words(d, "CVE_CHECK_IGNORE"), "ignored")
    for group in words(d, "CVE_STATUS_GROUPS"):
        stated.update({cve: d.getVarFlag(group, "status") or "" for cve in words(d, group)})
    stated.update(d.getVarFlags("CVE_STATUS") or {})
    return {cve: _status(d.expand(value or ""), d) for cve, value in sorted(stated.items()) if _CVE.match(cve)}


def _status(value: str, d: Any) -> dict[str, str]:
    """``detail: cpe:vendor:product:description`` as its parts; the map of details is oe-core's CVE_CHECK_STATUSMAP."""
    detail, _, reason = (part.strip() for part in value.partition(":"))
    return {
        "detail": detail,
        "means": d.getVarFlag("CVE_CHECK_STATUSMAP", detail) or "" if detail else "",
        "reason": reason,
    }
