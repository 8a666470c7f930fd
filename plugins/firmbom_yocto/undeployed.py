"""What a build tells where no image was deployed: pkgdata, the build history or licence manifests alone."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

import msgspec

from firmbom.model import Location
from firmbom.tree.base import File
from firmbom_yocto import history_image, manifests
from firmbom_yocto.build import Image, fill
from firmbom_yocto.current import split
from firmbom_yocto.inputs import Inputs
from firmbom_yocto.kinds import Kind
from firmbom_yocto.reading import named
from firmbom_yocto.said import Installed, Said


def images(inputs: Inputs) -> Iterator[Image]:
    """The images that the richest of these sources tells of."""
    for source in (_of_history, _of_pkgdata, _of_licences):
        made = list(source(inputs))
        if made:
            yield from made
            return


def _of_history(inputs: Inputs) -> Iterator[Image]:
    """Images as the build history lists them."""
    for file in inputs.found.get(Kind.HISTORY_IMAGE, ()):
        found = history_image.read(file, inputs.report) if history_image.is_image(file.path) else None
        if found is None:
            continue
        inputs.take(file)
        folder, machine = posixpath.dirname(file.path), found.variables.machine
        history = inputs.history(folder, machine, found.installed)
        _as_of_image(history[0], found.said)
        image = Image(
            key=f"{found.name}-{machine}" if machine else found.name,
            name=found.name,
            machine=machine,
            variables=found.variables,
            package_type=found.variables.package_type,
            installed=_with_epochs(found.installed, history[0]),
            licence_files=inputs.licence_files(),
            location=found.location,
        )
        fill(
            image,
            [*history, found.said],
            inputs.pkgdata_of("", machine),
            records=inputs.recorded.of("", machine),
        )
        yield image


def _as_of_image(history: Said, image: Said) -> None:
    """Leave out of ``history`` what it says of other versions of recipes than the image was made with."""
    for name, one in image.recipes.items():
        known = history.recipes.get(name)
        if known and one.version and known.version != one.version:
            history.recipes[name] = msgspec.structs.replace(one, layer=known.layer, licence=known.licence)


def _with_epochs(installed: Mapping[str, Installed], history: Said) -> dict[str, Installed]:
    """The names of package files leave the epoch out, which the package's own history has."""
    found = dict(installed)
    for name, line in installed.items():
        whole = history.packages[name].version if name in history.packages else ""
        if line.version and whole.partition(":")[2] == line.version:
            found[name] = line._replace(version=whole)
    return found


def _of_pkgdata(inputs: Inputs) -> Iterator[Image]:
    """Everything that was built for a machine, since nothing tells what is installed."""
    for folder, pkgdata in inputs.pkgdata.items():
        names = {one.name for key in sorted(pkgdata.packaged or pkgdata.keys) if (one := pkgdata.package(key))}
        if not names:
            continue
        message = "no image manifest: every package that was built is listed, whether it is installed or not"
        inputs.report.uncertain.add("components")
        inputs.report.say("warning", message, inputs.tree.place(folder))
        machine = posixpath.basename(folder)
        image = Image(
            key=machine or "build",
            name=machine or "build",
            machine=machine,
            installed={name: Installed(name) for name in sorted(names)},
            licence_files=inputs.licence_files(),
            location=Location(inputs.tree.place(f"{folder}/runtime" if folder else "runtime")),
        )
        history = inputs.history(folder, machine, image.installed)
        fill(image, history, pkgdata, records=inputs.recorded.of("", machine))
        yield image


def _of_licences(inputs: Inputs) -> Iterator[Image]:
    """The newest licence manifest of each image."""
    newest: dict[str, tuple[str, File]] = {}
    for file in inputs.found.get(Kind.LICENCES, ()):
        key, date = split(posixpath.basename(posixpath.dirname(file.path)), "")
        if key not in newest or date > newest[key][0]:
            newest[key] = date, file
    for key, (_, file) in sorted(newest.items()):
        data = inputs.report.read(file)
        said = manifests.licences(data, file.location_path, inputs.report) if data else None
        if said is None or not said.packages:
            continue
        inputs.take(file)
        message = "no image manifest: packages stand under the names they had before renaming"
        inputs.report.uncertain.add("components")
        inputs.report.say("warning", message, file.location_path)
        versions = {name: one.version for name, one in said.recipes.items()}
        image = Image(
            key=named(key) or "image",
            name=named(key) or "image",
            machine="",
            installed={
                name: Installed(name, version=versions.get(one.recipe, "")) for name, one in said.packages.items()
            },
            licence_files=inputs.licence_files(),
            location=Location(file.location_path),
        )
        fill(image, [said], records=inputs.recorded.of())
        yield image
