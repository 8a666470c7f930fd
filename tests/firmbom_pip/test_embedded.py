"""SBOMs inside wheels (PEP 770)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from firmbom.model import Basis, ComponentSet

Read = Callable[..., ComponentSet]
INFO = "lib/python3.11/site-packages/bus_reader-1.0.dist-info"
METADATA = "Metadata-Version: 2.4\nName: Bus.Reader\nVersion: 1.0\n"
DOCUMENT: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "metadata": {
        "component": {
            "type": "library",
            "bom-ref": "self",
            "name": "bus_reader",
            "version": "1.0",
            "purl": "pkg:pypi/bus-reader@1.0",
        }
    },
    "components": [
        {"type": "library", "bom-ref": "zlib", "name": "zlib", "version": "1.3.1", "purl": "pkg:generic/zlib@1.3.1"},
        {"type": "library", "bom-ref": "serde", "name": "serde", "version": "1.0.2", "purl": "pkg:cargo/serde@1.0.2"},
        {
            "type": "library",
            "bom-ref": "again",
            "name": "Bus.Reader",
            "version": "1.0",
            "purl": "pkg:pypi/bus.reader@1.0",
        },
    ],
    "dependencies": [
        {"ref": "again", "dependsOn": ["zlib"]},
        {"ref": "zlib", "dependsOn": ["serde", "again"]},
        {"ref": "serde", "dependsOn": []},
    ],
}


def test_bundled_components_are_nested_in_the_wheel_and_attributed(read: Read) -> None:
    found = read({f"{INFO}/METADATA": METADATA, f"{INFO}/sboms/auditwheel.cdx.json": json.dumps(DOCUMENT)})
    wheel = "pkg:pypi/bus-reader@1.0"
    assert {one.ref for one in found.components} == {
        wheel,
        f"{wheel}!pkg:generic/zlib@1.3.1",
        f"{wheel}!pkg:cargo/serde@1.0.2",
    }
    nested = [one for one in found.components if one.within]
    assert {claim.basis for one in nested for claim in one.claims} == {Basis.EMBEDDED}
    assert {claim.location.path for one in nested for claim in one.claims} == {f"{INFO}/sboms/auditwheel.cdx.json"}
    assert (wheel, f"{wheel}!pkg:generic/zlib@1.3.1") in {(edge.source, edge.target) for edge in found.edges}
    assert not [edge for edge in found.edges if edge.source == edge.target]
    assert {one.path for one in found.coverage} == {f"{INFO}/METADATA", f"{INFO}/sboms/auditwheel.cdx.json"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.spdx.json", '{"spdxVersion": "SPDX-2.3"}', "an SPDX document that was not read: only CycloneDX as JSON is"),
        (
            "a.spdx.json",
            '{"@context": "https://spdx.example"}',
            "an SPDX document that was not read: only CycloneDX as JSON is",
        ),
        ("a.json", "[1]", "an SBOM that was not read: only CycloneDX as JSON is"),
        ("a.spdx", "SPDXVersion: SPDX-2.3", "an SBOM that was not read: only CycloneDX as JSON is"),
    ],
)
def test_other_formats_are_noted(read: Read, name: str, content: str, message: str) -> None:
    found = read({f"{INFO}/METADATA": METADATA, f"{INFO}/sboms/{name}": content})
    assert [(one.severity, one.path, one.message) for one in found.problems] == [
        ("note", f"{INFO}/sboms/{name}", message)
    ]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "",
        '{"bomFormat": "CycloneDX", "components": 3}',
        '{"bomFormat": "CycloneDX", "components": [3, {"name": 4}]}',
    ],
)
def test_broken_documents_cost_only_themselves(read: Read, content: str) -> None:
    found = read({f"{INFO}/METADATA": METADATA, f"{INFO}/sboms/a.cdx.json": content})
    assert [one.name for one in found.components] == ["Bus.Reader"]
    assert found.problems


def test_without_a_readable_wheel_nothing_is_attributed(read: Read) -> None:
    found = read({f"{INFO}/sboms/a.cdx.json": json.dumps(DOCUMENT)})
    assert not found.components
    assert "no METADATA" in found.problems[0].message
    found = read({"odd.dist-info/METADATA": "x", "odd.dist-info/sboms/a.cdx.json": json.dumps(DOCUMENT)})
    assert "the wheel that carries this is not known" in " ".join(one.message for one in found.problems)
