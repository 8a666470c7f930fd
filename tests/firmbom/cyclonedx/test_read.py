"""Documents of other tools become values; what is wrong in them becomes Problems."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmbom.cyclonedx.check import faults
from firmbom.cyclonedx.read import component_set, load, release_of
from firmbom.cyclonedx.shape import MOST
from firmbom.errors import InputError
from firmbom.merge import merge
from firmbom.model import (
    ROOT,
    Algorithm,
    Basis,
    Claim,
    ComponentSet,
    Coverage,
    Digest,
    Edge,
    ExternalReference,
    Licence,
    Location,
    Party,
    Patch,
    Property,
    Ref,
)
from firmbom.release import Image, Release, Submodule

Make = Callable[..., Any]
DATA = Path(__file__).parent / "data"


def read(name: str, **options: Any) -> ComponentSet:
    options = {"plugin": "pip", "location": "sbom.json", **options}
    return component_set(load((DATA / name).read_bytes(), path=name), **options)


def minimal(**members: Any) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", **members}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "b.json: line 1 column 1: not JSON: it is empty"),
        (b"<bom/>", "b.json: XML, not JSON (convert it to CycloneDX JSON)"),
        (b"[]", "b.json: not a CycloneDX document (give CycloneDX JSON; SPDX must be converted)"),
        (b'{"spdxVersion": "2.3"}', "b.json: not a CycloneDX document (give CycloneDX JSON; SPDX must be converted)"),
        (b'{"bomFormat": "CycloneDX"}', "b.json: specVersion: CycloneDX None is not known here (give 1.2 to 1.7)"),
        (
            b'{"bomFormat": "CycloneDX", "specVersion": "2.0"}',
            "b.json: specVersion: CycloneDX '2.0' is not known here (give 1.2 to 1.7)",
        ),
        (
            b'{"bomFormat": "CycloneDX", "specVersion": ["1.6"]}',
            "b.json: specVersion: CycloneDX ['1.6'] is not known here (give 1.2 to 1.7)",
        ),
        (b'{"a": 1, "a": 2}', "b.json: key 'a' stands twice in one object"),
        (b"\xff\xff", "b.json: byte 0: not text in UTF-8"),
    ],
)
def test_what_is_no_document_is_refused_with_a_remedy(data: bytes, said: str) -> None:
    with pytest.raises(InputError) as refused:
        load(data, path="b.json")
    assert str(refused.value) == said


def test_a_scan_of_packages() -> None:
    said = read("scan.json")
    deb, system, file, zlib = said.components
    assert deb.purl == "pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=arm64&distro=debian-12&upstream=openssl"
    assert deb.supplier == Party("Debian OpenSSL Team <openssl@debian.example>")
    assert deb.licences == (Licence("Apache-2.0"), Licence("Artistic"))
    assert [cpe.split(":")[3] for cpe in deb.cpes] == ["libssl3", "openssl"]
    assert deb.claims == (
        Claim(Basis.REPORTED, Location("sbom.json"), plugin="pip"),
        Claim(Basis.REPORTED, Location("var/lib/dpkg/status"), plugin="pip"),
    )
    assert Property("syft:package:foundBy", "dpkg-db-cataloger") in deb.properties
    assert system.purl == "pkg:generic/debian@12"
    assert system.type == "operating-system"
    assert file.purl == "pkg:generic/usr%2Fbin%2Fa%20b"
    assert (file.type, file.name) == ("file", "/usr/bin/a b")
    assert file.digests == (Digest(Algorithm.SHA1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),)
    assert zlib.claims == (
        Claim(Basis.VERSION_STRING, Location("sbom.json"), 0.4, plugin="pip"),
        Claim(Basis.VERSION_STRING, Location("usr/lib/libz.so.1", offset=12, symbol=".rodata"), 0.4, plugin="pip"),
    )
    assert said.edges == (Edge(ROOT, system.ref), Edge(deb.ref, file.ref))
    assert said.coverage == (Coverage("sbom.json", "unknown", "unknown", "pip"),)
    [problem] = said.problems
    assert problem.message == "/dependencies/1/dependsOn: 'gone' is no component of the document"
    assert (problem.severity, problem.path, problem.plugin) == ("warning", "sbom.json", "pip")


def test_nested_components_and_a_main_one() -> None:
    said = read("nested.json")
    main, babel, ms = said.components
    assert main.purl == "pkg:npm/ui@1.0.0"
    assert (babel.group, babel.name, babel.scope, babel.author) == ("@babel", "core", "optional", "Babel")
    assert babel.references == (
        ExternalReference(
            "distribution",
            "https://npm.example/core-7.0.0.tgz",
            (Digest(Algorithm.SHA512, "a" * 128),),
            'as detected from npm-ls property "resolved"',
        ),
    )
    assert babel.digests == ()
    assert babel.properties == (Property("cdx:npm:package:path", "node_modules/@babel/core"),)
    assert ms.purl == "pkg:npm/ms@2.0.0"
    assert ms.within == babel.ref
    assert said.edges == (Edge(ROOT, main.ref), Edge(babel.ref, ms.ref), Edge(main.ref, babel.ref))
    assert said.coverage == (Coverage("sbom.json", "complete", "complete", "pip"),)
    assert said.problems == ()


def test_a_document_inside_a_wheel_describes_what_is_inside_it() -> None:
    wheel = Ref("pkg:pypi/speedy@0.1.0")
    said = read("crate.json", basis=Basis.EMBEDDED, within=wheel)
    assert {one.within for one in said.components} == {wheel, Ref(f"{wheel}!{said.components[0].purl}")}
    assert said.edges == (
        Edge(wheel, said.components[0].ref),
        Edge(said.components[0].ref, Ref(f"{wheel}!pkg:cargo/memchr@2.7.4")),
    )
    memchr = said.components[1]
    assert memchr.claims == (Claim(Basis.EMBEDDED, Location("sbom.json"), plugin="pip"),)
    assert memchr.digests[0].value.startswith("78ca9ab1")


def test_the_container_itself_is_not_found_inside_itself() -> None:
    crate = Ref("pkg:cargo/speedy@0.1.0")
    said = read("crate.json", within=crate)
    assert [one.name for one in said.components] == ["memchr", "cfg-if", "_speedy"]
    assert said.edges == (Edge(crate, Ref(f"{crate}!pkg:cargo/memchr@2.7.4")),)


def test_a_main_component_that_is_listed_again_is_that_one() -> None:
    main = {"type": "library", "bom-ref": "pip", "name": "pip", "version": "26"}
    document = minimal(
        metadata={"component": main},
        components=[{**main, "purl": "pkg:pypi/pip@26"}, {"type": "library", "bom-ref": "i", "name": "idna"}],
        dependencies=[{"ref": "pip", "dependsOn": ["i"]}],
    )
    said = component_set(document, plugin="pip", location="x")
    assert [one.purl for one in said.components] == ["pkg:pypi/pip@26", "pkg:generic/idna"]
    assert said.edges == (Edge(ROOT, Ref("pkg:pypi/pip@26")), Edge(Ref("pkg:pypi/pip@26"), Ref("pkg:generic/idna")))
    assert said.problems == ()


def test_edges_of_build_tools_and_services_are_not_asked_about() -> None:
    document = minimal(
        metadata={"tools": {"components": [{"bom-ref": "t", "name": "hatchling", "components": [{"bom-ref": "u"}]}]}},
        services=[{"bom-ref": "s", "name": "api", "services": [{"bom-ref": "v"}]}],
        components=[{"type": "library", "bom-ref": "a", "name": "a"}],
        dependencies=[{"ref": "t", "dependsOn": ["a", "u"]}, {"ref": "u"}, {"ref": "a", "dependsOn": ["t", "s", "v"]}],
    )
    said = component_set(document, plugin="p", location="x")
    assert (said.edges, said.problems) == ((), ())


def test_pedigree_authors_and_evidence() -> None:
    document = minimal(
        components=[
            {
                "type": "library",
                "name": "ring",
                "group": "a/b",
                "version": "0.17",
                "authors": [{"name": "Ada", "email": "ada@a.example"}, {"email": "bob@a.example"}, {}],
                "manufacturer": {
                    "name": "Ring",
                    "url": ["https://ring.example"],
                    "contact": [{"email": "x@ring.example"}],
                },
                "supplier": {"name": "NOASSERTION"},
                "licenses": [{"license": {"name": "NOASSERTION"}}],
                "pedigree": {
                    "ancestors": [
                        {"type": "library", "name": "r", "purl": "pkg:generic/r@1"},
                        {"type": "library", "name": "s"},
                    ],
                    "patches": [
                        {"type": "backport", "diff": {"url": "p"}, "resolves": [{"type": "security", "id": "CVE-1"}]}
                    ],
                },
                "evidence": {"licenses": [{"expression": "MIT OR ISC"}]},
            }
        ]
    )
    [one] = component_set(document, plugin="p", location="").components
    assert one.purl == "pkg:generic/a/b/ring@0.17"
    assert one.author == "Ada <ada@a.example>, bob@a.example"
    assert one.manufacturer == Party("Ring", "https://ring.example", "x@ring.example")
    assert one.supplier == Party()
    assert one.licences == (Licence("MIT OR ISC", "concluded"),)
    assert one.patches == (Patch("backport", "p", ("CVE-1",)),)
    assert one.upstream == ("pkg:generic/r@1",)
    assert one.claims == (Claim(Basis.REPORTED, Location(""), plugin="p"),)


def test_every_wrong_type_is_named_and_costs_only_itself() -> None:
    said = read("wrong_types.json")
    assert [(one.purl, one.version) for one in said.components] == [
        ("pkg:generic/a", ""),
        ("pkg:generic/b", ""),
        ("pkg:npm/d@1", "1"),
        ("pkg:generic/e", ""),
        ("pkg:generic/g", ""),
    ]
    messages = {one.message: one.severity for one in said.problems}
    assert {line for line, severity in messages.items() if severity == "error"} == {
        "/components/1: has neither a name nor a package URL that can be used, so it was left out",
        "/components/2: has neither a name nor a package URL that can be used, so it was left out",
        "/metadata/component: has neither a name nor a package URL that can be used, so it was left out",
    }
    expected = {
        "/components/0: expected an object, found text",
        "/components/3/hashes/0: not a SHA-256 digest in lower-case hexadecimal: 'zz'",
        "/components/3/hashes/1: expected an object, found a number",
        "/components/3/scope: 'sometimes' is no scope; left open",
        "/components/3/type: expected text, found a number",
        "/components/3/version: expected text, found a number",
        "/components/4/licenses/0/license/acknowledgement: 'guessed' is neither declared nor concluded",
        "/components/5/cpe: expected text, found a truth value",
        "/components/5/name: 'c' is not what the purl says; the purl stands",
        "/components/5/supplier: expected an object, found text",
        "/components/5/version: '2' is not what the purl says; the purl stands",
        "/components/6/evidence/identity/0/confidence: expected a number, found text",
        "/components/6/pedigree/ancestors/0/purl: 'none' is no package URL",
        "/components/6/pedigree/patches/0/type: 'nice' is no type of patch; left out",
        "/components/7/externalReferences/1/hashes/0: unknown digest algorithm ''",
        "/components/7: bom-ref 'e' is another component's too; that one keeps it",
        "/dependencies/0: expected an object, found a number",
        "/dependencies/1/ref: expected text, found a number",
        "/dependencies/2/dependsOn: 'gone' is no component of the document",
        "/metadata/component/bom-ref: expected text, found an object",
    }
    assert expected <= messages.keys()
    assert any(line.startswith("/components/4/purl: 'garbage' is no package URL: ") for line in messages)
    assert said.components[3].claims[1].location == Location("f")
    assert said.coverage[0].components == "incomplete"
    assert all(line.isprintable() for line in messages)


def test_vulnerabilities_are_noted_and_left_behind() -> None:
    found = component_set(minimal(vulnerabilities=[{"id": "CVE-2024-0001"}]), plugin="p", location="b.json")
    assert [(one.severity, one.message) for one in found.problems] == [
        ("note", "/vulnerabilities: an SBOM holds none; they are not taken over")
    ]
    assert found.assessments == ()


def test_problems_are_bounded() -> None:
    said = component_set(minimal(components=list(range(3 * MOST))), plugin="p", location="x")
    assert len(said.problems) == MOST + 1
    assert said.problems[-1].message == f"more is wrong than these {MOST} things"


def test_nesting_without_end_is_read_without_recursion() -> None:
    one: dict[str, Any] = {"type": "library", "name": "n"}
    for number in range(2_000):
        one = {"type": "library", "name": f"n{number}", "components": [one]}
    said = component_set(minimal(components=[one]), plugin="p", location="x")
    assert len(said.components) == 2_001
    assert max(component.ref.count("!") for component in said.components) == 32


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
WORDS = ("pkg:npm/a@1", "a", "1", "SHA-1", "library", "MIT", "tool:firmbom", "firmbom", "image:x", "\ud800", "/")
VALUE = st.sampled_from(WORDS) | JSON
PAIRS = ("name", "value", "alg", "content", "url")
TEXTS = ("name", "version", "purl", "bom-ref", "type", "cpe", "scope", "author")
ARRAYS = ("hashes", "properties", "externalReferences", "licenses")


def some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of these members, or anything."""
    return st.fixed_dictionaries({}, optional=members) | JSON


