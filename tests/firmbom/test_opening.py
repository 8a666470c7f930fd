"""What is named is opened without waiting for ever: files, pipes with and without a writer, devices, folders."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from firmbom import opening
from firmbom.opening import opened, whole

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and /dev are of another platform")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe without a reader and a writer."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_file_is_read_up_to_one_byte_more_than_was_asked(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    assert whole(file, 10) == b"0123456789"
    assert whole(str(file), 4) == b"01234"


def test_the_null_device_is_an_empty_file() -> None:
    assert whole(os.devnull, 10) == b""


@pytest.mark.parametrize(
    ("name", "why"), [("/dev/zero", "it is a character device"), ("/", "Is a directory"), ("/nowhere", "No such file")]
)
def test_what_is_no_file_is_refused(name: str, why: str) -> None:
    with pytest.raises(OSError, match=why):
        whole(name, 10)


def test_a_pipe_that_nobody_writes_to_is_refused(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.05)
    before = sorted(Path("/dev/fd").iterdir())
    with pytest.raises(OSError, match="it is a pipe that nobody writes to"):
        whole(pipe, 10)
    assert sorted(Path("/dev/fd").iterdir()) == before


def test_a_pipe_is_read_to_its_end(pipe: Path) -> None:
    content = os.urandom(300_000)  # more than a pipe holds
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert whole(pipe, 1 << 20) == content
    writer.join()


def test_a_writer_that_has_nothing_to_say_yet_is_waited_for(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.0)
    go_on = threading.Event()
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def write() -> None:
        with pipe.open("wb", buffering=0) as stream:
            ready.set()
            go_on.wait()
            stream.write(b"late")

    ready, writer = threading.Event(), threading.Thread(target=write)
    writer.start()
    ready.wait()
    os.close(reader)
    with opened(pipe) as stream:
        go_on.set()
        assert stream.read() == b"late"
    writer.join()


_RUN = f"{sys.executable} -c 'import sys; from firmbom.opening import whole; print(whole(sys.argv[1], 99))'"


@pytest.mark.parametrize("script", ["{run} <(echo given)", "echo given | {run} /dev/stdin", "{run} /dev/fd/3 3< file"])
def test_what_shells_hand_over_is_read(script: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("given\n")
    done = subprocess.run(
        ["bash", "-c", script.format(run=_RUN)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "b'given\\n'\n"
