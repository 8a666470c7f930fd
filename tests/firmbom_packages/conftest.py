"""Plants root filesystems from one text file each, and says what the plugin says of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmbom.collect import collect
from firmbom.model import ComponentSet
from firmbom.tree.folder import FolderTree
from firmbom_packages.plugin import Plugin

CRASH = re.compile(r"[A-Z]\w*(?:Error|Exception|Warning|Exit)\b.*:")
"""How the host tells that a plugin raised what it should not have."""

Plant = Callable[[str], Path]
Said = Callable[[Path], ComponentSet]
System = Callable[[str, bytes], Path]


def _plant(folder: Path, text: str) -> Path:
    """Make what ``text`` describes: ``==> path`` before a file's content, ``==> path -> target`` for a link."""
    for part in text.split("==> ")[1:]:
        heading, _, content = part.partition("\n")
        name, arrow, target = heading.partition(" -> ")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if arrow:
            path.symlink_to(target)
        else:
            path.write_bytes(content.encode("utf-8", "surrogateescape"))
    return folder


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Makes a root filesystem from its description."""
    return lambda text: _plant(tmp_path, text)


@pytest.fixture
def said() -> Said:
    """Collects from a folder; fails when the plugin raised."""

    def collected(folder: Path) -> ComponentSet:
        found = collect(FolderTree(folder), [Plugin()])
        assert not [one.message for one in found.problems if CRASH.match(one.message)]
        return found

    return collected


@pytest.fixture
def data() -> Path:
    """The folder of test data."""
    return Path(__file__).parent / "data"


@pytest.fixture
def system(tmp_path: Path) -> System:
    """Makes a root with a merged /usr and the files of rpm's test data, around one of its databases."""

    def made(name: str, content: bytes) -> Path:
        for path in ("etc/os-release", "etc/tls.conf", "usr/bin/gateway", "usr/bin/sh", "usr/lib/libtls.so.3"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("ID=fedora\nVERSION_ID=39\n")
        (tmp_path / "lib").symlink_to("usr/lib")
        (tmp_path / "var/lib/rpm").mkdir(parents=True)
        (tmp_path / "var/lib/rpm" / name).write_bytes(content)
        return tmp_path

    return made


@pytest.fixture
def summary() -> Callable[[ComponentSet], dict[str, Any]]:
    """A set as a reader of a golden file wants to see it."""
    return _summary


def _summary(found: ComponentSet) -> dict[str, Any]:
    owned: dict[str, list[str]] = {}
    for one in found.ownership:
        owned.setdefault(one.owner, []).append(one.path)
    return {
        "components": {
            one.ref: {
                key: value
                for key, value in {
                    "type": one.type if one.type != "library" else "",
                    "name": f"{one.name} {one.version}".strip(),
                    "description": one.description,
                    "supplier": " ".join(filter(None, (one.supplier.name, one.supplier.email, one.supplier.url))),
                    "licences": [licence.value for licence in one.licences],
                    "upstream": list(one.upstream),
                    "references": [f"{reference.type} {reference.url}" for reference in one.references],
                    "cpes": list(one.cpes),
                    "properties": [f"{each.name}={each.value}" for each in one.properties],
                    "claims": [
                        f"{claim.basis} {claim.location.path}"
                        + (f":{claim.location.line}" if claim.location.line else f" {claim.location.symbol}")
                        for claim in one.claims
                    ],
                    "owns": sorted(owned.get(one.ref, [])),
                }.items()
                if value
            }
            for one in found.components
        },
        "edges": sorted(f"{edge.source or 'ROOT'} -> {edge.target}" for edge in found.edges),
        "problems": sorted(f"{one.severity} {one.path}: {one.message}" for one in found.problems),
        "coverage": sorted(f"{one.path}: {one.components}, {one.dependencies}" for one in found.coverage),
    }
