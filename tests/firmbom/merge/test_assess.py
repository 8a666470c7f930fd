"""What is known of vulnerabilities after the merge."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest

from firmbom import sets
from firmbom.errors import InputError
from firmbom.identity import purl
from firmbom.merge import combine, merge
from firmbom.model import Assessment, Basis, Claim, Component, ComponentSet, Location, Ref
from firmbom.reason import Reason

BARE, FULL = purl("generic", "a", "1"), purl("generic", "a", "1", qualifiers={"arch": "all"})


def component(identity: str) -> Component:
    claim = Claim(Basis.BUILD_RECORD, Location("record"), plugin="p")
    return Component(purl=identity, name="a", version="1", claims=(claim,))  # type: ignore[arg-type] # a canonical purl


def said(reason: Reason, path: str = "record", ref: str = BARE, **fields: Any) -> Assessment:
    stated: dict[str, Any] = {"plugin": "p", "basis": "stated", **fields}
    return Assessment(ref=Ref(ref), vulnerability="CVE-2024-0001", reason=reason, location=Location(path), **stated)


def test_statements_follow_their_component() -> None:
    found = merge([ComponentSet(components=(component(BARE), component(FULL)), assessments=(said(Reason.PATCHED),))])
    assert [str(one.ref) for one in found.components] == [FULL]
    assert [str(one.ref) for one in found.assessments] == [FULL]


def test_what_a_person_wrote_goes_before_a_patch_and_that_before_a_program() -> None:
    statements = (
        said(Reason.AFFECTED, basis="reported"),
        said(Reason.PATCHED, basis="patched", patches=("a.patch",)),
        said(Reason.CONFIGURATION, basis="stated"),
    )
    for order in permutations(statements):
        (one,) = merge([ComponentSet(components=(component(BARE),), assessments=order)]).assessments
        assert [each.basis for each in one.statements] == ["stated", "patched", "reported"]
        assert one.chosen.reason is Reason.CONFIGURATION
        assert [each.reason for each in one.rejected] == [Reason.PATCHED, Reason.AFFECTED]
        assert one.patches == (), "the patch is of a statement that was rejected"


def test_on_equal_ground_the_more_careful_one_counts_and_words_before_none() -> None:
    plain, told = said(Reason.IGNORED, "a"), said(Reason.IGNORED, "b", note="why")
    statements = (said(Reason.PATCHED, "c"), plain, told, said(Reason.AFFECTED, "d", basis="reported"))
    (one,) = merge([ComponentSet(components=(component(BARE),), assessments=statements)]).assessments
    assert one.chosen == told
    assert {each.location.path for each in one.rejected} == {"c", "d"}


def test_equal_statements_are_one_and_keep_every_place() -> None:
    once = ComponentSet(
        components=(component(BARE),), assessments=(said(Reason.PATCHED, "a"), said(Reason.PATCHED, "b"))
    )
    (one,) = merge([once, once, combine([once])]).assessments
    assert [each.location.path for each in one.statements] == ["a", "b"]
    assert one.rejected == ()


def test_they_survive_as_a_file(tmp_path: Any) -> None:
    whole = ComponentSet(components=(component(BARE),), assessments=(said(Reason.PATCHED, patches=("a.patch",)),))
    path = tmp_path / "set.json"
    path.write_bytes(sets.encode(whole))
    assert sets.load(path) == combine([whole])
    path.write_bytes(path.read_bytes().replace(b"CVE-2024-0001", b"no number "))
    with pytest.raises(InputError, match="not the number of a vulnerability"):
        sets.load(path)


@pytest.mark.parametrize("number", ["", "CVE", "CVE-2024-0001 ", "x\ny-1", "-1"])
def test_a_number_that_is_none(number: str) -> None:
    with pytest.raises(ValueError, match="not the number"):
        msgspec.structs.replace(said(Reason.PATCHED), vulnerability=number)
