"""A stand-in for bitbake's data store and library, and the layer's modules; test_class.py uses the real ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from firmbom_yocto import layer

Module = Callable[[str], Any]


class Store(dict[str, Any]):
    """Variables, and flags under ``NAME[flag]``."""

    def getVar(self, name: str, expand: bool = True) -> Any:  # noqa: N802 - bitbake's name
        return self.get(name)

    def getVarFlag(self, name: str, flag: str) -> Any:  # noqa: N802 - bitbake's name
        return self.get(f"{name}[{flag}]")

    def getVarFlags(self, name: str) -> dict[str, Any] | None:  # noqa: N802 - bitbake's name
        flags = {key[len(name) + 1 : -1]: one for key, one in self.items() if key.startswith(f"{name}[")}
        return flags or None

    def expand(self, text: str) -> str:
        return text.replace("${PV}", self.get("PV", ""))


class FatalError(Exception):
    """What bb.fatal raises here."""


class Bitbake:
    """The parts of ``bb`` that the layer uses."""

    def __init__(self, *classes: str) -> None:
        self.warnings: list[str] = []
        self.files: dict[str, str] = {}
        self.data = SimpleNamespace(inherits_class=lambda name, _: name in classes)
        self.utils = SimpleNamespace(get_file_layer=lambda path, _: Path(path).parent.parent.name)
        self.fetch2 = SimpleNamespace(decodeurl=decoded, FetchData=self.fetched)

    def fetched(self, url: str, d: Store) -> Any:
        if "AUTOREV" in url:
            raise RuntimeError("no network")
        scheme, _, path, *_ = decoded(url)
        digests = {f"{name}_expected": d.getVarFlag("SRC_URI", f"{name}sum") for name in ("md5", "sha256")}
        found = SimpleNamespace(localpath=None, revision=d.get("SRCREV", "") if scheme == "git" else "", **digests)
        found.setup_localpath = lambda _: setattr(found, "localpath", self.files.get(path))
        return found

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def fatal(self, text: str) -> None:
        raise FatalError(text)


def decoded(url: str) -> tuple[str, str, str, str, str, dict[str, str]]:
    address, *parameters = url.split(";")
    if address.startswith("file://"):
        return "file", "", address.removeprefix("file://"), "", "", dict(one.split("=") for one in parameters)
    split = urlsplit(address)
    pairs = dict(one.split("=") for one in parameters)
    return split.scheme, split.hostname or "", split.path, split.username or "", split.password or "", pairs


@pytest.fixture(scope="session")
def module() -> Module:
    """Imports one of the layer's modules, as the class does."""
    folder = str(layer.path() / "lib")
    if folder not in sys.path:
        sys.path.append(folder)
    return lambda name: import_module(f"firmbom_layer.{name}")


@pytest.fixture(scope="session")
def store() -> Callable[..., Store]:
    """Makes a data store of variables, later ones winning."""
    return lambda *given: Store({key: value for one in given for key, value in one.items()})


@pytest.fixture(scope="session")
def bitbake() -> Callable[..., Bitbake]:
    """Makes a library in which a recipe inherits the given classes."""
    return Bitbake
