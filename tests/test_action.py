"""The GitHub action: its scripts run word for word in bash, as the runner runs them, and take no order from an input.

The stand-in for the runner knows what the action may use of it and no more: an expression is the whole value of a
variable or output and names an input or an earlier step's output. Files and commands are read as the runner's own
source reads them (actions/runner: FileCommandManager.cs, ActionCommand.cs).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from ci_product import FIRMBOM, PASSPHRASE, key_pair, product_in

from firmbom.signing.keys import generate

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
NETWORK = re.compile(r"(PIP|SSL)_|(https?|no|all)_proxy$", re.IGNORECASE)
"""Variables by which pip finds its index."""

EXPRESSION = re.compile(r"\$\{\{ (?:inputs\.(?P<input>[\w-]+)|steps\.(?P<step>\w+)\.outputs\.(?P<output>\w+)) \}\}")
SECRETS = {"${{ inputs.key }}", "${{ inputs.passphrase }}"}
COMMANDS = ("set-output", "save-state", "set-env", "add-path", "add-mask", "add-matcher", "error", "warning", "notice")
ORDERS = (
    "$(touch pwned)`touch pwned`",
    "'; touch pwned; '\"; touch pwned; \"",
    "x\ntouch pwned\n",
    "x\nFIRMBOM_COMPONENTS=999\nbom=/etc/passwd",
    "--help",
)


@dataclass
class Job:
    """One use of the action: what became of it."""

    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    log: str = ""
    status: int = 0
    failed: str = ""
    commands: list[tuple[str, str]] = field(default_factory=list)


def value(text: str, inputs: Mapping[str, str], steps: Mapping[str, Mapping[str, str]]) -> str:
    """A value of the action's file; other expressions than those two kinds are a fault of the action."""
    if "${{" not in text:
        return text
    found = EXPRESSION.fullmatch(text)
    assert found, f"not an expression that the action may use: {text}"
    if found["input"]:
        assert found["input"] in ACTION["inputs"]
        return inputs[found["input"]]
    return steps[found["step"]].get(found["output"], "")


def assignments(text: str) -> Iterator[tuple[str, str]]:
    """GITHUB_OUTPUT as the runner reads it: ``name=value`` lines; the action uses no other form."""
    for line in text.split("\n"):
        name, equals, content = line.partition("=")
        assert equals or not line, line
        if line:
            yield name, content


def orders(log: str) -> Iterator[tuple[str, str]]:
    """The workflow commands in a log that the runner would follow, old form and new."""
    stopped = ""
    for line in log.splitlines():
        new = re.match(r"\s*::([\w-]+)(?: [^:]*)?::(.*)", line)
        old = re.search(r"##\[([\w-]+)(?: [^\]]*)?\](.*)", line)
        for found in filter(None, (new, old)):
            if stopped:
                stopped = "" if found[1] == stopped else stopped
            elif found[1] == "stop-commands":
                stopped = found[2]
            elif found[1] in COMMANDS:
                yield found[1], found[2]
            break
    assert not stopped


def use(checkout: Path, /, **given: str) -> Job:
    """Run the action in ``checkout`` with inputs, ``_`` for ``-`` in their names, and this environment's firmbom.

    What is not given is as the action says, but for one plugin alone, which starts sooner than all of them.
    """
    stated = {name.replace("_", "-"): text for name, text in given.items()}
    assert stated.keys() <= ACTION["inputs"].keys()
    inputs = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
    inputs |= {"program": str(FIRMBOM), "plugins": "pip"} | stated
    job, steps = Job(), dict[str, dict[str, str]]()
    files = checkout.parent / "runner"
    files.mkdir(exist_ok=True)
    for number, step in enumerate(STEPS):
        script, output, summary = (files / f"{number}.{name}" for name in ("sh", "output", "summary"))
        script.write_text(step["run"])
        output.write_text("")
        summary.write_text("")
        environment = {name: value(text, inputs, steps) for name, text in step["env"].items()}
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=checkout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            env={
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "HOME": str(checkout.parent),
                "RUNNER_TEMP": str(files),
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "SOURCE_DATE_EPOCH": "1700000000",
                **{name: text for name, text in os.environ.items() if NETWORK.match(name)},
                **environment,
            },
        )
        log = ran.stdout.decode("utf-8", "surrogateescape")
        job.log += log
        job.commands += orders(log)
        job.summary += summary.read_text("utf-8")
        steps[step.get("id", str(number))] = dict(assignments(output.read_text("utf-8")))
        if ran.returncode:
            job.status, job.failed = ran.returncode, step["name"]
            break
    steps = {"install": {}, "build": {}} | steps
    job.outputs = {name: value(one["value"], inputs, steps) for name, one in ACTION["outputs"].items()}
    return job


