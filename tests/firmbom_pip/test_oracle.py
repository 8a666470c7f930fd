"""cyclonedx-py as the oracle: on the same inputs firmbom must never know less than it does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packageurl import PackageURL

from firmbom.identity import pypi_name
from firmbom.model import ComponentSet

DATA = Path(__file__).parent / "data"
Read = Callable[..., ComponentSet]
SHA = "a" * 64


def ask(command: str, *arguments: str) -> dict[str, Any]:
    """What cyclonedx-py says."""
    asked = [sys.executable, "-m", "cyclonedx_py", command, "--no-validate", "--output-reproducible", *arguments]
    done = subprocess.run(asked, capture_output=True, check=True, timeout=120)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def facts(document: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    """By name and version: digests, groups, categories, extras and commits as text."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in document["components"]:
        said = found.setdefault((pypi_name(one["name"]), one.get("version", "")), set())
        said |= {f"{said['name']}={said['value']}" for said in one.get("properties", [])}
        for reference in one.get("externalReferences", []):
            said |= {f"{digest['alg']}:{digest['content']}" for digest in reference.get("hashes", [])}
        said |= {
            f"{key}={value}" for key, value in PackageURL.from_string(one.get("purl", "pkg:pypi/x")).qualifiers.items()
        }
    return found


def own(found: ComponentSet) -> dict[tuple[str, str], set[str]]:
    """The same of a set."""
    known: dict[tuple[str, str], set[str]] = {}
    for one in found.components:
        said = known.setdefault((pypi_name(one.name), one.version), set())
        said |= {f"{said.name}={said.value}" for said in one.properties}
        said |= {f"{digest.algorithm}:{digest.value}" for reference in one.references for digest in reference.digests}
        said |= {f"{key}={value}" for key, value in PackageURL.from_string(one.purl).qualifiers.items()}
    return known


def compare(theirs: dict[str, Any], mine: ComponentSet) -> None:
    known = own(mine)
    for (name, version), said in facts(theirs).items():
        version = "" if "*" in version else version  # noqa: PLW2901 - it takes the wildcard for a version
        same = [mine for key, mine in known.items() if key[0] == name and version in {"", key[1]}]
        assert same, (name, version)
        assert {re.sub(r"/$", "", one) for one in said} <= set().union(*same), (name, version)
    names = {one["bom-ref"]: pypi_name(one["name"]) for one in theirs["components"]}
    edges = {
        (names[one["ref"]], names[target])
        for one in theirs.get("dependencies", [])
        for target in one.get("dependsOn", [])
        if one["ref"] in names
    }
    refs = {one.ref: pypi_name(one.name) for one in mine.components}
    assert edges <= {(refs[edge.source], refs[edge.target]) for edge in mine.edges if edge.source}


def test_requirements(tmp_path: Path, read: Read) -> None:
    text = (
        (DATA / "pip_compile" / "requirements.txt").read_text()
        + "Extra_s[Two_x,one]==1.0\nunpinned>=1\nwild==1.*\n-r more.txt\n-c pins.txt\n"
        + f"bus @ git+https://git.example/bus.git@{'1' * 40}\n"
        + f"archive @ https://files.example/archive-1.zip --hash=sha256:{SHA}\n"
    )
    found = read(
        {"requirements.txt": text, "more.txt": f"included==3 --hash=sha512:{'b' * 128}\n", "pins.txt": "x==1\n"}
    )
    theirs = ask("requirements", str(tmp_path / "requirements.txt"))
    for one in theirs["components"]:
        # it names the place of a line with the pip options still in it; the address is compared elsewhere
        one["purl"] = one.get("purl", "pkg:pypi/x").partition("?")[0]
    theirs["components"] = [one for one in theirs["components"] if one["name"] != "x"]  # a constraint is no component
    compare(theirs, found)


def test_pipenv(read_folder: Read) -> None:
    compare(ask("pipenv", "--dev", str(DATA / "pipenv")), read_folder(DATA / "pipenv"))


def test_poetry(read_folder: Read) -> None:
    compare(ask("poetry", "--all-extras", str(DATA / "poetry_old")), read_folder(DATA / "poetry_old"))


@pytest.mark.parametrize("name", ["poetry"])
def test_what_the_oracle_cannot_read_is_read_here(name: str, read_folder: Read) -> None:
    """It gives up on a project in PEP 621 form; the day it does not, compare here as well."""
    with pytest.raises(subprocess.CalledProcessError):
        ask("poetry", str(DATA / name))
    assert len(read_folder(DATA / name).components) > 10
