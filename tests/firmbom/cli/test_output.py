"""Where results go: files are replaced whole, what is no file is written to, and a closed or full stdout is told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from firmbom.cli.output import write_result, write_stream
from firmbom.errors import InputError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, links and /dev are POSIX")

_RUN = [sys.executable, "-c", "import sys; from firmbom.cli.main import main; sys.exit(main())"]


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_result(b"all of it", str(pipe))
    reader.join()
    assert got == [b"all of it"]
    assert pipe.is_fifo()


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(os.devnull)
    write_result(b"gone", str(link))
    with Path(__file__).open("rb") as stream:
        write_stream(stream, str(link))
    assert Path(os.devnull).is_char_device()
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to("file")
    write_result(b"first", str(link))
    write_result(b"second", str(link))
    assert (link.is_symlink(), file.read_bytes()) == (True, b"second")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        write_result(b"", str(tmp_path))


@pytest.mark.parametrize(
    ("redirection", "arguments", "status", "said"),
    [
        (">&-", "plugins", 1, "firmbom: stdout: cannot be written: it is closed (give -o FILE)\n"),
        ("2>&-", "plugins", 0, ""),
        ("2>&-", "build nowhere --no-sign", 1, ""),
        (">/dev/full", "plugins", 1, "firmbom: stdout: cannot be written: No space left on device\n"),
        (">/dev/full", "--version", 1, "firmbom: No space left on device\n"),
    ],
)
def test_closed_and_full_streams(tmp_path: Path, redirection: str, arguments: str, status: int, said: str) -> None:
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip(reason="no /dev/full here")
    run = ["sh", "-c", f'exec "$@" {arguments} {redirection}', "sh", *_RUN]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (status, said)
    if status:
        assert done.stdout == ""
