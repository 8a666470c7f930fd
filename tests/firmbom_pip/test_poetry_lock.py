"""poetry.lock of all versions, and the project file beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from component_sets import only

from firmbom.model import ComponentSet
from firmbom.plugin import Target

Read = Callable[..., ComponentSet]
SHA = "a" * 64
LINUX = Target(python="3.11", platform="linux", machine="x86_64")


POETRY = '\n[metadata]\nlock-version = "2.1"\npython-versions = ">=3.9"\n'


@pytest.mark.parametrize(
    ("entry", "scope", "conditions"),
    [
        ('groups = ["main"]', "required", []),
        ('groups = ["main", "dev"]', "required", []),
        ('groups = ["dev"]', "excluded", []),
        ('groups = ["plots"]', "excluded", []),
        ('groups = ["plots"]\noptional = true', "optional", []),
        ('groups = ["tests"]\noptional = true', "excluded", []),
        ('groups = ["main"]\noptional = true\nmarkers = "extra == \'x\'"', "optional", ["extra == 'x'"]),
        ('groups = ["main"]\nmarkers = "os_name == \'nt\'"', "optional", ["os_name == 'nt'"]),
        ('groups = ["main"]\nmarkers = "python_version >= \'3.8\'"', "required", []),
        (
            'groups = ["main", "dev"]\nmarkers = {main = "os_name == \'nt\'", dev = "os_name == \'x\'"}',
            "optional",
            ["os_name == 'nt'"],
        ),
        ('groups = ["main", "dev"]\nmarkers = {dev = "os_name == \'nt\'"}', "required", []),
        ('groups = ["main"]\nmarkers = "??"', "optional", ["??"]),
        ("optional = true", "optional", []),
        ("", "required", []),
    ],
)
def test_poetry_groups_and_markers(read: Read, entry: str, scope: str, conditions: list[str]) -> None:
    found = read({"poetry.lock": f'[[package]]\nname = "a"\nversion = "1"\n{entry}\n{POETRY}'})
    one = only(found, "a")
    assert (one.scope, [said.value for said in one.properties if said.name == "firmbom:condition"]) == (
        scope,
        conditions,
    )
    assert [problem.message for problem in found.problems] == (
        ["package[0].marker: not a marker: '??'"] if conditions == ["??"] else []
    )


@pytest.mark.parametrize(
    ("source", "purl"),
    [
        ('type = "legacy"\nurl = "https://pypi.example/simple"', "?repository_url=https:%2F%2Fpypi.example%2Fsimple"),
        ('type = "url"\nurl = "https://files.example/a.zip"', "?download_url=https:%2F%2Ffiles.example%2Fa.zip"),
        ('type = "directory"\nurl = "../a"', ""),
        ('type = "file"\nurl = "a-1.whl"', ""),
        (
            'type = "git"\nurl = "git@git.example:x/a.git"\nreference = "main"',
            "?vcs_url=git%2Bssh:%2F%2Fgit%40git.example%2Fx%2Fa.git%40main",
        ),
        ('type = "git"', ""),
        ('type = "legacy"\nurl = "https://[bad"', ""),
    ],
)
def test_poetry_sources(read: Read, source: str, purl: str) -> None:
    found = read({"poetry.lock": f'[[package]]\nname = "a"\nversion = "1"\n[package.source]\n{source}\n{POETRY}'})
    assert only(found, "a").purl == f"pkg:pypi/a@1{purl}"
    assert bool(found.problems) == ("bad" in source)


def test_poetry_finds_the_version_that_a_range_means(read: Read) -> None:
    locked = (("b", "1.5"), ("b", "2.5"), ("c", "2"), ("c", "3"))
    text = '[[package]]\nname = "a"\nversion = "1"\n[package.dependencies]\nb = ">=2"\nc = "^3"\nd = 4\n'
    text += "".join(f'[[package]]\nname = "{name}"\nversion = "{version}"\n' for name, version in locked)
    found = read({"poetry.lock": text + POETRY})
    targets = {edge.target for edge in found.edges if edge.source == "pkg:pypi/a@1"}
    assert targets == {"pkg:pypi/b@2.5", "pkg:pypi/c@2", "pkg:pypi/c@3"}
    assert [one.message for one in found.problems] == ["package[0].dependencies.d: text or a table expected"]


def test_poetry_of_the_first_days(read: Read) -> None:
    text = '[[package]]\nname = "A"\nversion = "1"\ncategory = "main"\n[metadata]\n[metadata.hashes]\n'
    found = read({"poetry.lock": f'{text}a = ["{SHA}", "short"]\n'})
    assert [[digest.value for digest in one.digests] for one in only(found, "A").references] == [[SHA]]
    assert [one.message for one in found.problems] == ["metadata.hashes: not a digest: 'sha256:short'"]


STANDARD = """
[project]
name = "app"
dependencies = ["a"]

