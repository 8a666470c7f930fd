"""The document of one product: gathers what is in it, runs firmbom, and lays the document beside the image."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from . import licences, run
from .artefacts import Artefact, Closure, closure, deployed, shipped
from .layers import Layers, asked
from .said import is_on, text, words, write_json
from .stage import Listed, Stage

FORMAT = "firmbom-yocto-image-1"
_IMAGE = "do_image_complete"
ENDINGS = (run.SBOM, ".firmbom.json", run.VEX, run.OPENVEX)
"""Of the files that are laid beside an image."""


class Found(NamedTuple):
    """What a product is made of."""

    kind: str
    """image, initramfs, bundle or sdk."""
    name: str
    """Of the document and its link, without an ending."""
    dated: str
    """The document's own name where the build dates what it deploys."""
    listed: list[Listed]
    artefacts: list[Artefact]
    deployed: list[str]
    """Recipes of which something is shipped beside the root filesystem: kernel, boot loader."""
    spdx: list[str]
    reports: list[str]
    """Of vulnerabilities in the image: the deployed files of cve-check, vex and sbom-cve-check."""


def write(d: Any, bb: Any, kind: str) -> None:
    """Write the document, and the record of the product that it was made from."""
    sdk = kind == "sdk"
    work = d.getVar("FIRMBOM_WORKDIR")
    stage = Stage(os.path.join(work, "sdk-stage" if sdk else "stage", d.getVar("PN")), d)
    with asked(d, bb) as layers:
        _write(d, bb, stage, layers, os.path.join(work, "sdk-document" if sdk else "document"), sdk)


def _write(d: Any, bb: Any, stage: Stage, layers: Layers, output: str, sdk: bool) -> None:
    tasks = closure(d)
    found = _sdk(d) if sdk else _image(d, bb, tasks)
    if not found.artefacts:
        bb.warn(f"firmbom: nothing of {found.name} is deployed, so the SBOM names no image")
    for one in found.listed:
        stage.add(one)
    for path in found.spdx if is_on(d, "FIRMBOM_SPDX") else []:
        stage.spdx(path, found.name)
    for path in found.reports if words(d, "FIRMBOM_VEX") else []:
        stage.report(path, found.name)
    missing = stage.records(stage.recipes | set(found.deployed) | _native(d, tasks))
    licences.copy(stage.recipes | set(found.deployed), os.path.join(stage.folder, "deploy", "licenses"), d)
    known, newest = layers()
    said = _record(d, found, known)
    for one in found.listed:
        beside = found.deployed if found.kind == "bundle" or one.recipe == d.getVar("PN") else []
        part = dict(said, name=one.name, recipe=one.recipe, deployed=beside)
        write_json(os.path.join(stage.images(), one.name + ".firmbom.json"), part)
    for name in stage.unknown:
        bb.warn(f"firmbom: package {name} is installed, and pkgdata does not know it")
    if missing:
        bb.warn(f"firmbom: no record of {len(missing)} recipes: {' '.join(missing[:10])}")
    os.makedirs(output, exist_ok=True)
    document = os.path.join(output, found.dated + ".cdx.json")
    run.build(d, bb, stage.folder, [one.path for one in found.artefacts], document, newest)
    write_json(os.path.join(output, found.dated + ".firmbom.json"), said)
    _deploy(d, found, output, sdk)


def _deploy(d: Any, found: Found, output: str, sdk: bool) -> None:
    """Links without a date; sstate moves the folder to DEPLOY_DIR_IMAGE, an SDK's document is laid beside it here."""
    written = [one for one in ENDINGS if os.path.isfile(os.path.join(output, found.dated + one))]
    for ending in written:
        if found.name != found.dated:
            os.symlink(found.dated + ending, os.path.join(output, found.name + ending))
        if sdk:
            place = d.getVar("SDK_DEPLOY")
            os.makedirs(place, exist_ok=True)
            os.replace(os.path.join(output, found.dated + ending), os.path.join(place, found.dated + ending))


