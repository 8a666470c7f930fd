from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from component_sets import edges, only, properties

from firmbom.collect import collect
from firmbom.model import Basis, ComponentSet, Licence
from firmbom.plugin import Target
from firmbom.tree.folder import FolderTree
from firmbom_pip.plugin import Plugin

Read = Callable[..., ComponentSet]
SITE = "venv/lib/python3.11/site-packages"
COMMIT = "71abc78fdaec029cf71e9849a3b0fa084a1678f7"


def metadata(name: str, version: str = "1.0", *headers: str) -> str:
    return "\n".join(
        ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *headers, "", "Long description."]
    )


def dist(name: str, *headers: str, site: str = SITE, version: str = "1.0") -> dict[str, str]:
    return {f"{site}/{name.replace('-', '_')}-{version}.dist-info/METADATA": metadata(name, version, *headers)}


def test_what_metadata_say(read: Read) -> None:
    headers = (
        "Summary: Reads the bus",
        "Author-email: Ada <ada@bus.example>",
        "License-Expression: mit OR apache-2.0",
        "Classifier: License :: OSI Approved :: BSD License",
        "Home-page: https://bus.example",
        "Download-URL: UNKNOWN",
        "Project-URL: Bug Tracker, https://bus.example/issues",
        "Project-URL: What's New, https://bus.example/#news",
        "Project-URL: Elsewhere, https://u:p@bus.example/x",
        "Project-URL: Broken, https://[bus",
    )
    info = f"{SITE}/Bus.Reader-1.0.dist-info"
    found = read({f"{info}/METADATA": metadata("Bus.Reader", "1.0", *headers), f"{info}/INSTALLER": "pip\n"})
    bus = only(found, "Bus.Reader")
    assert (bus.purl, bus.version, bus.description) == ("pkg:pypi/bus-reader@1.0", "1.0", "Reads the bus")
    assert bus.author == "Ada <ada@bus.example>"
    assert bus.licences == (Licence("MIT OR Apache-2.0"),)
    assert bus.claims[0].basis is Basis.PACKAGE_DATABASE
    assert properties(bus) == {"firmbom:installer": "pip"}
    assert {(one.type, one.url) for one in bus.references} == {
        ("website", "https://bus.example"),
        ("issue-tracker", "https://bus.example/issues"),
        ("release-notes", "https://bus.example/#news"),
        ("other", "https://bus.example/x"),
    }
    assert [one.message for one in found.problems] == ["Project-URL: Broken: Invalid IPv6 URL"]
    assert [(one.components, one.dependencies) for one in found.coverage] == [("unknown", "complete")]


@pytest.mark.parametrize(
    ("headers", "author"),
    [
        (["Author: Ada", "Author-email: ada@a.example"], "Ada <ada@a.example>"),
        (["Author: Ada, Bob", "Author-email: ada@a.example"], "Ada, Bob"),
        (["Author: UNKNOWN", "Author-email: UNKNOWN", "Maintainer-email: Bob <bob@a.example>"], "Bob <bob@a.example>"),
        (["Maintainer: Bob", "Maintainer-email: bob@a.example"], "Bob <bob@a.example>"),
        (["Summary: UNKNOWN"], ""),
    ],
)
def test_who_made_it(headers: list[str], author: str, read: Read) -> None:
    found = read({f"{SITE}/a-1.0.dist-info/METADATA": metadata("a", "1.0", *headers)})
    assert (only(found, "a").author, only(found, "a").description) == (author, "")


