"""README's first command, word for word and twice, on a copy of the checkout; needs the package registry."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEFT_OUT = (".git", ".tox", ".venv", "vendor", "build", "dist", "*_cache", "__pycache__")


@pytest.mark.network
def test_the_first_command_of_readme_installs_and_does_the_main_job_and_can_be_run_again(tmp_path: Path) -> None:
    [command] = re.findall(r"^\$ (python3 .*firmbom build .*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    folder = tmp_path / "firmbom"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))}
    for _ in range(2):
        ran = subprocess.run(
            ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False, env=environment
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    [written] = re.findall(r"-o (\S+\.json)", command)
    document = json.loads((folder / written).read_text("utf-8"))
    assert document["signature"]["algorithm"] == "Ed25519"
    assert {one["purl"].split("/")[0] for one in document["components"]} >= {"pkg:npm", "pkg:pypi"}
