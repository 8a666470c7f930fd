"""One build: the records that speak of it, joined to one statement a package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import msgspec

from firmbom.problems import Report
from firmbom.tree.base import File, FileTree
from firmbom_buildroot import configuration, file_lists, manifest, show_info, stats
from firmbom_buildroot.configuration import Configuration
from firmbom_buildroot.kinds import Kind, output_of
from firmbom_buildroot.said import OVERRIDDEN, Package, Said, joined, version
from firmbom_buildroot.upstream import archived

Records = Mapping[Kind, list[File]]

_MOST_IMAGES = 8
_HOLDING = (".img", ".wic", ".swu", ".raucb", ".mender", ".itb")
"""What images are called that post-image scripts make of a root filesystem and more."""
_NAMES: Mapping[Kind, str] = {Kind.STATS: "pkg-stats", Kind.CONFIGURATION: "a configuration"}


class Build(msgspec.Struct, kw_only=True):
    """What is known of one build."""

    output: str
    """The output folder in the tree; empty for the tree's root."""
    packages: dict[str, Package] = {}
    """By key, virtual ones too."""
    buildroot: str = ""
    """Buildroot's version."""
    images: tuple[str, ...] = ()
    """File names of its root filesystems and of images that may hold them."""
    owners: file_lists.Owners = {}
    image_owners: file_lists.Owners = {}
    """By path from the folder of images."""
    read: list[tuple[Kind, File]] = []


def builds(tree: FileTree, records: Records, report: Report) -> Iterator[Build]:
    """Every build that the records in ``tree`` speak of."""
    for output, own in sorted(_by_output(records).items()):
        yield _build(tree, output, own, report)


def _by_output(records: Records) -> dict[str, dict[Kind, list[File]]]:
    """The records by output folder; one that may lie anywhere belongs to the folder nearest to it."""
    found: dict[str, dict[Kind, list[File]]] = {}
    floating: list[tuple[Kind, File]] = []
    for kind, files in records.items():
        for file in files:
            output = output_of(kind, file.path)
            if output is None:
                floating.append((kind, file))
            else:
                found.setdefault(output, {}).setdefault(kind, []).append(file)
    order = [Kind.SHOW_INFO, Kind.CONFIGURATION, Kind.STATS]
    for kind, file in sorted(floating, key=lambda one: (order.index(one[0]), one[1].path)):
        folder = file.path.rpartition("/")[0]
        found.setdefault(_nearest(folder, found), {}).setdefault(kind, []).append(file)
    return found


def _nearest(folder: str, outputs: Iterable[str]) -> str:
    known = sorted(outputs, key=len, reverse=True)
    above = [one for one in known if folder == one or folder.startswith(f"{one}/") or not one]
    below = [one for one in known if one.startswith(f"{folder}/") or not folder]
    if above:
        return above[0]
    return known[0] if len(known) == 1 else below[0] if len(below) == 1 else folder


def _build(tree: FileTree, output: str, records: Records, report: Report) -> Build:
    build = Build(output=output)
    says: list[Said] = []
    for kind, read in (
        (Kind.SHOW_INFO, show_info.read),
        (Kind.MANIFEST, partial(manifest.read, host=False)),
        (Kind.HOST_MANIFEST, partial(manifest.read, host=True)),
    ):
        for file in records.get(kind, ()):
            build.read.append((kind, file))
            if said := read(file, report):
                says.append(said)
    for said in says:
        _join(build, said, report)
    _enrich(build, records, report)
    _tell_poor(build, records, report)
    build.packages = {key: _settled(one, report) for key, one in build.packages.items()}
    _add_files(build, records, report)
    stated = [name for said in says for name in said.images]
    there = tree.list(f"{output}/images" if output else "images")
    holding = [one for one in there if one.startswith("rootfs.")] + [one for one in there if one.endswith(_HOLDING)]
    build.images = tuple(dict.fromkeys([*stated, *holding]))[:_MOST_IMAGES]
    return build


def _join(build: Build, said: Said, report: Report) -> None:
    build.buildroot = build.buildroot or version(said.buildroot)
    for key, package in said.packages.items():
        known = build.packages.get(key)
        if (
            known
            and known.version
            and package.version
            and known.version.replace("/", "_") != package.version.replace("/", "_")
        ):
            detail = f"{key}: {known.version} in {known.location.path}, {package.version} here"
            report.say("warning", "a record of another build: versions differ", package.location.path, detail=detail)
        build.packages[key] = joined(known, package) if known else package


def _enrich(build: Build, records: Records, report: Report) -> None:
    for file in records.get(Kind.STATS, ()):
        more = stats.read(file, report) or {}
        build.read.append((Kind.STATS, file))
        for key, package in build.packages.items():
            found = more.get(package.name)
            if found and found.version in ("", package.version):
                build.packages[key] = joined(package, found)
            elif found and found.found_cves:
                message = "CVEs of another version than was built are left out; run make pkg-stats anew"
                report.say("warning", message, file.location_path, detail=f"{key} {found.version}")
    for file in records.get(Kind.CONFIGURATION, ()):
        stated = configuration.read(file, report)
        build.read.append((Kind.CONFIGURATION, file))
        if stated:
            build.buildroot = build.buildroot or version(stated.buildroot)
            _compare(build, stated, report)


def _compare(build: Build, stated: Configuration, report: Report) -> None:
    """Tell packages of the records that the configuration has switched off: one of the two is stale."""
    for key, package in sorted(build.packages.items()):
        if not package.host and configuration.symbol(package.name) in stated.off:
            report.say(
                "warning", "switched off here, but named by the records; make them anew", stated.path, detail=key
            )


def _tell_poor(build: Build, records: Records, report: Report) -> None:
    if build.packages:
        return
    for kind, files in records.items():
        for file in files[:1] if kind not in (Kind.SHOW_INFO, Kind.MANIFEST, Kind.HOST_MANIFEST) else ():
            report.say(
                "warning",
                "no record names this build's packages; keep the output of make show-info beside it",
                file.location_path,
                detail=_NAMES.get(kind, kind),
            )


def _settled(package: Package, report: Report) -> Package:
    """With a version that is one."""
    kept = version(package.version)
    own = package.version == OVERRIDDEN
    if own:
        kept = version(archived(package))
    if not kept and package.version and not package.host:
        made = "a package built from a local folder or an archive of the configuration's own"
        what = made if own else "a version that is none"
        report.say("warning", f"{what}: its version is not known", package.location.path, detail=package.key)
    return msgspec.structs.replace(package, version=kept)


def _add_files(build: Build, records: Records, report: Report) -> None:
    whole = records.get(Kind.FILES) or []
    lists = whole or records.get(Kind.PACKAGE_FILES, [])
    images = records.get(Kind.IMAGE_FILES, [])
    times = records.get(Kind.TIMES, [])
    build.read += [(Kind.FILES, file) for file in whole]
    if not build.packages:
        return
    installed = file_lists.times(times, report) if lists else {}
    owners = file_lists.read(lists, report)
    build.owners = {path: file_lists.last(names, installed) for path, names in owners.items()}
    build.image_owners = file_lists.read(images, report)
    unknown = {name for names in build.owners.values() for name in names} - build.packages.keys()
    for name in sorted(unknown):
        report.say("warning", "installed files, but no record names it", lists[0].location_path, detail=name)
