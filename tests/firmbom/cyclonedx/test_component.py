"""A component in the document: where it stands, who supplies it, where it is to be had, what is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from documents import by_ref, edges_of, properties

from firmbom.identity import purl
from firmbom.model import ROOT, Algorithm, Basis, Claim, Digest, Edge, ExternalReference, Location, Party, Ref

Make = Callable[..., Any]


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


def test_a_confidence_out_of_range_is_brought_into_it(build: Make, component: Make) -> None:
    claims = tuple(Claim(Basis.HASH, Location("f"), sure, plugin="p") for sure in (7.0, -1.0, float("nan"), 0.25))
    [found] = build([component("ms", claims=claims)])["components"][0]["evidence"]["identity"]
    assert [method["confidence"] for method in found["methods"]] == [0, 0.25, 1]
    assert found["confidence"] == 1
