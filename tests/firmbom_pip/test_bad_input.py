"""Bad input is normal input: a Problem that names file and place, and the rest of the run intact."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmbom.collect import collect
from firmbom.identity import parts
from firmbom.model import ComponentSet
from firmbom.plugin import Context, Target
from firmbom.tree.base import Limits
from firmbom.tree.folder import FolderTree
from firmbom_pip.plugin import Plugin

Read = Callable[..., ComponentSet]
DATA = Path(__file__).parent / "data"
SAMPLES = {
    "poetry.lock": DATA / "poetry" / "poetry.lock",
    "pdm.lock": DATA / "pdm" / "pdm.lock",
    "uv.lock": DATA / "uv" / "uv.lock",
    "pylock.toml": DATA / "pylock" / "pylock.toml",
    "Pipfile.lock": DATA / "pipenv" / "Pipfile.lock",
    "conda-lock.yml": DATA / "conda" / "conda-lock.yml",
    "requirements.txt": DATA / "pip_compile" / "requirements.txt",
}
NAMES = [*SAMPLES, "a-1.dist-info/METADATA", "a-1.dist-info/sboms/a.json", "a.egg-info"]
CASES = tomllib.loads((DATA / "bad_input.toml").read_text())["case"]
GOOD = {"good/requirements.txt": "good==1\n"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\x00" * 64,
        b"\xff\xfe\xff",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00",
        b"[" * 5000,
        b"{" * 5000,
        b"\xc3\x28 = 1",
        b"null",
        b"- " * 5000,
    ],
)
def test_what_is_no_such_file(read: Read, name: str, content: bytes) -> None:
    found = read({f"bad/{name}": content, **GOOD})
    bad = [one for one in found.problems if one.path.startswith("bad/")]
    assert bad or name == "requirements.txt"
    assert [one.name for one in found.components if one.claims[0].location.path.startswith("good/")] == ["good"]
    assert not any("Error:" in one.message or "Traceback" in one.message for one in found.problems)


@pytest.mark.parametrize("name", [*SAMPLES, "a-1.dist-info/METADATA"])
def test_a_huge_file_is_refused_unread(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    with (tmp_path / name).open("wb") as file:
        file.truncate(200 << 20)
    found = collect(FolderTree(tmp_path, limits=Limits(file_bytes=1 << 20)), [Plugin()])
    assert "more than the limit" in found.problems[0].message
    assert not found.components


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("part", [0.1, 0.35, 0.6, 0.85, 0.99])
def test_a_truncated_file(read: Read, name: str, part: float) -> None:
    data = SAMPLES[name].read_bytes()
    found = read({name: data[: int(len(data) * part)], **GOOD})
    assert "good" in {one.name for one in found.components}
    whole = read({}).components
    assert len(found.components) <= len(whole)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['file']}: {case['message'][:60]}" for case in CASES])
def test_what_is_said_of_it(read: Read, case: dict[str, str]) -> None:
    found = read({case["file"]: case["content"]})
    assert (case["severity"], case["file"], case["message"]) in {
        (one.severity, one.path, one.message) for one in found.problems
    }
    incomplete = any(one.severity == "error" or " is newer than " in one.message for one in found.problems)
    assert {one.components for one in found.coverage} <= ({"incomplete"} if incomplete else {"complete", "unknown"})


def test_one_bad_entry_costs_only_itself(read: Read) -> None:
    entries = ('name = "a"\nversion = "1"', "name = 3", 'name = "b"\nversion = "2"')
    found = read({"poetry.lock": "".join(f"[[package]]\n{entry}\n" for entry in entries)})
    assert [one.purl for one in found.components] == ["pkg:pypi/a@1", "pkg:pypi/b@2"]


def test_many_problems_are_told_as_one(read: Read) -> None:
    found = read({"requirements.txt": "!!\n" * 1 + "".join(f"{number} !\n" for number in range(500))})
    assert len(found.problems) == 101
    assert found.problems[-1].message == "401 more problems like these"


def test_packages_of_one_name_do_not_multiply(read: Read) -> None:
    """Each of 400 entries of one name needs that name: without a bound, 160,000 edges."""
    entry = '[[package]]\nname = "a"\nversion = "{}"\n[package.dependencies]\na = "*"\n'
    found = read({"poetry.lock": "".join(entry.format(number) for number in range(400))})
    assert len(found.components) == 400
    assert len(found.edges) <= 400 * 51
    assert "more than 50 packages are named a" in {one.message for one in found.problems}


def test_cyclic_dependencies(read: Read) -> None:
    ring = "".join(
        f'[[package]]\nname = "p{n}"\nversion = "1"\n[package.dependencies]\np{(n + 1) % 50} = "*"\n' for n in range(50)
    )
    found = read(
        {"poetry.lock": ring, "pyproject.toml": '[project]\nname = "app"\ndependencies = ["p0; os_name == \'nt\'"]'}
    )
    assert len(found.components) == 51
    assert {one.scope for one in found.components} == {"", "optional"}


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield here
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*here, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*here, index))


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    first, rest = place[0], place[1:]
    if isinstance(value, dict):
        return {key: changed(inner, rest, new) if key == first else inner for key, inner in value.items()}
    return [changed(inner, rest, new) if index == first else inner for index, inner in enumerate(value)]


STRANGE = st.sampled_from(
    [
        *(
            None,
            True,
            0,
            -1,
            3.5,
            "",
            "x",
            " ",
            "\x00",
            "\n",
            "a" * 300,
            "ä",
            "\ud800",
            "../../x",
            "https://[x",
            "git+x",
        ),
        *("==", "; x", "{}"),
    ]
) | st.sampled_from([[], {}, [[]], [{}], {"": ""}, {"a": []}, ["x"], [1], {"name": "x", "version": "1"}])
TARGETS = st.sampled_from([None, Target(python="3.11", platform="linux", machine="x86_64"), Target(platform="win32")])
DOCUMENTS = {
    **{
        name: tomllib.loads(SAMPLES[name].read_text())
        for name in SAMPLES
        if name.endswith((".lock", ".toml")) and name != "Pipfile.lock"
    },
    "Pipfile.lock": json.loads(SAMPLES["Pipfile.lock"].read_text()),
    "conda-lock.yml": yaml.load(SAMPLES["conda-lock.yml"].read_text(), Loader=yaml.BaseLoader),  # noqa: S506 - text only, our own file
}


def sound(found: ComponentSet) -> None:
    """Nothing escaped, and what is said can be written."""
    for problem in found.problems:
        assert "Error: " not in problem.message, problem
        assert problem.message.isprintable()
    for one in found.components:
        assert parts(one.purl).name
        assert one.name.isprintable()
        assert one.version.isprintable()
        repr(one).encode()
        for reference in one.references:
            assert reference.url.isascii()
            assert reference.url
    refs = {one.ref for one in found.components} | {""}
    assert all(edge.source in refs and edge.target in refs for edge in found.edges)


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_strange_values_at_every_place(
    name: str, data: st.DataObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = DOCUMENTS[name]
    value = data.draw(STRANGE)
    mutated = changed(document, data.draw(st.sampled_from(sorted(places(document), key=repr))), value)
    monkeypatch.setattr("firmbom.parse.toml", lambda *_, **__: mutated if isinstance(mutated, dict) else {})
    monkeypatch.setattr("firmbom.parse.json", lambda *_, **__: mutated)
    monkeypatch.setattr("firmbom.parse.yaml", lambda *_, **__: [mutated])
    (tmp_path / name).write_bytes(b"")
    sound(collect(FolderTree(tmp_path), [Plugin()], {"pip": Context(target=data.draw(TARGETS))}))


WORDS = [
    *(
        "a",
        "b==1",
        "==",
        ">=2",
        "[x]",
        ";",
        "python_version",
        "<",
        "'3.8'",
        "and",
        "(",
        "#",
        "# via a",
        "@",
        "-e",
        ".",
        "-i",
    ),
    *("-r", "-c", "requirements.txt", "--hash=sha256:0", "https://x.example/a-1.zip", "git+https://g/x@1#egg=y"),
    *("\\", "\n", "\r\n", "\x00", "\x0c", "é", "${X}", "'", '"'),
]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=60),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
    target=TARGETS,
)
def test_strange_requirements(text: str, encoding: str, target: Target | None, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(text.encode(encoding, "replace"))
    sound(collect(FolderTree(tmp_path), [Plugin()], {"pip": Context(target=target)}))


HEADERS = [
    *("Name", "Version", "License", "Classifier", "Requires-Dist", "Project-URL"),
    *("Provides-Extra", "Author-email", "Home-page", "", "X"),
]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    headers=st.lists(st.tuples(st.sampled_from(HEADERS), st.text(max_size=30) | st.sampled_from(WORDS)), max_size=8),
    record=st.lists(st.text(max_size=20), max_size=5),
    origin=st.sampled_from(
        ["{}", "[", '{"url": "https://x.example", "vcs_info": {"vcs": 3}}', '{"url": "x", "archive_info": 1}']
    ),
)
def test_strange_metadata(headers: list[tuple[str, str]], record: list[str], origin: str, tmp_path: Path) -> None:
    info = tmp_path / "site-packages" / "odd-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    text = "\n".join(f"{name}: {value}" for name, value in headers)
    for name, content in (("METADATA", text), ("RECORD", "\n".join(record)), ("direct_url.json", origin)):
        (info / name).write_bytes(content.encode("utf-8", "replace"))
    sound(collect(FolderTree(tmp_path), [Plugin()]))
