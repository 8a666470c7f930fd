"""The command line's door: what is misspelt, what breaks, which plugins there are."""

from __future__ import annotations

import json

import pytest

from firmbom.cli import main as door
from firmbom.cli.main import main

pytestmark = pytest.mark.usefixtures("one_time")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("biuld", "did you mean build?"),
        ("build --ouput x", "firmbom build: error: unrecognized arguments: --ouput; did you mean --output?"),
        ("build --omit deve", "did you mean dev?"),
        ("audit x --known=y y", "firmbom audit: error: unrecognized arguments: y\n"),
        ("plugins --verison", "firmbom plugins: error: unrecognized arguments: --verison\n"),
        ("--verison", "firmbom: error: unrecognized arguments: --verison; did you mean --version?"),
    ],
)
def test_what_is_misspelt_is_answered_with_the_nearest(line: str, said: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(line.split())
    assert caught.value.code == 2
    assert said in capfd.readouterr().err


def test_plugins_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins"]) == 0
    assert "if named" in capfd.readouterr().out
    assert main(["plugins", "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)
    assert {"npm", "packages", "pip", "syft"} <= {one["name"] for one in listed}


def test_the_door(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert main([]) == 2
    assert "COMMAND" in capfd.readouterr().err

    def broken(_: object) -> int:
        raise raised

    monkeypatch.setattr("firmbom.cli.plugins.run", broken)
    cases: list[tuple[BaseException, int, str]] = [
        (KeyError("odd\nkey"), 1, "a fault of firmbom itself: KeyError"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (PermissionError(13, "Permission denied", "a\x1bfile"), 1, r"a\x1bfile: Permission denied"),
    ]
    for error, status, said in cases:
        raised = error
        assert door.main(["plugins"]) == status
        (line,) = capfd.readouterr().err.splitlines()
        assert said in line
    raised = KeyError("seen")
    monkeypatch.setenv("FIRMBOM_TRACEBACK", "1")
    with pytest.raises(KeyError):
        main(["plugins"])
