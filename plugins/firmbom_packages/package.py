"""An installed package as any database states it, and the facts that follow from all of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from firmbom.model import Basis, Claim, Component, ExternalReference, Licence, Location, Party, Property, Purl, Ref
from firmbom_packages.compare import Relation


class Need(msgspec.Struct, frozen=True, gc=False):
    """A name that must be there, in a version if one is asked for."""

    name: str
    relation: Relation = ""
    version: str = ""
    architecture: str = ""
    """``any``, ``native`` or an architecture, where the need names one (Debian's multiarch)."""


class Provide(msgspec.Struct, frozen=True, gc=False):
    """Another name that a package answers to."""

    name: str
    version: str = ""


class Package(msgspec.Struct, kw_only=True):
    """One installed package."""

    purl: Purl
    name: str
    version: str
    location: Location
    architecture: str = ""
    description: str = ""
    homepage: str = ""
    supplier: Party = Party()
    licences: tuple[Licence, ...] = ()
    cpes: tuple[str, ...] = ()
    upstream: tuple[Purl, ...] = ()
    properties: tuple[Property, ...] = ()
    provides: Sequence[Provide] = ()
    requires: Sequence[Sequence[Need]] = ()
    """Each is met by any of its alternatives; none is empty."""
    paths: Sequence[str] = ()
    """What it installed, from the root without leading slash; folders and links may be among them."""

    @property
    def ref(self) -> Ref:
        """The component's ref."""
        return Ref(self.purl)

    def component(self) -> Component:
        """The package as a component."""
        web = self.homepage.startswith(("http://", "https://"))
        return Component(
            purl=self.purl,
            name=self.name,
            version=self.version,
            description=self.description,
            supplier=self.supplier,
            licences=self.licences,
            cpes=self.cpes,
            upstream=self.upstream,
            properties=self.properties,
            references=(ExternalReference("website", self.homepage),) if web else (),
            claims=(Claim(Basis.PACKAGE_DATABASE, self.location),),
        )
