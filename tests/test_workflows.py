"""The workflows ask for no more rights than they need, and what the docs show of CI is YAML that does the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
IN_DOCS = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
MAY_WRITE = {("release.yml", "publish"): {"contents": "write"}}


def jobs(text: str) -> dict[str, dict[str, Any]]:
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    found: dict[str, dict[str, Any]] = workflow["jobs"]
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_gets_no_right_that_is_not_listed_here(path: Path) -> None:
    for name, job in jobs(path.read_text("utf-8")).items():
        assert job.get("permissions", {}) == MAY_WRITE.get((path.name, name), {})
        assert job["timeout-minutes"] <= 30


@pytest.mark.parametrize("text", [*(path.read_text("utf-8") for path in WORKFLOWS), IN_DOCS[0]])
def test_actions_are_pinned_and_no_credentials_stay_in_the_checkout(text: str) -> None:
    steps = [step for job in jobs(text).values() for step in job["steps"]]
    used = [step for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]) for step in used)
    checkouts = [step for step in used if step["uses"].startswith("actions/checkout")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert not any("${{ github.event" in step.get("run", "") for step in steps)


def test_every_supported_python_is_tested_everywhere() -> None:
    [matrix] = re.findall(r"py\{(.*?)\}", (ROOT / "tox.ini").read_text("utf-8"))
    [ci] = (job for job in jobs((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")).values())
    run = {entry["tox"] for entry in ci["strategy"]["matrix"]["include"]}
    assert {f"py{version}" for version in matrix.split(",")} <= run


def test_both_ci_systems_in_the_docs_take_the_key_from_the_environment_and_verify() -> None:
    github, gitlab = (yaml.safe_load(text) for text in IN_DOCS)
    lines = [step.get("run", "") for step in github["jobs"]["firmware"]["steps"]]
    for script in (lines, gitlab["firmware"]["script"]):
        assert any(line.startswith("firmbom build") and "--key env:FIRMBOM_KEY" in line for line in script)
        assert any(line.startswith("firmbom verify") for line in script)
