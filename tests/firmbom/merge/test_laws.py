"""The laws of the merge, on generated sets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from firmbom.identity import purl
from firmbom.inventory import Inventory
from firmbom.merge import combine, merge
from firmbom.model import (
    ROOT,
    Assessment,
    Basis,
    Claim,
    Component,
    ComponentSet,
    Coverage,
    Digest,
    Edge,
    ExternalReference,
    FileProperties,
    Licence,
    Link,
    Location,
    Ownership,
    Party,
    Problem,
    Property,
    Ref,
    own_value,
)
from firmbom.reason import Reason

NAMES = ("openssl", "zlib", "requests", "@scope/ui")
VERSIONS = ("", "1.0", "1.0.1", "2.0")
PATHS = ("a/lock", "b/lock", "usr/lib/libz.so.1")
FEW = 4
LAW = settings(max_examples=40, deadline=None)


@st.composite
def components(draw: st.DrawFn, within: Ref = ROOT) -> Component:
    """A statement about one of a few packages, so that generated sets overlap."""
    namespace, _, name = draw(st.sampled_from(NAMES)).rpartition("/")
    version = draw(st.sampled_from(VERSIONS))
    qualifiers = draw(
        st.sampled_from([{}, {"arch": "arm64"}, {"arch": "arm64", "distro": "debian-12"}, {"arch": "armhf"}])
    )
    claims = draw(st.lists(st.builds(_claim, *_claim_parts()), min_size=1, max_size=2, unique=True))
    return Component(
        purl=purl("npm", name, version, namespace=namespace, qualifiers=qualifiers),
        name=name,
        group=namespace,
        version=version,
        within=within,
        claims=tuple(claims),
        scope=draw(st.sampled_from(["", "required", "optional", "excluded"])),
        licences=tuple(
            draw(st.lists(st.builds(Licence, st.sampled_from(["MIT", "BSD-3-Clause", "as is"])), max_size=1))
        ),
        supplier=draw(st.sampled_from([Party(), Party("Acme"), Party("Other")])),
        digests=tuple(draw(st.lists(_digests(), max_size=1))),
        references=tuple(draw(st.lists(_downloads(), max_size=2))),
        properties=tuple(draw(st.lists(st.builds(Property, st.just("p"), st.sampled_from("xy")), max_size=2))),
        upstream=tuple(draw(st.lists(st.sampled_from([purl("npm", "zlib", "1.0")]), max_size=1))),
    )


def _claim(basis: Basis, path: str, confidence: float, plugin: str) -> Claim:
    return Claim(basis, Location(path), confidence, plugin=plugin)


def _claim_parts() -> tuple[st.SearchStrategy[object], ...]:
    return st.sampled_from(Basis), st.sampled_from(PATHS), st.sampled_from([0.5, 1.0]), st.sampled_from(["npm", "elf"])


def _digests() -> st.SearchStrategy[Digest]:
    return st.sampled_from("01").map(lambda digit: Digest.named("sha256", digit * 64))


def _downloads() -> st.SearchStrategy[ExternalReference]:
    return st.builds(
        ExternalReference,
        st.just("distribution"),
        st.sampled_from(["https://npm.example/a.tgz", "https://other.example/a.tgz"]),
        st.lists(_digests(), max_size=1).map(tuple),
    )


def _file_properties() -> st.SearchStrategy[FileProperties]:
    told = st.builds(Property, st.sampled_from("pq"), st.sampled_from("xy"))
    return st.builds(FileProperties, st.sampled_from(PATHS), st.lists(told, min_size=1, max_size=2).map(tuple))


@st.composite
def _assessments(draw: st.DrawFn, refs: list[Ref]) -> Assessment:
    return Assessment(
        ref=draw(st.sampled_from(refs)),
        vulnerability=draw(st.sampled_from(["CVE-2024-0001", "CVE-2024-0002"])),
        reason=draw(st.sampled_from([Reason.AFFECTED, Reason.PATCHED, Reason.PLATFORM])),
        basis=draw(st.sampled_from(["stated", "patched", "reported"])),
        location=Location(draw(st.sampled_from(PATHS))),
    )


@st.composite
def sets(draw: st.DrawFn) -> ComponentSet:
    """A set with nested components and edges between what it holds, and one that leads nowhere."""
    top = draw(st.lists(components(), max_size=FEW))
    nested = [draw(components(within=draw(st.sampled_from(top)).ref)) for _ in range(draw(st.integers(0, 2))) if top]
    refs = [ROOT, *(one.ref for one in (*top, *nested)), Ref("pkg:npm/nowhere@1")]
    edges = draw(st.lists(st.builds(Edge, st.sampled_from(refs), st.sampled_from(refs[1:])), max_size=FEW))
    owned = draw(st.lists(st.builds(Ownership, st.sampled_from(refs[1:]), st.sampled_from(PATHS)), max_size=2))
    links = draw(st.lists(st.builds(Link, st.sampled_from(PATHS), st.sampled_from(PATHS)), max_size=FEW))
    return ComponentSet(
        components=(*top, *nested),
        edges=tuple(edges),
        links=tuple(links),
        ownership=tuple(owned),
        assessments=tuple(draw(st.lists(_assessments(refs), max_size=FEW))),
        file_properties=tuple(draw(st.lists(_file_properties(), max_size=2))),
        coverage=tuple(draw(st.lists(st.builds(Coverage, st.sampled_from(PATHS)), max_size=1))),
        problems=tuple(draw(st.lists(st.builds(Problem, st.just("error"), st.just("broken")), max_size=1))),
    )


@LAW
@given(st.lists(sets(), max_size=FEW), st.randoms())
def test_order_changes_nothing(given_sets: list[ComponentSet], random: object) -> None:
    shuffled = list(given_sets)
    getattr(random, "shuffle")(shuffled)  # noqa: B009 - hypothesis types its Random as object here
    assert merge(shuffled) == merge(given_sets)


@LAW
@given(sets(), sets(), sets())
def test_grouping_changes_nothing(a: ComponentSet, b: ComponentSet, c: ComponentSet) -> None:
    assert combine([combine([a, b]), c]) == combine([a, combine([b, c])]) == combine([a, b, c])
    assert merge([combine([a, b]), c]) == merge([a, combine([b, c])])


@LAW
@given(sets())
def test_repetition_changes_nothing(one: ComponentSet) -> None:
    assert combine([one, one]) == combine([combine([one])])
    assert merge([one, one]) == merge([one])


@LAW
@given(st.lists(sets(), max_size=FEW))
def test_nothing_is_lost(given_sets: list[ComponentSet]) -> None:
    found = merge(given_sets)
    said = {component for merged in found.components for component in merged.statements}
    claimed = {claim for merged in found.components for claim in merged.component.claims}
    for one in given_sets:
        assert said.issuperset(one.components)
        assert all(
            claim in claimed or replace(claim, value=own_value(component, claim.field)) in claimed
            for component in one.components
            for claim in component.claims
        )
        assert set(found.problems).issuperset(one.problems)
    kept = {(one.vulnerability, said.location, said.reason) for one in found.assessments for said in one.statements}
    for one in given_sets:
        known = {ROOT, *(component.ref for component in one.components)}
        assert kept.issuperset(
            (said.vulnerability, said.location, said.reason) for said in one.assessments if said.ref in known
        )
    told = [(one.path, each) for one in found.file_properties for each in one.properties]
    assert told == sorted(
        {(one.path, each) for said in given_sets for one in said.file_properties for each in one.properties}
    )


@LAW
@given(sets(), sets())
def test_a_link_is_an_edge_between_all_owners_of_its_files(one: ComponentSet, other: ComponentSet) -> None:
    found = merge([one, other])
    owners: dict[str, set[Ref]] = {}
    known = {merged.ref for merged in found.components}
    for owned in found.ownership:
        if owned.owner in known:
            owners.setdefault(owned.path, set()).add(owned.owner)
    for link in (*one.links, *other.links):
        between = {
            Edge(source, target) for source in owners.get(link.source, ()) for target in owners.get(link.target, ())
        }
        assert set(found.edges).issuperset(edge for edge in between if edge.source != edge.target)


@LAW
@given(st.lists(sets(), max_size=FEW))
def test_each_component_stands_once_and_every_edge_ends_somewhere(given_sets: list[ComponentSet]) -> None:
    found = merge(given_sets)
    refs = [merged.ref for merged in found.components]
    assert refs == sorted(set(refs)) == [merged.component.ref for merged in found.components]
    known = {ROOT, *refs}
    assert all({edge.source, edge.target} <= known and edge.source != edge.target for edge in found.edges)


@LAW
@given(st.lists(sets(), max_size=FEW))
def test_every_disagreement_on_a_digest_is_a_conflict(given_sets: list[ComponentSet]) -> None:
    found = merge(given_sets)
    for merged in found.components:
        values = {digest.value for said in merged.statements for digest in said.digests}
        reported = [one for one in found.conflicts if one.ref == merged.ref and one.field == "digests[SHA-256]"]
        assert len(reported) == max(0, len(values) - 1)
        assert all(one.chosen_by and one.rejected_by for one in reported)


def test_the_inventory_of_nothing_is_empty() -> None:
    assert merge([]) == Inventory()
