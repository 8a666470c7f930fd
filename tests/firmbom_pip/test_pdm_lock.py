"""pdm.lock beyond what the real files in data show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from component_sets import edges, only, properties

from firmbom.model import ComponentSet

Read = Callable[..., ComponentSet]
COMMIT = "71abc78fdaec029cf71e9849a3b0fa084a1678f7"


PDM = '[metadata]\nlock_version = "4.5.0"\n[[metadata.targets]]\nrequires_python = ">=3.9"\n'


@pytest.mark.parametrize(
    ("entry", "purl", "expected"),
    [
        (
            'git = "https://git.example/a.git"\nrevision = "' + COMMIT + '"\nref = "main"',
            f"?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa.git%40{COMMIT}",
            {
                "cdx:python:package:source:vcs:commit_id": COMMIT,
                "cdx:python:package:source:vcs:requested_revision": "main",
            },
        ),
        (
            'url = "https://files.example/a.zip"\nsubdirectory = "py"',
            "?download_url=https:%2F%2Ffiles.example%2Fa.zip",
            {"cdx:python:package:source:subdirectory": "py"},
        ),
        (
            'path = "./lib"\neditable = true',
            "",
            {"firmbom:local": "lib", "cdx:python:package:source:local:editable": "true"},
        ),
        ('path = "./a-1.whl"', "", {"firmbom:local": "a-1.whl"}),
    ],
)
def test_pdm_sources(read: Read, entry: str, purl: str, expected: dict[str, str]) -> None:
    one = only(read({"pdm.lock": f'{PDM}[[package]]\nname = "a"\nversion = "1"\n{entry}\n'}), "a")
    assert (one.purl, properties(one)) == (f"pkg:pypi/a@1{purl}", expected)


@pytest.mark.parametrize(
    ("groups", "scope", "with_project"),
    [
        ('["default"]', "required", "required"),
        ('["default", "test"]', "required", "required"),
        ('["test"]', "excluded", "excluded"),
        ('["plots"]', "optional", "optional"),
        ('["workflow"]', "optional", "excluded"),
        ('["plots", "test"]', "optional", "optional"),
    ],
)
def test_pdm_groups(read: Read, groups: str, scope: str, with_project: str) -> None:
    lock = {"pdm.lock": f'{PDM}[[package]]\nname = "a"\nversion = "1"\ngroups = {groups}\n'}
    assert only(read(lock), "a").scope == scope
    project = (
        '[project]\nname = "app"\n[project.optional-dependencies]\nplots = []\n[dependency-groups]\nworkflow = []\n'
    )
    assert only(read({**lock, "pyproject.toml": project}), "a").scope == with_project


OLDEST = """
[[package]]
name = "a"
version = "1"
sections = ["default"]

[package.dependencies]
b = ">=1"
c = "*"

[[package]]
name = "b"
version = "1"

[[package]]
name = "c"
version = "1"

[metadata]
lock_version = "2"
"""


def test_pdm_dependencies_of_the_first_days(read: Read) -> None:
    assert edges(read({"pdm.lock": OLDEST})) == {("", "a"), ("a", "b"), ("a", "c")}