def shaped(depth: int = 2) -> st.SearchStrategy[Any]:
    """A component whose members are of the right kind, or of any."""
    members: dict[str, Any] = dict.fromkeys(TEXTS, VALUE)
    members |= dict.fromkeys(ARRAYS, st.lists(some(**dict.fromkeys(PAIRS, VALUE)), max_size=2) | VALUE)
    if depth:
        members["components"] = st.lists(shaped(depth - 1), max_size=2)
    return some(**members)


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "components": st.lists(shaped(), max_size=3) | JSON,
        "metadata": some(component=shaped(), tools=some(components=st.lists(shaped(0)))),
        "dependencies": st.lists(some(ref=VALUE, dependsOn=st.lists(VALUE) | JSON)) | JSON,
        "compositions": JSON,
        "formulation": JSON,
    },
)


@settings(max_examples=120, deadline=None)
@given(DOCUMENTS)
def test_no_shape_upsets_the_reader_and_what_it_reads_can_be_written(build: Make, document: dict[str, Any]) -> None:
    said = component_set(minimal(**document), plugin="p", location="x")
    assert isinstance(release_of(minimal(**document)), Release)
    build(merge([said]))


def test_the_release_reads_back(build: Make) -> None:
    release = Release(
        version="1.2.3",
        tag="v1.2.3",
        nearest_tag="v1.2.3-0-gabc",
        commit="c" * 40,
        dirty=True,
        remote="https://git.example/pump",
        submodules=(
            Submodule(path="vendor/a lib", commit="e" * 40, url="https://git.example/lib"),
            Submodule(path="vendor/b", commit="f" * 64),
        ),
        timestamp=1_700_000_000,
        images=(
            Image(name="a.img", size=1, digests=(Digest(Algorithm.SHA256, "1" * 64),)),
            Image(
                name="b.img", size=2, digests=(Digest(Algorithm.SHA256, "2" * 64), Digest(Algorithm.SHA512, "3" * 128))
            ),
        ),
    )
    assert release_of(build([], release=release)) == release


def test_the_release_of_anything_is_what_can_be_known() -> None:
    assert release_of({}) == Release(version="")
    odd = [{"name": f"firmbom:release:tag-signature{kind}", "value": "?"} for kind in ("", "-kind")]
    odd.append({"name": "firmbom:release:submodule", "value": "no commit"})
    main = {"version": "3", "properties": odd, "components": [{"bom-ref": "image:x", "name": "x"}]}
    found = release_of(minimal(metadata={"timestamp": "yesterday", "component": main}))
    assert (found.version, found.tag_signature.status, found.tag_signature.kind) == ("3", "unverified", "")
    assert found.images == (Image(name="x", size=0, digests=()),)
    assert found.submodules == ()
    assert found.timestamp is None
    assert release_of(minimal(metadata={"timestamp": "2026-01-01T00:00:00"})).timestamp is None


def test_samples_are_what_their_tools_would_write() -> None:
    """The samples that are meant to be good satisfy the official schema of their version."""
    for name in ("crate.json", "nested.json"):
        assert faults(json.loads((DATA / name).read_bytes())) == ()
