from __future__ import annotations

from collections.abc import Callable

import pytest
from component_sets import properties
from packageurl.contrib import purl2url

from firmbom.model import ROOT, Basis, Component, ComponentSet, Edge, Ref
from firmbom.plugin import Target

Read = Callable[..., ComponentSet]
SHA = "a" * 64
LINUX = Target(python="3.11", platform="linux", machine="aarch64")


def by_name(found: ComponentSet) -> dict[str, Component]:
    return {one.name: one for one in found.components}


def test_pins_ranges_and_wildcards(read: Read) -> None:
    found = read({"requirements.txt": "a==1.0\nB.c ===2-odd\nd==1.2.*\ne>=1,<2\nf\n"})
    seen = by_name(found)
    assert {name: one.version for name, one in seen.items()} == {"a": "1.0", "B.c": "2-odd", "d": "", "e": "", "f": ""}
    assert seen["B.c"].purl == "pkg:pypi/b-c@2-odd"
    assert [properties(seen[name]).get("firmbom:requirement") for name in "adef"] == [None, "==1.2.*", "<2,>=1", "*"]
    assert [seen[name].claims[0].confidence for name in "ae"] == [1.0, 0.5]
    assert {one.claims[0].basis for one in found.components} == {Basis.MANIFEST}
    assert [one.claims[0].location.line for one in found.components] == [1, 2, 3, 4, 5]
    assert [(one.severity, one.message) for one in found.problems] == [
        ("warning", "no version is stated for 3, so it is not known; pin with ==: d, e, f")
    ]
    assert [(one.components, one.dependencies) for one in found.coverage] == [("unknown", "unknown")]


def test_hashes_make_a_lock_of_it(read: Read) -> None:
    text = f"a==1.0 --hash=sha256:{SHA} \\\n    --hash sha512:{'b' * 128}\nb==2 \\\n --hash=md5:{'c' * 32}\n"
    found = read({"requirements.txt": text})
    seen = by_name(found)
    assert [(d.algorithm, d.value[0]) for r in seen["a"].references for d in r.digests] == [
        ("SHA-256", "a"),
        ("SHA-512", "b"),
    ]
    assert {reference.type for reference in seen["a"].references} == {"distribution"}
    page = purl2url.get_repo_url("pkg:pypi/a@1.0")  # type: ignore[no-untyped-call] # the library has no annotations
    assert {reference.url for reference in seen["a"].references} == {page}
    assert seen["b"].claims[0].basis is Basis.LOCKFILE
    assert seen["b"].claims[0].location.line == 3
    assert found.coverage[0].components == "complete"


@pytest.mark.parametrize(
    ("options", "purl"),
    [
        ("", "pkg:pypi/a@1"),
        ("-i https://u:p@pypi.example/simple/", "pkg:pypi/a@1?repository_url=https:%2F%2Fpypi.example%2Fsimple"),
        (
            "-i https://a.example\n--index-url=https://b.example/x",
            "pkg:pypi/a@1?repository_url=https:%2F%2Fb.example%2Fx",
        ),
        ("-i https://pypi.example\n--extra-index-url https://b.example", "pkg:pypi/a@1"),
        ("-i https://pypi.example\n-f https://b.example/links", "pkg:pypi/a@1"),
        ("-i https://pypi.example\n--no-index", "pkg:pypi/a@1"),
        ("-i https://${HOST}/simple", "pkg:pypi/a@1"),
        ("-i https://[bad/simple", "pkg:pypi/a@1"),
    ],
)
def test_only_a_lone_index_is_known_to_serve(read: Read, options: str, purl: str) -> None:
    found = read({"requirements.txt": f"{options}\na==1\n"})
    assert [one.purl for one in found.components] == [purl]


def test_markers_with_and_without_a_target(read: Read) -> None:
    text = "a==1; python_version < '3.8'\nb==1 ; sys_platform == 'linux'\nc==1; platform_release == 'x'\nd==1\n"
    scopes = {
        one.name: (one.scope, properties(one).get("firmbom:condition"))
        for one in read({"requirements.txt": text}).components
    }
    assert scopes == {
        "a": ("optional", "python_version < '3.8'"),
        "b": ("optional", "sys_platform == 'linux'"),
        "c": ("optional", "platform_release == 'x'"),
        "d": ("required", None),
    }
    found = read({"requirements.txt": text}, target=LINUX)
    assert {one.name: one.scope for one in found.components} == {"b": "required", "c": "optional", "d": "required"}
    assert [(one.severity, one.message) for one in found.problems] == [
        ("note", "1 left out, because no marker holds for the target: a")
    ]


