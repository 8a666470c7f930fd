"""Every attack of the list ends as the list says, on the command line, with a line that says why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attacks import ATTACKS, GROUPS
from attempts import Attack, Attempt, document, lay, signed, text

from firmbom.cli.main import main
from firmbom.verify import BITS, FAILED


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name.replace(" ", "_"))
def test_it_ends_as_the_list_says(
    attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    attempt = attack.make()
    lay(attempt, tmp_path)
    status = main(["verify", "bom.json", *attempt.options])
    told, complaints = capsys.readouterr()
    assert complaints == ""
    if attack.question:
        assert status & FAILED
        assert status & BITS[attack.question], told
        [line] = (one for one in told.splitlines() if one.startswith(f"{attack.question:<10} failed"))
        assert re.search(attack.said, line)
    else:
        assert not status & ~FAILED & BITS["signature"], told
        assert re.search(attack.said, told)
        assert attack.instead


def test_the_untouched_document_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lay(Attempt(text(signed()).encode()), tmp_path)
    assert main(["verify", "bom.json", "--key", "release.pub"]) == 0
    lay(Attempt(text(document()).encode()), tmp_path)
    assert main(["verify", "bom.json", "--key", "release.pub"]) == FAILED + BITS["signature"]


def test_each_attack_is_listed_once() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) == sum(map(len, GROUPS.values()))


def test_the_documentation_lists_each_attack_and_its_verdict() -> None:
    page = (Path(__file__).parents[3] / "docs" / "red-team.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| ([^|]+) \| [^|]+ \| (?:\*\*)?(refused|accepted)\b", page, re.MULTILINE)
    expected = [(attack.name, "refused" if attack.question else "accepted") for attack in ATTACKS]
    assert listed == [("no attack", "accepted"), *expected], "python benchmarks/attacks.py --write"