def test_edges_inside_one_environment(read: Read) -> None:
    found = read(
        {
            **dist(
                "app",
                "Requires-Dist: a>=1",
                "Requires-Dist: B_x[fast] ; python_version >= '3.8'",
                "Requires-Dist: old ; python_version < '3.8'",
                "Requires-Dist: docs-tool ; extra == 'docs'",
                "Requires-Dist: plot ; extra == 'plots'",
                "Requires-Dist: c ; extra == 'more'",
                "Requires-Dist: not-there ; extra == 'more'",
                "Provides-Extra: docs",
                "Provides-Extra: plots",
                "Provides-Extra: more",
            ),
            **dist("a"),
            **dist("b-x", "Requires-Dist: speed ; extra == 'fast'", "Provides-Extra: fast", "Requires-Dist: app"),
            **dist("speed"),
            **dist("old"),
            **dist("docs-tool"),
            **dist("plot"),
            **dist("c"),
            **dist("elsewhere", site="opt/python3.9/site-packages"),
        }
    )
    assert edges(found) == {
        ("app", "a"),
        ("app", "b-x"),
        ("app", "plot"),
        ("b-x", "app"),
        ("b-x", "speed"),
        ("", "old"),
        ("", "docs-tool"),
        ("", "c"),
        ("", "elsewhere"),
    }


def test_a_requirement_that_is_not_installed_leaves_the_edges_incomplete(read: Read) -> None:
    found = read(
        {**dist("app", "Requires-Dist: gone", "Requires-Dist: ??"), **dist("b", "Requires-Dist: app; os_name == 'nt'")}
    )
    assert {one.path.split("/")[-2]: one.dependencies for one in found.coverage} == {
        "app-1.0.dist-info": "incomplete",
        "b-1.0.dist-info": "complete",
    }
    assert [one.message for one in found.problems] == ["Requires-Dist: not a dependency specifier: '??'"]


def test_the_target_comes_before_the_path(read: Read) -> None:
    files = {**dist("app", "Requires-Dist: old ; python_version < '3.8'"), **dist("old")}
    assert ("app", "old") not in edges(read(files))
    assert ("app", "old") in edges(read(files, target=Target(python="3.7")))


def test_what_the_user_asked_for_is_direct(read: Read) -> None:
    found = read({**dist("app", "Requires-Dist: a"), **dist("a"), f"{SITE}/a-1.0.dist-info/REQUESTED": ""})
    assert edges(found) == {("", "app"), ("", "a"), ("app", "a")}


def test_records_own_files(read: Read) -> None:
    info = f"{SITE}/app-1.0.dist-info"
    rows = 'app/__init__.py,sha256=x,3\n"app/odd, name.py",,\n../../../bin/app,,\n'
    rows += "../../../../../../etc/passwd,,\n/opt/there,,\n/opt/gone,,\n\n"
    found = read({**dist("app"), f"{info}/RECORD": rows, "opt/there": ""})
    assert {one.path for one in found.ownership} == {
        f"{SITE}/app/__init__.py",
        f"{SITE}/app/odd, name.py",
        "venv/bin/app",
        "opt/there",
    }
    assert {one.owner for one in found.ownership} == {"pkg:pypi/app@1.0"}
    assert [(one.severity, one.message) for one in found.problems] == [("note", "1 of its files are outside the tree")]


def test_packages_are_owned_where_no_list_is_there(read: Read) -> None:
    site = "usr/lib/python3/dist-packages"
    info = f"{site}/borgbackup-2.0.egg-info"
    found = read(
        {
            f"{info}/PKG-INFO": metadata("borgbackup", "2.0"),
            f"{info}/top_level.txt": "borg\n_speed\nborg\nshared\nspace\nalone\ntaken\n../evil\n",
            f"{site}/borg/__init__.py": "",
            f"{site}/borg/deep/item.cpython-311-arm-linux-gnueabihf.so": "",
            f"{site}/_speed.cpython-311-arm-linux-gnueabihf.so": "",
            f"{site}/_speed.txt": "",
            f"{site}/shared/__init__.py": "",
            f"{site}/space/part/__init__.py": "",
            **dist("space-other", site=site),
            f"{site}/space_other-1.0.dist-info/RECORD": "space/other/__init__.py,,\n",
            f"{site}/alone/part/speed.so": "",
            f"{site}/taken/__init__.py": "",
            f"{site}/evil/__init__.py": "",
            f"{site}/plain_name-1.0.egg-info": metadata("plain-name"),
            f"{site}/plain_name.py": "",
            f"{site}/other-1.0.egg-info/PKG-INFO": metadata("other"),
            f"{site}/other-1.0.egg-info/top_level.txt": "shared\n",
            **dist("taken", site=site),
            f"{site}/taken-1.0.dist-info/RECORD": "taken/data.txt,,\n",
        }
    )
    assert {(one.owner, one.path.removeprefix(f"{site}/")) for one in found.ownership} == {
        ("pkg:pypi/borgbackup@2.0", "borg/__init__.py"),
        ("pkg:pypi/borgbackup@2.0", "borg/deep/item.cpython-311-arm-linux-gnueabihf.so"),
        ("pkg:pypi/borgbackup@2.0", "_speed.cpython-311-arm-linux-gnueabihf.so"),
        ("pkg:pypi/borgbackup@2.0", "alone/part/speed.so"),
        ("pkg:pypi/space-other@1.0", "space/other/__init__.py"),
        ("pkg:pypi/plain-name@1.0", "plain_name.py"),
        ("pkg:pypi/taken@1.0", "taken/data.txt"),
    }
    assert not found.problems


