"""pylock.toml beyond what the real file in data shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from component_sets import only, properties

from firmbom.model import ComponentSet
from firmbom.plugin import Target

Read = Callable[..., ComponentSet]
SHA = "a" * 64
COMMIT = "71abc78fdaec029cf71e9849a3b0fa084a1678f7"
LINUX = Target(python="3.11", platform="linux", machine="x86_64")


VCS = f"""
[packages.vcs]
type = "git"
url = "https://git.example/a"
requested-revision = "main"
commit-id = "{COMMIT}"
"""
PYLOCK = """
lock-version = "1.0"
requires-python = ">=3.9"
extras = ["x"]
dependency-groups = ["dev", "app"]
default-groups = ["app"]
"""


@pytest.mark.parametrize(
    ("marker", "scope", "for_target"),
    [
        ("", "required", "required"),
        ("'app' in dependency_groups", "optional", "optional"),
        ("'x' in extras", "optional", "optional"),
        ("'dev' in dependency_groups", "excluded", "excluded"),
        ("'dev' in dependency_groups or 'x' in extras", "optional", "optional"),
        ("sys_platform == 'linux'", "optional", "required"),
        ("sys_platform == 'win32'", "optional", None),
        ("'dev' in dependency_groups and sys_platform == 'win32'", "excluded", None),
        ("python_version >= '3.8'", "required", "required"),
        ("broken", "optional", "optional"),
    ],
)
def test_pylock_markers(read: Read, marker: str, scope: str, for_target: str | None) -> None:
    stated = f'marker = "{marker}"\n' if marker else ""
    files = {"pylock.toml": f'{PYLOCK}[[packages]]\nname = "a"\nversion = "1"\n{stated}'}
    assert only(read(files), "a").scope == scope
    assert [one.scope for one in read(files, target=LINUX).components] == ([for_target] if for_target else [])


@pytest.mark.parametrize(
    ("entry", "purl", "expected"),
    [
        (
            VCS,
            f"?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa%40{COMMIT}",
            {
                "cdx:python:package:source:vcs:commit_id": COMMIT,
                "cdx:python:package:source:vcs:requested_revision": "main",
            },
        ),
        (
            f'[packages.archive]\nurl = "https://files.example/a.zip"\nhashes = {{sha256 = "{SHA}"}}',
            "?download_url=https:%2F%2Ffiles.example%2Fa.zip",
            {},
        ),
        (f'[packages.archive]\npath = "a.zip"\nhashes = {{sha256 = "{SHA}"}}', "", {"firmbom:local": "a.zip"}),
        (
            '[packages.directory]\npath = "lib"\neditable = true',
            "",
            {"firmbom:local": "lib", "cdx:python:package:source:local:editable": "true"},
        ),
        (
            '[[packages.attestation-identities]]\nkind = "GitHub"\nrepository = "x/a"',
            "",
            {"firmbom:attestation-publisher": "GitHub"},
        ),
    ],
)
def test_pylock_sources(read: Read, entry: str, purl: str, expected: dict[str, str]) -> None:
    one = only(read({"pylock.dev.toml": f'{PYLOCK}[[packages]]\nname = "a"\nversion = "1"\n{entry}\n'}), "a")
    assert (one.purl, properties(one)) == (f"pkg:pypi/a@1{purl}", expected)
    assert [digest.value for reference in one.references for digest in reference.digests] == (
        [SHA] if "archive" in entry else []
    )


def test_pylock_edges_and_the_project_itself(read: Read) -> None:
    text = PYLOCK + '[[packages]]\nname = "app"\ndirectory = {path = "."}\n'
    text += 'dependencies = [{name = "a", version = "2"}, {}]\n'
    text += "".join(f'[[packages]]\nname = "a"\nversion = "{version}"\n' for version in "12")
    found = read({"pylock.toml": text})
    assert only(found, "app").type == "application"
    assert {edge.target for edge in found.edges if edge.source == "pkg:pypi/app"} == {"pkg:pypi/a@2"}
    assert found.coverage[0].dependencies == "incomplete"
