"""The document as a whole: product, images, tools, determinism, what is unknown."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from firmbom.cyclonedx.check import faults
from firmbom.cyclonedx.write import document, encode, packed, pieces
from firmbom.errors import ConfigError
from firmbom.identity import purl
from firmbom.model import (
    ROOT,
    Algorithm,
    Basis,
    Claim,
    Component,
    Conflict,
    Coverage,
    Digest,
    Edge,
    ExternalReference,
    FileProperties,
    Inventory,
    Location,
    Merged,
    Ownership,
    Party,
    PluginRun,
    Problem,
    Property,
    Purl,
    Ref,
    StoredFile,
)
from firmbom.project import Product, Project
from firmbom.release import Image, Release, Submodule, TagSignature

Make = Callable[..., Any]


def properties(holder: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in holder.get("properties", ())}


def by_ref(written: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    pending = list(written["components"])
    while pending:
        one = pending.pop()
        found[one["bom-ref"]] = one
        pending += one.get("components", ())
    return found


def edges_of(written: dict[str, Any]) -> dict[str, list[str]]:
    return {one["ref"]: one["dependsOn"] for one in written["dependencies"]}


def test_the_product_says_what_the_project_and_the_release_know(build: Make, component: Make) -> None:
    product = build([component("ms")])["metadata"]["component"]
    assert list(product)[:4] == ["type", "bom-ref", "supplier", "manufacturer"]
    assert product["type"] == "firmware"
    assert product["bom-ref"] == product["purl"] == "pkg:generic/pump@1.2.3"
    assert product["version"] == "1.2.3"
    assert product["manufacturer"] == product["supplier"]
    assert product["supplier"]["contact"] == [{"email": "psirt@acme.example"}]
    assert product["licenses"] == [{"license": {"id": "Apache-2.0", "acknowledgement": "concluded"}}]
    assert [one["alg"] for one in product["hashes"]] == ["SHA-256", "SHA-512"]
    assert {one["type"]: one["url"] for one in product["externalReferences"]} == {
        "distribution": "https://acme.example/pump.img",
        "rfc-9116": "https://acme.example/.well-known/security.txt",
        "source-distribution": "https://git.example/pump",
        "vcs": "https://git.example/pump",
    }
    assert properties(product) == {
        "bsi:component:archive": "archive",
        "bsi:component:effectiveLicence": "Apache-2.0",
        "bsi:component:executable": "executable",
        "bsi:component:filename": "pump.img",
        "bsi:component:structured": "unstructured",
        "cdx:lifecycle:milestone:endOfSupport": "2031-01-01",
        "firmbom:release:commit": "c" * 40,
        "firmbom:release:dirty": "false",
        "firmbom:release:tag": "v1.2.3",
        "firmbom:release:tag-signature": "none",
    }


def test_several_images_are_told_apart_and_the_product_has_no_digest_of_its_own(build: Make) -> None:
    images = (
        Image(name="a.img", size=1, digests=(Digest(Algorithm.SHA256, "1" * 64),)),
        Image(name="a.img", size=2, digests=(Digest(Algorithm.SHA256, "2" * 64),)),
        Image(name="b.tar.zst", size=3, digests=(Digest(Algorithm.SHA512, "3" * 128),)),
    )
    written = build([], release=Release(version="2", images=images))
    product = written["metadata"]["component"]
    assert "hashes" not in product
    assert [one["bom-ref"] for one in product["components"]] == [
        "image:a.img#111111111111",
        "image:a.img#222222222222",
        "image:b.tar.zst",
    ]
    archive = product["components"][2]
    assert properties(archive)["bsi:component:structured"] == "structured"
    assert properties(archive)["firmbom:image:size"] == "3"
    assert archive["externalReferences"][0]["hashes"] == archive["hashes"]
    assert edges_of(written)["pkg:generic/pump@2"] == [one["bom-ref"] for one in product["components"]]


def test_release_facts_that_point_at_this_machine_are_left_out(build: Make) -> None:
    release = Release(
        version="1",
        tag="v1",
        nearest_tag="v0-3-gabc",
        commit="d" * 40,
        dirty=True,
        tag_signature=TagSignature(status="good", kind="ssh", signer="SHA256:abc"),
        remote="file:///somewhere/pump.git",
        submodules=(
            Submodule(path="vendor/a lib", commit="e" * 40, url="https://u:secret@git.example/lib"),
            Submodule(path="vendor/b", commit="f" * 40, url="/somewhere/b"),
        ),
    )
    written = build([], release=release)
    assert b"somewhere" not in encode(written)
    assert b"secret" not in encode(written)
    product = written["metadata"]["component"]
    assert [one["value"] for one in product["properties"] if one["name"] == "firmbom:release:submodule"] == [
        f"vendor/a lib {'e' * 40} https://git.example/lib",
        f"vendor/b {'f' * 40}",
    ]
    assert properties(product)["firmbom:release:tag-signer"] == "SHA256:abc"
    assert properties(product)["firmbom:release:dirty"] == "true"


@pytest.mark.parametrize("spec", ["1.6", "1.7"])
def test_without_a_time_there_is_no_timestamp_and_no_clock(build: Make, component: Make, spec: str) -> None:
    written = build([component("ms")], spec=spec, release=Release(version="1"))
    assert "timestamp" not in written["metadata"]
    assert "citations" not in written
    assert build([component("ms")], spec=spec, release=Release(version="1")) == written


@pytest.mark.parametrize("seconds", [-1, 1 << 62])
def test_a_time_that_no_calendar_has_is_no_time(build: Make, seconds: int) -> None:
    assert "timestamp" not in build([], release=Release(version="1", timestamp=seconds))["metadata"]


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


@pytest.mark.parametrize("stated", ["pkg:generic/acme/pump", "pkg:generic/acme/pump@1.2.3"])
def test_a_purl_in_the_configuration_gets_the_release(build: Make, stated: str) -> None:
    product = build([], product=Product(name="Infusion pump", purl=stated))["metadata"]["component"]
    assert product["bom-ref"] == product["purl"] == "pkg:generic/acme/pump@1.2.3"


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("pump", "product.purl: not a package URL: 'pump'"),
        (
            "pkg:generic/pump@9",
            "product.purl: version '9' is not that of the release, '1.2.3' (leave the version out of it)",
        ),
    ],
)
def test_a_wrong_purl_in_the_configuration_is_named(release: Release, stated: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        document(Inventory(), release, Project(product=Product(purl=stated)))
    assert str(refused.value) == said


def test_a_project_that_is_the_product_is_not_listed_twice(build: Make, component: Make, stated: Make) -> None:
    itself, used = component("pump", "1.2.3", type="application"), component("ms")
    written = build(
        stated([itself, used], [Edge(ROOT, itself.ref), Edge(itself.ref, used.ref)]),
        product=Product(name="pump", purl="pkg:npm/pump"),
    )
    assert list(by_ref(written)) == ["pkg:npm/ms@1.0.0"]
    assert edges_of(written)["pkg:npm/pump@1.2.3"] == ["image:pump.img", "pkg:npm/ms@1.0.0"]
    assert written["metadata"]["component"]["evidence"]["identity"][0]["concludedValue"] == "pkg:npm/pump@1.2.3"


def test_nested_components_stand_inside_their_container(build: Make, component: Make) -> None:
    wheel = component("wheel")
    crate = component("crate", within=wheel.ref)
    inner = component("inner", within=crate.ref)
    written = build([wheel, crate, inner], [Edge(ROOT, wheel.ref), Edge(wheel.ref, inner.ref)])
    [top] = written["components"]
    assert top["components"][0]["bom-ref"] == crate.ref
    assert top["components"][0]["components"][0]["bom-ref"] == inner.ref
    assert list(top).index("components") < list(top).index("evidence")
    assert edges_of(written)[wheel.ref] == [crate.ref, inner.ref]
    assert properties(top["components"][0])["firmbom:unreached"] == "true"


def test_a_nested_component_without_its_container_stands_at_the_top_and_says_so(build: Make, component: Make) -> None:
    lost = component("crate", within=Ref("pkg:pypi/gone@1"))
    written = build([lost])
    assert properties(by_ref(written)[lost.ref])["firmbom:within"] == "pkg:pypi/gone@1"
    assert lost.ref in edges_of(written)["pkg:generic/pump@1.2.3"]


def test_nesting_without_end_is_flattened(build: Make, component: Make) -> None:
    listed, within = [], ROOT
    for number in range(200):
        listed.append(component(f"p{number}", within=within))
        within = listed[-1].ref
    written = build(listed)
    assert len(by_ref(written)) == 200
    assert len(written["components"]) == 13


def test_unknown_things_are_said_to_be_unknown(build: Make, component: Make) -> None:
    [one] = build([component("ms", "", purl=purl("npm", "ms"))])["components"]
    assert "version" not in one
    assert "scope" not in one
    assert properties(one)["firmbom:version"] == "unknown"
    assert one["supplier"] == {"name": "NOASSERTION"}
    assert one["licenses"] == [{"license": {"name": "NOASSERTION"}}]


def test_a_version_longer_than_the_schema_allows_is_kept_beside(build: Make, component: Make) -> None:
    [one] = build([component("ms", "1" * 2000)])["components"]
    assert "version" not in one
    assert properties(one)["firmbom:version"] == "1" * 2000


@pytest.mark.parametrize(
    ("fields", "supplier", "taken_from"),
    [
        ({"supplier": Party("S", "https://s.example")}, {"name": "S", "url": ["https://s.example"]}, None),
        ({"manufacturer": Party("M"), "author": "A"}, {"name": "M"}, "manufacturer"),
        ({"author": "Ada <ada@a.example>"}, {"name": "Ada", "contact": [{"email": "ada@a.example"}]}, "author"),
        (
            {"author": '"Ada, Bob" <ab@a.example>'},
            {"name": "Ada, Bob", "contact": [{"email": "ab@a.example"}]},
            "author",
        ),
        ({"author": "Ada, Bob <bob@a.example>"}, {"name": "Ada, Bob <bob@a.example>"}, "author"),
        ({"type": "application"}, {"name": "ACME", "url": ["https://acme.example"]}, "product"),
        ({"type": "library"}, {"name": "NOASSERTION"}, None),
        (
            {"type": "application", "references": (ExternalReference("distribution", "https://npm.example/x.tgz"),)},
            {"name": "NOASSERTION"},
            None,
        ),
    ],
)
def test_the_supplier_is_as_stated_or_as_it_follows(
    build: Make, component: Make, fields: dict[str, Any], supplier: dict[str, Any], taken_from: str | None
) -> None:
    one = component("ms", **fields)
    [written] = build([one], [Edge(ROOT, one.ref)])["components"]
    assert written["supplier"].items() >= supplier.items()
    assert properties(written).get("firmbom:supplier") == taken_from


def test_a_project_that_nothing_names_as_direct_is_not_taken_for_the_products_own(build: Make, component: Make) -> None:
    [written] = build([component("ms", type="application")])["components"]
    assert written["supplier"] == {"name": "NOASSERTION"}


def test_the_digest_of_the_only_download_stands_in_hashes_too(build: Make, component: Make) -> None:
    digests = (Digest(Algorithm.SHA512, "a" * 128),)
    download = ExternalReference("distribution", "https://npm.example/ms-1.0.0.tgz", digests)
    used = component("ms", references=(download,))
    [one] = build([used], [Edge(ROOT, used.ref)])["components"]
    assert one["hashes"] == one["externalReferences"][0]["hashes"]
    assert properties(one) == {
        "bsi:component:archive": "archive",
        "bsi:component:filename": "ms-1.0.0.tgz",
        "bsi:component:structured": "structured",
        "firmbom:hashes": "ms-1.0.0.tgz",
    }


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (("a-1.tgz", "a-1.exe"), None),
        (("a-1-py3-none-any.whl", "a-1.tar.gz"), "a-1-py3-none-any.whl"),
        (("a-1-py3-none-any.whl", "a-1-cp311-cp311-linux_x86_64.whl", "a-1.tar.gz"), None),
        (("a-1-py2-none-any.whl", "a-1-py3-none-any.whl"), None),
        (("a-1.tar.gz", "a-1.zip"), None),
    ],
)
def test_of_several_downloads_only_a_wheel_for_all_machines_is_chosen(
    build: Make, component: Make, files: tuple[str, ...], chosen: str | None
) -> None:
    downloads = tuple(
        ExternalReference("distribution", f"https://pypi.example/{name}", (Digest(Algorithm.MD5, str(number) * 32),))
        for number, name in enumerate(files)
    )
    [one] = build([component("a", references=downloads)])["components"]
    assert properties(one).get("firmbom:hashes") == properties(one).get("bsi:component:filename") == chosen
    assert one.get("hashes") == ([{"alg": "MD5", "content": "0" * 32}] if chosen else None)


def test_a_file_name_in_the_comment_wins_and_the_plugins_own_word_most(build: Make, component: Make) -> None:
    reference = ExternalReference("distribution", "https://npm.example/7", (Digest(Algorithm.MD5, "a" * 32),), "ms.bin")
    [one] = build([component("ms", references=(reference,))])["components"]
    assert properties(one)["bsi:component:filename"] == "ms.bin"
    assert "bsi:component:archive" not in properties(one)


def test_reference_types_of_a_later_version_become_other(build: Make, component: Make) -> None:
    one = component("ms", references=(ExternalReference("patent", "https://p.example", comment="EP1"),))
    [old] = build([one])["components"]
    assert old["externalReferences"] == [{"type": "other", "url": "https://p.example", "comment": "(patent) EP1"}]
    [new] = build([one], spec="1.7")["components"]
    assert new["externalReferences"] == [{"type": "patent", "url": "https://p.example", "comment": "EP1"}]


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


def test_inputs_and_images_of_a_build(build: Make, stated: Make, component: Make) -> None:
    read = (
        Coverage("web/package-lock.json", "complete", "complete", "npm", (Digest(Algorithm.SHA256, "1" * 64),)),
        Coverage("web/package-lock.json", "unknown", "unknown", "syft"),
    )
    [formula] = build(stated([component("ms")], coverage=read))["formulation"]
    [lock] = formula["components"]
    assert lock["hashes"] == [{"alg": "SHA-256", "content": "1" * 64}]
    assert properties(lock) == {
        "firmbom:coverage:npm": "components complete; dependencies complete",
        "firmbom:coverage:syft": "components unknown; dependencies unknown",
    }
    [workflow] = formula["workflows"]
    assert workflow["taskTypes"] == ["build"]
    assert [one["resource"] for one in workflow["inputs"]] == [
        {"ref": "input:web/package-lock.json"},
        {"externalReference": {"type": "vcs", "url": "https://git.example/pump", "comment": f"commit {'c' * 40}"}},
    ]
    assert workflow["outputs"] == [{"type": "artifact", "resource": {"ref": "image:pump.img"}}]


def test_after_the_build_the_image_is_what_is_read(build: Make) -> None:
    written = build([], phase="post-build")
    [workflow] = written["formulation"][0]["workflows"]
    assert written["metadata"]["lifecycles"] == [{"phase": "post-build"}]
    assert workflow["taskTypes"] == ["scan"]
    assert workflow["inputs"][0] == {"resource": {"ref": "image:pump.img"}}
    assert "outputs" not in workflow


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
    assert "innermost" in str(plain["components"][0]["components"][0]["components"])


def test_control_characters_survive_as_json(build: Make, component: Make) -> None:
    written = build([component("ms", description="a\x00b\x1b[31m")])
    assert msgspec.json.decode(encode(written))["components"][0]["description"] == "a\x00b\x1b[31m"


def test_a_confidence_out_of_range_is_brought_into_it(build: Make, component: Make) -> None:
    claims = tuple(Claim(Basis.HASH, Location("f"), sure, plugin="p") for sure in (7.0, -1.0, float("nan"), 0.25))
    [found] = build([component("ms", claims=claims)])["components"][0]["evidence"]["identity"]
    assert [method["confidence"] for method in found["methods"]] == [0, 0.25, 1]
    assert found["confidence"] == 1


def test_contacts_that_no_validator_accepts_stand_as_names(build: Make) -> None:
    product = Product(
        name="pump",
        supplier=Party("ACME", "https://acme.example/a b", "see our site"),
        authors=(Party("Ada", email="ada at acme"), Party(url="https://bob.example")),
    )
    metadata = build([], product=product)["metadata"]
    assert metadata["supplier"] == {
        "name": "ACME",
        "url": ["https://acme.example/a%20b"],
        "contact": [{"name": "see our site"}],
    }
    assert metadata["authors"] == [{"name": "Ada ada at acme"}, {"name": "https://bob.example"}]


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


def test_the_files_of_an_image_stand_in_it_and_owners_say_which(build: Make, component: Make, stated: Make) -> None:
    owner = component("ms")
    digest = Digest(Algorithm.SHA256, "7" * 64)
    shell, stray = StoredFile("x/pump.img!/bin/sh", digest), StoredFile("etc/passwd", digest)
    owned = (Ownership(owner.ref, shell.path), Ownership(owner.ref, "web/node_modules/ms/index.js"))
    written = build(stated([owner], files=(stray, shell), ownership=owned))
    [image] = written["metadata"]["component"]["components"]
    assert image["components"] == [
        {"type": "file", "name": name, "hashes": [{"alg": "SHA-256", "content": "7" * 64}]}
        for name in ("etc/passwd", "x/pump.img!/bin/sh")
    ]
    assert written["components"][0]["evidence"]["occurrences"][1:] == [
        {"location": "x/pump.img!/bin/sh", "additionalContext": "installed"}
    ]


def test_what_is_known_of_a_file_stands_with_it(build: Make, stated: Make) -> None:
    file = StoredFile("bin/sh", Digest(Algorithm.SHA256, "7" * 64))
    told = FileProperties("bin/sh", (Property("vendor:pie", "yes"), Property("vendor:machine", "ARM")))
    of_no_file = FileProperties("gone", (Property("vendor:pie", "no"),))
    written = build(stated([], files=(file,), file_properties=(told, of_no_file)))
    [image] = written["metadata"]["component"]["components"]
    assert [properties(one) for one in image["components"]] == [{"vendor:machine": "ARM", "vendor:pie": "yes"}]


def test_files_of_no_image_in_particular_stand_in_the_product(build: Make, stated: Make) -> None:
    images = tuple(Image(name=name, size=1, digests=()) for name in ("a.img", "b.img"))
    files = tuple(StoredFile(path, Digest(Algorithm.SHA256, "7" * 64)) for path in ("b.img!/sh", "sh"))
    written = build(stated([], files=files), release=Release(version="1", images=images))
    a, b, file = written["metadata"]["component"]["components"]
    assert "components" not in a
    assert [one["name"] for one in b["components"]] == ["b.img!/sh"]
    assert file["name"] == "sh"
