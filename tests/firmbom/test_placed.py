"""Files of a build are found where the image that is shipped holds them."""

from __future__ import annotations

import pytest

from firmbom.model import (
    Algorithm,
    ComponentSet,
    Digest,
    FileProperties,
    Ownership,
    Property,
    Ref,
    StoredFile,
)
from firmbom.placed import placed

OWNER = Ref("pkg:generic/bash@5.2")
NOTE = (Property("a", "b"),)


def build(*paths: str) -> ComponentSet:
    return ComponentSet(
        ownership=tuple(Ownership(OWNER, path) for path in paths),
        file_properties=tuple(FileProperties(path, NOTE) for path in paths),
    )


def image(*paths: str) -> ComponentSet:
    return ComponentSet(files=tuple(StoredFile(path, Digest(Algorithm.SHA256, "0" * 64)) for path in paths))


@pytest.mark.parametrize(
    "held",
    [
        "core-image.wic!/2.ext4!/bin/bash",
        "core-image-20260101.rootfs.ext4!/bin/bash",
        "deploy/core-image!/bin/bash",
    ],
)
def test_a_file_stands_where_the_image_holds_it(held: str) -> None:
    found = placed(build("tmp/deploy/core-image!/bin/bash"), [image(held, "core-image.wic!/bin/sh")])
    assert found.ownership == (Ownership(OWNER, held),)
    assert found.file_properties == (FileProperties(held, NOTE),)


@pytest.mark.parametrize("held", ["core-image-x!/bin/sh", "core-imagery.ext4!/bin/bash", "other.ext4!/bin/bash"])
def test_what_fits_no_image_stays(held: str) -> None:
    said = build("core-image!/bin/bash")
    assert placed(said, [image(held)]) == said


def test_a_file_in_two_images_belongs_to_its_owner_in_both() -> None:
    held = ("core-image.ext4!/bin/bash", "core-image.wic!/2!/bin/bash")
    found = placed(build("core-image!/bin/bash"), [image(one) for one in held])
    assert {one.path for one in found.ownership} == set(held)


def test_a_checkout_names_no_images() -> None:
    said = build("node_modules/a/b.js")
    assert placed(said, [image("x.ext4!/node_modules/a/b.js")]) is said
