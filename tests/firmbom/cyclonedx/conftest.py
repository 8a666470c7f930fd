"""Small inventories, and the document of each; every document that a test writes is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from firmbom.cyclonedx.check import faults
from firmbom.cyclonedx.write import document
from firmbom.identity import purl
from firmbom.inventory import Inventory, Merged
from firmbom.model import Algorithm, Basis, Claim, Component, Digest, Edge, Location, Party
from firmbom.project import Document, Product, Project
from firmbom.release import Image, Release

Builder = Callable[..., dict[str, Any]]

LOCK = Claim(Basis.LOCKFILE, Location("web/package-lock.json", symbol="packages.node_modules/ms"), plugin="npm")
PRODUCT = Product(
    name="pump",
    licence="Apache-2.0",
    supplier=Party("ACME", "https://acme.example", "psirt@acme.example"),
    authors=(Party("Ada", email="ada@acme.example"),),
    security_txt="https://acme.example/.well-known/security.txt",
    download_url="https://acme.example/pump.img",
    end_of_support="2031-01-01",
)


def digests(digit: str) -> tuple[Digest, ...]:
    return Digest(Algorithm.SHA256, digit * 64), Digest(Algorithm.SHA512, digit * 128)


RELEASE = Release(
    version="1.2.3",
    tag="v1.2.3",
    commit="c" * 40,
    remote="https://git.example/pump",
    timestamp=1_700_000_000,
    images=(Image(name="pump.img", size=10, digests=digests("a")),),
)


def npm(name: str, version: str = "1.0.0", **fields: Any) -> Component:
    return Component(
        purl=fields.pop("purl", "") or purl("npm", name, version),
        name=name,
        version=version,
        claims=fields.pop("claims", (LOCK,)),
        **fields,
    )


def inventory(components: Iterable[Component], edges: Iterable[Edge] = (), **fields: Any) -> Inventory:
    """As the merge makes it when each component was stated once."""
    merged = [Merged(ref=one.ref, component=one, statements=(one,)) for one in components]
    return Inventory(components=tuple(sorted(merged, key=lambda one: one.ref)), edges=tuple(sorted(edges)), **fields)


@pytest.fixture(scope="session")
def component() -> Callable[..., Component]:
    """``component(name, version, **fields)``: an npm package out of a lockfile."""
    return npm


@pytest.fixture(scope="session")
def stated() -> Callable[..., Inventory]:
    """``stated(components, edges, **fields)``: an inventory of components stated once each."""
    return inventory


@pytest.fixture(scope="session")
def release() -> Release:
    """A tagged release with one image."""
    return RELEASE


@pytest.fixture(scope="session")
def project() -> Project:
    """A project that says all it can of itself."""
    return Project(product=PRODUCT)


@pytest.fixture(scope="session")
def build() -> Builder:
    """``build(components or inventory, edges, spec=, release=, product=, phase=)``: a document that is sound."""

    def made(
        said: Inventory | Iterable[Component],
        edges: Iterable[Edge] = (),
        *,
        spec: Any = "1.6",
        release: Release = RELEASE,
        product: Product = PRODUCT,
        phase: Any = "build",
    ) -> dict[str, Any]:
        whole = said if isinstance(said, Inventory) else inventory(said, edges)
        written = document(whole, release, Project(product=product, document=Document(spec_version=spec)), phase=phase)
        assert faults(written) == ()
        assert msgspec.json.decode(msgspec.json.encode(written)) == written
        return written

    return made