def test_parts_for_one_version_of_python_are_owned_where_debian_keeps_them(read: Read) -> None:
    lib = "usr/lib"
    found = read(
        {
            f"{lib}/python3/dist-packages/numpy-1.24.2.egg-info/PKG-INFO": metadata("numpy", "1.24.2"),
            f"{lib}/python3/dist-packages/numpy/__init__.py": "",
            f"{lib}/python3.11/dist-packages/numpy/core/fast.cpython-311-aarch64-linux-gnu.so": "",
            f"{lib}/python3.11/dist-packages/other/fast.so": "",
            f"{lib}/python3.12/dist-packages/numpy/core/other.so": "",
            f"{lib}/python3.12/dist-packages/numpy-2.0.egg-info": metadata("numpy", "2.0"),
            f"{lib}/pypy3/dist-packages/numpy/core/other.so": "",
        }
    )
    assert {(one.owner, one.path.removeprefix(f"{lib}/")) for one in found.ownership} == {
        ("pkg:pypi/numpy@1.24.2", "python3/dist-packages/numpy/__init__.py"),
        ("pkg:pypi/numpy@1.24.2", "python3.11/dist-packages/numpy/core/fast.cpython-311-aarch64-linux-gnu.so"),
        ("pkg:pypi/numpy@2.0", "python3.12/dist-packages/numpy/core/other.so"),
    }


def test_packages_behind_links_are_owned_where_they_are(tmp_path: Path) -> None:
    site = tmp_path / "usr/lib/python3/dist-packages"
    site.mkdir(parents=True)
    (site / "app-1.0.egg-info").write_text(metadata("app"))
    real = tmp_path / "usr/lib/python3.11/dist-packages/app"
    real.mkdir(parents=True)
    (real / "__init__.py").write_text("")
    (real / "fast.so").write_text("")
    for name in ("round", "about", "again"):
        (real / name).symlink_to(".")
    (site / "app").symlink_to("../../python3.11/dist-packages/app")
    found = collect(FolderTree(tmp_path), [Plugin()])
    assert {one.path for one in found.ownership} == {
        "usr/lib/python3.11/dist-packages/app/__init__.py",
        "usr/lib/python3.11/dist-packages/app/fast.so",
    }


def test_a_checkout_has_installed_nothing(read: Read) -> None:
    info = "checkout/app.egg-info"
    found = read(
        {
            f"{info}/PKG-INFO": metadata("app"),
            f"{info}/SOURCES.txt": "setup.py",
            f"{info}/top_level.txt": "app",
            "checkout/app/__init__.py": "",
        }
    )
    assert not found.ownership


@pytest.mark.parametrize("stated", ["\xff", "\0", "app\n" * 3])
def test_a_broken_list_of_packages_costs_only_itself(read: Read, stated: str) -> None:
    info = f"{SITE}/app-1.0.dist-info"
    found = read({**dist("app"), f"{info}/top_level.txt": stated.encode("latin-1"), f"{SITE}/app/__init__.py": ""})
    assert [one.name for one in found.components] == ["app"]
    assert len(found.ownership) == stated.startswith("app")


