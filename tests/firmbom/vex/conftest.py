"""A recipe with two packages, statements about it, and the SBOM that they speak of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from firmbom.cyclonedx.write import document
from firmbom.identity import purl
from firmbom.inventory import Inventory
from firmbom.merge import merge
from firmbom.model import (
    ROOT,
    Algorithm,
    Assessment,
    Basis,
    Claim,
    Component,
    ComponentSet,
    Digest,
    Location,
    Party,
    Patch,
    PluginRun,
    Ref,
)
from firmbom.project import Document, Product, Project
from firmbom.reason import Reason
from firmbom.release import Image, Release

RECIPE = purl("yocto", "shell", "1.36", namespace="core", qualifiers={"layer_version": "abc"})
PACKAGES = (purl("deb", "shell", "1.36-r0", namespace="poky"), purl("deb", "shell-extra", "1.36-r0", namespace="poky"))
SCOPED = purl("npm", "core", "7.0.0", namespace="@babel")


ACME = Party("ACME", email="psirt@acme.example")


class Made(NamedTuple):
    """An inventory and its SBOM."""

    inventory: Inventory
    sbom: dict[str, Any]


Make = Callable[..., Made]


def component(identity: str, **fields: Any) -> Component:
    name = identity.partition("@1")[0].rpartition("/")[2].partition("@")[0]
    claim = Claim(Basis.BUILD_RECORD, Location("record"), plugin="yocto")
    return Component(purl=identity, name=name, claims=(claim,), **fields)  # type: ignore[arg-type] # a canonical purl


def image(name: str, digit: str) -> Image:
    digests = Digest(Algorithm.SHA256, digit * 64), Digest(Algorithm.SHA512, digit * 128)
    return Image(name=name, size=10, digests=digests)


@pytest.fixture(scope="session")
def say() -> Callable[..., Assessment]:
    """A statement about the recipe, unless another component is named."""

    def made(number: str, reason: Reason, **fields: Any) -> Assessment:
        stated: dict[str, Any] = {
            "ref": Ref(RECIPE), "basis": "stated", "plugin": "yocto", "location": Location("record"), **fields
        }  # fmt: skip
        return Assessment(vulnerability=number, reason=reason, **stated)

    return made


@pytest.fixture(scope="session")
def make() -> Make:
    """The inventory and the SBOM of some statements."""

    def made(
        *statements: Assessment,
        images: tuple[str, ...] = ("pump.img",),
        spec: str = "1.6",
        time: int | None = 1_700_000_000,
        supplier: Party = ACME,
    ) -> Made:
        patches = (Patch("backport", "fix/CVE-2024-0001.patch", ("CVE-2024-0001",)),)
        components = (
            component(RECIPE, version="1.36", patches=patches),
            *(component(one, version="1.36-r0", upstream=(RECIPE,)) for one in PACKAGES),
            component(SCOPED, version="7.0.0", group="@babel"),
        )
        runs = (PluginRun("yocto", "1"), PluginRun("npm", "1"))
        inventory = merge([ComponentSet(components=components, assessments=statements, plugins=runs)])
        listed = tuple(image(name, digit) for name, digit in zip(images, "abcdef", strict=False))
        project = Project(product=Product(name="pump", supplier=supplier), document=Document(spec_version=spec))  # type: ignore[arg-type] # 1.6 or 1.7
        release = Release(version="1.2.3", timestamp=time, images=listed)
        return Made(inventory, document(inventory, release, project))

    return made


@pytest.fixture(scope="session")
def every(make: Make, say: Callable[..., Assessment]) -> Made:
    """A statement for each reason, about the recipe, a package of a language, and the product."""
    numbered = enumerate(Reason, 1)
    return make(
        *(say(f"CVE-2024-{number:04}", reason, note="why it is so", word="word") for number, reason in numbered),
        say("CVE-2025-12345", Reason.AFFECTED, ref=Ref(SCOPED), basis="reported"),
        say("CVE-2025-9999", Reason.UNKNOWN, ref=ROOT),
        say("GHSA-jfh8-c2jp-5v3q", Reason.PATCHED, basis="patched", patches=("a.patch", "b.patch")),
    )
