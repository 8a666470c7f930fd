"""The Linux kernel as a component: its upstream version, and the release that a distribution gave its build.

``uname -r`` of a distribution's kernel is often an ABI's name (``6.1.0-56-arm64``), not a version; the end of the
banner then tells which upstream release it was built from (``#1 SMP Debian 6.1.192-2``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from firmbom.identity import purl
from firmbom.model import Claim, Component, Edge, Property, Ref
from firmbom_elf.declarations.subject import plain
from firmbom_elf.facts import Examined

RELEASE = "firmbom:linux:release"
"""The property that holds the release; equal in a kernel and its modules."""

_ABI = re.compile(r"\d+\.\d+\.0-\d+-")
"""``6.1.0-56-arm64``, ``5.15.0-91-generic``: the third number is always 0, whatever was built."""
_RELEASE = re.compile(r"(\d+\.\d+(?:\.\d+)?)(-rc\d+)?")
_BUILD = re.compile(r"\b(?:Debian|PMX) (\d+\.\d+(?:\.\d+)?)(?:[-~+]\S*)?(?: |$)")


def version(release: str, build: str = "") -> str:
    """The upstream version, as far as it can be known.

    Args:
        release: ``uname -r``.
        build: ``uname -v``, or what stands behind ``#1`` in the banner.

    >>> version("6.6.52-yocto-standard"), version("6.1.0-56-arm64", "SMP Debian 6.1.192-2"), version("6.1.0-56-arm64")
    ('6.6.52', '6.1.192', '')
    """
    stated = _BUILD.search(build)
    if stated:
        return stated[1]
    found = None if _ABI.match(release) else _RELEASE.match(release)
    return found[1] + (found[2] or "") if found else ""


def component(
    claims: tuple[Claim, ...], release: str, stated: str, properties: tuple[tuple[str, str], ...] = ()
) -> Component:
    """The kernel of that upstream version (empty: not known) and release (empty: not known)."""
    said = ((RELEASE, release), *properties)
    return Component(
        purl=purl("generic", "linux", stated),
        name="linux",
        version=stated,
        type="operating-system",
        cpes=(f"cpe:2.3:o:linux:linux_kernel:{stated}:*:*:*:*:*:*:*",) if stated else (),
        claims=claims,
        properties=tuple(Property(key, plain(value)) for key, value in said if value),
    )


def unwrapped(files: Sequence[Examined]) -> list[Examined]:
    """The files, where those that only unpack the kernel that is in them are nothing by themselves.

    Such a file (``vmlinuz`` of MIPS, an ELF program) would be a component by its name, beside the kernel.
    """
    packed = {
        file.place.rpartition("!/")[0] for file in files if any(one.name == "linux" for one in file.components)
    } - {""}
    return [
        msgspec.structs.replace(file, sightings=()) if file.place in packed and not file.components else file
        for file in files
    ]


def settled(components: Iterable[Component], edges: Iterable[Edge]) -> tuple[tuple[Component, ...], tuple[Edge, ...]]:
    """The same facts, where modules alone did not tell their kernel's version: that of the kernel of equal release.

    Args:
        components: of all files of a tree.
        edges: theirs; those that lead to such a kernel follow it.
    """
    said = tuple(components)
    known = _by_release(said)
    moved: dict[Ref, dict[str, Component]] = {}
    made = []
    for one in said:
        target = known.get(_release(one)) if _unversioned(one) else None
        if target is not None:
            moved.setdefault(one.ref, {})[target.version] = target
            one = msgspec.structs.replace(  # noqa: PLW2901 - the same statement, about the kernel it belongs to
                one, purl=target.purl, version=target.version, cpes=target.cpes
            )
        made.append(one)
    only = {ref: next(iter(targets.values())).ref for ref, targets in moved.items() if len(targets) == 1}
    return tuple(made), tuple(Edge(edge.source, only.get(edge.target, edge.target)) for edge in edges)


def _by_release(components: Iterable[Component]) -> Mapping[str, Component]:
    """Kernels with a version, by release; a release that two versions claim decides nothing."""
    found: dict[str, dict[str, Component]] = {}
    for one in components:
        if one.name == "linux" and one.version and _release(one):
            found.setdefault(_release(one), {}).setdefault(one.version, one)
    return {release: next(iter(said.values())) for release, said in found.items() if len(said) == 1}


def _unversioned(component: Component) -> bool:
    return component.purl == "pkg:generic/linux"


def _release(component: Component) -> str:
    return next((one.value for one in component.properties if one.name == RELEASE), "")