@pytest.fixture
def product(tmp_path: Path) -> Path:
    return product_in(tmp_path)


@pytest.fixture(scope="module")
def key() -> tuple[str, str]:
    """A private key with a passphrase, and its public key."""
    return key_pair()


def test_no_expression_stands_in_a_script_and_no_other_action_is_used() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert "${{" not in step["run"]
        assert "uses" not in step
        assert step["shell"] == "bash"


def test_the_key_is_known_to_the_steps_that_sign_and_no_others() -> None:
    holders = {step["name"] for step in STEPS if SECRETS & set(step["env"].values())}
    assert holders == {"Build, sign, attest"}


def test_inputs_are_documented_used_and_none_is_required() -> None:
    used = {found[1] for step in STEPS for text in step["env"].values() if (found := EXPRESSION.fullmatch(text))}
    assert used - {None} == set(ACTION["inputs"])
    assert all(one["description"] and not one.get("required") for one in ACTION["inputs"].values())


def test_a_release_is_built_signed_verified_and_summed_up(product: Path, key: tuple[str, str]) -> None:
    private, public = key
    (product / "keys" / "release.pub").write_text(public)
    job = use(
        product,
        images="firmware.img\n",
        release="v1",
        key=private,
        passphrase=PASSPHRASE,
        public_key="keys/release.pub",
        spec_version="1.7",
        plugins="pip\n",
        fail_on="empty\nincomplete unsigned",
        attest="true",
    )
    assert (job.status, job.commands) == (0, []), job.log
    document = json.loads((product / job.outputs["bom"]).read_text("utf-8"))
    assert document["specVersion"] == "1.7"
    assert document["signature"]["algorithm"] == "Ed25519"
    assert job.outputs["components"] == "1"
    assert (job.outputs["conflicts"], job.outputs["problems"], job.outputs["exit-status"]) == ("0", "0", "0")
    digest = subprocess.check_output(["sha256sum", product / job.outputs["bom"]], text=True).split()[0]
    assert job.outputs["bom-sha256"] == digest
    assert "firmware.img" in job.summary
    for name in (job.outputs["bom"], job.outputs["attestation"]):
        assert re.search(rf"^    {name}\n    signature  passed .*\n    image      passed", job.summary, re.MULTILINE)
    assert len((product / job.outputs["attestation"]).read_text("utf-8").splitlines()) == 2


POLICY = """[signatures]
least = 1

[[signers]]
name = "release"
key = "release.pub"

[images]
shown = ["*"]
"""


def test_a_policy_decides_in_place_of_keys_and_a_vex_document_is_written_on_demand(
    product: Path, key: tuple[str, str]
) -> None:
    (product / "keys" / "release.pub").write_text(key[1])
    (product / "keys" / "policy.toml").write_text(POLICY)
    given = {"key": key[0], "passphrase": PASSPHRASE, "policy": "keys/policy.toml", "release": "v1"}
    shown = use(product, images="firmware.img", vex="true", **given)
    assert shown.status == 0, shown.log
    assert json.loads((product / shown.outputs["vex"]).read_text("utf-8"))["bomFormat"] == "CycloneDX"
    (product / "firmbom.toml").write_text('[build]\nimages = ["firmware.img"]\n')
    hidden = use(product, **given)
    assert (hidden.status, hidden.failed) == (48, "Verify")


