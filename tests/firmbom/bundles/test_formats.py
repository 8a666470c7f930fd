"""What holds for every format of bundle, and what is no bundle."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from firmbom.bundles.formats import BUNDLES, read_bundle


@pytest.mark.parametrize("name", BUNDLES)
def test_a_format_has_a_module_and_tests(name: str) -> None:
    module = import_module(f"firmbom.bundles.{name}")
    assert callable(module.fits)
    assert callable(module.read)
    assert Path(__file__).with_name(f"test_{name}.py").is_file(), "test it with what the real tool makes"


def test_what_is_no_bundle(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data in (b"", b"text", bytes(4096), b"\x1f\x8b\x08" + bytes(90)):
        path.write_bytes(data)
        assert read_bundle(path) == (None, ())
    assert read_bundle(tmp_path / "nothing") == (None, ())