def test_extras_options_comments_and_continuations(read: Read) -> None:
    text = (
        "# a comment \\\n"
        "a[X_y,z] == 1.0  # why\n"
        "b \\\n  == \\\n  2.0\n"
        "c==3 --config-settings='--global-option=x y' --global-option=\"--no\"\n"
        "--pre\n--prefer-binary\n--trusted-host pypi.example\n--no-binary :all:\n--require-hashes\n"
        "d==4#no-comment\n"
        "e==5 \\"
    )
    found = read({"requirements.txt": text})
    seen = by_name(found)
    assert {name: one.version for name, one in seen.items()} == {"a": "1.0", "b": "2.0", "c": "3", "e": "5"}
    assert [said.value for said in seen["a"].properties] == ["x-y", "z"]
    assert seen["b"].claims[0].location.line == 3
    assert [one.message for one in found.problems] == ["line 12: not a dependency specifier: 'd==4#no-comment'"]
    assert found.coverage[0].components == "incomplete"


@pytest.mark.parametrize(
    ("line", "purl", "expected"),
    [
        (
            "bus @ git+https://user:pw@git.example/bus.git@v1.2",
            "pkg:pypi/bus?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fbus.git%40v1.2",
            {"cdx:python:package:source:vcs:requested_revision": "v1.2"},
        ),
        (
            f"git+ssh://git@git.example/bus.git@{'1' * 40}#egg=Bus_x[can]&subdirectory=python",
            f"pkg:pypi/bus-x?vcs_url=git%2Bssh:%2F%2Fgit%40git.example%2Fbus.git%40{'1' * 40}",
            {
                "cdx:python:package:source:vcs:commit_id": "1" * 40,
                "cdx:python:package:source:subdirectory": "python",
                "cdx:python:package:required-extra": "can",
            },
        ),
        (
            "-e hg+https://hg.example/bus#egg=bus",
            "pkg:pypi/bus?vcs_url=hg%2Bhttps:%2F%2Fhg.example%2Fbus",
            {},
        ),
        (
            "https://files.example/a/bus-1.4-py3-none-any.whl?token=t0p&x=1",
            "pkg:pypi/bus@1.4?download_url=https:%2F%2Ffiles.example%2Fa%2Fbus-1.4-py3-none-any.whl%3Fx%3D1",
            {},
        ),
        (
            "bus @ https://files.example/main.zip ; os_name == 'nt'",
            "pkg:pypi/bus?download_url=https:%2F%2Ffiles.example%2Fmain.zip",
            {"firmbom:condition": "os_name == 'nt'"},
        ),
        ("./wheels/bus-1.4.tar.gz", "pkg:pypi/bus@1.4", {"firmbom:local": "wheels/bus-1.4.tar.gz"}),
        (
            "bus-1.4-py3-none-any.whl[can]",
            "pkg:pypi/bus@1.4",
            {"cdx:python:package:required-extra": "can", "firmbom:local": "bus-1.4-py3-none-any.whl"},
        ),
        (
            "file:///home/me/wheels/bus-1.4-py3-none-any.whl",
            "pkg:pypi/bus@1.4",
            {"firmbom:local": "bus-1.4-py3-none-any.whl"},
        ),
        ("/home/me/bus#egg=bus", "pkg:pypi/bus", {"firmbom:local": "bus"}),
        ("C:\\src\\bus#egg=bus", "pkg:pypi/bus", {"firmbom:local": "bus"}),
    ],
)
def test_places(read: Read, line: str, purl: str, expected: dict[str, str]) -> None:
    found = read({"requirements.txt": line + "\n"})
    assert [(one.purl, properties(one)) for one in found.components] == [(purl, expected)]
    assert not found.problems
    assert "pw@" not in repr(found)
    assert "t0p" not in repr(found)
    assert "/home/me" not in repr(found)


@pytest.mark.parametrize(
    ("line", "purl"),
    [
        ("git+https://git.example/bus.git", "pkg:generic/bus?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fbus.git"),
        ("https://files.example/main.zip", "pkg:generic/main.zip?download_url=https:%2F%2Ffiles.example%2Fmain.zip"),
        ("./drivers", "pkg:generic/drivers"),
        ("-e .", "pkg:generic/unknown"),
        ("../outside", "pkg:generic/outside"),
        ("\\ \\ [x]", "pkg:generic/unknown"),
    ],
)
def test_a_place_that_does_not_say_its_project(read: Read, line: str, purl: str) -> None:
    found = read({"requirements.txt": line + "\n"})
    assert [(one.purl, one.claims[0].confidence) for one in found.components] == [(purl, 0.5)]
    assert "does not say which project it is; name it" in found.problems[0].message


def test_digests_of_a_place(read: Read) -> None:
    found = read({"requirements.txt": f"bus @ https://files.example/bus.zip#sha256={SHA} --hash=sha384:{'b' * 96}\n"})
    (reference,) = found.components[0].references
    assert [one.algorithm for one in reference.digests] == ["SHA-256", "SHA-384"]


