"""cyclonedx-python-lib, which knows nothing of firmbom, accepts and reads what firmbom writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as TheirComponent
from cyclonedx.model.component import ComponentType
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from firmbom.cyclonedx.write import encode
from firmbom.identity import purl
from firmbom.inventory import Conflict, Inventory
from firmbom.model import (
    ROOT,
    Algorithm,
    Basis,
    Claim,
    Coverage,
    Digest,
    Edge,
    ExternalReference,
    Licence,
    Location,
    Ownership,
    Party,
    Patch,
    PluginRun,
    Problem,
    Property,
    StoredFile,
)

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def everything(component: Make, stated: Make) -> Inventory:
    """An inventory that uses every member that firmbom can write."""
    short, long = Digest(Algorithm.SHA256, "7" * 64), Digest(Algorithm.SHA512, "1" * 128)
    wheel = component(
        "wheel",
        licences=(Licence("MIT OR ISC"), Licence("0BSD", "concluded")),
        supplier=Party("ACME", "https://acme.example", "psirt@acme.example"),
        author="Ada",
        description="words",
        copyright="2026 ACME",
        scope="optional",
        cpes=("cpe:2.3:a:acme:wheel:1.0.0:*:*:*:*:*:*:*", "cpe:2.3:a:b:wheel:1.0.0:*:*:*:*:*:*:*"),
        references=(ExternalReference("distribution", "https://npm.example/w.tgz", (long,)),),
        patches=(Patch("backport", "fix.patch", ("CVE-2024-0001", "BUG-7")),),
        upstream=(purl("generic", "wheel", "1.0"),),
        properties=(Property("cdx:npm:package:path", "node_modules/wheel"),),
    )
    inside = Claim(Basis.EMBEDDED, Location("sbom.json", 3, 4, "components", "crate 1.0"), 0.5, plugin="pip")
    crate = component("crate", within=wheel.ref, claims=(inside,))
    both = component("both", licences=(Licence("MIT"), Licence("free text"), Licence("Apache-2.0", "concluded")))
    file = StoredFile("pump.img!/bin/sh", short)
    made = stated(
        [wheel, crate, both],
        [Edge(ROOT, wheel.ref), Edge(wheel.ref, both.ref), Edge(both.ref, wheel.ref)],
        coverage=(Coverage("web/package-lock.json", "complete", "complete", "npm", (short,)),),
        problems=(Problem("error", "cut off", "requirements.txt", "pip"),),
        plugins=(PluginRun("npm", "0.1.0"), PluginRun("syft", "0.1.0", "syft 1.18.1")),
        conflicts=(Conflict(both.ref, "version", "1.0.0", both.claims, "2", both.claims),),
        files=(file,),
        ownership=(Ownership(both.ref, file.path),),
    )
    assert isinstance(made, Inventory)
    return made


@pytest.mark.parametrize("spec", ["1.6", "1.7"])
def test_it_is_valid_and_reads_as_it_was_meant(build: Make, everything: Inventory, spec: str) -> None:
    data = encode(build(everything, spec=spec)).decode()
    assert JsonStrictValidator(SchemaVersion.from_version(spec)).validate_str(data) is None
    read = Bom.from_json(json.loads(data))  # type: ignore[attr-defined] # the library adds it by a decorator
    product = read.metadata.component
    assert product is not None
    assert (product.name, product.version, product.type) == ("pump", "1.2.3", ComponentType.FIRMWARE)
    assert str(read.metadata.timestamp) == "2023-11-14 22:13:20+00:00"
    components = {str(one.bom_ref): one for one in all_of(read)}
    assert components.keys() == {one.ref for one in everything.components}
    wheel = components["pkg:npm/wheel@1.0.0"]
    assert str(wheel.purl) == "pkg:npm/wheel@1.0.0"
    assert wheel.supplier is not None
    assert wheel.supplier.name == "ACME"
    assert wheel.evidence is not None
    assert [one.concluded_value for one in wheel.evidence.identity if one.field.value == "purl"] == [str(wheel.purl)]
    edges = {(str(one.ref), str(used.ref)) for one in read.dependencies for used in one.dependencies}
    assert edges == {
        ("pkg:generic/pump@1.2.3", "image:pump.img"),
        ("pkg:generic/pump@1.2.3", "pkg:npm/wheel@1.0.0"),
        ("pkg:npm/both@1.0.0", "pkg:npm/wheel@1.0.0"),
        ("pkg:npm/wheel@1.0.0", "pkg:npm/both@1.0.0"),
        ("pkg:npm/wheel@1.0.0", "pkg:npm/wheel@1.0.0!pkg:npm/crate@1.0.0"),
    }


def all_of(read: Bom) -> list[TheirComponent]:
    found: list[TheirComponent] = []
    pending = list(read.components)
    while pending:
        found.append(pending.pop())
        pending += found[-1].components
    return found
