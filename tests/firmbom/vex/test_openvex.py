"""The OpenVEX document: by the rules of the specification, and as vexipy, which knows nothing of firmbom, reads it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from vexipy.document import Document

from firmbom.errors import ConfigError
from firmbom.model import Location, Party
from firmbom.reason import MEANINGS, Reason
from firmbom.vex import openvex

Make = Callable[..., Any]
Made = Any
RECIPE = "pkg:yocto/core/shell@1.36?layer_version=abc"
PACKAGES = ["pkg:deb/poky/shell-extra@1.36-r0", "pkg:deb/poky/shell@1.36-r0"]

JUSTIFICATIONS = {
    "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist",
}  # fmt: skip
"""OpenVEX specification, "Status Justifications"."""


def written(made: Made) -> dict[str, Any]:
    """The document, once its statements keep the rules of the specification."""
    document = openvex.document(made.inventory, made.sbom)
    assert document is not None
    assert {"@context", "@id", "author", "timestamp", "version", "statements"} <= document.keys()
    for one in document["statements"]:
        assert one["vulnerability"]["name"]
        assert all(product["@id"] for product in one["products"])
        explained = {"justification", "impact_statement"} & one.keys()
        assert len(explained) == (one["status"] == "not_affected"), "one of the two, for what is not affected"
        assert ("action_statement" in one) == (one["status"] == "affected")
        assert one.get("justification", "component_not_present") in JUSTIFICATIONS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of impact statements, which are allowed and discouraged
        read = Document.model_validate(json.loads(openvex.encode(document)))
    assert [one.status.value for one in read.statements] == [one["status"] for one in document["statements"]]
    return document


def test_every_reason_keeps_the_rules(every: Made) -> None:
    document = written(every)
    assert document["@context"] == "https://openvex.dev/ns/v0.2.0"
    assert document["author"] == "ACME <psirt@acme.example>"
    assert document["timestamp"] == "2023-11-14T22:13:20Z"
    assert len(document["statements"]) == len(Reason) + 3


def test_product_components_and_digests(every: Made) -> None:
    found = next(one for one in written(every)["statements"] if one["vulnerability"]["name"] == "CVE-2024-0002")
    assert found["vulnerability"]["@id"].endswith("/CVE-2024-0002")
    (product,) = found["products"]
    assert product["@id"] == product["identifiers"]["purl"] == "pkg:generic/pump@1.2.3"
    assert product["hashes"] == {"sha-256": "a" * 64, "sha-512": "a" * 128}
    assert [one["identifiers"]["purl"] for one in product["subcomponents"]] == [RECIPE, *PACKAGES]


def test_each_of_several_images_is_a_product_by_its_digests(make: Make, say: Make) -> None:
    made = make(say("CVE-2024-0002", Reason.PATCHED), images=("boot.img", "root.img"))
    whole, *images = written(made)["statements"][0]["products"]
    assert "hashes" not in whole
    assert [one["hashes"]["sha-256"][0] for one in images] == ["a", "b"]
    serial = made.sbom["serialNumber"].removeprefix("urn:uuid:")
    assert images[1]["@id"] == f"urn:cdx:{serial}/1#image%3Aroot.img"


def test_the_product_as_a_whole_has_no_subcomponents(every: Made) -> None:
    found = next(one for one in written(every)["statements"] if one["vulnerability"]["name"] == "CVE-2025-9999")
    assert "subcomponents" not in found["products"][0]


def test_contradictions_are_in_the_notes(make: Make, say: Make) -> None:
    scanner = say("CVE-2024-0002", Reason.AFFECTED, basis="reported", location=Location("report.json"))
    (found,) = written(make(scanner, say("CVE-2024-0002", Reason.PLATFORM)))["statements"]
    assert (found["status"], found["justification"]) == ("not_affected", "vulnerable_code_not_present")
    assert "Contradicted by affected (reported, yocto, report.json)" in found["status_notes"]


def test_the_identifier_follows_the_content(make: Make, every: Made) -> None:
    statements = [one for assessed in every.inventory.assessments for one in assessed.statements]
    assert openvex.encode(written(make(*reversed(statements)))) == openvex.encode(written(every))
    assert written(make(*statements[1:]))["@id"] != written(every)["@id"]


@pytest.mark.parametrize(
    ("supplier", "author"),
    [
        (Party("ACME"), "ACME"),
        (Party(email="psirt@acme.example"), "psirt@acme.example"),
        (Party(), "Unknown author"),
    ],
)
def test_the_author(supplier: Party, author: str, make: Make, say: Make) -> None:
    made = make(say("CVE-2024-0002", Reason.PATCHED), supplier=supplier)
    assert written(made)["author"] == author


def test_what_the_format_cannot_say(make: Make, say: Make) -> None:
    nothing = make()
    assert openvex.document(nothing.inventory, nothing.sbom) is None
    timeless = make(say("CVE-2024-0002", Reason.PATCHED), time=None)
    with pytest.raises(ConfigError, match="needs a time"):
        openvex.document(timeless.inventory, timeless.sbom)


def test_a_lone_surrogate_is_escaped(make: Make, say: Make) -> None:
    document = written(make(say("CVE-2024-0002", Reason.IGNORED, note="\udc80")))
    assert document["statements"][0]["impact_statement"].endswith("\\udc80")


def test_only_what_is_not_affected_has_a_justification() -> None:
    for reason, meaning in MEANINGS.items():
        assert reason.status == meaning.status
        if meaning.status != "not_affected":
            assert (meaning.justification, meaning.cause) == ("", "")
    assert MEANINGS.keys() == set(Reason)