[dependency-groups]
dev = ["b", {include-group = "More"}]
more = ["c"]
"""
MIXED = """
[project]
name = "app"
dependencies = ["a"]

[project.optional-dependencies]
x = ["b"]

[tool.poetry.group.docs.dependencies]
c = "*"
"""
OWN = """
[tool.poetry]
name = "app"

[tool.poetry.dependencies]
python = "^3.8"
a = "^1"
b = {version = "*", optional = true}

[tool.poetry.group.plots]
optional = true

[tool.poetry.group.plots.dependencies]
c = "*"
"""
NAMELESS = """
[tool.poetry.dependencies]
a = [{version = "1", python = "<3.9"}, {version = "1"}]

[tool.poetry.dev-dependencies]
b = "*"
c = {git = "x"}
"""
CONDITIONAL = """
[project]
name = "app"
dependencies = ["a", "b; os_name == 'nt'", "c; python_version > '3.0'"]
"""
LOOP = """
[dependency-groups]
loop = [{include-group = "loop"}, 3, "?", {include-group = "none"}]
"""


@pytest.mark.parametrize(
    ("project", "scopes"),
    [
        (STANDARD, "required excluded excluded"),
        (MIXED, "required optional excluded"),
        (OWN, "required optional optional"),
        (NAMELESS, "required excluded excluded"),
        (CONDITIONAL, "required optional required"),
        ("not toml", "required required required"),
        (LOOP, "required required required"),
    ],
)
def test_poetry_asks_the_project_file(read: Read, project: str, scopes: str) -> None:
    lock = "".join(f'[[package]]\nname = "{name}"\nversion = "1"\n' for name in "abc")
    found = read({"poetry.lock": lock + POETRY, "pyproject.toml": project})
    assert " ".join(only(found, name).scope for name in "abc") == scopes
    assert found.coverage[0].dependencies == ("incomplete" if project == "not toml" else "complete")


def test_a_package_that_the_project_file_no_longer_asks_for_stays(read: Read) -> None:
    lock = '[[package]]\nname = "stale"\nversion = "1"\n' + POETRY
    found = read({"poetry.lock": lock, "pyproject.toml": '[project]\nname = "app"\n'}, target=LINUX)
    assert only(found, "stale").scope == "required"


FORK = """
[[package]]
name = "a"
version = "1"

[package.dependencies]
b = {version = "*", markers = "sys_platform == 'win32'"}

[[package]]
name = "b"
version = "1"

[package.dependencies]
c = "*"

[[package]]
name = "c"
version = "1"
"""


def test_what_only_a_refused_marker_leads_to_is_left_out(read: Read) -> None:
    project = '[project]\nname = "app"\ndependencies = ["a", "d; os_name == \'nt\'"]\n'
    files = {"poetry.lock": FORK + POETRY, "pyproject.toml": project}
    scopes = {one.name: one.scope for one in read(files).components}
    assert (scopes["b"], scopes["c"]) == ("optional", "optional")
    found = read(files, target=LINUX)
    assert {one.name for one in found.components} == {"app", "a"}
    assert found.problems[0].message == "2 left out, because no marker holds for the target: b, c"


def test_what_is_wrong_with_the_project_file_is_told_of_it(read: Read) -> None:
    found = read({"poetry.lock": FORK + POETRY, "pyproject.toml": LOOP + '[project]\nname = "app"\ndependencies = 3\n'})
    assert {(one.path, one.message) for one in found.problems} == {
        ("pyproject.toml", "dependency-groups.loop[0]: group loop includes itself"),
        ("pyproject.toml", "dependency-groups.loop[3]: group none does not exist"),
        ("pyproject.toml", "dependency-groups.loop[1]: no dependency specifier"),
        ("pyproject.toml", "dependency-groups.loop[2]: not a dependency specifier: '?'"),
        ("pyproject.toml", "project.dependencies: an array expected, found a number"),
    }
