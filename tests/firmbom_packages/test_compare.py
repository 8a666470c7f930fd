"""Debian's and rpm's order of versions: the cases that their documentation gives, and what any order must obey."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmbom_packages.compare import Relation, deb, deb_satisfies, rpm, rpm_satisfies

DEB = [
    ("1.0", "<", "1.1"),
    ("1.9", "<", "1.10"),
    ("1.0~rc1", "<", "1.0"),
    ("1.0~~", "<", "1.0~"),
    ("1.0~", "<", "1.0"),
    ("1.0", "=", "1.0-0"),
    ("1.0", "=", "0:1.0"),
    ("1.00", "=", "1.0"),
    ("1.0", "<", "1.0a"),
    ("1.0a", "<", "1.0+"),
    ("9:1", ">", "1:999"),
    ("1.0-1", "<", "1.0-1+b1"),
    ("1.0-1", "<", "1.0-10"),
    ("1.0-1-1", ">", "1.0-1"),
    ("2.36-9+deb12u4", ">", "2.36-9+deb12u1"),
    ("1." + "9" * 5000, ">", "1.9"),
]
RPM = [
    ("1.0", "<", "1.1"),
    ("1.0", "=", "1.0"),
    ("1.0", "=", "1..0"),
    ("1.0a", ">", "1.0"),
    ("1.0.1", ">", "1.0a"),
    ("1.0~rc1", "<", "1.0"),
    ("1.0^git1", ">", "1.0"),
    ("1.0^git1", "<", "1.0.1"),
    ("1.0~rc1^git1", ">", "1.0~rc1"),
    ("a", "<", "1"),
    ("10", ">", "9"),
    ("2:1.0", ">", "9.0"),
    ("1.0-1", "<", "1.0-2"),
    ("1.05", "=", "1.5"),
]


@pytest.mark.parametrize(("left", "relation", "right"), DEB)
def test_deb(left: str, relation: Relation, right: str) -> None:
    assert deb_satisfies(left, relation, right)
    assert deb_satisfies(right, {"<": ">", ">": "<", "=": "="}[relation], left)  # type: ignore[arg-type] # a plain dict
    assert deb_satisfies(left, "", "anything")


@pytest.mark.parametrize(("left", "relation", "right"), RPM)
def test_rpm(left: str, relation: Relation, right: str) -> None:
    assert rpm_satisfies(left, relation, right)
    assert rpm_satisfies(right, {"<": ">", ">": "<", "=": "="}[relation], left)  # type: ignore[arg-type] # a plain dict


@pytest.mark.parametrize(
    ("installed", "relation", "wanted", "holds"),
    [
        ("1.0-5", "=", "1.0", True),
        ("1.0-5", "<=", "1.0", True),
        ("1.0-5", ">", "1.0-4", True),
        ("1.0-5", ">=", "1.0-6", False),
        ("1:1.0-5", ">=", "2.0", True),
    ],
)
def test_a_release_counts_only_where_both_state_one(
    installed: str, relation: Relation, wanted: str, holds: bool
) -> None:
    assert rpm_satisfies(installed, relation, wanted) is holds


VERSIONS = st.text("0123456789.ab~^+-:", max_size=12)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_both_are_orders(one: str, two: str, three: str) -> None:
    for key in (deb, rpm):
        assert sum((key(one) < key(two), key(one) == key(two), key(one) > key(two))) == 1
        if key(one) <= key(two) <= key(three):
            assert key(one) <= key(three)


def test_debian_agrees() -> None:
    program = shutil.which("dpkg")
    if not program:
        pytest.skip("dpkg is not installed")
    for left, relation, right in DEB[:-1]:
        names = {"<": "lt", ">": "gt", "=": "eq"}
        assert (
            subprocess.run([program, "--compare-versions", left, names[relation], right], check=False).returncode == 0
        )
