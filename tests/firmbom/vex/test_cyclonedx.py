"""The CycloneDX VEX document: valid, tied to its SBOM, and the same each time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from firmbom.cyclonedx.check import faults
from firmbom.cyclonedx.write import encode
from firmbom.model import Location, Ref
from firmbom.reason import Reason
from firmbom.vex import cyclonedx, link, openvex, subject

Make = Callable[..., Any]
Made = Any
RECIPE = "pkg:yocto/core/shell@1.36?layer_version=abc"
PACKAGES = ["pkg:deb/poky/shell-extra@1.36-r0", "pkg:deb/poky/shell@1.36-r0"]
SCOPED = "pkg:npm/%40babel/core@7.0.0"


def written(made: Made) -> dict[str, Any]:
    document = cyclonedx.document(made.inventory, made.sbom)
    assert faults(document) == ()
    return document


def of(document: dict[str, Any], number: str) -> dict[str, Any]:
    (found,) = (one for one in document["vulnerabilities"] if one["id"] == number)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("spec", "version"), [("1.6", SchemaVersion.V1_6), ("1.7", SchemaVersion.V1_7)])
def test_the_library_accepts_and_reads_it(spec: str, version: SchemaVersion, make: Make, every: Made) -> None:
    statements = [one for assessed in every.inventory.assessments for one in assessed.statements]
    document = written(make(*statements, spec=spec))
    assert document["specVersion"] == spec
    assert JsonStrictValidator(version).validate_str(encode(document).decode()) is None
    read = Bom.from_json(document)  # type: ignore[attr-defined] # made by a decorator
    assert sorted(str(one.id) for one in read.vulnerabilities) == sorted(
        one["id"] for one in document["vulnerabilities"]
    )
    assert {one.analysis.state.value for one in read.vulnerabilities} == {
        one["analysis"]["state"] for one in document["vulnerabilities"]
    }


def test_every_statement_is_about_something_in_the_sbom_and_none_is_in_it(every: Made) -> None:
    document = written(every)
    assert len(document["vulnerabilities"]) == len(every.inventory.assessments) == len(Reason) + 3
    own, known = link.of(every.sbom), set(link.refs(every.sbom))
    links = [link.parse(one["ref"]) for each in document["vulnerabilities"] for one in each["affects"]]
    assert all(one and one[:2] == own[:2] and one.ref in known for one in links)
    assert document["externalReferences"][0]["url"] == str(own)
    text = json.dumps(every.sbom)
    assert "CVE-2025" not in text
    assert "why it is so" not in text


def test_what_a_recipe_is_said_of_holds_for_its_packages(every: Made) -> None:
    document = written(every)
    refs = [link.parse(one["ref"]) for one in of(document, "CVE-2024-0002")["affects"]]
    assert [one.ref for one in refs if one] == [RECIPE, *PACKAGES]
    assert [one["versions"] for one in of(document, "CVE-2024-0002")["affects"][:2]] == [
        [{"version": "1.36", "status": "affected"}], [{"version": "1.36-r0", "status": "affected"}]
    ]  # fmt: skip
    (only,) = of(document, "CVE-2025-12345")["affects"]
    assert link.parse(only["ref"]) == link.of(every.sbom)._replace(ref=SCOPED)
    (product,) = of(document, "CVE-2025-9999")["affects"]
    assert link.parse(product["ref"]) == link.of(every.sbom)._replace(ref="pkg:generic/pump@1.2.3")


def test_they_stand_in_the_order_of_their_numbers(every: Made) -> None:
    numbers = [one["id"] for one in written(every)["vulnerabilities"]]
    assert numbers[-3:] == ["CVE-2025-9999", "CVE-2025-12345", "GHSA-jfh8-c2jp-5v3q"]


def test_a_fix_is_resolved_with_pedigree_only_where_the_sbom_has_the_patch(make: Make, say: Make) -> None:
    document = written(make(say("CVE-2024-0001", Reason.PATCHED), say("CVE-2024-0002", Reason.PATCHED)))
    assert [one["analysis"]["state"] for one in document["vulnerabilities"]] == ["resolved_with_pedigree", "resolved"]


def test_what_is_rejected_is_said(make: Make, say: Make) -> None:
    scanner = say("CVE-2024-0002", Reason.AFFECTED, basis="reported", location=Location("report.json"))
    document = written(make(scanner, say("CVE-2024-0002", Reason.OTHER_COMPONENT, note="of the editor")))
    found = of(document, "CVE-2024-0002")
    assert found["analysis"]["state"] == "false_positive"
    assert found["analysis"]["detail"].endswith("of the editor")
    said = {one["name"]: one["value"] for one in found["properties"]}
    assert said["firmbom:vex:contradiction"] == "affected (reported, yocto, report.json)"
    assert said["firmbom:vex:source"] == "yocto, record"


def test_the_same_statements_give_the_same_document_whatever_their_order(make: Make, every: Made) -> None:
    statements = [one for assessed in every.inventory.assessments for one in assessed.statements]
    again = make(*reversed(statements))
    assert encode(written(again)) == encode(written(every))
    other = make(*statements, time=1_700_000_001)
    assert written(other)["serialNumber"] != written(every)["serialNumber"]


def test_statements_change_nothing_in_the_sbom(make: Make, every: Made) -> None:
    assert encode(make().sbom) == encode(every.sbom)


def test_without_statements_it_says_so(make: Make) -> None:
    document = written(make())
    assert document["vulnerabilities"] == []
    assert [one["bom-ref"] for one in document["metadata"]["tools"]["components"]] == ["tool:firmbom"]


def test_a_statement_about_nobody_is_told_and_left_out(make: Make, say: Make) -> None:
    made = make(say("CVE-2024-0001", Reason.PATCHED, ref=Ref("pkg:generic/gone@1")))
    assert made.inventory.assessments == ()
    assert "1 statements on vulnerabilities name pkg:generic/gone@1" in made.inventory.problems[0].message


def test_where_there_are_too_many_packages_their_number_is_said(
    make: Make, say: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(say("CVE-2024-0001", Reason.PATCHED), say("CVE-2024-0002", Reason.PATCHED))
    monkeypatch.setattr(subject, "MOST", 3)
    document = written(made)
    for one in document["vulnerabilities"]:
        assert len(one["affects"]) == 1
        assert {"name": "firmbom:vex:unnamed", "value": "2"} in one["properties"]
    other = openvex.document(made.inventory, made.sbom)
    assert other is not None
    assert "It holds for the 2 packages" in other["statements"][0]["status_notes"]
    assert len(other["statements"][0]["products"][0]["subcomponents"]) == 1
    monkeypatch.setattr(subject, "MOST", 4)
    assert len(written(made)["vulnerabilities"][0]["affects"]) == 3
