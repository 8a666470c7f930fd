"""The product in the document: who makes it, which release it is, and of which images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from documents import by_ref, edges_of, properties

from firmbom.cyclonedx.write import document, encode
from firmbom.errors import ConfigError
from firmbom.inventory import Inventory
from firmbom.model import ROOT, Algorithm, Digest, Edge, Party
from firmbom.project import Product, Project
from firmbom.release import Image, Release, Submodule, TagSignature

Make = Callable[..., Any]


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