@pytest.mark.parametrize("record", [b"\xff\xfe\xff", b'"open\n' * 3 + b"\x00", b"a" * 200_000 + b",,\n"])
def test_a_broken_record_costs_only_itself(read: Read, record: bytes) -> None:
    found = read({**dist("app"), f"{SITE}/app-1.0.dist-info/RECORD": record})
    assert [one.name for one in found.components] == ["app"]
    assert all("files are not known" in one.message for one in found.problems)


@pytest.mark.parametrize(
    ("origin", "purl", "expected"),
    [
        (
            '{"url": "https://u:p@git.example/app.git", "subdirectory": "py",'
            ' "vcs_info": {"vcs": "git", "commit_id": "%s", "requested_revision": "v1"}}',
            f"?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fapp.git%40{COMMIT}",
            {
                "cdx:python:package:source:vcs:commit_id": COMMIT,
                "cdx:python:package:source:vcs:requested_revision": "v1",
                "cdx:python:package:source:subdirectory": "py",
            },
        ),
        (
            '{"url": "https://files.example/app.zip", "archive_info": {"hashes": {"sha256": "%s"}}}',
            "?download_url=https:%2F%2Ffiles.example%2Fapp.zip",
            {},
        ),
        (
            '{"url": "https://files.example/app.zip", "archive_info": {"hash": "sha256=%s"}}',
            "?download_url=https:%2F%2Ffiles.example%2Fapp.zip",
            {},
        ),
        (
            '{"url": "file:///home/me/src/app", "dir_info": {"editable": true}}',
            "",
            {"firmbom:local": "app", "cdx:python:package:source:local:editable": "true"},
        ),
        (
            '{"url": "file:///home/me/app-1.0-py3-none-any.whl", "archive_info": {}}',
            "",
            {"firmbom:local": "app-1.0-py3-none-any.whl"},
        ),
        ('{"url": "file:///home/me/app", "dir_info": {}}', "", {"firmbom:local": "app"}),
        ("{}", "", {}),
    ],
)
def test_direct_origins(read: Read, origin: str, purl: str, expected: dict[str, str]) -> None:
    content = origin.replace("%s", COMMIT if "vcs" in origin else "a" * 64)
    found = read({**dist("app"), f"{SITE}/app-1.0.dist-info/direct_url.json": content})
    app = only(found, "app")
    assert (app.purl, properties(app)) == (f"pkg:pypi/app@1.0{purl}", expected)
    if "hash" in origin:
        assert [digest.value for one in app.references for digest in one.digests] == ["a" * 64]
    assert not found.problems
    assert "/home/me" not in repr(found)


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("{", "not JSON"),
        ("[]", "direct_url.json: an object expected"),
        ('{"url": 3}', "direct_url.json.url: text expected, found a number"),
        ('{"url": "https://[x", "archive_info": {}}', "direct_url.json: Invalid IPv6 URL"),
        ('{"url": "https://x.example/a", "archive_info": {"hash": "crc=1"}}', "not a digest"),
    ],
)
def test_a_broken_origin_is_told(read: Read, origin: str, message: str) -> None:
    found = read({**dist("app"), f"{SITE}/app-1.0.dist-info/direct_url.json": origin})
    assert only(found, "app").version == "1.0"
    assert message in found.problems[0].message


