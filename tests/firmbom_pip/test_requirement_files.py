"""``-r`` and ``-c``: the host offers each file by itself, yet no requirement is said in two ways."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firmbom.model import ComponentSet

Read = Callable[..., ComponentSet]


def said(found: ComponentSet) -> set[tuple[str, str]]:
    return {(one.purl, one.claims[0].location.path) for one in found.components}


def test_included_requirements_are_said_once_and_where_they_stand(read: Read) -> None:
    found = read(
        {
            "requirements.txt": "-r deps/base.txt\na==1\n",
            "deps/base.txt": "b==2\n--requirement=more.txt\n",
            "deps/more.txt": "c==3\n",
        }
    )
    assert said(found) == {
        ("pkg:pypi/a@1", "requirements.txt"),
        ("pkg:pypi/b@2", "deps/base.txt"),
        ("pkg:pypi/c@3", "deps/more.txt"),
    }
    assert {one.path for one in found.coverage} == {"requirements.txt", "deps/base.txt", "deps/more.txt"}
    assert all(one.digests for one in found.coverage)


def test_an_included_file_is_read_as_its_includer_sees_it(read: Read) -> None:
    """Offered alone it would have no index and no version, and so be another component."""
    found = read(
        {
            "requirements.txt": "-i https://pypi.example/simple\n-r requirements-base.txt\n-c pins.txt\n",
            "requirements-base.txt": "b>=1\n",
            "pins.txt": "b==1.5\nunused==9\n",
        }
    )
    assert said(found) == {("pkg:pypi/b@1.5?repository_url=https:%2F%2Fpypi.example%2Fsimple", "requirements-base.txt")}
    (version,) = {claim for one in found.components for claim in one.claims if claim.field == "version"}
    assert (version.value, version.location.path, version.location.line) == ("1.5", "pins.txt", 1)
    assert not found.problems


def test_two_includers_with_two_constraints_are_two_answers(read: Read) -> None:
    found = read(
        {
            "a-requirements.txt": "-r requirements/base.txt\n-c one.txt\n",
            "b-requirements.txt": "-r requirements/base.txt\n-c two.txt\n",
            "requirements/base.txt": "b\n",
            "one.txt": "b==1\n",
            "two.txt": "b==2\n",
        }
    )
    assert {one.purl for one in found.components} == {"pkg:pypi/b@1", "pkg:pypi/b@2"}


@pytest.mark.parametrize(
    ("pins", "version"),
    [
        ("b==1.5\n", "1.5"),
        ("B==1.5\n", "1.5"),
        ("b>=1.5\n", ""),
        ("b==1.5\nb==1.6\n", ""),
        ("b==0.5\n", ""),
        ("b==1.5; os_name == 'nt'\n", ""),
        ("b==1.5; nonsense\n", ""),
        ("-c deeper.txt\n", "1.7"),
        ("-r deeper.txt\n", "1.7"),
    ],
)
def test_what_constraints_decide(read: Read, pins: str, version: str) -> None:
    found = read({"requirements.txt": "-c pins.txt\nb>=1\n", "pins.txt": pins, "deeper.txt": "b==1.7\nother==1\n"})
    assert [(one.name, one.version) for one in found.components] == [("b", version)]


def test_a_pin_of_its_own_wins(read: Read) -> None:
    found = read({"requirements.txt": "-c pins.txt\nb==1\n", "pins.txt": "b==2\n"})
    assert [one.version for one in found.components] == ["1"]


def test_constraints_by_use_are_no_components(read: Read) -> None:
    found = read({"requirements.txt": "-c requirements-pins.txt\nb\n", "requirements-pins.txt": "b==1\nc==2\n"})
    assert said(found) == {("pkg:pypi/b@1", "requirements.txt")}
    assert [(one.severity, one.path, one.message) for one in found.problems] == [
        (
            "warning",
            "requirements-pins.txt",
            "read as constraints only, because requirements.txt uses it with -c: no components of its own",
        )
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"requirements-dev.txt": "-c requirements.txt\nb\n", "requirements.txt": "b==1\n"},
        {"requirements-dev.txt": "-c requirements-prod.txt\nc==1\n", "requirements-prod.txt": "b==1\n"},
        {
            "requirements-dev.txt": "-c requirements-prod.txt\n-r requirements-prod.txt\nb\n",
            "requirements-prod.txt": "b==1\n",
        },
    ],
)
def test_a_layer_that_another_keeps_in_step_with_is_no_constraint(read: Read, files: dict[str, str]) -> None:
    assert any(one.purl == "pkg:pypi/b@1" and one.scope == "required" for one in read(files).components)


def test_cycles_end(read: Read) -> None:
    found = read(
        {
            "requirements.txt": "-r requirements-b.txt\na==1\n",
            "requirements-b.txt": "-r requirements.txt\n-c requirements.txt\nb==1\n",
        }
    )
    assert {one.purl for one in found.components} == {"pkg:pypi/a@1", "pkg:pypi/b@1"}


@pytest.mark.parametrize(
    ("line", "severity", "message"),
    [
        ("-r missing.txt", "error", "line 2: missing.txt is not in the tree"),
        ("-r ../../outside.txt", "error", "line 2: ../../outside.txt is not in the tree"),
        (
            "-r https://files.example/r.txt",
            "error",
            "line 2: https://files.example/r.txt is an address and was not read",
        ),
        ("-c missing.txt", "warning", "line 2: missing.txt is not in the tree"),
        (
            "-c https://files.example/c.txt",
            "warning",
            "line 2: https://files.example/c.txt is an address and was not read",
        ),
        ("-r binary.dat", "error", "line 2: binary.dat: byte 0: not text in UTF-8"),
        ("-c binary.dat", "warning", "line 2: binary.dat: byte 0: not text in UTF-8"),
        ("-r", "error", "line 2:  is not in the tree"),
    ],
)
def test_what_cannot_be_included(read: Read, line: str, severity: str, message: str) -> None:
    found = read({"requirements.txt": f"a==1\n{line}\n", "binary.dat": b"\xff\x00\xfe"})
    assert [one.purl for one in found.components] == ["pkg:pypi/a@1"]
    assert [(one.severity, one.message) for one in found.problems] == [(severity, message)]


def test_a_fault_is_told_where_it_stands_and_once(read: Read) -> None:
    found = read(
        {
            "requirements.txt": "-r requirements-b.txt\n-r other.in\n",
            "requirements-b.txt": "!!\n",
            "other.in": "x==1\n??\n",
        }
    )
    assert {(one.path, one.message) for one in found.problems} == {
        ("requirements-b.txt", "line 1: not a dependency specifier: '!!'"),
        ("requirements.txt", "other.in: line 2: not a dependency specifier: '??'"),
    }


def test_a_crowd_of_files_is_bounded(read: Read) -> None:
    files = {f"r/{number}.in": f"-r {number + 1}.in\np{number}==1\n" for number in range(600)}
    found = read({"requirements.txt": "-r r/0.in\n", **files})
    assert len(found.components) == 499
    assert "more than 500 included files; the rest was not read" in found.problems[0].message
