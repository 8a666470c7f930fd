"""The GitLab component: its script runs word for word in bash and in a plain sh, as a runner runs it.

The stand-in for GitLab fills in inputs and expands variables as its documentation says: inputs once, when the pipeline
is made; then ``$NAME`` in the values of variables; and the items of ``script`` one after the other in one shell.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ci_product import FIRMBOM, PASSPHRASE, key_pair, product_in

from firmbom.signing.keys import generate

ROOT = Path(__file__).parents[1]
HEADER, BODY = yaml.safe_load_all((ROOT / "templates" / "firmbom.yml").read_text("utf-8"))
INPUTS: dict[str, dict[str, Any]] = HEADER["spec"]["inputs"]
PLACE = re.compile(r"\$\[\[ inputs\.([\w-]+) \]\]")
SHELLS = {"bash": ("bash", "-eo", "pipefail"), "sh": ("sh", "-e")}


@dataclass
class Ran:
    """What became of the job."""

    status: int
    log: str
    variables: dict[str, str]


def filled(value: Any, inputs: dict[str, str]) -> Any:
    """Part of a pipeline with the inputs filled in."""
    if isinstance(value, dict):
        return {filled(key, inputs): filled(one, inputs) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, inputs) for one in value]
    return PLACE.sub(lambda found: inputs[found[1]], value) if isinstance(value, str) else value


def job(**given: str) -> dict[str, Any]:
    """The job with inputs, ``_`` for ``-`` in their names."""
    stated = {name.replace("_", "-"): text for name, text in given.items()}
    assert stated.keys() <= INPUTS.keys()
    defaults = {name: one["default"] for name, one in INPUTS.items()}
    texts = {name: str(one).lower() if isinstance(one, bool) else one for name, one in defaults.items()}
    [(name, found)] = filled(BODY, texts | stated).items()
    assert name == (texts | stated)["job"]
    assert isinstance(found, dict)
    return found


def run(
    checkout: Path, secrets: Mapping[str, str] = {}, /, *, interpreter: str = "bash", programs: str = "", **given: str
) -> Ran:
    """Run the job in ``checkout``; ``secrets`` are the project's CI/CD variables, ``programs`` stands first on PATH.

    What is not given is as the component says, but for one plugin alone, which starts sooner than all of them.
    """
    found = job(**{"plugins": "pip"} | given)
    home = checkout.parent
    known = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "SOURCE_DATE_EPOCH": "1700000000", **secrets}
    (home / "tmp").mkdir(exist_ok=True)
    stated = {
        name: re.sub(r"\$\{?([A-Za-z_]\w*)\}?", lambda one: known.get(one[1], ""), text)
        for name, text in found["variables"].items()
    }
    path = ":".join(filter(None, (programs, str(FIRMBOM.parent), "/usr/local/bin:/usr/bin:/bin")))
    script = home / "script"
    script.write_text("\n".join(found["script"]))
    ran = subprocess.run(
        [*SHELLS[interpreter], script],
        cwd=checkout,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env={"PATH": path, **known, **stated},
    )
    assert list((home / "tmp").iterdir()) == [], "what was made on the way is taken away"
    report = checkout / "firmbom.env"
    lines = report.read_text("utf-8").splitlines() if report.exists() else []
    log = ran.stdout.decode("utf-8", "surrogateescape")
    return Ran(status=ran.returncode, log=log, variables=dict(line.split("=") for line in lines))


@pytest.fixture
def product(tmp_path: Path) -> Path:
    return product_in(tmp_path)


@pytest.fixture(scope="module")
def key() -> tuple[str, str]:
    """A private key with a passphrase, and its public key."""
    return key_pair()


def test_inputs_are_documented_and_reach_the_script_as_variables_alone() -> None:
    [body] = BODY.values()
    assert not any("$[[" in line for line in body["script"])
    assert set(PLACE.findall(json.dumps(BODY))) == set(INPUTS)
    assert all("default" in one and one["description"] for one in INPUTS.values())


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("kind", ["text", "file"])
def test_a_release_is_built_signed_attested_and_verified(
    product: Path, key: tuple[str, str], shell: str, kind: str
) -> None:
    (product / "release.pub").write_text(key[1])
    as_file = product.parent / "FIRMBOM_KEY"
    as_file.write_text(key[0])
    as_file.chmod(0o666)  # as GitLab's runner leaves it
    ran = run(
        product,
        {"FIRMBOM_KEY": key[0] if kind == "text" else str(as_file), "FIRMBOM_PASSPHRASE": PASSPHRASE},
        interpreter=shell,
        images="firmware.img\n",
        release="v1",
        public_key="release.pub",
        spec_version="1.7",
        plugins="pip\n",
        attest="true",
        vex="true",
        fail_on="empty\nincomplete unsigned",
    )
    assert ran.status == 0, ran.log
    document = json.loads((product / "gl-sbom-firmware.cdx.json").read_text("utf-8"))
    assert (document["specVersion"], document["signature"]["algorithm"]) == ("1.7", "Ed25519")
    assert (ran.variables["FIRMBOM_COMPONENTS"], ran.variables["FIRMBOM_SIGNERS"]) == ("1", "1")
    for name in ("gl-sbom-firmware.cdx.json", "firmware.intoto.jsonl"):
        assert re.search(rf"^{name}\nsignature  passed .*\nimage      passed", ran.log, re.MULTILINE)
    assert "<code>firmware.img</code>" in (product / "firmbom.md").read_text("utf-8")
    [kept] = [one for one in (job()["artifacts"],) if one["when"] == "always"]
    for name in (*kept["paths"], *kept["reports"].values()):
        assert (product / name).is_file()


def test_a_public_key_that_did_not_sign_fails_the_job(product: Path, key: tuple[str, str]) -> None:
    (product / "other.pub").write_bytes(generate().public.pem())
    secrets = {"FIRMBOM_KEY": key[0], "FIRMBOM_PASSPHRASE": PASSPHRASE}
    assert run(product, secrets, public_key="other.pub").status == 17


def test_without_a_key_the_document_is_written_unsigned_and_that_is_said(product: Path) -> None:
    ran = run(product, public_key="release.pub", attest="true")
    assert ran.status == 0
    assert "signature" not in json.loads((product / "gl-sbom-firmware.cdx.json").read_text("utf-8"))
    assert "firmbom: there is no variable FIRMBOM_KEY, so the document is not signed" in ran.log
    assert run(product, fail_on="unsigned").status == 5


def test_a_key_in_no_form_that_is_known_is_refused_and_not_shown(product: Path) -> None:
    ran = run(product, {"FIRMBOM_KEY": "c2VjcmV0"})
    assert ran.status == 2
    assert "FIRMBOM_KEY holds neither PEM text nor an address and is not of type File" in ran.log
    assert "c2VjcmV0" not in ran.log


@pytest.mark.parametrize(
    ("requirements", "inputs", "status", "written"),
    [
        ("", {"fail_on": "none"}, 0, True),
        ("-r absent.txt\nidna==3.6\n", {}, 4, True),
        ("-r absent.txt\nidna==3.6\n", {"strict": "true", "fail_on": "none"}, 5, False),
    ],
)
def test_a_build_that_is_not_whole(
    product: Path, requirements: str, inputs: dict[str, str], status: int, written: bool
) -> None:
    (product / "requirements.txt").write_text(requirements)
    ran = run(product, interpreter="sh", **inputs)
    assert ran.status == status, ran.log
    assert (product / "gl-sbom-firmware.cdx.json").exists() == written


RECORDER = Path(__file__).with_name("data") / "recorder.sh"
"""In firmbom's place: keeps the arguments it is given, and counts what it is told to."""

