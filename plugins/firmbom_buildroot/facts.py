"""What is said of a build to the merge: its packages, who needs whom, who installed which file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from firmbom.identity import parts, purl
from firmbom.licence_text import licence_text, references
from firmbom.model import (
    ROOT,
    Basis,
    Claim,
    Component,
    ComponentType,
    Edge,
    ExternalReference,
    Fact,
    Licence,
    LicenceText,
    Ownership,
    Property,
    Purl,
    Ref,
)
from firmbom.problems import Report
from firmbom.tree.base import FileTree
from firmbom_buildroot import graph, licences, sources, upstream
from firmbom_buildroot.archives import Archives
from firmbom_buildroot.build import Build
from firmbom_buildroot.exploitability import assessments
from firmbom_buildroot.kernel import NAME, Kernel
from firmbom_buildroot.patches import patches
from firmbom_buildroot.said import Package
from firmbom_buildroot.trees import Trees, told

_TYPES: tuple[tuple[re.Pattern[str], ComponentType], ...] = (
    (re.compile(r"linux\Z"), "operating-system"),
    (re.compile(r"(?:uboot|barebox|grub2|arm-trusted-firmware|opensbi|optee-os|at91bootstrap3?)\Z"), "firmware"),
    (re.compile(r"\S*-firmware(?:-\S+)?\Z|firmware-\S+\Z"), "firmware"),
)
_BOOT = re.compile(r"(?:\S*/)?boot/")
_HEADERS = re.compile(r"\S+-headers\Z")
_PREBUILT = re.compile(r"toolchain-external(?:-|\Z)")
"""Holds several projects' files, which are told apart by their bytes: it owns none."""
_OWN = re.compile(r"skeleton(?:-\S+)?\Z|initscripts\Z|ifupdown-scripts\Z|urandom-scripts\Z")
"""Packages that are files of Buildroot itself, in releases that do not state a package's folder."""


def facts(build: Build, tree: FileTree, trees: Trees, report: Report, *, host: bool) -> Iterator[Fact]:
    """All that is known of one build.

    Args:
        build: joined.
        tree: that its records lie in.
        trees: where the files lie that records name.
        report: told what cannot be read.
        host: also name what was built for the build machine, as excluded.
    """
    real = {key: one for key, one in build.packages.items() if not one.virtual and (host or not one.host)}
    refs = {key: Ref(_purl(one, build)) for key, one in real.items()}
    archives = Archives(build.output, tree, trees, report)
    kernel = Kernel(build, tree, report)
    for key in sorted(real):
        component = _component(real[key], build, archives, trees, report)
        if key == NAME:
            component = msgspec.structs.replace(component, properties=(*kernel.properties(), *component.properties))
            yield from kernel.facts(component.ref)
        yield component
        yield from assessments(real[key], component)
    edges = graph.needs(build.packages)
    for key in sorted(real):
        yield from (Edge(refs[key], refs[need]) for need in sorted(edges[key] & refs.keys()))
    target = [key for key, one in real.items() if not one.host]
    yield from (Edge(ROOT, refs[key]) for key in graph.first(edges, target))
    yield from _files(build, tree, refs)


def _purl(package: Package, build: Build) -> Purl:
    return upstream.registered(package) or purl("generic", package.key, _version(package, build))


def _version(package: Package, build: Build) -> str:
    """The package's, or Buildroot's for the files that are part of it."""
    return package.version or (build.buildroot if _is_buildroots(package) else "")


def _is_buildroots(package: Package) -> bool:
    if package.version or package.downloads:
        return False
    return package.directory.startswith(("package/", "system/")) or bool(_OWN.match(package.name))


def _component(package: Package, build: Build, archives: Archives, trees: Trees, report: Report) -> Component:
    own = _purl(package, build)
    shipped = not package.host and not _HEADERS.match(package.name)
    project = upstream.upstream(package) if shipped and parts(own).type == "generic" else ()
    if _is_buildroots(package) and build.buildroot:
        project = (purl("generic", "buildroot", build.buildroot),)
    licence = licences.expression(package.licence)
    digests = archives.digests(package)
    stated = archives.patches(package)
    website = (ExternalReference("website", package.website),) if package.website else ()
    places = dict.fromkeys((package.location, *package.locations))
    return Component(
        purl=own,
        name=package.key if parts(own).type == "generic" else parts(own).name,
        version=parts(own).version or "",
        type=_type(package),
        scope="" if shipped else "excluded",
        cpes=upstream.cpes(package),
        licences=(Licence(licence),) if licence else (),
        licence_texts=_texts(package, licence, archives, report),
        references=(*website, *sources.references(package, digests)),
        patches=tuple(patches(stated, package.name, trees, report, archives.folders(package))),
        upstream=tuple(one for one in project if one != own),
        properties=tuple(_properties(package, licence)),
        claims=tuple(Claim(Basis.BUILD_RECORD, place) for place in places),
    )


def _texts(package: Package, licence: str, archives: Archives, report: Report) -> tuple[LicenceText, ...]:
    """The text of the only licence, where SPDX does not list it; which file is which of several is not told."""
    if references(licence) != (licence,):
        return ()
    return tuple(licence_text(licence, archives.licences(package), report))


def _type(package: Package) -> ComponentType:
    if _BOOT.match(told(package.directory, package.name)):
        return "firmware"
    return next((kind for pattern, kind in _TYPES if pattern.match(package.name)), "library")


def _properties(package: Package, licence: str) -> Iterator[Property]:
    values: Mapping[str, str] = {
        "package": package.key,
        "directory": told(package.directory, package.name),
        "installs": " ".join(package.installs or ()),
        "licence": package.licence if package.licence != licence else "",
        "provides": " ".join(package.provides),
        "redistributable": "" if package.redistributable else "false",
    }
    return (Property(f"firmbom:buildroot:{name}", value) for name, value in values.items() if value)


def _files(build: Build, tree: FileTree, refs: Mapping[str, Ref]) -> Iterator[Ownership]:
    """Who installed which file: in the target folder, and in each image made of it."""
    base = f"{build.output}/" if build.output else ""
    places = [tree.place(f"{base}target/"), *(f"{image}!/" for image in build.images)]
    for path, names in sorted(build.owners.items()):
        for name in names:
            if name in refs and not _PREBUILT.match(name):
                yield from (Ownership(refs[name], place + path) for place in places)
    folder = tree.place(f"{base}images/")
    for path, names in sorted(build.image_owners.items()):
        yield from (Ownership(refs[name], folder + path) for name in names if name in refs)
