"""The document as a whole: determinism, tools, problems, provenance, and what no document should hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
from documents import properties

from firmbom.bundles.bundle import Bundle, Payload
from firmbom.cyclonedx.check import faults
from firmbom.cyclonedx.write import document, encode, packed, pieces
from firmbom.identity import purl
from firmbom.inventory import Conflict, Inventory, Merged
from firmbom.model import (
    ROOT,
    Algorithm,
    Basis,
    Claim,
    Component,
    Digest,
    Edge,
    FileProperties,
    Location,
    Party,
    PluginRun,
    Problem,
    Property,
    Purl,
    Ref,
    StoredFile,
)
from firmbom.project import Product, Project
from firmbom.release import Image, Release

Make = Callable[..., Any]


def test_nothing_known_is_still_a_sound_document(build: Make) -> None:
    written = build([], release=Release(version=""), product=Product())
    assert written["components"] == []
    product = written["metadata"]["component"]
    assert product["purl"] == "pkg:generic/firmware"
    assert properties(product)["firmbom:version"] == "unknown"
    assert written["dependencies"] == [{"ref": "pkg:generic/firmware", "dependsOn": []}]
    assert written["compositions"] == [
        {"aggregate": "unknown", "assemblies": ["pkg:generic/firmware"], "dependencies": ["pkg:generic/firmware"]}
    ]


def test_the_order_of_the_inventory_does_not_show(
    build: Make, component: Make, project: Project, release: Release
) -> None:
    names = [f"p{number}" for number in range(30)]
    components = [component(name) for name in names]
    edges = [Edge(components[n // 3].ref, components[n].ref) for n in range(1, 30)]
    expected = encode(build(components, edges))
    chance = random.Random(7)
    chance.shuffle(components)
    chance.shuffle(edges)
    assert encode(build(components, edges)) == expected
    assert expected.endswith(b"}\n")
    assert expected.startswith(b'{\n  "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",\n  "bomFormat"')


def test_the_serial_number_follows_the_content(build: Make, component: Make) -> None:
    serials = {
        build([component("ms")])["serialNumber"],
        build([component("ms", "1.0.1")])["serialNumber"],
        build([component("ms")], spec="1.7")["serialNumber"],
        build([component("ms")], phase="post-build")["serialNumber"],
    }
    assert len(serials) == 4
    assert all(serial.startswith("urn:uuid:") for serial in serials)


def test_tools_are_firmbom_each_plugin_and_what_it_ran(build: Make, component: Make, stated: Make) -> None:
    runs = (PluginRun("npm", "0.1.0"), PluginRun("syft", "0.1.0", "syft 1.18.1"))
    tools = build(stated([component("ms")], plugins=runs))["metadata"]["tools"]["components"]
    assert [one["bom-ref"] for one in tools] == ["tool:firmbom", "tool:npm", "tool:syft"]
    assert tools[2]["components"] == [{"type": "application", "name": "syft", "version": "1.18.1"}]


def test_two_versions_of_one_plugin_are_two_tools(build: Make, component: Make, stated: Make) -> None:
    runs = (PluginRun("npm", "1"), PluginRun("npm", "2", "node"))
    written = build(stated([component("ms")], plugins=runs), spec="1.7")
    refs = ["tool:npm@1", "tool:npm@2 (node)"]
    assert [one["bom-ref"] for one in written["metadata"]["tools"]["components"]] == ["tool:firmbom", *refs]
    assert written["components"][0]["evidence"]["identity"][0]["tools"] == refs
    assert [one["attributedTo"] for one in written["citations"]] == refs


def test_problems_but_no_notes_stand_in_the_metadata(build: Make, stated: Make) -> None:
    problems = (
        Problem("error", "not JSON: line 3", "web/package-lock.json", "npm"),
        Problem("note", "nothing"),
        Problem("warning", "odd: very", "a: b", ""),
    )
    stated_properties = build(stated([], problems=problems))["metadata"]["properties"]
    assert [(one["name"], one["value"]) for one in stated_properties] == [
        ("cdx:reproducible", "true"),
        ("firmbom:problem:error", "npm: web/package-lock.json: not JSON: line 3"),
        ("firmbom:problem:warning", "-: a%3A b: odd: very"),
    ]


def test_conflicts_name_both_sides(build: Make, component: Make, stated: Make) -> None:
    one = component("ms")
    weak = Claim(Basis.VERSION_STRING, Location("usr/lib/ms"), plugin="elf")
    conflicts = tuple(
        Conflict(ref, "version", "1.0.0", one.claims, "1.0.1", (weak,)) for ref in (one.ref, Ref("pkg:npm/gone@1"))
    )
    written = build(stated([one], conflicts=conflicts))
    text = "chosen 1.0.0 (npm, web/package-lock.json); rejected 1.0.1 (elf, usr/lib/ms)"
    assert properties(written["components"][0])["firmbom:conflict:version"] == text
    assert properties(written["metadata"])["firmbom:conflict:version"] == text


def two_statements() -> Inventory:
    lock = Claim(Basis.LOCKFILE, Location("poetry.lock"), plugin="pip")
    seen = Claim(Basis.REPORTED, Location("usr/lib/python3"), 0.5, plugin="syft")
    name = purl("pypi", "requests", "2.0")
    one = Component(purl=name, name="requests", version="2.0", claims=(lock,), description="HTTP")
    two = Component(purl=name, name="requests", version="2.0", claims=(seen,), supplier=Party("PSF"))
    whole = msgspec.structs.replace(one, claims=(lock, seen), supplier=Party("PSF"))
    alone = Component(purl=purl("pypi", "idna", "3"), name="idna", version="3", claims=(lock,))
    return Inventory(
        components=(
            Merged(ref=alone.ref, component=alone, statements=(alone,)),
            Merged(ref=one.ref, component=whole, statements=(one, two)),
        )
    )


def test_members_that_not_all_statements_carry_name_their_source(build: Make) -> None:
    written = build(two_statements())["components"][1]
    assert properties(written) == {
        "firmbom:provenance:description": "pip, poetry.lock",
        "firmbom:provenance:supplier": "syft, usr/lib/python3",
        "firmbom:unreached": "true",
    }
    assert [(one["tools"], one["methods"]) for one in written["evidence"]["identity"]] == [
        (["tool:pip"], [{"technique": "manifest-analysis", "confidence": 1, "value": "lockfile: poetry.lock"}]),
        (["tool:syft"], [{"technique": "other", "confidence": 0.5, "value": "reported: usr/lib/python3"}]),
    ]


def test_citations_point_at_what_each_plugin_said(build: Make) -> None:
    written = build(two_statements(), spec="1.7")
    assert {one["attributedTo"]: one["pointers"] for one in written["citations"]} == {
        "tool:pip": ["/components/0", "/components/1/description", "/components/1/purl"],
        "tool:syft": ["/components/1/purl", "/components/1/supplier"],
    }
    assert {one["timestamp"] for one in written["citations"]} == {"2023-11-14T22:13:20Z"}


def test_what_no_unicode_can_hold_is_escaped(build: Make, component: Make) -> None:
    odd = component("ms", description="a\ud800b", author="\udcff")
    written = build([odd])
    assert written["components"][0]["description"] == "a\\ud800b"
    assert encode(written).decode("utf-8")


def test_packing_changes_no_byte(component: Make, stated: Make, release: Release, project: Project) -> None:
    top = component("ms", description="\N{GREEK SMALL LETTER PI} a\ud800b")
    inner = component("inner", within=top.ref)
    said = stated([top, inner, component("innermost", within=inner.ref), component("next")], [Edge(ROOT, top.ref)])
    plain = document(said, release, project)
    assert b"".join(pieces(packed(said, release, project))) == encode(plain)
    later = document(said, release, project, phase="post-build")
    assert b"".join(pieces(packed(said, release, project, phase="post-build"))) == encode(later) != encode(plain)
    assert "innermost" in str(plain["components"][0]["components"][0]["components"])


def test_packing_changes_no_byte_of_files(stated: Make, project: Project) -> None:
    digest = Digest(Algorithm.SHA256, "b" * 64)
    paths = ["etc/a\ud800", "update.raucb!/boot.img", "update.raucb!/rootfs.img"]
    known = tuple(FileProperties(path, (Property("firmbom:elf:machine", path[:3]),)) for path in paths)
    said = stated([], files=tuple(StoredFile(path, digest) for path in paths), file_properties=known)
    payload = Payload(path=paths[2], size=9, digests=(digest,), name="rootfs")
    image = Image(name="update.raucb", size=99, digests=(digest,), bundle=(Bundle(format="rauc", payloads=(payload,)),))
    other = Image(name="other.img", size=9, digests=(digest,))
    for release in (
        Release(version="1"),
        Release(version="1", images=(image,)),
        Release(version="1", images=(image, other)),
    ):
        plain = encode(document(said, release, project))
        assert b"".join(pieces(packed(said, release, project))) == plain
        assert plain.count(b"firmbom:elf:machine") == len(paths)


def test_control_characters_survive_as_json(build: Make, component: Make) -> None:
    written = build([component("ms", description="a\x00b\x1b[31m")])
    assert msgspec.json.decode(encode(written))["components"][0]["description"] == "a\x00b\x1b[31m"


def test_a_hostile_inventory_is_written_all_the_same(release: Release, project: Project) -> None:
    """Edges to nowhere, to itself and in circles; no name; an unknown type; no plugin."""
    claims = (Claim(Basis.HASH, Location("")),)
    one = Component(
        purl=Purl("pkg:npm/a@1"),
        name="",
        version="1",
        type="gizmo",  # type: ignore[arg-type] # what a stranger's plugin may yield
        claims=claims,
    )
    gone = Ref("pkg:npm/gone@1")
    said = Inventory(
        components=(Merged(ref=one.ref, component=one, statements=(one,)),),
        edges=(Edge(one.ref, one.ref), Edge(one.ref, gone), Edge(gone, one.ref)),
    )
    written = document(said, release, project)
    assert faults(written) == ()
    assert written["components"][0]["name"] == "a"
    assert written["components"][0]["type"] == "library"
    assert "tools" not in written["components"][0]["evidence"]["identity"][0]
    assert "occurrences" not in written["components"][0]["evidence"]
