"""What is said of settings that cannot be followed, and which recipes have something to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmbom_yocto import layer

GOOD = {
    "FIRMBOM_KEY": "none",
    "FIRMBOM_RELEASE": "v1.0",
    "FIRMBOM_SPEC_VERSION": "1.6",
    "FIRMBOM_COMMAND": f"{sys.executable} -m firmbom",
    "FIRMBOM_STRICT": "0",
    "FIRMBOM_SPDX": "0",
    "FIRMBOM_NATIVE": "0",
    "FIRMBOM_ENABLED": "1",
    "FIRMBOM_LAYERDIR": "/layer",
}


@pytest.fixture
def settings(module: Callable[[str], Any]) -> Any:
    return module("settings")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "release.key"
    path.write_text("secret")
    path.chmod(0o600)
    return path


def test_good_settings_are_silent(settings: Any, store: Callable[..., Any], key: Path) -> None:
    assert list(settings.problems(store(GOOD))) == []
    keys = {"FIRMBOM_KEY": f"{key} file:{key}", "FIRMBOM_PASSPHRASE": str(key), "FIRMBOM_TIMESTAMP": "1700000000"}
    assert list(settings.problems(store(GOOD, keys, {"FIRMBOM_CONFIG": str(key), "FIRMBOM_KEY:pn-x": "none"}))) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"FIRMBOM_KEY": ""}, "FIRMBOM_KEY: no key"),
        ({"FIRMBOM_KEY": "release.key"}, "FIRMBOM_KEY: release.key is not an absolute path"),
        ({"FIRMBOM_KEY": "/nowhere/x.key"}, "FIRMBOM_KEY: /nowhere/x.key: no such file"),
        ({"FIRMBOM_KEY": "env:KEY"}, "FIRMBOM_KEY: env:KEY is refused"),
        ({"FIRMBOM_PASSPHRASE": "env:PW"}, "FIRMBOM_PASSPHRASE: env:PW is refused"),
        ({"FIRMBOM_CONFIG": "firmbom.toml"}, "FIRMBOM_CONFIG: firmbom.toml is not an absolute path"),
        ({"FIRMBOM_RELEASE": ""}, "FIRMBOM_RELEASE: name the release"),
        ({"FIRMBOM_RELEASE": "v1\x07"}, "FIRMBOM_RELEASE: name the release"),
        ({"FIRMBOM_REPOSITORY": "product"}, "FIRMBOM_REPOSITORY: product is not an absolute path"),
        ({"FIRMBOM_REPOSITORY": "/nowhere/x"}, "FIRMBOM_REPOSITORY: /nowhere/x: no such folder"),
        ({"FIRMBOM_REPOSITORY": "/dev"}, "FIRMBOM_REPOSITORY: /dev is no git checkout with a commit"),
        ({"FIRMBOM_SPEC_VERSION": "1.5"}, "FIRMBOM_SPEC_VERSION: expected 1.6 or 1.7, got '1.5'"),
        ({"FIRMBOM_TIMESTAMP": "today"}, "FIRMBOM_TIMESTAMP: expected seconds since 1970, got 'today'"),
        ({"FIRMBOM_STRICT": "yes"}, "FIRMBOM_STRICT: expected 0 or 1, got 'yes'"),
        ({"FIRMBOM_COMMAND": "/nowhere/firmbom"}, "FIRMBOM_COMMAND: no program '/nowhere/firmbom'"),
        ({"FIRMBOM_COMMAND": ""}, "FIRMBOM_COMMAND: no program ''"),
        ({"FIRMBOM_COMMAND": "'open"}, "FIRMBOM_COMMAND: cannot be read"),
        ({"FIRMBOM_RELEAS": "v1"}, "FIRMBOM_RELEAS: there is no such variable; did you mean FIRMBOM_RELEASE?"),
        ({"FIRMBOM_QQQQQQQQQ": "v1"}, "FIRMBOM_QQQQQQQQQ: there is no such variable"),
    ],
)
def test_each_mistake_is_one_line(settings: Any, store: Callable[..., Any], changed: dict[str, str], said: str) -> None:
    found = list(settings.problems(store(GOOD, changed)))
    assert len(found) == 1
    assert found[0].startswith(said)
    assert "\n" not in found[0]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Callable[..., None]]:
    """A git checkout with one commit, and what runs git in it."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    folder = tmp_path / "product"
    folder.mkdir()

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
        subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    (folder / "main.c").write_text("int main(void) { return 0; }\n")
    git("add", "main.c")
    git("commit", "--quiet", "--message", "first")
    return folder, git


