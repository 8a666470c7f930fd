"""collect and merge as a person or a script runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_project import build, purls

from firmbom.cli.main import main

pytestmark = pytest.mark.usefixtures("one_time")
SET = '{"format": "firmbom-component-set-1", "components": '


def test_a_set_collected_here_is_merged_there(project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sets = [tmp_path / "npm.json", tmp_path / "pip.json"]
    assert main(["collect", "npm", str(project), "-o", str(sets[0])]) == 0
    assert main(["collect", "pip", str(project / "requirements.txt"), "-o", str(sets[1]), "--quiet"]) == 0
    target = tmp_path / "bom.json"
    assert main(["merge", *map(str, sets), "--release", "v1", "-o", str(target)]) == 0
    assert "components  4 (npm 3, pypi 1)" in capfd.readouterr().err
    again = tmp_path / "again.json"
    assert (
        main(["merge", str(sets[1]), str(sets[0]), str(sets[0]), "--release", "v1", "-o", str(again), "--quiet"]) == 0
    )
    assert again.read_bytes() == target.read_bytes()
    assert build(project, "-o", str(tmp_path / "built.json"), "--quiet") == 0
    assert purls(tmp_path / "built.json") == purls(target)


def test_documents_and_sets_merge_without_a_second_component(project: Path, tmp_path: Path) -> None:
    bom, found = tmp_path / "bom.json", tmp_path / "set.json"
    assert build(project, "-o", str(bom), "--quiet") == 0
    assert main(["collect", "npm", str(project), "-o", str(found), "--quiet"]) == 0
    both = tmp_path / "both.json"
    assert main(["merge", str(bom), str(found), "--release", "v1", "-o", str(both), "--quiet"]) == 0
    assert purls(both) == purls(bom)
    assert main(["merge", str(bom), str(found), "--set", "-o", str(both), "--quiet"]) == 0
    assert json.loads(both.read_bytes())["format"] == "firmbom-component-set-1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "CycloneDX"),
        ("{", "not JSON"),
        ('{"format": "firmbom-component-set-9"}', "firmbom-component-set-9"),
        ('{"format": "firmbom-component-set-1", "components": 1}', "Expected `array`"),
        ('{"a": 1, "a": 2}', "stands twice"),
        (SET + '[{"purl": "garbage", "name": "a", "claims": [["lockfile"]]}]}', "claims"),
        (
            SET + '[{"purl": "garbage", "name": "a", "claims": [{"basis": "lockfile", "location": {"path": "x"}}]}]}',
            "components[0].purl: not a canonical purl",
        ),
        (
            SET + '[{"purl": "pkg:npm/a", "name": "a", "within": "pkg:npm/b", "claims": '
            '[{"basis": "lockfile", "location": {"path": "x"}}]}]}',
            "components[0].within",
        ),
    ],
)
def test_what_is_no_set_is_refused_with_the_place(
    content: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "set.json").write_text(content)
    assert main(["merge", str(tmp_path / "set.json")]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert said in line


def test_collect_says_when_it_found_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", "npm", str(tmp_path)]) == 3
    assert main(["collect", "npm", str(tmp_path), "--allow-empty"]) == 0
    assert main(["collect", "gone", str(tmp_path)]) == 1
    assert main(["collect", "npm", str(tmp_path / "gone")]) == 1
    assert "no such plugin" in capfd.readouterr().err
    (tmp_path / "package-lock.json").write_text("[]")
    assert main(["collect", "npm", str(tmp_path), "--allow-empty"]) == 4
    empty = tmp_path / "set.json"
    empty.write_text(SET + "[]}")
    assert main(["merge", str(empty)]) == 3
