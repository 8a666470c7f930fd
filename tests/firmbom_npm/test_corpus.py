"""Lockfiles of public projects against an independent reading, where the shared folder is at hand."""

from __future__ import annotations

import csv
import importlib.util
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SHARED = Path(__file__).parents[2] / "../shared"
CORPUS = SHARED / "corpus" / "lockfiles"
KINDS = ("npm-*", "yarn-*", "pnpm-*", "bun-*")
FILES = sorted(file for kind in KINDS for file in CORPUS.glob(f"{kind}/*")) if CORPUS.is_dir() else []
NAMES = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock")


def oracle() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock_oracle", SHARED / "checks" / "lock_oracle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def counts() -> dict[str, str]:
    with (CORPUS / "MANIFEST.csv").open(newline="") as stream:
        return {row["file"]: row["distinct_name_version"] for row in csv.DictReader(stream)}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the oracle leaves its file open
@pytest.mark.skipif(not FILES, reason="the shared corpus is not beside this repository")
@pytest.mark.parametrize("file", FILES or [Path("none")], ids=lambda file: f"{file.parent.name}-{file.name}")
def test_every_package_that_is_pinned_is_found(
    file: Path, counts: dict[str, str], tmp_path: Path, see: Callable[..., Any]
) -> None:
    name = next((one for one in NAMES if file.name.endswith(one)), "pnpm-lock.yaml")
    shutil.copy(file, tmp_path / name)
    wanted = {f"{name}@{version}" for _, name, version in oracle().read(str(tmp_path / name))}
    seen = see({})
    number = counts[str(file.relative_to(CORPUS))]
    assert not number or len(wanted) == int(number)
    numbered = {one for one in wanted if re.search(r"[^/]@v?\d[^/:]*\Z", one)}
    assert numbered <= seen.names
    addressed = wanted - numbered  # an address instead of a version: the name is there, the address is its source
    assert {one.rsplit("@", 1)[0].split("@http")[0].split("@git")[0] for one in addressed} <= {
        one.rpartition("@")[0] for one in seen.names
    }
    own = {
        one for one in seen.names - numbered if one.rpartition("@")[0] not in {w.rpartition("@")[0] for w in numbered}
    }
    local = {one for one in own if seen[one].type == "application" or seen.properties(one)}
    assert len(own - local) <= len(addressed)
    assert not [one for one in seen.problems if one.startswith("error")]
