"""The real syft beside our own plugins: what both see is one component."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from firmbom.collect import collect
from firmbom.errors import ToolError
from firmbom.identity import without_qualifiers
from firmbom.merge import merge
from firmbom.model import Basis, ComponentSet, Purl
from firmbom.tree.folder import FolderTree
from firmbom.tree.open import open_tree
from firmbom_npm.plugin import Plugin as NpmPlugin
from firmbom_pip.plugin import Plugin as PipPlugin
from firmbom_syft import command
from firmbom_syft.plugin import Plugin as SyftPlugin


def _is_here() -> bool:
    try:
        command.find([])
    except ToolError:
        return False
    return True


pytestmark = pytest.mark.skipif(not _is_here(), reason="syft is not installed: pip install firmbom[syft]")

COMMIT = "0123456789012345678901234567890123456789"
PACKAGE_LOCK = {
    "name": "web",
    "version": "1.0.0",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "web", "version": "1.0.0", "dependencies": {"ms": "^2.1.3", "alias": "npm:ms@2.0.0"}},
        "node_modules/ms": {"version": "2.1.3", "resolved": "https://npm.example/ms/-/ms-2.1.3.tgz"},
        "node_modules/alias": {"name": "ms", "version": "2.0.0"},
        "node_modules/@babel/core": {"version": "7.24.0"},
        "node_modules/@babel/core/node_modules/ms": {"version": "2.0.0"},
        "node_modules/git": {"version": "3.0.0", "resolved": f"git+ssh://git@code.example/a/git.git#{COMMIT}"},
        "node_modules/space": {"resolved": "spaces/space", "link": True},
        "spaces/space": {"version": "0.5.0"},
        "node_modules/tested": {"version": "1.0.0", "dev": True},
    },
}
PACKAGE_LOCK_1 = {
    "name": "old",
    "version": "1.0.0",
    "lockfileVersion": 1,
    "dependencies": {
        "alias": {"version": "npm:ms@2.1.3"},
        "tar": {"version": "https://npm.example/tar/-/tar-1.2.3.tgz"},
        "git": {"version": f"git+ssh://git@code.example/a/git.git#{COMMIT}", "from": "github:a/git"},
    },
}
PNPM = """\
lockfileVersion: 5.3
specifiers: {ajv-errors: ^0.3.3}
dependencies: {ajv-errors: 0.3.3_ajv@8.10.0}
packages:
  /ajv/8.10.0:
    resolution: {integrity: sha1-JpxxF9J7Ba0uU2gwqOyJXvnG0BA=}
  /ajv-errors/0.3.3_ajv@8.10.0:
    resolution: {integrity: sha1-JpxxF9J7Ba0uU2gwqOyJXvnG0BA=}
    dependencies: {ajv: 8.10.0}
"""
YARN = """\
# yarn lockfile v1


"string-width-cjs@npm:string-width@^4.2.0", string-width@^4.1.0:
  version "4.2.3"
  resolved "https://npm.example/string-width/-/string-width-4.2.3.tgz#269c7117d27b05ad2e536830a8ec895ef9c6d010"
"""
REQUIREMENTS = """\
Flask_Cors==4.0.0
x.y==1.0+local.1
Foo_Bar==1.0.0-rc1
requests[socks]==2.31.0
urllib3 == 2.0.7 ; python_version >= "3.8"
django>=4.2
"""
POETRY = f"""\
[[package]]
name = "Git.Dep"
version = "1.0.0"
description = ""
optional = false
python-versions = "*"
files = []

[package.source]
type = "git"
url = "https://code.example/a/git-dep.git"
reference = "main"
resolved_reference = "{COMMIT}"

[metadata]
lock-version = "2.0"
python-versions = "*"
content-hash = "{"0" * 64}"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("product")
    files = {
        "web/package-lock.json": json.dumps(PACKAGE_LOCK),
        "web/node_modules/ms/package.json": '{"name": "ms", "version": "2.1.3", "license": "MIT"}',
        "old/package-lock.json": json.dumps(PACKAGE_LOCK_1),
        "pnpm/pnpm-lock.yaml": PNPM,
        "yarn/yarn.lock": YARN,
        "service/requirements.txt": REQUIREMENTS,
        "tools/poetry.lock": POETRY,
    }
    for name, version in (("zope.interface", "6.0"), ("Flask_Cors", "4.0.0"), ("direct", "1.0")):
        installed = f"rootfs/usr/lib/python3.11/site-packages/{name}-{version}.dist-info"
        files[f"{installed}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        files[f"{installed}/RECORD"] = f"{name}-{version}.dist-info/METADATA,,\n"
    installed = "rootfs/usr/lib/python3.11/site-packages/direct-1.0.dist-info"
    files[f"{installed}/direct_url.json"] = json.dumps(
        {"url": "https://code.example/a/direct.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}
    )
    for path, content in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(content)
    return top


@pytest.fixture(scope="module")
def ours(folder: Path) -> ComponentSet:
    return collect(FolderTree(folder), [NpmPlugin(), PipPlugin()])


@pytest.fixture(scope="module")
def syft(folder: Path) -> ComponentSet:
    return collect(FolderTree(folder), [SyftPlugin()])


def purls(*sets: ComponentSet) -> set[Purl]:
    return {one.component.purl for one in merge(sets).components}


def test_syft_adds_no_component_to_what_our_plugins_see(ours: ComponentSet, syft: ComponentSet) -> None:
    assert {"pkg:npm/ms@2.1.3", "pkg:pypi/flask-cors@4.0.0", "pkg:pypi/zope-interface@6.0"} <= purls(syft)
    assert purls(ours, syft) == purls(ours)


def test_what_syft_says_is_kept_as_a_claim_that_names_it(ours: ComponentSet, syft: ComponentSet) -> None:
    merged = merge([ours, syft]).components
    (found,) = [one for one in merged if without_qualifiers(one.component.purl) == "pkg:npm/ms@2.1.3"]
    said = [claim for claim in found.component.claims if claim.plugin == "syft"]
    assert {claim.basis for claim in said} == {Basis.REPORTED}
    assert "web/package-lock.json" in {claim.location.path for claim in said}


def test_no_place_outside_the_folder_is_named(folder: Path, syft: ComponentSet) -> None:
    places = {claim.location.path for one in syft.components for claim in one.claims}
    assert places
    assert all((folder / place).is_file() for place in places)
    assert str(folder) not in repr(syft)


def test_the_version_of_syft_is_recorded(syft: ComponentSet) -> None:
    assert [run.tool.split(" ")[0] for run in syft.plugins] == ["syft"]
    assert syft.plugins[0].tool.split(" ")[1][:1].isdigit()
    assert syft.problems == ()


def test_guessed_cpes_are_left_out(syft: ComponentSet) -> None:
    assert [one.cpes for one in syft.components if one.cpes] == []


def test_an_archive_is_read_like_the_folder(folder: Path, syft: ComponentSet, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "product.tar.gz", "w:gz") as made:
        made.add(folder, ".")
    with open_tree(tmp_path / "product.tar.gz") as tree:
        found = collect(tree, [SyftPlugin()])
    assert purls(found) == purls(syft)
    assert {
        claim.location.path.removeprefix("product.tar.gz!/") for one in found.components for claim in one.claims
    } == {claim.location.path for one in syft.components for claim in one.claims}


def test_what_it_cannot_open_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    tree = FolderTree(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    found = collect(tree, [SyftPlugin()])
    assert any(one.severity == "error" and one.plugin == "syft" for one in found.problems)
