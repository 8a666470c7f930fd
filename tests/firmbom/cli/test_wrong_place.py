"""A file in place of a folder, nothing where something was named, no room: one line each, and nothing left behind."""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

import pytest

from firmbom.cli.main import main
from firmbom.cli.output import write_result
from firmbom.errors import InputError
from firmbom.tree import source

LOCK = '{"lockfileVersion": 3, "packages": {"node_modules/ms": {"version": "2.1.3"}}}'


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with one of each kind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    Path("folder").mkdir()
    Path("folder/package-lock.json").write_text(LOCK)
    Path("empty").touch()
    if os.name == "posix":
        os.mkfifo("pipe")
    with tarfile.open("image.tar", "w") as archive:
        archive.add("folder", ".")


_NO_CONTAINER = "an empty file, not a container that firmbom opens (see docs/formats.md for those it does)"


@pytest.mark.skipif(os.name != "posix", reason="pipes are of another platform")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("build empty --no-sign", "empty: is no folder (give the folder that was built, and an image with --image)"),
        ("build gone --no-sign", "gone: no such folder"),
        ("build folder --no-sign --image folder", "folder: not a file, so not an image"),
        ("build folder --no-sign -o gone/bom.json", "gone/bom.json: cannot be written: there is no folder gone"),
        ("build folder --no-sign --vex gone/v -o o", "gone/v: cannot be written: there is no folder gone"),
        ("build folder --no-sign --summary gone/s.md -o o", "gone/s.md: cannot be written: there is no folder gone"),
        ("build folder --no-sign --known gone", "gone: no such file ('firmbom learn' makes databases of known files)"),
        ("audit empty", f"empty: is {_NO_CONTAINER}"),
        ("audit pipe", "pipe: is neither a file nor a folder"),
        (
            "audit image.tar --known folder",
            "folder: a folder, not a database ('firmbom learn' makes databases of known files)",
        ),
        ("audit image.tar -o gone/bom.json", "gone/bom.json: cannot be written: there is no folder gone"),
        ("collect npm pipe", "pipe: is neither a file nor a folder"),
        ("collect npm gone", "gone: cannot be read: No such file or directory"),
        ("collect npm folder -o gone/set", "gone/set: cannot be written: there is no folder gone"),
        ("merge gone", "gone: cannot be read: No such file or directory"),
        ("learn gone -o db", "gone: cannot be read: No such file or directory"),
        ("learn folder -o gone/db", "gone/db: cannot be written: there is no folder gone"),
        ("keygen -o gone/key", "gone/key: cannot be written: there is no folder gone"),
        ("extract image.tar gone", "image.tar: gone: no such file in it ('firmbom ls image.tar' lists what there is)"),
    ],
)
def test_one_line_and_nothing_else(line: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert main(line.split()) == 1
    assert capfd.readouterr() == ("", f"firmbom: {said}\n")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the platform has no /dev/full")
@pytest.mark.parametrize("command", ["audit", "ls", "collect npm", "build folder --no-sign --image"])
def test_no_room_to_unpack_is_no_image_without_content(
    command: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(source, "IN_MEMORY", 0)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda buffering: open("/dev/full", "wb", buffering))  # noqa: PTH123, SIM115 - its reader closes it
    with tarfile.open("image.tar.gz", "w:gz") as archive:
        archive.add("folder", ".")
    assert main([*command.split(), "image.tar.gz"]) == 1
    assert capfd.readouterr().err == (
        "firmbom: the temporary folder cannot hold what it unpacks to: No space left on device "
        "(set TMPDIR to a folder with more room)\n"
    )


def test_half_a_key_pair_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data: bytes, target: str, *, mode: int) -> None:
        if target.endswith(".pub"):
            raise InputError("cannot be written: No space left on device", path=target)
        write_result(data, target, mode=mode)

    monkeypatch.setattr("firmbom.cli.output.write_result", full)
    assert main(["keygen", "-o", "key"]) == 1
    assert not Path("key").exists()
    assert not Path("key.pub").exists()
