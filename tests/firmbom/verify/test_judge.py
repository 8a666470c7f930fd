"""Soundness, and the verdict as a whole."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from judging import ED, SMALL, judge, signed

from firmbom.signing import jsf
from firmbom.verify import BITS, Answer, Verdict, line

# --- soundness, and the whole


def test_components_that_stand_in_another_are_counted() -> None:
    document = copy.deepcopy(SMALL)
    document["components"][0]["components"] = [
        {"type": "library", "name": "zlib", "components": [{"type": "library", "name": "crc"}]}
    ]
    assert judge(jsf.sign(document, [ED])).soundness == Answer("passed", ("CycloneDX 1.6, 4 components",))


def test_an_unsound_document_fails_though_its_signature_is_good() -> None:
    document = signed(dependencies=[{"ref": "nothing"}])
    verdict = judge(document)
    assert verdict.signature.status == "passed"
    assert (verdict.soundness.status, verdict.exit_status) == ("failed", 24)


@pytest.mark.parametrize(
    "member",
    ["metadata", "components", "dependencies", "compositions", "specVersion", "bomFormat", "serialNumber", "$schema"],
)
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [None], {"component": []}, {"component": {"components": 5}}])
def test_wrong_types_anywhere_are_answered(member: str, value: Any, folder: Path) -> None:
    verdict = judge(jsf.sign({**SMALL, member: value}, [ED]), images=[folder / "boot.bin"])
    assert verdict.signature.status == "passed"
    assert verdict.image.status == ("failed" if member == "metadata" else "passed")


def test_bits_add_up() -> None:
    failed, passed = Answer("failed", ("x",)), Answer("passed")
    assert Verdict(signature=failed, image=failed, release=failed, soundness=failed).exit_status == 31
    assert Verdict(signature=passed, image=failed).exit_status == 18
    assert Verdict(signature=passed).exit_status == 0
    assert Verdict(signature=passed, policy=failed).exit_status == 48
    assert (
        list(BITS)
        == [*Verdict(signature=passed).answers, "policy"]
        == list(Verdict(signature=passed, policy=failed).answers)
    )


def test_a_line_is_one_line() -> None:
    many = Answer("failed", ("a\nb", "c\x1b[1m", "d", "e", "f"))
    assert line("soundness", many) == "soundness  failed    a\\nb; c\\x1b[1m; d; and 2 more"
    assert line("image", Answer("not asked")) == "image      not asked"
