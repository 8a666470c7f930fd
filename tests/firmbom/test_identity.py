"""Canonical purls: the specification's own tests, and what packages compare as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packageurl import PackageURL
from packageurl.contrib import purl2url

from firmbom.identity import STRENGTH, canonical, parts, purl, repository_qualifier, without_qualifiers, without_version
from firmbom.model import Basis

VECTORS = Path(__file__).parents[2] / "../shared/vectors/purl"


def test_strength_follows_the_order_of_the_bases() -> None:
    ranked = sorted(Basis, key=STRENGTH.__getitem__, reverse=True)
    assert ranked == list(Basis)
    assert STRENGTH[Basis.BUILD_RECORD] > STRENGTH[Basis.PACKAGE_DATABASE] > STRENGTH[Basis.LOCKFILE]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:PYPI/Zope.Interface@5", "pkg:pypi/zope-interface@5"),
        ("pkg:npm/%40babel/core@7", "pkg:npm/@babel/core@7"),
        ("pkg:npm/JSONStream@1", "pkg:npm/jsonstream@1"),
        ("pkg:generic/a@1?b=2&a=1", "pkg:generic/a@1?a=1&b=2"),
        ("pkg:generic/a@1?u=http://x/y", "pkg:generic/a@1?u=http:%2F%2Fx%2Fy"),
        ("pkg:generic/a@1?empty=", "pkg:generic/a@1"),
        ("pkg:deb/debian/z@1%3A2%2B3", "pkg:deb/debian/z@1:2%2B3"),
    ],
)
def test_two_spellings_of_one_package(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize("text", ["", "garbage", "pkg:", "pkg:npm", "pkg:npm/", "npm/a@1", "pkg:/a"])
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        canonical(text)


@pytest.mark.parametrize(
    "text",
    [
        "pkg:deb/debian/systemd@252.39-1~deb12u2?arch=source&distro=debian",
        "pkg:generic/Locale-gettext@1.07",
        "pkg:generic/%40a/B@4.4.3-P1",
        "pkg:rpm/fedora/a@1?arch=x%26b%3D1",
    ],
)
def test_plain_ones_are_spelt_as_the_library_does(text: str) -> None:
    known = PackageURL.from_string(text)
    assert parts(text) == tuple(known)
    made = purl(
        known.type, known.name, known.version or "", namespace=known.namespace or "", qualifiers=known.qualifiers
    )
    assert made == canonical(text) == text


@pytest.mark.parametrize("name", ["a\x00b", "../../etc", "ü@#?", "a b", "%41", "名"])
def test_hostile_names_survive_the_round_trip(name: str) -> None:
    made = purl("generic", name, "1.0/2?x#y")
    assert (parts(made).name, parts(made).version) == (name, "1.0/2?x#y")
    assert canonical(made) == made


def test_parts_can_be_left_out() -> None:
    full = purl("npm", "core", "7", namespace="@babel", qualifiers={"vcs_url": "git+x"}, subpath="a/b")
    assert without_qualifiers(full) == "pkg:npm/%40babel/core@7"
    assert without_version(full) == "pkg:npm/%40babel/core"
    assert without_qualifiers(without_qualifiers(full)) == without_qualifiers(full)


def test_the_default_registry_needs_no_qualifier() -> None:
    default = purl2url.get_download_url("pkg:npm/a@1")  # type: ignore[no-untyped-call] # the library has no annotations
    assert repository_qualifier("npm", default) == {}
    assert repository_qualifier("pypi", default) != {}
    assert repository_qualifier("npm", "not an address") == {}


def test_another_registry_is_kept_without_its_credentials() -> None:
    kept = repository_qualifier("npm", "https://me:secret@npm.example:8443/team/?token=x#y")
    assert kept == {"repository_url": "https://npm.example:8443/team"}


UNKNOWN_TO_THE_LIBRARY = ("brew", "git")
"""Types whose rules packageurl-python does not know yet; no plugin of ours makes them."""


@pytest.mark.skipif(not VECTORS.is_dir(), reason="../shared is absent")
def test_the_specification_s_own_vectors() -> None:
    cases = [case for file in sorted(VECTORS.glob("*.json")) for case in json.loads(file.read_text())["tests"]]
    cases = [case for case in cases if not case.get("expected_failure")]
    built = [case for case in cases if case["test_type"] == "build"]
    assert len(built) > 100
    wrong = []
    for case in built:
        given = case["input"]
        made = purl(
            given["type"],
            given["name"],
            given["version"] or "",
            namespace=given["namespace"] or "",
            qualifiers=given["qualifiers"],
            subpath=given["subpath"] or "",
        )
        if made != case["expected_output"] and given["type"] not in UNKNOWN_TO_THE_LIBRARY:
            wrong.append((given, made))
    assert not wrong
    for case in cases:
        if case["test_type"] == "parse" and parts(case["input"]).type not in UNKNOWN_TO_THE_LIBRARY:
            got = {key: value or None for key, value in parts(case["input"])._asdict().items()}
            assert got == case["expected_output"]


@pytest.mark.parametrize("name", ["", "/", "//"])
def test_a_name_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        purl("generic", name)
