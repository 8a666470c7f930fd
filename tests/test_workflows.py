"""What runs at a CI service obeys the service's published schema, is pinned, and gets no more rights than it needs.

Held to it: the workflows, the action, the component, and what the docs show of them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
README = (ROOT / "README.md").read_text("utf-8")
IN_DOCS = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
GITHUB_DOCS = [text for text in IN_DOCS if "jobs:" in text]
[GITLAB_DOC] = (text for text in IN_DOCS if "jobs:" not in text)
MAY_WRITE = {("release.yml", "publish"): {"contents": "write"}}
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HEADER, BODY = yaml.safe_load_all((ROOT / "templates" / "firmbom.yml").read_text("utf-8"))
PINNED = re.compile(r"^ *(?:- )?uses: (?:\./|(actions|example)/[\w-]+@[0-9a-f]{40}(?P<version> # v\d+\.\d+\.\d+)?.*)$")


def jobs(text: str) -> dict[str, dict[str, Any]]:
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    found: dict[str, dict[str, Any]] = workflow["jobs"]
    return found


def steps(text: str) -> Iterator[dict[str, Any]]:
    for job in jobs(text).values():
        yield from job["steps"]


TEXTS = [*(path.read_text("utf-8") for path in WORKFLOWS), *GITHUB_DOCS]


def obeys(schema: str, *files: Path, options: Sequence[str] = ()) -> None:
    """Ask for a judgement by the schema that the service publishes, in the copy that check-jsonschema carries."""
    tool = Path(sys.executable).with_name("check-jsonschema")
    command: list[str | Path] = [tool, "--builtin-schema", f"vendor.{schema}", *options, *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_workflows_and_those_of_the_docs_obey_the_schema(tmp_path: Path) -> None:
    shown = [tmp_path / f"{number}.yml" for number in range(len(GITHUB_DOCS))]
    for path, text in zip(shown, GITHUB_DOCS, strict=True):
        path.write_text(text)
    obeys("github-workflows", *WORKFLOWS, *shown)


def test_the_action_obeys_the_schema() -> None:
    obeys("github-actions", ROOT / "action.yml")


def test_the_component_and_its_use_in_the_docs_obey_the_schema(tmp_path: Path) -> None:
    header, body, shown = (tmp_path / name for name in ("header.yml", "body.yml", "shown.yml"))
    header.write_text(json.dumps(HEADER))
    defaults = {name: str(one["default"]) for name, one in HEADER["spec"]["inputs"].items()}
    body.write_text(re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda found: defaults[found[1]], json.dumps(BODY)))
    shown.write_text(GITLAB_DOC)
    obeys("gitlab-ci", header, body, shown, options=("--data-transform", "gitlab-ci"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_gets_no_right_that_is_not_listed_here(path: Path) -> None:
    for name, job in jobs(path.read_text("utf-8")).items():
        assert job.get("permissions", {}) == MAY_WRITE.get((path.name, name), {})
        assert job["timeout-minutes"] <= 30


@pytest.mark.parametrize("text", TEXTS)
def test_actions_are_pinned_to_commits_and_no_credentials_stay_in_the_checkout(text: str) -> None:
    used = [(line, PINNED.match(line)) for line in text.splitlines() if re.match(r" *(- )?uses:", line)]
    assert [line for line, found in used if not found] == []
    assert [found[0] for _, found in used if found and found[1] == "actions" and not found["version"]] == []
    checkouts = [step for step in steps(text) if step.get("uses", "").startswith("actions/checkout")]
    assert checkouts or "checkout" not in text
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("text", TEXTS)
def test_no_expression_stands_in_a_script(text: str) -> None:
    assert not any("${{" in step.get("run", "") for step in steps(text))


def test_one_action_has_one_version() -> None:
    used = {step["uses"] for text in TEXTS for step in steps(text) if "@" in step.get("uses", "")}
    assert len({one.split("@")[0] for one in used}) == len(used)


def test_every_supported_python_is_tested_everywhere() -> None:
    [matrix] = re.findall(r"py\{(.*?)\}", (ROOT / "tox.ini").read_text("utf-8"))
    check = jobs((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["check"]
    run = {entry["tox"] for entry in check["strategy"]["matrix"]["include"]}
    assert {f"py{version}" for version in matrix.split(",")} <= run


def test_the_inputs_and_outputs_that_are_used_exist() -> None:
    uses = [step for text in TEXTS for step in steps(text) if re.match(r"\./|example/", step.get("uses", ""))]
    assert len(uses) == 1 + len(GITHUB_DOCS)
    [in_readme] = re.findall(r"^```yaml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert {name for step in [*uses, *yaml.safe_load(in_readme)] for name in step["with"]} <= ACTION["inputs"].keys()
    outputs = {name for text in TEXTS for name in re.findall(r"steps\.sbom\.outputs\.([\w-]+)", text)}
    assert outputs <= ACTION["outputs"].keys()
    [include] = yaml.safe_load(GITLAB_DOC)["include"]
    assert include["inputs"].keys() <= HEADER["spec"]["inputs"].keys()


def test_a_release_in_the_docs_is_signed_by_a_secret_and_verified_and_a_pull_request_holds_none() -> None:
    release, check = (next(step for step in steps(text) if "example/" in step.get("uses", "")) for text in GITHUB_DOCS)
    assert release["with"]["key"] == "${{ secrets.FIRMBOM_KEY }}"
    assert release["with"]["public-key"]
    assert "unsigned" in release["with"]["fail-on"].split()
    assert "secrets." not in GITHUB_DOCS[1]
    assert "key" not in check["with"]


SCRIPTS = {
    **{f"action, {step['name']}": ("bash", step["env"], step["run"]) for step in ACTION["runs"]["steps"]},
    **{
        f"component in {shell}": (shell, job["variables"], "\n".join(job["script"]))
        for shell in ("bash", "sh")
        for job in BODY.values()
    },
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_shellcheck_has_nothing_to_say_of_a_script(name: str) -> None:
    shell, environment, script = SCRIPTS[name]
    given = "\n".join(f"export {variable}=" for variable in environment)
    tool = Path(sys.executable).with_name("shellcheck")
    ran = subprocess.run(
        [tool, f"--shell={shell}", "--exclude=SC1091", "-"],  # SC1091: firmbom.env is written by the run itself
        input=f"#!/usr/bin/env {shell}\nset -e\n{given}\n{script}",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "")