def test_eggs(read: Read) -> None:
    site = "usr/lib/python3/dist-packages"
    found = read(
        {
            f"{site}/one-1.0.egg-info/PKG-INFO": metadata("one"),
            f"{site}/one-1.0.egg-info/installed-files.txt": "../one/__init__.py\nPKG-INFO\n",
            f"{site}/two-2.0.egg-info": metadata("two", "2.0", "Requires-Dist: one", "Requires: ancient"),
            f"{site}/three-3.0-py3.11.egg/EGG-INFO/PKG-INFO": metadata("three", "3.0"),
            "checkout/src/app.egg-info/PKG-INFO": metadata("app"),
            "checkout/src/app.egg-info/SOURCES.txt": "setup.py",
        }
    )
    assert {(one.name, one.version, one.type, one.claims[0].basis) for one in found.components} == {
        ("one", "1.0", "library", Basis.PACKAGE_DATABASE),
        ("two", "2.0", "library", Basis.PACKAGE_DATABASE),
        ("three", "3.0", "library", Basis.PACKAGE_DATABASE),
        ("app", "1.0", "application", Basis.EMBEDDED),
    }
    assert {one.path for one in found.ownership} == {f"{site}/one/__init__.py", f"{site}/one-1.0.egg-info/PKG-INFO"}
    assert ("two", "one") in edges(found)


def test_what_a_package_carries_inside_is_nested(read: Read) -> None:
    vendored = f"{SITE}/carrier/_vendor"
    record = "carrier/__init__.py,,\ncarrier/_vendor/inner-1.0.dist-info/METADATA,,\n"
    found = read(
        {
            **dist("carrier"),
            f"{SITE}/carrier-1.0.dist-info/RECORD": record,
            **dist("inner", "Requires-Dist: deep", site=vendored),
            **dist("deep", site=vendored),
            f"{vendored}/inner-1.0.dist-info/RECORD": "inner.py,,\n",
            **dist("stray", site=f"{SITE}/nobody/_vendor"),
        }
    )
    assert {one.ref for one in found.components} == {
        "pkg:pypi/carrier@1.0",
        "pkg:pypi/carrier@1.0!pkg:pypi/inner@1.0",
        "pkg:pypi/carrier@1.0!pkg:pypi/deep@1.0",
        "pkg:pypi/stray@1.0",
    }
    assert edges(found) == {("", "carrier"), ("", "stray"), ("inner", "deep")}
    assert {one.owner for one in found.ownership} == {"pkg:pypi/carrier@1.0"}


@pytest.mark.parametrize(
    ("headers", "purl", "message"),
    [
        ("Version: 2.0", "pkg:pypi/bus-x@2.0", "Name: no usable Name; taken from the name of the folder"),
        ("Name: Bus-X", "pkg:pypi/bus-x@1.4", "Version: no usable Version; taken from the name of the folder"),
        ("Name: ../x\nVersion: 1", "pkg:pypi/bus-x@1", "Name: no usable Name; taken from the name of the folder"),
        (
            "Name: Bus-X\nVersion: 1 2",
            "pkg:pypi/bus-x@1.4",
            "Version: no usable Version; taken from the name of the folder",
        ),
        ("", "pkg:pypi/bus-x@1.4", "Name: no usable Name; taken from the name of the folder"),
    ],
)
def test_without_name_or_version(read: Read, headers: str, purl: str, message: str) -> None:
    found = read({f"{SITE}/bus_x-1.4.dist-info/METADATA": headers})
    assert [(one.purl, one.claims[0].confidence) for one in found.components] == [(purl, 0.5)]
    assert [one.message for one in found.problems] == [message]


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 100, b"Name: \xff\n", "Näme: x".encode("utf-16")])
def test_metadata_that_say_nothing(read: Read, content: bytes) -> None:
    found = read({f"{SITE}/odd.dist-info/METADATA": content, **dist("good")})
    assert [one.name for one in found.components] == ["good"]
    assert [(one.severity, one.message) for one in found.problems] == [
        ("error", "no Name, and the folder does not tell it")
    ]


def test_repeated_and_crlf_headers(read: Read) -> None:
    content = "Metadata-Version: 2.1\r\nName: a\r\nName: b\r\nVersion: 1\r\nLicense: MIT\r\n\r\nName: no header\r\n"
    found = read({f"{SITE}/a-1.dist-info/METADATA": b"\xef\xbb\xbf" + content.encode()})
    assert [(one.purl, one.licences) for one in found.components] == [("pkg:pypi/a@1", (Licence("MIT"),))]
