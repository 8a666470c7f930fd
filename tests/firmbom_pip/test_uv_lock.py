"""uv.lock beyond what the real file in data shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from component_sets import edges, only, properties

from firmbom.model import ComponentSet

Read = Callable[..., ComponentSet]
SHA = "a" * 64
COMMIT = "71abc78fdaec029cf71e9849a3b0fa084a1678f7"


UV = 'version = 1\nrequires-python = ">=3.9"\n'


def uv_package(name: str, rest: str = "", source: str = '{ registry = "https://pypi.example/simple" }') -> str:
    return f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {source}\n{rest}\n'


@pytest.mark.parametrize(
    ("source", "purl", "expected"),
    [
        (
            f'{{ git = "https://u:p@git.example/bus?tag=v1&subdirectory=py#{COMMIT}" }}',
            f"pkg:pypi/bus@1.0?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fbus%40{COMMIT}",
            {
                "cdx:python:package:source:vcs:commit_id": COMMIT,
                "cdx:python:package:source:vcs:requested_revision": "v1",
                "cdx:python:package:source:subdirectory": "py",
            },
        ),
        (
            '{ url = "https://files.example/bus-1.0.zip" }',
            "pkg:pypi/bus@1.0?download_url=https:%2F%2Ffiles.example%2Fbus-1.0.zip",
            {},
        ),
        ('{ path = "wheels/bus-1.0.zip" }', "pkg:pypi/bus@1.0", {"firmbom:local": "wheels/bus-1.0.zip"}),
        ('{ directory = "../bus" }', "pkg:pypi/bus@1.0", {"firmbom:local": "../bus"}),
        (
            '{ editable = "libs/bus" }',
            "pkg:pypi/bus@1.0",
            {"firmbom:local": "libs/bus", "cdx:python:package:source:local:editable": "true"},
        ),
        ('{ registry = "../mirror" }', "pkg:pypi/bus@1.0", {}),
        ("{}", "pkg:pypi/bus@1.0", {}),
    ],
)
def test_uv_sources(read: Read, source: str, purl: str, expected: dict[str, str]) -> None:
    rest = f'sdist = {{ hash = "sha256:{SHA}" }}' if "zip" in source else ""
    found = read({"uv.lock": UV + uv_package("bus", rest, source)})
    bus = only(found, "bus")
    assert (bus.purl, properties(bus), bus.type) == (purl, expected, "library")
    if "zip" in source:
        assert [reference.digests[0].value for reference in bus.references] == [SHA]
    assert not found.problems


def test_uv_workspace(read: Read) -> None:
    found = read(
        {
            "uv.lock": UV
            + '[manifest]\nmembers = ["app", "lib-a"]\nrequirements = [{ name = "six" }]\n'
            + '[manifest.dependency-groups]\nlint = [{ name = "ruff", specifier = ">=0.1" }]\n'
            + uv_package("app", 'dependencies = [{ name = "lib-a", extra = ["fast"] }]', '{ editable = "app" }')
            + uv_package(
                "lib-a", '[package.optional-dependencies]\nfast = [{ name = "orjson" }]', '{ virtual = "lib" }'
            )
            + uv_package("orjson")
            + uv_package("six")
            + uv_package("ruff")
        }
    )
    assert {(one.name, one.type, one.scope) for one in found.components} == {
        ("app", "application", "required"),
        ("lib-a", "application", "required"),
        ("orjson", "library", "required"),
        ("six", "library", "required"),
        ("ruff", "library", "excluded"),
    }
    assert edges(found) == {
        ("", "app"),
        ("", "lib-a"),
        ("", "six"),
        ("", "ruff"),
        ("app", "lib-a"),
        ("lib-a", "orjson"),
    }
    assert properties(only(found, "ruff")) == {"firmbom:group": "lint"}


def test_uv_without_a_project_does_not_tell_what_is_direct(read: Read) -> None:
    found = read({"uv.lock": UV + uv_package("a", 'dependencies = [{ name = "b" }]') + uv_package("b")})
    assert edges(found) == {("", "a"), ("a", "b")}
    assert found.coverage[0].dependencies == "incomplete"


def test_uv_optional_extras_can_be_omitted(read: Read) -> None:
    text = (
        UV
        + uv_package("app", '[package.optional-dependencies]\nx = [{ name = "a" }]', '{ virtual = "." }')
        + uv_package("a", 'dependencies = [{ name = "b" }]')
        + uv_package("b")
    )
    assert {one.name: one.scope for one in read({"uv.lock": text}).components}["b"] == "optional"
    assert [one.name for one in read({"uv.lock": text}, omit=frozenset({"optional"})).components] == ["app"]


def test_uv_files(read: Read) -> None:
    rest = (
        f'sdist = {{ url = "https://files.example/a-1.0.tar.gz", hash = "sha256:{SHA}" }}\n'
        'wheels = [{ filename = "a-1.0-py3-none-any.whl", hash = "md5:short" }, { path = "w/a.whl" }, { size = 3 }]'
    )
    found = read({"uv.lock": UV + uv_package("a", rest)})
    assert [(one.url, len(one.digests)) for one in only(found, "a").references] == [
        ("https://files.example/a-1.0.tar.gz", 1),
        ("a-1.0-py3-none-any.whl", 0),
        ("w/a.whl", 0),
    ]
    assert {one.message for one in found.problems} == {
        "package[0].wheels[0].hash: not a digest: 'md5:short'",
        "package[0].wheels[2]: a file without address, path and name",
    }
