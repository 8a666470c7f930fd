"""Licence files of recipes whose licence SPDX does not list: their text goes into the document."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import Any, Iterable, Iterator

from .artefacts import architectures

LARGEST = 64 << 10
"""Bytes of a file that is copied."""
MOST = 50
"""Files of a recipe."""
_INFO = "recipeinfo"
_LICENCE = re.compile(r"^LICENSE: (.*)$", re.MULTILINE)
_WORDS = re.compile(r"[^\s()&|]+")


def copy(recipes: Iterable[str], folder: str, d: Any) -> None:
    """Copy what do_populate_lic gathered of these recipes to ``folder/<recipe>``, where SPDX is not enough."""
    listed = _listed(d)
    for recipe in sorted(recipes):
        source = next(_places(recipe, d), "")
        if source and _unlisted(os.path.join(source, _INFO), listed):
            goal = os.path.join(folder, recipe)
            os.makedirs(goal)
            for name in sorted(os.listdir(source))[:MOST]:
                path = os.path.join(source, name)
                if os.path.isfile(path) and os.path.getsize(path) <= LARGEST:
                    shutil.copyfile(path, os.path.join(goal, name))


def _places(recipe: str, d: Any) -> Iterator[str]:
    """Since scarthgap below a folder for each architecture."""
    top = d.getVar("LICENSE_DIRECTORY") or ""
    for above in ("", *architectures(d)):
        folder = os.path.join(top, above, recipe)
        if os.path.isfile(os.path.join(folder, _INFO)):
            yield folder


def _unlisted(info: str, listed: set[str]) -> bool:
    with open(info, encoding="utf-8", errors="replace") as stream:
        words = _WORDS.findall(" ".join(_LICENCE.findall(stream.read())))
    return any(word not in listed for word in words)


def _listed(d: Any) -> set[str]:
    """SPDX's identifiers, from oe-core's copy of its list, and the names that oe-core takes for them."""
    known = set(d.getVarFlags("SPDXLICENSEMAP") or {})
    try:
        with open(os.path.join(d.getVar("COREBASE") or "", "meta", "files", "spdx-licenses.json"), "rb") as stream:
            known.update(one["licenseId"] for one in json.load(stream)["licenses"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # then more is copied than is used
    return known
