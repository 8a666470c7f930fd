"""What is wrong with a document is said with its JSON pointer; a sound one has no fault."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmbom.cyclonedx import schema
from firmbom.cyclonedx.check import MOST, faults
from firmbom.errors import ToolError
from firmbom.model import ROOT, Coverage, Edge

Make = Callable[..., Any]
DATA = Path(__file__).parent / "data"
EXAMPLES = Path(__file__).parents[3] / "../shared/examples"

Break = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def sound(build: Make, component: Make, stated: Make) -> dict[str, Any]:
    one, two = component("ms"), component("is")
    inside = component("crate", within=one.ref)
    read = (Coverage("lock", "complete", "complete", "npm"),)
    made = build(stated([one, two, inside], [Edge(ROOT, one.ref), Edge(one.ref, two.ref)], coverage=read), spec="1.7")
    assert isinstance(made, dict)
    return made


def first(document: dict[str, Any]) -> dict[str, Any]:
    found = document["components"][0]
    assert isinstance(found, dict)
    return found


BREAKS: dict[str, tuple[Break, str]] = {
    "a later version": (lambda d: d.update(specVersion="9.9"), "/specVersion: '9.9' is no CycloneDX version"),
    "a version that is no text": (lambda d: d.update(specVersion=["1.6"]), "/specVersion: ['1.6'] is no CycloneDX"),
    "no version": (lambda d: d.pop("specVersion"), "/specVersion: None is no CycloneDX version"),
    "another schema": (lambda d: d.update({"$schema": "urn:x"}), "/$schema: 'urn:x' is not that of 1.7"),
    "an unknown member": (lambda d: first(d).update(colour="red"), "/components/0: Additional properties"),
    "a wrong type": (lambda d: first(d).update(name=7), "/components/0/name: 7 is not of type"),
    "a number json has not": (lambda d: d.update(version=float("nan")), "/version: null is not of type"),
    "not json at all": (lambda d: d.update(version={1, 2}), "/: cannot be checked: "),
    "an address that is none": (
        lambda d: first(d).update(externalReferences=[{"type": "vcs", "url": "a b"}]),
        "/components/0/externalReferences/0/url: ",
    ),
    "a bom-ref twice": (
        lambda d: first(d).update({"bom-ref": d["components"][1]["bom-ref"]}),
        "/components/1/bom-ref: pkg:npm/ms@1.0.0 is already that of /components/0/bom-ref",
    ),
    "a nested bom-ref twice": (
        lambda d: d["components"][1]["components"][0].update({"bom-ref": "image:pump.img"}),
        "/components/1/components/0/bom-ref: image:pump.img is already that of /metadata/component/comp",
    ),
    "an entry for nothing": (
        lambda d: d["dependencies"].append({"ref": "pkg:npm/gone"}),
        "/dependencies/5/ref: pkg:npm/gone is no bom-ref of this document",
    ),
    "an edge to nothing": (
        lambda d: d["dependencies"][1]["dependsOn"].append("pkg:npm/gone"),
        "/dependencies/1/dependsOn/0: pkg:npm/gone is no bom-ref of this document",
    ),
    "an edge from a tool that is not there": (
        lambda d: first(d)["evidence"]["identity"][0].update(tools=["tool:gone"]),
        "/components/0/evidence/identity/0/tools/0: tool:gone is no bom-ref",
    ),
    "a composition of nothing": (
        lambda d: d["compositions"][0].update(assemblies=["gone"]),
        "/compositions/0/assemblies/0: gone is no bom-ref",
    ),
    "a formula of nothing": (
        lambda d: d["formulation"][0]["workflows"][0]["inputs"][0]["resource"].update(ref="gone"),
        "/formulation/0/workflows/0/inputs/0/resource/ref: gone is no bom-ref",
    ),
    "two entries for one": (
        lambda d: d["dependencies"].append({"ref": "pkg:npm/is@1.0.0"}),
        "/dependencies/5/ref: pkg:npm/is@1.0.0 already has an entry at /dependencies/2/ref",
    ),
    "no entry": (
        lambda d: d["dependencies"].pop(2),
        "/components/0: pkg:npm/is@1.0.0 has no entry in dependencies",
    ),
    "no bom-ref": (lambda d: first(d).pop("bom-ref"), "/components/0: has no bom-ref"),
    "a citation of nothing": (
        lambda d: d["citations"][0].update(pointers=["/components/7"]),
        "/citations/0/pointers/0: /components/7 leads nowhere",
    ),
    "a citation that is no pointer": (
        lambda d: d["citations"][0].update(pointers=["components"]),
        "/citations/0/pointers/0: components leads nowhere",
    ),
    "a citation by nobody": (
        lambda d: d["citations"][0].update(attributedTo="gone"),
        "/citations/0/attributedTo: gone is no bom-ref",
    ),
    "garbage for a purl": (lambda d: first(d).update(purl="garbage"), "/components/0/purl: garbage is no package URL"),
    "another version": (
        lambda d: first(d).update(version="2"),
        "/components/0/version: 2 is not 1.0.0, which its purl says",
    ),
    "another name": (lambda d: first(d).update(name="was"), "/components/0/name: was is not is, which its purl says"),
    "no name": (lambda d: first(d).update(name=" "), "/components/0/name: is empty"),
    "one component twice": (
        lambda d: first(d).update(purl="pkg:npm/ms@1.0.0", name="ms"),
        "/components/1/purl: pkg:npm/ms@1.0.0 is already that of /components/0",
    ),
    "a digest of another length": (
        lambda d: first(d).update(hashes=[{"alg": "SHA-256", "content": "a" * 40}]),
        "/components/0/hashes/0: not a SHA-256 digest in lower-case hexadecimal: 'aaaa",
    ),
    "a download's digest of another length": (
        lambda d: first(d).update(
            externalReferences=[{"type": "vcs", "url": "x", "hashes": [{"alg": "MD5", "content": "a" * 40}]}]
        ),
        "/components/0/externalReferences/0/hashes/0: not a MD5 digest",
    ),
    "vulnerabilities": (
        lambda d: d.update(vulnerabilities=[{"id": "CVE-2024-0001"}]),
        "/vulnerabilities: an SBOM must not hold any",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_fault_is_found_and_named(sound: dict[str, Any], name: str) -> None:
    breaks, said = BREAKS[name]
    broken = copy.deepcopy(sound)
    breaks(broken)
    assert any(fault.startswith(said) for fault in faults(broken)), faults(broken)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("$schema"),
        lambda d: d.update({"$schema": "https://cyclonedx.org/schema/bom-1.7.schema.json"}),
        lambda d: first(d).update(hashes=[{"alg": "Streebog-256", "content": "a" * 64}]),
        lambda d: d["compositions"][0].update(assemblies=["urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#x"]),
        lambda d: first(d).update(name="@scope/IS", group=""),
        lambda d: d["metadata"]["tools"].update(services=[{"bom-ref": "s", "name": "s"}]),
        lambda d: d.update(services=[{"bom-ref": "s", "name": "s", "services": [{"bom-ref": "t", "name": "t"}]}]),
        lambda d: d["citations"][0].update(pointers=["", "/components/0/purl", "/metadata"]),
    ],
)
def test_what_is_unusual_but_right_is_no_fault(sound: dict[str, Any], change: Break) -> None:
    changed = copy.deepcopy(sound)
    change(changed)
    assert faults(changed) == ()


@pytest.mark.parametrize(
    ("purl", "version"),
    [("pkg:deb/debian/is@1:2-1", "2-1"), ("pkg:golang/a/is@v1.0", "1.0"), ("pkg:golang/is@1.0", "go1.0")],
)
def test_an_epoch_and_gos_prefix_may_stand_in_one_of_two_places(sound: dict[str, Any], purl: str, version: str) -> None:
    changed = copy.deepcopy(sound)
    first(changed).update(purl=purl, version=version)
    assert faults(changed) == ()


def test_faults_are_bounded(sound: dict[str, Any]) -> None:
    broken = copy.deepcopy(sound)
    broken["dependencies"] += [{"ref": f"gone {number}"} for number in range(3 * MOST)]
    found = faults(broken)
    assert len(found) == MOST + 1
    assert found[-1] == f"and {2 * MOST} more"


def test_a_fault_is_one_line_of_bounded_length(sound: dict[str, Any]) -> None:
    broken = copy.deepcopy(sound)
    first(broken)["type"] = "\x1b[31m\n" * 5_000
    [found] = faults(broken)
    assert found.isprintable()
    assert len(found) < 500


def test_another_tools_document_need_not_list_what_has_no_edges() -> None:
    assert faults(json.loads((DATA / "crate.json").read_bytes())) == ()


@pytest.mark.parametrize("name", ["bom-1.6.json", "bom-1.7.json", "signed-1.6.json"])
def test_the_examples_are_sound(name: str) -> None:
    path = EXAMPLES / name
    if not path.is_file():
        pytest.skip("the shared examples are not here")
    assert faults(json.loads(path.read_bytes())) == ()


def test_a_missing_schema_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "find_spec", lambda _: None)
    with pytest.raises(ToolError, match="reinstall cyclonedx-python-lib"):
        schema._load("bom-1.6")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for step, inner in steps for path in paths(inner, (*at, step)))]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), junk=JSON)
def test_no_shape_upsets_the_check(sound: dict[str, Any], data: st.DataObject, junk: Any) -> None:
    broken = copy.deepcopy(sound)
    *path, last = data.draw(st.sampled_from(paths(broken)[1:]))
    place: Any = broken
    for step in path:
        place = place[step]
    place[last] = junk
    assert all(isinstance(fault, str) for fault in faults(broken))
