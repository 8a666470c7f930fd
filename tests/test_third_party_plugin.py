"""A stranger's plugin, word for word from docs/plugins.md: built, installed, run; and two that misbehave."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOC = Path(__file__).parents[1] / "docs" / "plugins.md"
FILE = re.compile(r"<!-- file: (?P<name>\S+) -->\n```\w+\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
MAIN = "import sys; from firmbom.cli.main import main; sys.exit(main())"


def files_of_the_doc() -> dict[str, str]:
    return {match["name"]: match["text"] for match in FILE.finditer(DOC.read_text())}


def install(project: Path, site: Path) -> None:
    """Build the project's wheel and install it into the folder ``site``, with nothing but what is here already."""
    offline = ("--no-index", "--no-deps", "--no-build-isolation")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *offline, "--target", site, project], check=True)


def firmbom(site: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(site)},
    )


def distribution(site: Path, name: str, entry: str, module: str, source: str) -> None:
    """What an installer leaves behind for a plugin, without building one."""
    (site / f"{module}.py").write_text(source)
    info = site / f"{name.replace('-', '_')}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[firmbom.plugins]\n{entry} = {module}:Plugin\n")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project, site = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("site")
    for name in ("firmbom_conan.py", "pyproject.toml"):
        (project / name).write_text(files_of_the_doc()[name])
    install(project, site)
    return site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "product"
    folder.mkdir()
    (folder / "conan.lock").write_text(files_of_the_doc()["conan.lock"])
    return folder


def built(site: Path, folder: Path, *, status: int) -> tuple[dict[str, Any], str]:
    ran = firmbom(site, "build", "--no-sign", "--release", "v1", folder)
    assert ran.returncode == status, ran.stderr
    return json.loads(ran.stdout), ran.stderr


def purls(document: dict[str, Any]) -> set[str]:
    return {one["purl"] for one in document["components"]}


def test_the_plugin_in_the_docs_is_as_short_as_they_say() -> None:
    module = files_of_the_doc()["firmbom_conan.py"]
    assert sum(bool(line.strip()) for line in module.splitlines()) <= 16
    assert len(files_of_the_doc()["pyproject.toml"].splitlines()) <= 16


def test_it_is_listed_and_its_components_are_in_the_document(site: Path, folder: Path) -> None:
    listed = json.loads(firmbom(site, "plugins", "--json").stdout)
    assert {
        "name": "conan",
        "version": "1.0.0",
        "distribution": "firmbom-conan",
        "runs": "by default",
        "error": "",
    } in listed
    document, _ = built(site, folder, status=0)
    assert purls(document) == {"pkg:conan/zlib@1.3.1", "pkg:conan/mbedtls@3.6.2"}
    zlib = next(one for one in document["components"] if one["name"] == "zlib")
    assert any("conan.lock" in json.dumps(where) for where in zlib["evidence"]["occurrences"])


def test_its_own_tests_pass(site: Path, tmp_path: Path) -> None:
    test = tmp_path / "test_firmbom_conan.py"
    test.write_text(files_of_the_doc()["test_firmbom_conan.py"])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, test],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(site), "PYTEST_ADDOPTS": ""},
    )
    assert "2 passed" in ran.stdout, ran.stdout + ran.stderr


def test_a_plugin_that_raises_on_import_is_reported_and_the_rest_runs(site: Path, folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "site"
    broken.mkdir()
    distribution(broken, "firmbom-broken", "broken", "firmbom_broken", "raise RuntimeError('no licence server')\n")
    both = Path(f"{site}{os.pathsep}{broken}")
    listed = firmbom(both, "plugins")
    assert listed.returncode == 4
    assert "cannot be used: RuntimeError: no licence server" in listed.stdout
    document, said = built(both, folder, status=4)
    assert "RuntimeError: no licence server" in said
    assert len(purls(document)) == 2


def test_a_name_that_two_distributions_claim_is_reported_and_the_rest_runs(
    site: Path, folder: Path, tmp_path: Path
) -> None:
    second = tmp_path / "site"
    second.mkdir()
    source = "class Plugin:\n    name, version = 'pip', '9'\n"
    distribution(second, "firmbom-rival", "pip", "firmbom_rival", source)
    both = Path(f"{site}{os.pathsep}{second}")
    listed = firmbom(both, "plugins")
    assert listed.returncode == 4
    assert "claimed by firmbom and firmbom-rival" in listed.stdout
    document, said = built(both, folder, status=4)
    assert "claimed by firmbom and firmbom-rival" in said
    assert len(purls(document)) == 2
