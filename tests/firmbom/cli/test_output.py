"""Where results go: files are replaced whole, what is no file is written to, and a closed or full stdout is told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.cli.output import check_targets, write_result, write_stream
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


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("folder", "folder: cannot be written: Is a directory"),
        ("gone/file", "gone/file: cannot be written: there is no folder gone"),
        ("file/file", "file/file: cannot be written: there is no folder file"),
        ("link", "link: cannot be written: there is no folder "),
    ],
)
@pytest.mark.parametrize("check", [check_targets, lambda target: write_result(b"", target)], ids=["before", "then"])
def test_what_cannot_be_written_is_told(
    check: Callable[[str], None], target: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").touch()
    Path("link").symlink_to("gone/file")
    with pytest.raises(InputError) as caught:
        check(target)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("target", [None, "-", "file", "new", "to-file", "to-new", os.devnull, "/dev/stdout"])
def test_what_can_be_written_is_not_touched_before(
    target: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("to-file").symlink_to("file")
    Path("to-new").symlink_to("new")
    check_targets(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "to-file", "to-new"]


def test_an_open_file_is_written_to_and_stays_open() -> None:
    reader, writer = os.pipe()
    write_result(b"made", f"/dev/fd/{writer}")
    os.write(writer, b", more")
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        assert stream.read() == b"made, more"
    with pytest.raises(InputError, match="cannot be written: Bad file descriptor"):
        write_result(b"", f"/dev/fd/{writer}")


@pytest.mark.parametrize(
    ("script", "printed"),
    [
        ("{run} /dev/stdout | cat", "made"),
        ("{run} /dev/fd/1 | cat", "made"),
        ("echo first >log; {run} /dev/stdout >>log; cat log", "first\nmade"),
        ("{run} >(cat >log); while ! [ -s log ]; do :; done; cat log", "made"),
        ("{run} /dev/fd/7 7>log; cat log", "made"),
        ("{run} /dev/stderr 2>&1 >log", "made"),
    ],
)
def test_what_the_shell_has_opened_is_written_to(script: str, printed: str, tmp_path: Path) -> None:
    program = "import sys; from firmbom.cli.output import write_result; write_result(b'made', sys.argv[1])"
    line = script.format(run=f'{sys.executable} -c "{program}"')
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == printed


@pytest.mark.parametrize(
    ("redirection", "arguments", "status", "said"),
    [
        (">&-", "plugins", 1, "firmbom: stdout: cannot be written: it is closed (give -o FILE)\n"),
        (">&-", "ls .", 1, "firmbom: stdout: cannot be written: it is closed (give -o FILE)\n"),
        ("<&-", "explain - x", 1, "firmbom: stdin: cannot be read: it is closed\n"),
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
