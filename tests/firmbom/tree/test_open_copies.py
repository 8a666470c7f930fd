"""What opening a container writes: unnamed temporary files, and nothing that stays."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from archives import places, put, tar, zipped

from firmbom.tree import source as source_module
from firmbom.tree.open import nested, open_tree


def test_a_file_of_a_tar_needs_no_copy_to_be_opened_as_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, "out.tar", tar(inner=tar(a=b"1")))
    monkeypatch.setattr(source_module, "spool", lambda _: pytest.fail("copied"))
    assert "out.tar!/inner!/a" in places(nested(open_tree(path)))


def test_nothing_is_written_but_unnamed_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "IN_MEMORY", 1000)
    work = tmp_path / "temporary"
    work.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    path = put(tmp_path, "x.zip", zipped(i=gzip.compress(tar(a=os.urandom(50_000), b=b"../../x"))))
    for file in nested(open_tree(path)).walk():
        assert file.digests
        assert list(work.iterdir()) == []
    assert list(here.iterdir()) == []


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "IN_MEMORY", 10)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    path = put(tmp_path, "x.zip", zipped(i=gzip.compress(tar(a=b"x" * 50_000)), j=b"plain"))
    tree = nested(open_tree(path))
    assert places(tree) == ["x.zip!/i", "x.zip!/j"]
    assert [(one.severity, one.path, "No space left" in one.message) for one in tree.problems] == [
        ("error", "x.zip!/i", True)
    ]


KILLED = """
import os, signal, sys, tempfile
from pathlib import Path
from firmbom.tree import source
from firmbom.tree.open import open_tree
source.IN_MEMORY = 100
tempfile.tempdir = sys.argv[2]
tree = open_tree(Path(sys.argv[1]))
assert len(list(tree.walk())) == 1
os.kill(os.getpid(), getattr(signal, sys.argv[3]))
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_nothing_is_left_behind_when_the_process_is_ended(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, "x.tar.gz", gzip.compress(tar(a=os.urandom(50_000))))
    work = tmp_path / "temporary"
    work.mkdir()
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), str(work), name], check=False)
    assert ended.returncode < 0
    assert list(work.iterdir()) == []