def test_the_release_may_be_left_to_a_checkout(settings: Any, store: Callable[..., Any], checkout: Any) -> None:
    stated = {"FIRMBOM_REPOSITORY": str(checkout[0]), "FIRMBOM_RELEASE": ""}
    assert list(settings.problems(store(GOOD, stated))) == []


def test_whatever_a_document_takes_from_a_checkout_is_its_state(module: Callable[[str], Any], checkout: Any) -> None:
    folder, git = checkout
    layers = module("layers")
    states = [layers.state(str(folder), anew=True)]
    (folder / "made.o").touch()
    assert layers.state(str(folder), anew=True) == states[0]
    git("tag", "v1")
    states.append(layers.state(str(folder), anew=True))
    git("tag", "--force", "--annotate", "--message", "one", "v1")
    states.append(layers.state(str(folder), anew=True))
    (folder / "main.c").write_text("changed\n")
    states.append(layers.state(str(folder), anew=True))
    git("commit", "--quiet", "--all", "--message", "second")
    states.append(layers.state(str(folder), anew=True))
    assert len(set(states)) == len(states)
    assert all(states)
    assert str(folder) not in " ".join(states)
    assert layers.state("") == ""


def test_a_checkout_is_looked_at_when_the_configuration_is_parsed_and_not_for_each_recipe(
    settings: Any, module: Callable[[str], Any], store: Callable[..., Any], checkout: Any
) -> None:
    folder, git = checkout
    layers, variables = module("layers"), store(GOOD, {"FIRMBOM_REPOSITORY": str(folder)})
    first = layers.state(str(folder))
    git("tag", "v1")
    assert layers.state(str(folder)) == first
    assert list(settings.problems(variables)) == []
    assert layers.state(str(folder)) != first


def test_a_key_that_others_can_read_is_refused(settings: Any, store: Callable[..., Any], key: Path) -> None:
    key.chmod(0o640)
    assert list(settings.problems(store(GOOD, {"FIRMBOM_KEY": str(key)}))) == [
        f"FIRMBOM_KEY: {key} may be read by others: chmod 600 {key}"
    ]


def test_an_unreadable_file_is_told(
    settings: Any, store: Callable[..., Any], key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may read everything
    assert f"FIRMBOM_CONFIG: {key} cannot be read" in list(settings.problems(store(GOOD, {"FIRMBOM_CONFIG": str(key)})))


def test_the_program_is_looked_for_where_bitbake_was_called(
    settings: Any, store: Callable[..., Any], tmp_path: Path
) -> None:
    program = tmp_path / "firmbom"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    called_with = store({"PATH": str(tmp_path)})
    assert settings.command(store({"FIRMBOM_COMMAND": "firmbom -x", "BB_ORIGENV": called_with})) == [str(program), "-x"]
    assert settings.command(store({"FIRMBOM_COMMAND": "firmbom", "BB_ORIGENV": store({})})) == []


@pytest.mark.parametrize(
    ("classes", "native", "recorded"),
    [
        ((), "0", True),
        (("nativesdk",), "0", True),
        (("native",), "0", False),
        (("cross",), "0", False),
        (("native",), "1", True),
        (("image",), "1", False),
        (("nopackages",), "1", False),
    ],
)
def test_what_is_recorded(
    settings: Any,
    store: Callable[..., Any],
    bitbake: Callable[..., Any],
    classes: tuple[str, ...],
    native: str,
    recorded: bool,
) -> None:
    assert settings.is_recorded(store({"FIRMBOM_NATIVE": native}), bitbake(*classes)) is recorded


@pytest.mark.parametrize(
    ("classes", "enabled", "product"),
    [(("image",), "1", True), (("bundle",), "1", True), (("image",), "0", False), (("kernel",), "1", False)],
)
def test_what_is_a_product(
    settings: Any,
    store: Callable[..., Any],
    bitbake: Callable[..., Any],
    classes: tuple[str, ...],
    enabled: str,
    product: bool,
) -> None:
    d = store({"FIRMBOM_ENABLED": enabled, "FIRMBOM_BUNDLE_CLASSES": "bundle swupdate"})
    assert settings.is_product(d, bitbake(*classes)) is product


def test_the_class_sets_what_the_settings_know(settings: Any) -> None:
    """Each variable that the class gives a default to is checked or free, and each of those has a default."""
    text = (layer.path() / "classes" / "firmbom.bbclass").read_text("utf-8")
    defaults = set(re.findall(r"^(FIRMBOM_[A-Z_]+) \?=", text, re.MULTILINE))
    assert defaults == {*settings.CHECKS, *settings.TOGETHER, *settings.FREE}
    own = set(re.findall(r"^(FIRMBOM_[A-Z_]+) =", text, re.MULTILINE))
    assert own | {"FIRMBOM_LAYERDIR"} == set(settings.OWN)
