"""Links between files: which components they join, and which not."""

from __future__ import annotations

import pytest

from firmbom.identity import purl
from firmbom.merge import combine, merge
from firmbom.model import (
    ROOT,
    Basis,
    Claim,
    Component,
    ComponentSet,
    Edge,
    FileProperties,
    Link,
    Location,
    Ownership,
    Property,
    Ref,
)

SHELL, LIBC = "rootfs!/bin/sh", "rootfs!/lib/libc.so.6"


def read_in(path: str, name: str, basis: Basis = Basis.EMBEDDED, within: Ref = ROOT) -> Component:
    """A component that was read in the file at ``path``."""
    return Component(purl=purl("generic", name, "1"), name=name, version="1", within=within, claims=(_at(path, basis),))


def _at(path: str, basis: Basis) -> Claim:
    return Claim(basis, Location(path), plugin="elf")


BUSYBOX, GLIBC = read_in("status", "busybox"), read_in("status", "glibc")
OWNED = (Ownership(BUSYBOX.ref, SHELL), Ownership(GLIBC.ref, LIBC))


@pytest.mark.parametrize(
    ("components", "owned", "links", "edges"),
    [
        pytest.param((BUSYBOX, GLIBC), OWNED, [(SHELL, LIBC)], [(BUSYBOX, GLIBC)], id="both owned"),
        pytest.param(
            (read_in(SHELL, "a"), read_in(LIBC, "b")),
            (),
            [(SHELL, LIBC)],
            [(read_in(SHELL, "a"), read_in(LIBC, "b"))],
            id="nobody owns them: what was read in them",
        ),
        pytest.param(
            (BUSYBOX, read_in(LIBC, "b")),
            OWNED[:1],
            [(SHELL, LIBC), (LIBC, SHELL)],
            [(BUSYBOX, read_in(LIBC, "b")), (read_in(LIBC, "b"), BUSYBOX)],
            id="one owned, in a circle",
        ),
        pytest.param(
            (BUSYBOX, GLIBC, read_in(LIBC, "crate")),
            OWNED,
            [(SHELL, LIBC)],
            [(BUSYBOX, GLIBC)],
            id="an owned file is its owner's, whatever else was read in it",
        ),
        pytest.param(
            (read_in(SHELL, "a"), read_in(SHELL, "crate", within=read_in(SHELL, "a").ref), read_in(LIBC, "b")),
            (),
            [(SHELL, LIBC)],
            [(read_in(SHELL, "a"), read_in(LIBC, "b"))],
            id="what is inside a component loads nothing itself",
        ),
        pytest.param(
            (BUSYBOX,),
            (Ownership(BUSYBOX.ref, SHELL), Ownership(BUSYBOX.ref, LIBC)),
            [(SHELL, LIBC), (SHELL, SHELL)],
            [],
            id="files of one component",
        ),
        pytest.param((BUSYBOX,), OWNED[:1], [(SHELL, "gone"), ("gone", SHELL)], [], id="files nobody knows"),
        pytest.param(
            (BUSYBOX, read_in(LIBC, "b")),
            (*OWNED, Ownership(Ref("pkg:generic/gone@1"), SHELL)),
            [(SHELL, LIBC)],
            [(BUSYBOX, read_in(LIBC, "b"))],
            id="owners that no input describes own nothing",
        ),
    ],
)
def test_links_become_edges_between_what_the_files_belong_to(
    components: tuple[Component, ...],
    owned: tuple[Ownership, ...],
    links: list[tuple[str, str]],
    edges: list[tuple[Component, Component]],
) -> None:
    said = ComponentSet(components=components, ownership=owned, links=tuple(Link(*ends) for ends in links))
    found = merge([said])
    assert found.edges == tuple(sorted(Edge(source.ref, target.ref) for source, target in edges))
    assert found.problems == ()


def test_an_edge_that_was_stated_too_stands_once() -> None:
    edge = Edge(BUSYBOX.ref, GLIBC.ref)
    said = ComponentSet(
        components=(BUSYBOX, GLIBC), edges=(edge,), ownership=OWNED, links=(Link(SHELL, LIBC), Link(LIBC, LIBC))
    )
    assert merge([said]).edges == (edge,)


def test_two_owners_of_a_file_both_need_what_it_loads() -> None:
    other = read_in("status", "dash")
    said = ComponentSet(
        components=(BUSYBOX, GLIBC, other),
        ownership=(*OWNED, Ownership(other.ref, SHELL)),
        links=(Link(SHELL, LIBC),),
    )
    assert merge([said]).edges == (Edge(BUSYBOX.ref, GLIBC.ref), Edge(other.ref, GLIBC.ref))


def test_the_owner_may_come_from_another_set_and_under_a_ref_that_moves() -> None:
    """The database names the package, the bytes suggest a library in the same file: the edge is the package's."""
    package, guess = read_in("status", "glibc"), read_in(LIBC, "libc", Basis.VERSION_STRING)
    database = ComponentSet(components=(BUSYBOX, package), ownership=OWNED)
    binaries = ComponentSet(components=(guess,), links=(Link(SHELL, LIBC),))
    found = merge([binaries, database])
    assert found.edges == (Edge(BUSYBOX.ref, package.ref),)
    assert [one.ref for one in found.components] == [BUSYBOX.ref, package.ref]


def test_what_several_sets_say_of_a_file_is_one_value() -> None:
    pie, machine = Property("pie", "yes"), Property("machine", "ARM")
    sets = [
        ComponentSet(file_properties=(FileProperties("b", (pie,)), FileProperties("a", (pie,)))),
        ComponentSet(file_properties=(FileProperties("a", (machine, pie)),)),
    ]
    expected = (FileProperties("a", (machine, pie)), FileProperties("b", (pie,)))
    assert combine(sets).file_properties == merge(sets).file_properties == expected
