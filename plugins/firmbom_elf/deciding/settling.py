"""Makes one component of what a file declares without a version and what its strings tell with one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from firmbom.identity import parts, purl
from firmbom.model import Component, Edge, Ref
from firmbom_elf.facts import Examined

GO = "pkg:golang/"


def go_version(version: str) -> str:
    """As Go's modules write it: ``1.1.5`` → ``v1.1.5``."""
    return f"v{version}" if version[:1].isdigit() else version


def same(declared: Component, component: Component) -> bool:
    """Is a declaration without version about the component that the rules found in its file?"""
    if declared.version or not component.version:
        return False
    return declared.purl.startswith(GO) or declared.name == component.name


def named(component: Component, declared: Sequence[Component]) -> Component:
    """The component under the Go module that all its files declare, if they declare one and the same."""
    modules = {one.purl for one in declared if one.purl.startswith(GO) and not one.version}
    if len(modules) != 1 or not component.version:
        return component
    module = parts(modules.pop())
    version = go_version(component.version)
    identity = purl(module.type, module.name, version, namespace=module.namespace or "")
    return msgspec.structs.replace(component, purl=identity, name=declared[0].name, version=version)


def settled(file: Examined, declared: Component, component: Component) -> Examined:
    """The file, its declaration being about ``component``; what it declares to be inside follows."""
    claims = tuple(
        msgspec.structs.replace(claim, value=declared.purl) if claim.field == "purl" and not claim.value else claim
        for claim in declared.claims
    )
    one = msgspec.structs.replace(
        declared,
        purl=component.purl,
        name=component.name,
        version=component.version,
        type=component.type,
        claims=claims,
    )

    def moved(ref: Ref) -> Ref:
        if ref == declared.ref:
            return one.ref
        inside = f"{declared.ref}!"
        return Ref(f"{one.ref}!{ref.removeprefix(inside)}") if ref.startswith(inside) else ref

    return msgspec.structs.replace(
        file,
        components=tuple(
            one if each == declared else msgspec.structs.replace(each, within=moved(each.within))
            for each in file.components
        ),
        edges=tuple(Edge(moved(edge.source), moved(edge.target)) for edge in file.edges),
    )