def _image(d: Any, bb: Any, tasks: Closure) -> Found:
    own = d.getVar("PN")
    inner = [one for one in tasks.of(_IMAGE) if one != own]
    is_image = bb.data.inherits_class("image", d)
    name = text(d, "IMAGE_LINK_NAME") if is_image else text(d, "BUNDLE_LINK_NAME") or text(d, "IMAGE_LINK_NAME")
    dated = text(d, "IMAGE_NAME") if is_image else text(d, "BUNDLE_NAME") or text(d, "IMAGE_NAME")
    mine = deployed(own, sorted({task for recipe, task in tasks.tasks if recipe == own}), d)
    theirs = {one: deployed(one, (_IMAGE,), d) for one in inner}
    beside = [one for one in tasks.of("do_deploy") if one not in (own, *inner) and not one.endswith("-native")]
    plain = (f"{name}.json", f"{dated}.json")
    reports = [path for path in mine if path.endswith(run.REPORTS) or os.path.basename(path) in plain]
    files = [(path, own) for path in mine if path not in reports]
    if is_image:
        files += [(path, one) for one in beside for path in deployed(one, ("do_deploy",), d)]
        files += [(path, one) for one in _loaded(d) for path in theirs.get(one, [])]
    listed = [_listed(own, mine, name, d)] + [_listed(one, theirs[one], "", d) for one in inner]
    return Found(
        kind=("initramfs" if "cpio" in text(d, "IMAGE_FSTYPES") else "image") if is_image else "bundle",
        name=name or own,
        dated=dated or name or own,
        listed=[one for one in listed if one.path],
        artefacts=shipped(files, d),
        deployed=beside,
        reports=reports,
        spdx=[path for path in mine if path.endswith((".spdx.json", ".spdx.tar.zst"))][:1],
    )


def _loaded(d: Any) -> list[str]:
    """The initramfs that the boot loader loads as a file of its own; a bundled one is inside the kernel."""
    return [] if text(d, "INITRAMFS_IMAGE_BUNDLE") == "1" else words(d, "INITRAMFS_IMAGE")


def _listed(recipe: str, files: list[str], name: str, d: Any) -> Listed:
    """The manifest among an image's files: the link without a date."""
    found = sorted((path for path in files if path.endswith(".manifest")), key=lambda path: (len(path), path))
    path = found[0] if found else ""
    plain = name or os.path.basename(path)[: -len(".manifest")]
    return Listed(plain, recipe, path, d.getVar("PKGDATA_DIR"))


def _sdk(d: Any) -> Found:
    name, place = text(d, "TOOLCHAIN_OUTPUTNAME"), d.getVar("SDK_DEPLOY")
    halves = (("host", d.getVar("PKGDATA_DIR_SDK") or ""), ("target", d.getVar("PKGDATA_DIR")))
    listed = [
        Listed(
            f"{name}-sdk-{half}", f"{d.getVar('PN')}-sdk-{half}", os.path.join(place, f"{name}.{half}.manifest"), known
        )
        for half, known in halves
    ]
    candidates = sorted(os.listdir(place)) if os.path.isdir(place) else []
    files = [(os.path.join(place, one), d.getVar("PN")) for one in candidates if one.startswith(name + ".")]
    return Found("sdk", name, name, [one for one in listed if os.path.isfile(one.path)], shipped(files, d), [], [], [])


def _native(d: Any, tasks: Closure) -> set[str]:
    """Every recipe with a record, where those of the build machine are wanted too."""
    return set(tasks.of("do_firmbom_record")) if is_on(d, "FIRMBOM_NATIVE") else set()


def _record(d: Any, found: Found, known: list[dict[str, Any]]) -> dict[str, Any]:
    """What the record of a product says; ``firmbom_yocto.records`` reads it."""
    plain: tuple[tuple[str, str], ...] = (
        ("recipe", "PN"),
        ("version", "PV"),
        ("summary", "SUMMARY"),
        ("machine", "MACHINE"),
        ("distro", "DISTRO"),
        ("distro_version", "DISTRO_VERSION"),
        ("bitbake", "BB_VERSION"),
        ("target", "TARGET_SYS"),
        ("release", "FIRMBOM_RELEASE"),
    )
    said: dict[str, Any] = {member: text(d, variable) for member, variable in plain}
    said.update(
        format=FORMAT,
        kind=found.kind,
        name=found.name,
        layers=known,
        deployed=found.deployed,
        images=[{"name": one.name, "recipe": one.recipe} for one in found.listed],
        artefacts=[{"name": os.path.basename(one.path), "recipe": one.recipe} for one in found.artefacts],
    )
    return said
