"""Records of Buildroot's, real ones and some made up, and what tests ask of what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from packageurl.contrib import purl2url

from firmbom.model import Component, ComponentSet

DATA = Path(__file__).parents[1] / "firmbom_buildroot/data"
NEW, OLD = "show-info-2026.05.json", "show-info-2021.02.json"
CONFIG = "#\n# Buildroot 2026.05.1 Configuration\n#\nBR2_PACKAGE_LIBOPENSSL=y\n# BR2_PACKAGE_DROPBEAR is not set\n"
HASH = "a" * 64


def data(name: str) -> str:
    """One of the records."""
    page = purl2url.get_repo_url("pkg:pypi/a@1")  # type: ignore[no-untyped-call] # the library has no annotations
    return (DATA / name).read_text(encoding="utf-8").replace("pypi.example", str(urlsplit(page).hostname))


def info(**members: Any) -> str:
    """A show-info with one package ``good`` and more."""
    return json.dumps({"good": package("good"), **members}, separators=(", ", ": ")).replace("{", "{ ", 1)


def package(name: str, **members: Any) -> dict[str, Any]:
    """A member of show-info."""
    stated = {"type": "target", "name": name, "virtual": False, "version": "1.0", "licenses": "MIT"}
    return {**stated, "downloads": [], "install_target": True, "dependencies": [], **members}


def named(found: ComponentSet) -> dict[str, Component]:
    """Components by their name."""
    return {one.name: one for one in found.components}


def edges(found: ComponentSet) -> set[tuple[str, str]]:
    """Edges by the names of their ends."""
    names = {one.ref: one.name for one in found.components}
    return {(names.get(edge.source, ""), names[edge.target]) for edge in found.edges}