COUNTS = {"STATUS": 0, "COMPONENTS": 1, "CONFLICTS": 0, "ERRORS": 0, "PROBLEMS": 0, "SIGNERS": 1, "TAGS": 1}
CONDITIONS = json.loads(RECORDER.with_name("conditions.json").read_text("utf-8"))


def recorder(folder: Path, counts: Mapping[str, int]) -> str:
    """A folder of programs with the recorder in it."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "counts").write_text("".join(f"FIRMBOM_{name}={count}\n" for name, count in counts.items()))
    shutil.copy(RECORDER, programs / "firmbom")
    return str(programs)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("row", CONDITIONS, ids=range(len(CONDITIONS)))
def test_conditions_of_failure(product: Path, row: dict[str, Any], shell: str) -> None:
    programs = recorder(product.parent, COUNTS | row["counts"])
    ran = run(product, interpreter=shell, programs=programs, fail_on=row["fail-on"])
    assert ran.status == row["exit"], ran.log
    arguments = Path(programs) / "arguments"
    given = arguments.read_text("utf-8").split("\0") if arguments.exists() else []
    assert "build" not in given or ("--allow-empty" in given) == ("empty" not in row["fail-on"].split())


ORDERS = (
    "$(touch pwned)`touch pwned`",
    "'; touch pwned; '\"; touch pwned; \"",
    "x\ntouch pwned\n",
    "* touch pwned",
    "--help",
)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("order", ORDERS, ids=range(len(ORDERS)))
def test_no_input_is_an_order(tmp_path: Path, order: str, shell: str) -> None:
    folder = tmp_path / "product"
    folder.mkdir()
    programs = recorder(tmp_path, COUNTS)
    literal = {"job", "stage", "image", "source", "key-variable", "passphrase-variable", "strict", "fail-on"}
    names = [name.replace("-", "_") for name in INPUTS.keys() - literal]
    given = dict.fromkeys(names, order) | {
        "attest": "true",
        "vex": "true",
        "interpreter": shell,
        "programs": str(programs),
    }
    ran = run(folder, {"FIRMBOM_KEY": "nowhere:y"}, **given)
    assert not list(tmp_path.rglob("pwned"))
    assert ran.status == 0, ran.log
    recorded = (Path(programs) / "arguments").read_text("utf-8").split("\0")
    values = [one.partition("=")[2] if one.startswith("--") and one != order else one for one in recorded]
    assert {one for one in values if "touch" in one} <= {order, *order.splitlines()}
    assert recorded.count(f"--image={order.splitlines()[0]}") == 3


def test_what_installs_firmbom_does_not_get_the_key(product: Path) -> None:
    programs = product.parent / "programs"
    programs.mkdir()
    environment = programs / "environment"
    python = programs / "python3"
    python.write_text(
        "#!/bin/sh\n"
        f"env >{environment}\n"
        'mkdir -p "$4/bin"\n'
        f'printf "#!/bin/sh\\nenv >>{environment}\\n" >"$4/bin/python"\n'
        f'ln -s {FIRMBOM} "$4/bin/firmbom"\n'
        'chmod +x "$4/bin/python"\n'
    )
    python.chmod(0o755)
    secrets = {"FIRMBOM_KEY": "nowhere:y", "FIRMBOM_PASSPHRASE": "z"}
    ran = run(product, secrets, source="firmbom", programs=str(programs))
    assert "no key store answers to 'nowhere:'" in ran.log, "the key was there when it was needed"
    names = [line.split("=")[0] for line in environment.read_text("utf-8").splitlines()]
    assert names.count("FIRMBOM_INPUT_SOURCE") == 2
    assert not {"FIRMBOM_KEY", "FIRMBOM_PASSPHRASE"} & set(names)
