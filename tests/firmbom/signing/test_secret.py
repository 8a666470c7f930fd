"""Passphrases from the environment and from files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from firmbom.errors import ConfigError
from firmbom.signing.secret import read_passphrases


def test_from_both_in_order(tmp_path: Path) -> None:
    file = tmp_path / "pass"
    file.write_bytes(b"from the file\r\nnot this line\n")
    file.chmod(0o600)
    assert read_passphrases(["PW"], [str(file)], {"PW": "pä ss\\n"}) == ("pä ss\\n".encode(), b"from the file")
    assert read_passphrases([], [], {}) == ()


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\nsecond", b"x" * 1024])
def test_a_file_without_a_usable_passphrase(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "pass"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="holds no passphrase of 1 to 1023 bytes"):
        read_passphrases([], [str(file)], {})


def test_a_variable_that_is_not_set() -> None:
    with pytest.raises(ConfigError, match="env:PW: holds no passphrase"):
        read_passphrases(["PW"], [], {"PW": ""})


@pytest.mark.skipif(os.name != "posix", reason="file modes say nothing on this platform")
def test_a_file_others_may_read(tmp_path: Path) -> None:
    file = tmp_path / "pass"
    file.write_bytes(b"secret\n")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_passphrases([], [str(file)], {})
