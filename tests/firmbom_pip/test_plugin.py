from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from firmbom import __version__
from firmbom.discovery import GROUP
from firmbom.model import ComponentSet
from firmbom.plugin import Context, FilePlugin, Plugin, TreePlugin
from firmbom.tree.folder import FolderTree
from firmbom.tree.match import NamePatterns, Patterns
from firmbom_pip import plugin


def test_it_is_registered_and_keeps_the_contract() -> None:
    (entry,) = {entry.value for entry in entry_points(group=GROUP) if entry.name == "pip"}
    assert entry == "firmbom_pip.plugin:Plugin"
    one = plugin.Plugin()
    assert isinstance(one, Plugin)
    assert isinstance(one, FilePlugin)
    assert isinstance(one, TreePlugin)
    assert (one.name, one.version) == ("pip", __version__)


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("a/poetry.lock", "poetry_lock"),
        ("pylock.toml", "pylock"),
        ("pylock.dev.toml", "pylock"),
        ("conda-lock.yml", "conda_lock"),
        ("dev.conda-lock.yml", "conda_lock"),
        ("requirements-x.txt", "requirements"),
        ("requirements/x.txt", "requirements"),
        ("a/x-1.dist-info/METADATA", "installed"),
        ("a/x.egg-info", "installed"),
        ("a/x.egg-info/PKG-INFO", "installed"),
        ("a/x-1.dist-info/sboms/deep/x.json", "embedded"),
        ("x/poetry.lock.bak", None),
        ("x/METADATA", None),
        ("x/PKG-INFO", None),
        ("requirements.in", None),
    ],
)
def test_what_is_wanted_has_a_reader(path: str, module: str | None) -> None:
    wants = plugin.Plugin.wants
    assert (NamePatterns(wants.names).match(path) or Patterns(wants.paths).match(path)) == (module is not None)
    assert next((name for fits, name in plugin._MATCHERS if fits(path)), None) == module


def test_without_the_option_nothing_is_scanned(
    tmp_path: Path, read: Callable[..., ComponentSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", pytest.fail)
    found = read({})
    assert found.plugins[0].tool == ""
    assert list(plugin.Plugin().scan(FolderTree(tmp_path), Context())) == []


def test_importing_the_plugin_is_cheap() -> None:
    """What parses is loaded with the first file that needs it."""
    heavy = {"packaging.requirements", "packaging.metadata", "packaging.licenses", "tomllib", "yaml", "cyclonedx_py"}
    code = f"import sys, firmbom_pip.plugin; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