def test_a_public_key_that_did_not_sign_fails_the_job(product: Path, key: tuple[str, str]) -> None:
    other = generate().public.pem().decode()
    job = use(product, key=key[0], passphrase=PASSPHRASE, public_key=other)
    assert (job.status, job.failed) == (17, "Verify")
    assert re.search(r"^    signature  failed", job.summary, re.MULTILINE)


def test_without_a_key_the_document_is_written_unsigned_and_that_is_said(product: Path) -> None:
    job = use(product)
    assert job.status == 0
    assert "signature" not in json.loads((product / job.outputs["bom"]).read_text("utf-8"))
    assert job.commands == [("notice", "no key was given, so the document is not signed")]
    assert use(product, fail_on="unsigned").status == 5


def test_a_key_in_no_form_that_is_known_is_refused_and_not_shown(product: Path) -> None:
    job = use(product, key="c2VjcmV0")
    assert (job.status, job.failed, job.outputs["bom"]) == (2, "Build, sign, attest", "")
    assert job.commands == [("error", "key is neither PEM text nor an address nor a file that is here")]
    assert "c2VjcmV0" not in job.log
    assert not (product / "firmware.cdx.json").exists()


def test_a_sigstore_bundle_holds_the_attestation_of_the_sbom(product: Path, key: tuple[str, str]) -> None:
    given = {"images": "firmware.img", "attest": "true", "attestation": "firmware.sigstore.json"}
    job = use(product, key=key[0], passphrase=PASSPHRASE, public_key=key[1], **given)
    assert job.status == 0, job.log
    bundle = json.loads((product / job.outputs["attestation"]).read_text("utf-8"))
    assert bundle["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"


def test_nothing_is_attested_of_a_document_without_images(product: Path, key: tuple[str, str]) -> None:
    job = use(product, key=key[0], passphrase=PASSPHRASE, attest="true")
    assert (job.status, job.failed, job.outputs["attestation"]) == (1, "Build, sign, attest", "")
    assert "names no image" in job.log
    assert use(product, attest="true").status == 0, "without a key there is nothing to attest with"


@pytest.mark.parametrize(
    ("requirements", "inputs", "status", "written"),
    [
        ("", {}, 3, False),
        ("", {"fail_on": "none"}, 0, True),
        ("-r absent.txt\nidna==3.6\n", {}, 4, True),
        ("-r absent.txt\nidna==3.6\n", {"strict": "true", "fail_on": "none"}, 5, False),
        ("idna==3.6\n", {"strict": "yes"}, 2, False),
        ("idna==3.6\n", {"attest": ""}, 2, False),
        ("idna==3.6\n", {"vex": "1"}, 2, False),
        ("idna==3.6\n", {"output": ""}, 2, False),
        ("idna==3.6\n", {"folder": "absent"}, 1, False),
    ],
)
def test_a_build_that_is_not_whole(
    product: Path, requirements: str, inputs: dict[str, str], status: int, written: bool
) -> None:
    (product / "requirements.txt").write_text(requirements)
    job = use(product, **inputs)
    assert (job.status, bool(job.outputs["bom"])) == (status, written), job.log
    assert (product / "firmware.cdx.json").exists() == written
    assert any(name == "error" for name, _ in job.commands) == (status in (2, 3, 4, 5))


RECORDER = Path(__file__).with_name("data") / "recorder.sh"
"""In firmbom's place: keeps the arguments it is given, and counts what it is told to."""

COUNTS = {"STATUS": 0, "COMPONENTS": 1, "CONFLICTS": 0, "ERRORS": 0, "PROBLEMS": 0, "SIGNERS": 1, "TAGS": 1}
CONDITIONS = json.loads(RECORDER.with_name("conditions.json").read_text("utf-8"))


def recorder(folder: Path, counts: Mapping[str, int]) -> str:
    (folder / "counts").write_text("".join(f"FIRMBOM_{name}={count}\n" for name, count in counts.items()))
    return str(shutil.copy(RECORDER, folder / "recorder"))


@pytest.mark.parametrize("row", CONDITIONS, ids=range(len(CONDITIONS)))
def test_conditions_of_failure(product: Path, row: dict[str, Any]) -> None:
    program = recorder(product.parent, COUNTS | row["counts"])
    job = use(product, program=program, fail_on=row["fail-on"])
    assert job.status == row["exit"], job.log
    arguments = product.parent / "arguments"
    given = arguments.read_text("utf-8").split("\0") if arguments.exists() else []
    assert not given or ("--allow-empty" in given) == ("empty" not in row["fail-on"].split())


LITERAL = ("attestation", "fail-on", "output", "program", "strict", "vex-output")
"""Inputs that are checked, so that a strange one ends the job; all others are tried together."""


@pytest.mark.parametrize("name", [*LITERAL, "all others"])
@pytest.mark.parametrize("order", ORDERS, ids=range(len(ORDERS)))
def test_an_input_is_never_an_order(tmp_path: Path, name: str, order: str) -> None:
    folder = tmp_path / "product"
    folder.mkdir()
    program = recorder(tmp_path, COUNTS)
    others = ACTION["inputs"].keys() - {*LITERAL, "attest", "key", "python", "source", "vex"}
    strange = (name,) if name in LITERAL else others
    given = {"key": "env:KEY", "public-key": "PUBLIC", "program": program, "attest": "true", "vex": "true"}
    job = use(folder, **given | dict.fromkeys(strange, order))
    assert name in LITERAL or job.status == 0, job.log
    assert not list(tmp_path.rglob("pwned"))
    assert [one for one in job.commands if one[0] not in ("error", "warning", "notice")] == []
    assert job.outputs["components"] in ("", "1")
    assert job.outputs["bom"] in ("", order, "firmware.cdx.json")
    recorded = tmp_path / "arguments"
    got = recorded.read_text("utf-8").split("\0") if recorded.exists() else []
    values = {one.partition("=")[2] if one.startswith("--") else one for one in got}
    assert {one for one in values if "touch" in one} <= {order, *order.splitlines()}


def test_a_name_in_the_build_is_never_an_order_to_the_runner(product: Path) -> None:
    order = "##[set-output name=bom]pwned"
    folder = product / order
    folder.mkdir()
    (folder / "package-lock.json").write_text("{")
    (product / "::set-output name=bom::pwned").mkdir()
    (product / "::set-output name=bom::pwned" / "package-lock.json").write_text("{")
    job = use(product, plugins="npm\npip")
    assert job.status == 4
    assert order in job.log
    assert [one for one, _ in job.commands] == ["notice", "error"]
    assert list(orders(next(line for line in job.log.splitlines() if order in line))), "the stand-in sees no order"


def test_the_workflow_of_this_project_makes_the_sbom_of_the_sample(tmp_path: Path) -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    _, make_key, step, _ = workflow["jobs"]["action"]["steps"]
    checkout, temporary = tmp_path / "checkout", tmp_path / "runner"
    ignored = shutil.ignore_patterns("vendor", "node_modules")
    shutil.copytree(ROOT / "sample_firmware", checkout / "sample_firmware", ignore=ignored)
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "no release")):
        subprocess.run(["git", *identity, *arguments], cwd=checkout, check=True)
    temporary.mkdir()
    environment = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(temporary)}
    subprocess.run(["bash", "-eo", "pipefail", "-c", make_key["run"]], check=True, env=environment, capture_output=True)
    given = {name: text.replace("${{ runner.temp }}", str(temporary)) for name, text in step["with"].items()}
    assert (step["uses"], step["id"]) == ("./", "sbom")
    job = use(checkout, plugins="", **given)
    assert (job.status, job.commands) == (0, []), job.log
    assert int(job.outputs["components"]) > 30
    assert len(re.findall(r"^    image      passed", job.summary, re.MULTILINE)) == 2


@pytest.mark.network
def test_firmbom_is_installed_from_the_action_itself(product: Path) -> None:
    job = use(product, program="", python=sys.executable)
    assert job.status == 0, job.log
    assert Path(job.outputs["program"]).is_relative_to(product.parent / "runner")
