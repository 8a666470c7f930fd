"""A real environment: two wheels built here, installed by pip into a virtual environment, read in both ways."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from firmbom.model import ComponentSet, Problem
from firmbom_pip import environment

Read = Callable[..., ComponentSet]
BUS = """Metadata-Version: 2.4
Name: Sensor.Bus
Version: 1.2.0
Summary: Reads the bus
License-Expression: MIT
Project-URL: Homepage, https://bus.example/
Requires-Dist: wire>=2
Requires-Dist: absent; sys_platform == "nowhere"
"""
WIRE = """Metadata-Version: 2.1
Name: wire
Version: 2.0
License: Apache-2.0
Classifier: License :: OSI Approved :: Apache Software License
Home-page: https://wire.example
"""


def build(folder: Path, name: str, version: str, metadata: str) -> Path:
    """Write a wheel as a build backend does."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    content = {f"{name}.py": "", f"{info}/METADATA": metadata, f"{info}/WHEEL": tag}
    record = "".join(f"{path},,\n" for path in (*content, f"{info}/RECORD"))
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return wheel


def pip_command() -> list[str]:
    """The pip beside this Python, else the one that ensurepip carries."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    bundled = find_spec("ensurepip")
    wheels = sorted(Path(str(bundled.origin)).parent.glob("_bundled/pip-*.whl")) if bundled else []
    if not wheels:
        pytest.skip("this interpreter comes without pip")
    return [sys.executable, f"{wheels[-1]}/pip"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the virtual environment ``env``; its packages came from files beside it."""
    where = tmp_path_factory.mktemp("product")
    wheels = [build(where, "sensor_bus", "1.2.0", BUS), build(where, "wire", "2.0", WIRE)]
    venv.create(where / "env", with_pip=False, symlinks=True)
    pip = [*pip_command(), "--python", str(where / "env" / "bin" / "python")]
    quiet = ["--isolated", "--disable-pip-version-check", "--no-cache-dir", "--quiet"]
    links = ["--no-index", "--find-links", str(where)]
    subprocess.run([*pip, "install", *quiet, *links, "sensor-bus"], check=True, timeout=120)
    for wheel in wheels:
        wheel.unlink()
    return where


def test_what_pip_installed(folder: Path, read_folder: Read) -> None:
    found = read_folder(folder)
    by_name = {one.name: one for one in found.components if not one.within}
    assert by_name.keys() == {"Sensor.Bus", "wire"}
    bus, wire = by_name["Sensor.Bus"], by_name["wire"]
    assert (bus.purl, [one.value for one in bus.licences]) == ("pkg:pypi/sensor-bus@1.2.0", ["MIT"])
    assert [one.value for one in wire.licences] == ["Apache-2.0"]
    edges = {(edge.source, edge.target) for edge in found.edges}
    assert ("", bus.ref) in edges
    assert (bus.ref, wire.ref) in edges
    assert ("", wire.ref) not in edges
    owned = {one.path.rpartition("site-packages/")[2] for one in found.ownership if one.owner == bus.ref}
    assert {"sensor_bus.py", "sensor_bus-1.2.0.dist-info/INSTALLER"} <= owned
    assert not [one for one in found.problems if one.severity == "error"]


def test_cyclonedx_py_knows_nothing_more(folder: Path, tmp_path: Path, read: Read) -> None:
    """The oracle: the same environment through ``cyclonedx-py environment``; names, licences, addresses and edges."""
    (tmp_path / "link").symlink_to(folder / "env")
    told = read({}, options={"environments": ["link"]})
    assert [(one.name, one.tool.split()[0]) for one in told.plugins] == [("pip", "cyclonedx-bom")]
    assert [(one.path, one.components) for one in told.coverage] == [("link", "complete")]
    assert {one.purl for one in told.components} >= {"pkg:pypi/sensor-bus@1.2.0", "pkg:pypi/wire@2.0"}
    (site,) = (folder / "env" / "lib").glob("python*/site-packages")
    files = {str(path.relative_to(folder)): path.read_bytes() for path in site.glob("*.dist-info/*") if path.is_file()}
    mine = read(files)
    known = {one.purl: one for one in mine.components}
    for one in told.components:
        same = known[one.purl]
        assert (same.version, same.description) == (one.version, one.description.strip())
        assert {licence.value.rpartition(" :: ")[2] for licence in one.licences} - {"Apache Software License"} <= {
            licence.value for licence in same.licences
        }
        assert {reference.url.rstrip("/") for reference in one.references} <= {
            reference.url.rstrip("/") for reference in same.references
        }
    assert {edge for edge in told.edges if edge.source} <= set(mine.edges)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("gone", "no such interpreter or virtual environment"),
        ("empty", "cyclonedx-py failed with status"),
        ("script", "cyclonedx-py failed with status"),
    ],
)
def test_an_interpreter_that_fails_is_a_problem(tmp_path: Path, read: Read, named: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nexit 3\n")
    script.chmod(0o755)
    found = read({}, options={"environments": [named]})
    (problem,) = found.problems
    assert (problem.severity, problem.path) == ("error", named)
    assert message in problem.message
    assert not found.coverage


def test_a_slow_interpreter_is_given_up(tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "slow"))
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 20\n")
    slow.chmod(0o755)
    found = read({}, options={"environments": ["slow"], "timeout": 0.1})
    assert found.problems == (Problem("error", "no answer within 0.1 seconds", "slow", "pip"),)


def test_what_cannot_be_started(tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    found = read({"env": ""}, options={"environments": ["env"]})
    assert "cannot be run: No such file" in found.problems[0].message


def test_output_that_is_no_document(tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    chatty = tmp_path / "chatty"
    chatty.write_text("#!/bin/sh\necho hello\n")
    chatty.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(chatty))
    found = read({"env": ""}, options={"environments": ["env"]})
    assert "not JSON" in found.problems[0].message


@pytest.mark.parametrize(
    "options",
    [
        {"environments": "env"},
        {"environments": [], "unknown": 1},
        {"environmnets": []},
        {"environments": [1]},
        {"environments": [], "timeout": "x"},
    ],
)
def test_options_are_checked(read: Read, options: dict[str, object]) -> None:
    (problem,) = read({}, options=options).problems
    assert problem.message.startswith("plugin.pip.")


def test_without_the_tool(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "TOOL", "cyclonedx-bom-that-nobody-installed")
    (problem,) = read({}, options={"environments": ["env"]}).problems
    assert "is not installed" in problem.message


def test_python_runs_the_module_that_is_installed() -> None:
    done = subprocess.run([sys.executable, "-m", "cyclonedx_py", "--version"], capture_output=True, check=True)
    assert done.stdout
