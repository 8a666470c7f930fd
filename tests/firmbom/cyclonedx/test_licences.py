"""What a licence's text is, and what may stand together in each version."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmbom.cyclonedx.licences import choices, classify
from firmbom.cyclonedx.spec import SPECS
from firmbom.model import Licence, LicenceText

OLD, NEW = SPECS["1.6"], SPECS["1.7"]


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("MIT", "id", "MIT"),
        (" apache-2.0 ", "id", "Apache-2.0"),
        ("GPL-2.0+", "id", "GPL-2.0+"),
        ("mit or apache-2.0", "expression", "MIT OR Apache-2.0"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "expression", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-acme", "expression", "LicenseRef-acme"),
        ("BSD", "name", "BSD"),
        ("SEE LICENSE IN LICENSE.md", "name", "SEE LICENSE IN LICENSE.md"),
        ("(" * 5_000, "name", "(" * 5_000),
        ("(" * 900 + "MIT" + ")" * 900, "name", "(" * 900 + "MIT" + ")" * 900),
    ],
)
def test_identifier_expression_or_text(text: str, kind: str, written: str) -> None:
    assert classify(text) == (kind, written)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("()MITANDORWH +-.20LicenseRef-x\ud800\n")))
def test_no_text_upsets_the_reading(text: str) -> None:
    assert classify(text)[0] in {"id", "expression", "name"}


D_ID, D_EXPRESSION, D_NAME = Licence("MIT"), Licence("MIT OR ISC"), Licence("my own")
C_ID, C_EXPRESSION = Licence("ISC", "concluded"), Licence("ISC AND 0BSD", "concluded")


def brief(entries: list[dict[str, object]]) -> list[str]:
    found = []
    for entry in entries:
        told = entry.get("license", entry)
        assert isinstance(told, dict)
        kind = next(name for name in ("id", "name", "expression") if name in told)
        found.append(f"{told['acknowledgement'][0]} {kind} {told[kind]}")
    return found


@pytest.mark.parametrize(
    ("licences", "licenses", "observed"),
    [
        ((), [], []),
        ((Licence(" "),), [], []),
        ((D_ID, C_ID, D_NAME), ["c id ISC", "d id MIT", "d name my own"], []),
        ((D_EXPRESSION,), ["d expression MIT OR ISC"], []),
        ((D_EXPRESSION, Licence("0BSD")), ["d expression (MIT OR ISC) AND 0BSD"], []),
        ((D_EXPRESSION, D_NAME), ["d name MIT OR ISC", "d name my own"], []),
        ((D_EXPRESSION, C_ID), ["c id ISC"], ["d expression MIT OR ISC"]),
        ((D_NAME, C_EXPRESSION), ["c expression ISC AND 0BSD"], ["d name my own"]),
    ],
)
def test_1_6_holds_identifiers_and_names_or_one_expression(
    licences: tuple[Licence, ...], licenses: list[str], observed: list[str]
) -> None:
    here, evidence = choices(licences, OLD)
    assert sorted(brief(here)) == licenses
    assert brief(evidence) == observed


def test_1_7_holds_any_mixture() -> None:
    here, evidence = choices((D_ID, D_EXPRESSION, D_NAME, C_EXPRESSION), NEW)
    assert brief(here) == ["c expression ISC AND 0BSD", "d expression MIT OR ISC", "d id MIT", "d name my own"]
    assert evidence == []


OWN, OTHER = LicenceText("LicenseRef-own", "mine\n"), LicenceText("LicenseRef-other", "theirs\n")


@pytest.mark.parametrize(
    ("licences", "licenses", "observed"),
    [
        ((D_ID,), ["d id MIT"], {}),
        ((Licence("LicenseRef-own"),), ["d name LicenseRef-own"], {}),
        ((Licence("LicenseRef-owner"),), ["d expression LicenseRef-owner"], {}),
        ((Licence("MIT OR LicenseRef-own"),), ["d expression MIT OR LicenseRef-own"], {"LicenseRef-own": "mine\n"}),
        ((Licence("MIT OR LicenseRef-own"), C_ID), ["c id ISC"], {}),
    ],
)
def test_the_text_of_what_spdx_does_not_list(
    licences: tuple[Licence, ...], licenses: list[str], observed: dict[str, str]
) -> None:
    here, evidence = choices(licences, OLD, [OTHER, OWN])
    assert brief(here) == licenses
    texts = {one["license"]["name"]: one["license"]["text"]["content"] for one in evidence if "license" in one}
    assert texts == observed
    here, evidence = choices(licences, NEW, [OTHER, OWN])
    named = {detail["licenseIdentifier"]: detail["text"] for one in here for detail in one.get("expressionDetails", ())}
    wanted = any("LicenseRef-own" in re.findall(r"[A-Za-z.-]+", licence.value) for licence in licences)
    assert named == ({"LicenseRef-own": {"content": "mine\n"}} if wanted else {})
    assert evidence == []
