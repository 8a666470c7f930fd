"""The layer as it is shipped: where it is found, for which releases, and what its Python may use."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from firmbom_yocto import layer

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "yocto-layer.md"
MODULES = sorted((layer.path() / "lib" / "firmbom_layer").glob("*.py"))


def test_the_path_can_be_asked_for() -> None:
    done = subprocess.run([sys.executable, "-m", "firmbom_yocto.layer"], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip(), "conf", "layer.conf").is_file()
    assert Path(done.stdout.strip(), "classes", "firmbom.bbclass").is_file()


def test_main_prints_the_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert layer.main() == 0
    assert capsys.readouterr().out == f"{layer.path()}\n"


def test_every_release_is_named() -> None:
    text = (layer.path() / "conf" / "layer.conf").read_text("utf-8")
    compatible = next(line for line in text.splitlines() if line.startswith("LAYERSERIES_COMPAT_firmbom"))
    assert set(compatible.partition("=")[2].strip(' "').split()) >= {
        "kirkstone", "scarthgap", "styhead", "walnascar", "whinlatter", "wrynose"
    }  # fmt: skip


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_python_of_old_build_machines_reads_it(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
    imported = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
    names = {alias.name for one in imported if isinstance(one, ast.Import) for alias in one.names}
    names |= {one.module or "" for one in imported if isinstance(one, ast.ImportFrom) and not one.level}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_change_of_the_code_reruns_the_task(path: Path) -> None:
    """Each module is among the files whose checksums belong to a task."""
    text = (layer.path() / "classes" / "firmbom.bbclass").read_text("utf-8")
    assert path.stem == "__init__" or f"'{path.stem}'" in text


def test_every_setting_is_documented_with_its_default() -> None:
    text = (layer.path() / "classes" / "firmbom.bbclass").read_text("utf-8").replace("\\\n", "")
    defaults = dict(re.findall(r'^(FIRMBOM_[A-Z_]+) \?= "(.*)"', text, re.MULTILINE))
    rows = re.findall(r"^\| `(FIRMBOM_[A-Z_]+)` \| (.*?) ?\| ", DOCUMENTATION.read_text("utf-8"), re.MULTILINE)
    documented = {name: default.strip("`") for name, default in rows}
    assert documented == {**defaults, "FIRMBOM_EXCLUDE": "metadata"}
