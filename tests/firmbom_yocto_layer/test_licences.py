"""Which licence files the image's task hands over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def top(tmp_path: Path) -> Path:
    known = tmp_path / "core/meta/files/spdx-licenses.json"
    known.parent.mkdir(parents=True)
    known.write_text(json.dumps({"licenses": [{"licenseId": "MIT"}]}))
    for place, licence in {"tool": "MIT & GPLv2", "core2/own": "MIT & Acme", "left": "Acme", "qemu/kernel": ""}.items():
        folder = tmp_path / "licenses" / place
        folder.mkdir(parents=True)
        (folder / "recipeinfo").write_text(f"LICENSE: {licence}\nPV: 1\n")
        (folder / "generic_Acme").write_text("Pay.\n")
        (folder / "large").write_bytes(b"x" * 70_000)
    return tmp_path


@pytest.mark.parametrize(
    ("core", "copied"), [("core", ["own/generic_Acme", "own/recipeinfo"]), ("gone", ["own/generic_Acme", "tool"])]
)
def test_those_of_what_spdx_does_not_list(
    module: Callable[[str], Any], store: Callable[..., Any], top: Path, core: str, copied: list[str]
) -> None:
    variables = {
        "COREBASE": str(top / core),
        "LICENSE_DIRECTORY": str(top / "licenses"),
        "MACHINE_ARCH": "qemu",
        "PACKAGE_ARCHS": "all core2",
        "SPDXLICENSEMAP[GPLv2]": "GPL-2.0-only",
    }
    goal = top / "stage"
    module("licences").copy({"own", "tool", "kernel", "unknown"}, str(goal), store(variables))
    found = sorted(str(path.relative_to(goal)) for path in goal.rglob("*") if path.is_file())
    assert set(copied) <= {*found, *(str(path.relative_to(goal)) for path in goal.iterdir())}
    assert not any("large" in path or "left" in path or "kernel" in path for path in found)
    assert ("tool/recipeinfo" in found) is (core == "gone")
