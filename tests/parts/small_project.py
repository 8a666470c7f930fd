"""What the tests of build and merge do with their small project, and how they read a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from firmbom.cli.main import main

LOCK = {
    "name": "ui",
    "version": "1.0.0",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "ui", "version": "1.0.0", "dependencies": {"ms": "^2.1.0"}, "devDependencies": {"tool": "1"}},
        "node_modules/ms": {"version": "2.1.3", "license": "MIT"},
        "node_modules/tool": {"version": "1.0.0", "dev": True},
    },
}


def build(folder: Path, *options: str) -> int:
    """Build release v1 without a signature."""
    return main(["build", str(folder), "--release", "v1", "--no-sign", *options])


def purls(path: Path) -> list[str]:
    """Of the components in a document."""
    document: dict[str, Any] = json.loads(path.read_bytes())
    return sorted(one["purl"] for one in document["components"])
