"""Records that are broken or hostile: what is said of them, and that everything else in them is read."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from firmbom.collect import collect
from firmbom.model import ComponentSet
from firmbom.tree.base import Limits
from firmbom.tree.folder import FolderTree
from firmbom_buildroot.plugin import Plugin

Plant = Callable[[Mapping[str, str | bytes]], Path]
Said = Callable[..., ComponentSet]

DATA = Path(__file__).parent / "data"
CRASH = re.compile(r"[A-Z]\w*(?:Error|Exception|Warning|Exit)\b.*:")
"""How the host tells that a plugin raised what it should not have."""

GOOD = '"good": { "type": "target", "name": "good", "virtual": false, "version": "1.0" }'
HEAD = '"PACKAGE","VERSION","LICENSE","LICENSE FILES","SOURCE ARCHIVE","SOURCE SITE","DEPENDENCIES WITH LICENSES"\n'
ROW = '"good","1.0","MIT","","",""\n'
INFO, MANIFEST, STATS = "show-info.json", "legal-info/manifest.csv", "pkg-stats.json"


def one(member: str) -> str:
    return f"{{ {GOOD}, {member} }}"


def odd(field: str) -> str:
    return one(f'"bad": {{ "type": "target", "name": "bad", {field} }}')


TYPES = "another type than make show-info writes: bad."
BAD: Mapping[str, tuple[Mapping[str, str | bytes], str, str]] = {
    "an empty show-info": ({INFO: "\n", MANIFEST: HEAD + ROW}, "error", "no JSON as make show-info writes it"),
    "no member": ({INFO: one('"bad": 1')}, "error", "a member that is no package: bad"),
    "odd key": ({INFO: one('"a b": {}')}, "error", "a member that is no package: a b"),
    "escape in a key": ({INFO: one('"\\u001b[31m": {}')}, "error", "no package: \\x1b[31m"),
    "number for a version": ({INFO: odd('"version": 1')}, "error", TYPES + "version"),
    "text for a flag": ({INFO: odd('"virtual": "no"')}, "error", TYPES + "virtual"),
    "text for a list": ({INFO: odd('"dependencies": "x"')}, "error", TYPES + "dependencies"),
    "numbers in a list": ({INFO: odd('"patches": [1, "a.patch"]')}, "error", TYPES + "patches"),
    "odd download": ({INFO: odd('"downloads": [1]')}, "error", TYPES + "downloads"),
    "download without addresses": ({INFO: odd('"downloads": [{"source": "x"}]')}, "error", TYPES + "downloads"),
    "a path for a version": ({INFO: odd('"version": "/home/joe/x"')}, "warning", "version that is none: its version"),
    "bytes that are no UTF-8": ({INFO: odd('"licenses": "X"').encode().replace(b"X", b"\xff")}, "warning", "not UTF-8"),
    "raw control characters": ({INFO: odd('"licenses": "\t"'), MANIFEST: HEAD + "\x01\n"}, "error", "names no package"),
    "no name in a row": ({MANIFEST: f'{HEAD}"","1"\n{ROW}'}, "error", "a line that names no package: line 2"),
    "a row too short": ({MANIFEST: f"{HEAD}bad\n{ROW}"}, "error", "a line that names no package: line 2"),
    "a huge field": ({MANIFEST: f'{HEAD}"bad","{"1" * 200_000}"\n{ROW}'}, "error", "no row of a table: line 2"),
    "a huge line": ({MANIFEST: f"{HEAD}{'bad,' * 300_000}\n{ROW}"}, "error", "no row of a table: line 2"),
    "an open quote": ({MANIFEST: f'{HEAD}"bad b\n{ROW}'}, "error", "a line that names no package: line 2"),
    "twice": ({MANIFEST: f"{HEAD}{ROW}{ROW}"}, "warning", "listed twice, the first line counts: good"),
    "NUL": ({MANIFEST: f'{HEAD}"a\0b","1"\n{ROW}'}, "error", "line 2"),
    "statistics cut off": ({INFO: one('"b": {}'), STATS: '{"packages": {"good": {'}, "warning", "as pkg-stats writes"),
    "statistics of another shape": ({INFO: one('"b": {}'), STATS: '{"packages": []}'}, "warning", "as pkg-stats"),
    "an empty configuration": (
        {INFO: one('"b": {}'), ".config": "BR2_HAVE_DOT_CONFIG=y\n"},
        "warning",
        "selects nothing",
    ),
    "no hash": (
        {
            INFO: odd('"version": "1", "hashes": ["p/b.hash"], "downloads": [{"source": "b.tgz", "uris": []}]'),
            "Config.in.legacy": "",
            "p/b.hash": "sha256 12 b.tgz\nsha256\nnone xxx c\n",
        },
        "warning",
        "a line that is no hash: line 1",
    ),
}


@pytest.mark.parametrize(("files", "severity", "told"), BAD.values(), ids=BAD.keys())
def test_it_is_told_and_the_rest_is_read(
    plant: Plant, said: Said, files: Mapping[str, str | bytes], severity: str, told: str
) -> None:
    found = said(plant(files))
    assert [problem.severity for problem in found.problems if told in problem.message] == [severity], found.problems
    assert "pkg:generic/good@1.0" in {component.purl for component in found.components}
    lost = {coverage.path for coverage in found.coverage if coverage.components == "incomplete"}
    assert bool(lost) == (severity == "error")
    assert not any(CRASH.match(problem.message) for problem in found.problems)


@pytest.mark.parametrize("name", ["version", "licenses", "cpe-id", "package_dir"])
def test_half_a_pair_of_surrogates(plant: Plant, said: Said, name: str) -> None:
    text = '"\\ud83d\\ude00 \\ud800 \\uDFFF"'
    downloads = f'"downloads": [{{"source": {text}, "uris": ["https+https://example.org"]}}]'
    statistics = f'{{"packages": {{"good": {{"license": {text}}}}}}}'
    found = said(plant({INFO: odd(f'"{name}": {text}, {downloads}'), STATS: statistics}))
    assert not any(CRASH.match(problem.message) for problem in found.problems)
    assert "pkg:generic/good@1.0" in {component.purl for component in found.components}
    assert repr(found).encode()


LOST = {
    "cut off": (INFO, one('"a": {')),
    "an array": (INFO, f"[{{ {GOOD} }}"),
    "deeply nested": (INFO, '{ "a": { "type": "target", "x": ' + "[" * 200_000),
    "a number without end": (INFO, odd('"x": ' + "9" * 10_000)),
}


@pytest.mark.parametrize(("name", "text"), LOST.values(), ids=LOST.keys())
def test_a_record_that_cannot_be_read_is_an_error(plant: Plant, said: Said, name: str, text: str) -> None:
    text = text if text.startswith("{") else "\n{ " + GOOD + ", " + text
    found = said(plant({name: text, MANIFEST: HEAD + ROW}))
    assert [problem.severity for problem in found.problems] == ["error"], found.problems
    assert "no JSON as make show-info writes it" in found.problems[0].message
    assert [component.name for component in found.components] == ["good"], "the other record counts"


def test_circles_end(plant: Plant, said: Said) -> None:
    members = {
        "a": {"type": "target", "name": "a", "version": "1", "dependencies": ["b", "v", "a"]},
        "b": {"type": "target", "name": "b", "version": "1", "dependencies": ["a"]},
        "v": {"type": "target", "name": "v", "virtual": True, "dependencies": ["w"]},
        "w": {"type": "target", "name": "w", "virtual": True, "dependencies": ["v"]},
    }
    found = said(plant({INFO: json.dumps(members)}))
    assert {(edge.source.partition("@")[0], edge.target.partition("@")[0]) for edge in found.edges} == {
        ("pkg:generic/a", "pkg:generic/b"),
        ("pkg:generic/b", "pkg:generic/a"),
        ("", "pkg:generic/a"),
    }


def test_circles_in_a_manifest_end(plant: Plant, said: Said) -> None:
    rows = '"a","1","","","","","b [MIT] c [MIT]"\n"b","1","","","","","a [MIT] c [MIT]"\n"c","1","","","","","d [x]"\n'
    found = said(plant({MANIFEST: HEAD + rows}))
    names = {component.ref: component.name for component in found.components}
    assert {(names.get(edge.source, ""), names[edge.target]) for edge in found.edges} >= {("a", "b"), ("b", "a")}
    assert found.problems == ()


def test_names_that_lead_out_of_the_tree_are_not_followed(plant: Plant, said: Said) -> None:
    folder = plant({"secret": "sha256 x y\n"})
    inside = folder / "in"
    inside.mkdir()
    member = odd(
        '"version": "1", "hashes": ["../secret", "/../secret", "\\u0000"], "patches": ["../secret", "~/x/y.patch"]'
    )
    downloads = '"downloads": [{"source": "../../secret", "uris": []}, {"source": "b.tgz", "uris": []}]'
    (inside / INFO).write_text(member.replace('"hashes"', f'{downloads}, "hashes"'))
    (inside / "Config.in.legacy").write_text("")
    found = said(inside)
    bad = next(component for component in found.components if component.name == "bad")
    assert [patch.url for patch in bad.patches] == ["secret", "y.patch"]
    assert (bad.references, found.problems) == ((), ())


def test_an_unknown_option_is_told(plant: Plant, said: Said) -> None:
    found = said(plant({INFO: f"{{ {GOOD} }}"}), hosts=True)
    assert [problem.message for problem in found.problems if "did you mean host?" in problem.message]


@pytest.mark.parametrize("name", [INFO, MANIFEST, ".config", "build/packages-file-list.txt", "build/build-time.log"])
def test_a_file_over_the_limit_is_told(plant: Plant, name: str) -> None:
    files = {"x-show-info.json": f"{{ {GOOD} }}", "build/packages-file-list.txt": "good,./a\n"}
    starts = {INFO: f"{{ {GOOD},", MANIFEST: HEAD, ".config": "BR2_X=y\n"}
    folder = plant({**files, name: starts.get(name, "") + "\n" * 2_000})
    found = collect(FolderTree(folder, limits=Limits(file_bytes=1_000)), [Plugin()])
    assert [problem.path for problem in found.problems if "more than the limit" in problem.message] == [name]


def test_many_problems_of_one_kind_are_counted(plant: Plant, said: Said) -> None:
    found = said(plant({MANIFEST: HEAD + "bad line\n" * 50}))
    assert len(found.problems) == 6
    assert "45 more like it" in found.problems[-1].message


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.iterdir()))
def test_records_cut_and_mangled_anywhere_never_crash_the_plugin(plant: Plant, said: Said, name: str) -> None:
    whole = (DATA / name).read_bytes()
    dice = random.Random(name)
    target = {"show": INFO, "mani": MANIFEST, "host": "legal-info/host-manifest.csv"}[name[:4]]
    for _ in range(25):
        cut = bytearray(whole[: dice.randrange(len(whole))])
        for _ in range(dice.randrange(4)):
            if cut:
                cut[dice.randrange(len(cut))] = dice.randrange(256)
        found = said(plant({target: bytes(cut)}))
        assert not [problem for problem in found.problems if CRASH.match(problem.message)]
