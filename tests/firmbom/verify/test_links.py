"""Whether a VEX document speaks of this very SBOM."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from firmbom.verify.links import link_faults
from firmbom.verify.soundness import soundness

SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79"
HEAD = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
SBOM: dict[str, Any] = {
    **HEAD,
    "serialNumber": f"urn:uuid:{SERIAL}",
    "metadata": {"component": {"type": "firmware", "name": "p", "bom-ref": "p"}},
    "components": [{
        "type": "library", "name": "a", "bom-ref": "pkg:npm/%40x/a@1",
        "components": [{"type": "library", "name": "b", "bom-ref": "b"}],
    }],
}  # fmt: skip
VEX: dict[str, Any] = {
    **HEAD,
    "externalReferences": [{"type": "bom", "url": f"urn:cdx:{SERIAL}/1"}],
    "vulnerabilities": [{
        "id": "CVE-2024-0001",
        "affects": [{"ref": f"urn:cdx:{SERIAL}/1#{ref}"} for ref in ("p", "b", "pkg%3Anpm/%2540x/a%401")],
    }],
}  # fmt: skip


def test_it_holds() -> None:
    assert list(link_faults(VEX, SBOM)) == []
    assert soundness(VEX, sbom=SBOM).status == "passed"


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        (f"urn:cdx:{SERIAL}/1#pkg%3Anpm/%40x/a%401", "pkg:npm/@x/a@1 is no bom-ref of"),
        (f"urn:cdx:{SERIAL}/2#p", "does not lead into"),
        (f"urn:cdx:{SERIAL[:-1]}0/1#p", "does not lead into"),
        (f"urn:cdx:{SERIAL}/1#gone", "gone is no bom-ref of"),
    ],
)
def test_a_link_that_leads_elsewhere(ref: str, told: str) -> None:
    vex = copy.deepcopy(VEX)
    vex["vulnerabilities"][0]["affects"].append({"ref": ref})
    (fault,) = link_faults(vex, SBOM)
    assert fault.startswith("/vulnerabilities/0/affects/3/ref: ")
    assert told in fault
    assert soundness(vex, sbom=SBOM).reasons == (fault,)


def test_a_reference_inside_a_document_without_components() -> None:
    vex = {**VEX, "vulnerabilities": [{"id": "CVE-2024-0001", "affects": [{"ref": "p"}]}]}
    answer = soundness(vex, sbom=SBOM)
    assert answer.status == "failed"
    assert "/vulnerabilities/0/affects/0/ref: is no BOM-Link, and a VEX document has no components of its own" in (
        answer.reasons
    )


def test_the_sbom_has_to_be_sound_and_to_have_a_number() -> None:
    assert soundness(VEX, sbom={**SBOM, "components": 7}).reasons[0].startswith("the SBOM: /components: ")
    nameless = {name: value for name, value in SBOM.items() if name != "serialNumber"}
    assert soundness(VEX, sbom=nameless).reasons == ("the SBOM has no serial number, so nothing can refer to it",)


def test_vulnerabilities_in_an_sbom_are_a_fault_as_before() -> None:
    answer = soundness({**SBOM, "vulnerabilities": [{"id": "CVE-2024-0001"}]})
    assert answer.reasons == (
        "/vulnerabilities: an SBOM must not hold any (BSI TR-03183-2); give them in a VEX document of its own",
    )
