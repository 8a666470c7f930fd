"""Names and versions as syft misspells them, and what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from firmbom.tree.folder import FolderTree
from firmbom_syft import npm_names, pypi_versions
from firmbom_syft.package import Package

ALIASES: Mapping[str, str] = {"string-width-cjs": "string-width", "@mine/lodash": "lodash"}
COMMIT = "0123456789012345678901234567890123456789"


@pytest.mark.parametrize(
    ("name", "version", "meant"),
    [
        ("ms", "2.1.3", ("ms", "2.1.3")),
        ("@babel/core", "7.24.0-beta.1+build", ("@babel/core", "7.24.0-beta.1+build")),
        ("ms", "https://npm.example/ms/-/ms-2.1.3.tgz", ("ms", "2.1.3")),
        ("@s/priv", "https://npm.example/@s/priv/-/priv-1.0.0-rc.1.tgz?x", ("@s/priv", "1.0.0-rc.1")),
        ("ms", "https://npm.example/other/-/other-2.1.3.tgz", ("ms", "")),
        ("node-gyp", f"https://code.example/electron/node-gyp/tar.gz/{COMMIT}", ("node-gyp", "")),
        ("gitdep", f"git+ssh://git@code.example/a/b.git#{COMMIT}", ("gitdep", "")),
        ("local", "file:../local", ("local", "")),
        ("local", "link:../local", ("local", "")),
        ("space", "workspace:*", ("space", "")),
        ("@npmcli/arborist", "UNKNOWN", ("@npmcli/arborist", "")),
        ("openmrs", "0.0.0-use.local", ("openmrs", "")),
        ("ajv-errors", "0.3.3_ajv@8.10.0", ("ajv-errors", "0.3.3")),
        ("core", "7.17.6_@babel+core@7.17.5", ("core", "7.17.6")),
        ("react-dom", "18.2.0(react@18.2.0)", ("react-dom", "18.2.0")),
        ("mapbox-gl", "/empty-npm-package@1.0.0", ("empty-npm-package", "1.0.0")),
        ("alias", "npm:ms@2.1.3", ("ms", "2.1.3")),
        ("alias", "npm:@babel/core@7.0.0", ("@babel/core", "7.0.0")),
        ("string-width-cjs", "4.2.3", ("string-width", "4.2.3")),
        ("@mine/lodash", "4.17.21", ("lodash", "4.17.21")),
        ("workspaces/arborist", "8.0.0", None),
    ],
)
def test_an_npm_package_is_named_as_npm_names_it(name: str, version: str, meant: tuple[str, str] | None) -> None:
    assert npm_names.put_right(Package(name, version), ALIASES) == (meant and Package(*meant))


def test_aliases_come_from_the_lockfile_that_syft_read(tmp_path: Path) -> None:
    (tmp_path / "yarn.lock").write_text(
        '"string-width-cjs@npm:string-width@^4.2.0", "string-width@^4.1.0":\n  version "4.2.3"\n\n'
        '"@mine/lodash@npm:lodash@4":\n  version "4.17.21"\n\n"ms@npm:^2.1.0":\n  version: 2.1.3\n'
    )
    repair = npm_names.repair(FolderTree(tmp_path))
    seen = ("yarn.lock",)
    assert repair(Package("string-width-cjs", "4.2.3"), seen) == Package("string-width", "4.2.3")
    assert repair(Package("@mine/lodash", "4.17.21"), seen) == Package("lodash", "4.17.21")
    assert repair(Package("ms", "2.1.3"), seen) == Package("ms", "2.1.3")
    assert repair(Package("string-width-cjs", "4.2.3"), ("package-lock.json",)) == Package("string-width-cjs", "4.2.3")
    assert repair(Package("ms", "2.1.3"), ("gone/yarn.lock",)) == Package("ms", "2.1.3")


@pytest.mark.parametrize(
    ("version", "pinned", "meant"),
    [
        ("1.0.0", {"1.0.0-rc1"}, "1.0.0-rc1"),
        ("1.0", {"1.0+local.1"}, "1.0+local.1"),
        ("=1.26.0", {"1.26.0"}, "1.26.0"),
        ("=1.26.0", set(), "1.26.0"),
        ("1.0", {"1.0.1", "1.0.2"}, "1.0"),
        ("2.0", {"1.0"}, "2.0"),
    ],
)
def test_a_version_cut_short_is_completed_from_the_only_pin_that_fits(
    version: str, pinned: set[str], meant: str
) -> None:
    assert pypi_versions.put_right(version, pinned) == meant


def test_pins_come_from_the_requirements_file_that_syft_read(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# Foo==9\nFoo_Bar==1.0.0-rc1 ; python_version > '3'\n  x.y [extra] == 1.0+local.1 \\\n    --hash=sha256:00\n"
    )
    (tmp_path / "broken.txt").write_bytes(b"\xff\xfe\x00")
    repair = pypi_versions.repair(FolderTree(tmp_path))
    assert repair(Package("foo-bar", "1.0.0"), ("requirements.txt",)) == Package("foo-bar", "1.0.0-rc1")
    assert repair(Package("x-y", "1.0"), ("requirements.txt",)) == Package("x-y", "1.0+local.1")
    assert repair(Package("foo", "1"), ("requirements.txt",)) == Package("foo", "1")
    assert repair(Package("x-y", "1.0"), ("poetry.lock", "gone.txt", "broken.txt")) == Package("x-y", "1.0")


def test_a_file_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    from firmbom.tree.base import Limits

    (tmp_path / "yarn.lock").write_text("x" * 100)
    (tmp_path / "requirements.txt").write_text("x==1" * 100)
    tree = FolderTree(tmp_path, limits=Limits(file_bytes=10))
    assert npm_names.repair(tree)(Package("ms", "1.0.0"), ("yarn.lock",)) == Package("ms", "1.0.0")
    assert pypi_versions.repair(tree)(Package("x", "1.0"), ("requirements.txt",)) == Package("x", "1.0")
