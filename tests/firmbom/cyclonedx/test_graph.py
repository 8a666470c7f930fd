"""Everything can be reached from the product, and nothing is invented on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from firmbom.cyclonedx.graph import dependencies, graph
from firmbom.identity import purl
from firmbom.inventory import Merged
from firmbom.model import ROOT, Basis, Claim, Component, Edge, Location, Ref

Make = Callable[..., Any]


def merged(name: str, within: Ref = ROOT, path: str = "lock") -> Merged:
    one = Component(purl=purl("npm", name), name=name, within=within, claims=(Claim(Basis.LOCKFILE, Location(path)),))
    return Merged(ref=one.ref, component=one, statements=(one,))


A, B, C = (merged(name) for name in "abc")
INSIDE = merged("d", within=A.ref)


def test_what_nothing_uses_hangs_on_the_product() -> None:
    made, unreached = graph([A, B, C], [Edge(A.ref, B.ref)])
    assert made == {ROOT: {A.ref, C.ref}, A.ref: {B.ref}, B.ref: set(), C.ref: set()}
    assert unreached == {A.ref, C.ref}


def test_one_of_a_circle_hangs_on_the_product() -> None:
    made, unreached = graph([A, B], [Edge(A.ref, B.ref), Edge(B.ref, A.ref)])
    assert made[ROOT] == unreached == {A.ref}


def test_what_is_nested_hangs_on_its_container() -> None:
    made, unreached = graph([A, INSIDE], [Edge(ROOT, A.ref)])
    assert made[A.ref] == unreached == {INSIDE.ref}


def test_what_was_seen_in_an_image_hangs_on_it() -> None:
    image, other = Ref("image:a.img"), Ref("image:b.img")
    made, unreached = graph([A, B], [], [image, other], {A.ref: [image]})
    assert made == {ROOT: {image, other, B.ref}, image: {A.ref}, other: set(), A.ref: set(), B.ref: set()}
    assert unreached == {A.ref, B.ref}


def test_an_image_is_told_by_the_place_of_the_evidence(build: Make, component: Make) -> None:
    inside = component("ms", claims=(Claim(Basis.PACKAGE_DATABASE, Location("out/pump.img!/rootfs!/ms"), plugin="p"),))
    beside = component("is", claims=(Claim(Basis.PACKAGE_DATABASE, Location("other.img!/ms"), plugin="p"),))
    entries = {one["ref"]: one["dependsOn"] for one in build([inside, beside])["dependencies"]}
    assert entries["image:pump.img"] == [inside.ref]
    assert entries["pkg:generic/pump@1.2.3"] == ["image:pump.img", beside.ref]


def test_entries_begin_with_the_product() -> None:
    made, _ = graph([B, A], [Edge(ROOT, B.ref)])
    assert dependencies(made, "pkg:generic/z") == [
        {"ref": "pkg:generic/z", "dependsOn": [A.ref, B.ref]},
        {"ref": A.ref, "dependsOn": []},
        {"ref": B.ref, "dependsOn": []},
    ]


NODES = [merged(f"n{number}") for number in range(6)]
NODES += [merged(f"m{number}", within=NODES[number % 6].ref) for number in range(4)]
NODES += [merged("k", within=NODES[7].ref)]
REFS = [one.ref for one in NODES]


@settings(max_examples=150, deadline=None)
@given(st.sets(st.builds(Edge, st.sampled_from([ROOT, *REFS]), st.sampled_from(REFS)), max_size=20))
def test_everything_is_reached_and_every_edge_kept(edges: set[Edge]) -> None:
    made, unreached = graph(NODES, edges)
    seen: set[Ref] = set()
    pending = [ROOT]
    while pending:
        ref = pending.pop()
        if ref not in seen:
            seen.add(ref)
            pending += made[ref]
    assert seen == {ROOT, *REFS}
    kept = {Edge(source, target) for source, targets in made.items() for target in targets}
    stated = {edge for edge in edges if edge.source != edge.target}
    assert stated <= kept
    assert {edge.target for edge in kept - stated} == unreached
    assert len(kept - stated) == len(unreached)