def test_local_projects_and_archives_inside_the_tree(read: Read) -> None:
    found = read(
        {
            "app/requirements.txt": "-e .\n./lib\n../wheels/bus-1.4-py3-none-any.whl\n-e ./broken\n",
            "app/pyproject.toml": '[project]\nname = "the-app"\nversion = "3.1"\nlicense = "MIT"\n',
            "app/lib/pyproject.toml": '[tool.poetry]\nname = "the_lib"\nversion = "0.2"\n',
            "app/broken/pyproject.toml": "[project\n",
            "wheels/bus-1.4-py3-none-any.whl": b"not really",
        }
    )
    seen = by_name(found)
    assert {one.purl: one.type for one in found.components} == {
        "pkg:pypi/the-app@3.1": "application",
        "pkg:pypi/the-lib@0.2": "library",
        "pkg:pypi/bus@1.4": "library",
        "pkg:generic/broken": "library",
    }
    assert properties(seen["the-app"]) == {"cdx:python:package:source:local:editable": "true", "firmbom:local": "."}
    assert [claim.location.path for claim in seen["the-app"].claims] == ["app/pyproject.toml", "app/requirements.txt"]
    assert [one.algorithm for one in seen["bus"].references[0].digests] == ["SHA-256", "SHA-512"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(read: Read, encoding: str, end: str) -> None:
    text = end.join(["a==1.0 # é", "b==2.0", ""])
    data = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    assert {(one.name, one.version) for one in read({"requirements.txt": data}).components} == {
        ("a", "1.0"),
        ("b", "2.0"),
    }


def test_a_coding_comment_is_followed(read: Read) -> None:
    found = read({"requirements.txt": b"# -*- coding: latin-1 -*-\na==1.0 # \xe9\n"})
    assert [one.name for one in found.components] == ["a"]
    found = read({"requirements.txt": b"# coding: no-such-coding\na==1.0 # \xe9\n"})
    assert [one.message for one in found.problems] == ["byte 34: not text in UTF-8"]


def test_comments_of_compilers_give_edges(read: Read) -> None:
    text = (
        "a==1\n    # via -r requirements.in\n"
        "b==1\n    # via\n    #   a\n    #   c\n"
        "c==1  # via my-project (pyproject.toml), a\n"
        "d==1\n    # via\n    #   -c constraints.txt\n    #   b\n"
        "e==1\n    # via my-project\n"
        "f==1 ; os_name == 'nt'\n    # via a\n"
        "f==2 ; os_name != 'nt'\n    # via a\n"
        "g==1\n    # via f\n"
        "h==1\n# via everything else in prose\n"
        "i==1\n"
    )
    found = read({"requirements.txt": text})
    edges = {(edge.source.removeprefix("pkg:pypi/"), edge.target.removeprefix("pkg:pypi/")) for edge in found.edges}
    assert edges == {
        ("", "a@1"),
        ("a@1", "b@1"),
        ("c@1", "b@1"),
        ("", "c@1"),
        ("a@1", "c@1"),
        ("b@1", "d@1"),
        ("", "e@1"),
        ("a@1", "f@1"),
        ("a@1", "f@2"),
        ("", "h@1"),
        ("", "i@1"),
    }
    assert found.coverage[0].dependencies == "unknown"


def test_development_by_the_name_of_the_file(read: Read) -> None:
    files = {
        "requirements.txt": "a==1\n",
        "requirements-dev.txt": "-r requirements.txt\nb==1\n",
        "server-requirements.txt": "c==1\n",
    }
    scopes = {(one.name, one.scope) for one in read(files).components}
    assert scopes == {("a", "required"), ("b", "excluded"), ("c", "required")}
    assert {one.name for one in read(files, omit=frozenset({"dev"})).components} == {"a", "c"}


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "requirements-prod.txt",
        "requirements_prod.txt",
        "prod-requirements.txt",
        "requirements/base.txt",
    ],
)
def test_names_of_requirements_files(read: Read, path: str) -> None:
    assert [one.name for one in read({f"deep/{path}": "a==1\n"}).components] == ["a"]


@pytest.mark.parametrize(
    "path", ["constraints.txt", "requirements/constraints.txt", "requirements-constraints.txt", "notes.txt"]
)
def test_what_is_no_requirements_file(read: Read, path: str) -> None:
    assert not read({path: "a==1\n"}).components


def test_a_project_named_twice_is_one_edge(read: Read) -> None:
    found = read({"requirements.txt": "a==1\na==1\n"})
    assert found.edges == (Edge(ROOT, Ref("pkg:pypi/a@1")),)


def test_thousands_of_lines(read: Read) -> None:
    text = "".join(f"package-{number}=={number}.0 --hash=sha256:{SHA}\n    # via package-0\n" for number in range(3000))
    found = read({"requirements.txt": text})
    assert len(found.components) == 3000
    assert len(found.edges) == 2999
