"""The values that flow through firmbom: what a plugin says, and nothing that acts.

All values are frozen and compare by content. They convert to and from JSON with ``msgspec``, so a plugin can run on one
machine and the merge on another. Collections are tuples; a field that says nothing is empty, never None, unless absence
and emptiness differ. They cannot form cycles, so the garbage collector need not follow them (``gc=False``), which keeps
the cost of 100,000 of them linear.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal, NewType

import msgspec

from firmbom.digest import Algorithm as Algorithm  # noqa: PLC0414 - offered here too
from firmbom.digest import Digest as Digest  # noqa: PLC0414 - offered here too
from firmbom.reason import Reason

Purl = NewType("Purl", str)
"""A canonical package URL; made only by :mod:`firmbom.identity`, so that equal packages are equal strings."""

Ref = NewType("Ref", str)
"""Names a component inside any set: its purl, or for a nested one ``<ref of the container>!<purl>``."""

ROOT = Ref("")
"""The product itself: the source of the edges to what the product uses directly."""

ComponentType = Literal[
    "application",
    "cryptographic-asset",
    "container",
    "data",
    "device",
    "device-driver",
    "file",
    "firmware",
    "framework",
    "library",
    "machine-learning-model",
    "operating-system",
    "platform",
]
"""CycloneDX 1.6 ``component.type``."""

Scope = Literal["", "required", "optional", "excluded"]
"""CycloneDX ``component.scope``: not stated; used at run time; may be absent; build or test only, not shipped."""

Aggregate = Literal["complete", "incomplete", "unknown"]
"""CycloneDX ``compositions[].aggregate``, the three that firmbom states."""

Severity = Literal["note", "warning", "error"]
"""note: worth knowing. warning: read, but something is doubtful. error: components may be missing because of it."""


Ground = Literal["stated", "patched", "reported"]
"""What an assessment rests on, strongest first: a person wrote it down for this component (CVE_STATUS of a recipe); a
patch that is applied names the vulnerability; a program compared versions."""


class Basis(StrEnum):
    """What a claim rests on, strongest first; :data:`firmbom.identity.STRENGTH` orders them."""

    BUILD_RECORD = "build-record"
    """The build system wrote down what it built (Yocto pkgdata, Buildroot show-info)."""
    PACKAGE_DATABASE = "package-database"
    """An installer wrote down what it installed (dpkg status, dist-info, node_modules)."""
    LOCKFILE = "lockfile"
    """A resolver wrote down what shall be installed (package-lock.json, poetry.lock)."""
    MANIFEST = "manifest"
    """A person wrote down what is wanted (requirements.txt without pins, package.json)."""
    EMBEDDED = "embedded-metadata"
    """The artefact carries a statement about itself (Go build info, PEP 770 SBOM, package note)."""
    HASH = "hash-comparison"
    """The bytes equal bytes known from elsewhere."""
    REPORTED = "reported"
    """Another tool or SBOM says so, without showing how it knows."""
    VERSION_STRING = "version-string"
    """A string or symbol inside a binary."""
    FILE_NAME = "file-name"
    """The name of a file or its SONAME."""


class Location(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """Where something was seen: a path inside the tree (``!/`` enters a container), and the place in that file."""

    path: str
    line: int = 0
    """1-based; 0 is not known."""
    offset: int = -1
    """In bytes; -1 is not known."""
    symbol: str = ""
    """A key path (``packages.node_modules/ms``), an ELF symbol or section, a section header."""
    text: str = ""
    """What is written there, where that itself is the evidence; at most 160 characters."""


class Claim(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """One identifying fact with its evidence."""

    basis: Basis
    location: Location
    confidence: float = 1.0
    """0..1, as CycloneDX ``evidence.identity[].confidence``."""
    field: Literal["purl", "name", "version", "cpe", "hash"] = "purl"
    value: str = ""
    """The value claimed for the field; empty stands for the component's own."""
    plugin: str = ""
    """Who says so; stamped by the host, a plugin leaves it empty."""


class Licence(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """A licence as found: an SPDX identifier, an SPDX expression, or free text; the writer tells which."""

    value: str
    acknowledgement: Literal["declared", "concluded"] = "declared"


class LicenceText(msgspec.Struct, frozen=True, gc=False, order=True):
    """What a licence says that SPDX does not list; of those that it lists the identifier says enough."""

    name: str
    """The ``LicenseRef-`` that stands for it in an expression."""
    text: str


class Party(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """An organisation or person: supplier, manufacturer, author."""

    name: str = ""
    url: str = ""
    email: str = ""


class ExternalReference(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """CycloneDX ``externalReferences[]``; type ``distribution`` with digests is how a downloadable file is said."""

    type: str
    url: str
    digests: tuple[Digest, ...] = ()
    comment: str = ""


class Property(msgspec.Struct, frozen=True, gc=False, order=True):
    """CycloneDX ``properties[]``: a name of the official taxonomy (``cdx:…``) or one of ours (``firmbom:…``)."""

    name: str
    value: str


class Patch(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """CycloneDX ``pedigree.patches[]``: a change applied to the upstream source."""

    type: Literal["unofficial", "monkey", "backport", "cherry-pick"]
    url: str
    """Path or address of the diff."""
    resolves: tuple[str, ...] = ()
    """Issues it mends, such as ``CVE-2024-0001``."""


class Component(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What one plugin says of one component, on the ground of its claims.

    The first claim is also where the fields that are not identifying (licences, supplier …) were read. Two
    components of equal :attr:`ref` speak of the same thing; the merge joins them.
    """

    purl: Purl
    name: str
    claims: tuple[Claim, ...]
    version: str = ""
    """Empty when it is not known; never a guess, never a range."""
    group: str = ""
    type: ComponentType = "library"
    within: Ref = ROOT
    """The component that carries this one inside (a wheel's bundled crate, a library linked statically)."""
    scope: Scope = ""
    digests: tuple[Digest, ...] = ()
    """Of the component as it is deployed; a download's digests belong to its ``distribution`` reference."""
    cpes: tuple[str, ...] = ()
    licences: tuple[Licence, ...] = ()
    licence_texts: tuple[LicenceText, ...] = ()
    supplier: Party = Party()
    manufacturer: Party = Party()
    author: str = ""
    description: str = ""
    copyright: str = ""
    references: tuple[ExternalReference, ...] = ()
    properties: tuple[Property, ...] = ()
    patches: tuple[Patch, ...] = ()
    upstream: tuple[Purl, ...] = ()
    """What this one is a packaging of: the recipe, the source package, the project's own release."""

    def __post_init__(self) -> None:
        if not self.claims:
            raise ValueError(f"component {self.purl} rests on no claim")

    @property
    def ref(self) -> Ref:
        """The identity: the canonical purl, inside whatever contains it."""
        return nested_ref(self.within, self.purl)


def own_value(component: Component, field: str) -> str:
    """What an empty :attr:`Claim.value` stands for."""
    if field == "cpe":
        return component.cpes[0] if component.cpes else ""
    if field == "hash":
        return component.digests[0].value if component.digests else ""
    return str(getattr(component, field))


class Edge(msgspec.Struct, frozen=True, gc=False, order=True):
    """``source`` needs ``target``; ``source`` may be :data:`ROOT`."""

    source: Ref
    target: Ref


class Ownership(msgspec.Struct, frozen=True, gc=False, order=True):
    """``owner`` installed the file at ``path``."""

    owner: Ref
    path: str


class Link(msgspec.Struct, frozen=True, gc=False, order=True):
    """The file at ``source`` loads the file at ``target`` when it runs; both are paths as evidence states them.

    The merge makes it an :class:`Edge` between the components that the two files belong to.
    """

    source: str
    target: str


class FileProperties(msgspec.Struct, frozen=True, gc=False, order=True):
    """What is known of one file beside its digest, such as an ELF file's machine and hardening."""

    path: str
    properties: tuple[Property, ...]


class StoredFile(msgspec.Struct, frozen=True, gc=False, order=True):
    """A regular file of an image: what a later audit compares."""

    path: str
    digest: Digest
    """SHA-256."""


_NUMBER = r"[A-Za-z][A-Za-z0-9]*(?:[-_.:][A-Za-z0-9]+)+\Z"
"""``CVE-2024-0001``, ``GHSA-jfh8-c2jp-5v3q``, ``RUSTSEC-2020-0001``."""


class Assessment(msgspec.Struct, frozen=True, gc=False, order=True, kw_only=True, omit_defaults=True):
    """What a source knows of one vulnerability in one component: for a VEX document, never for the SBOM."""

    ref: Ref
    """The component; :data:`ROOT` for the product as a whole."""
    vulnerability: str
    """``CVE-2024-0001``."""
    reason: Reason
    """Why it is affected, fixed or not affected."""
    basis: Ground = "reported"
    location: Location
    word: str = ""
    """The source's own word for the reason, such as CVE_STATUS's ``not-applicable-platform``."""
    note: str = ""
    """Why, in the words of who decided it."""
    patches: tuple[str, ...] = ()
    """Names of the patches that mend it."""
    plugin: str = ""
    """Who says so; stamped by the host, a plugin leaves it empty."""

    def __post_init__(self) -> None:
        if not re.match(_NUMBER, self.vulnerability):
            raise ValueError(f"not the number of a vulnerability: {self.vulnerability[:80]!r}")


class Coverage(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """An input that was read, and how complete the reading is.

    A plugin yields it with the path and the two aggregates; the host adds who and the digests.
    """

    path: str
    components: Aggregate = "unknown"
    """Does the input name every component of what it describes?"""
    dependencies: Aggregate = "unknown"
    """Does the input name every edge between them?"""
    plugin: str = ""
    digests: tuple[Digest, ...] = ()


class Problem(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """What could not be done, and why: one line for a person."""

    severity: Severity
    message: str
    path: str = ""
    plugin: str = ""


class PluginRun(msgspec.Struct, frozen=True, gc=False, order=True, omit_defaults=True):
    """A plugin that took part: its name, its version, and the version of the tool it ran, if any."""

    name: str
    version: str = ""
    tool: str = ""
    """Such as ``syft 1.18.1``."""


Fact = Component | Edge | Link | Ownership | FileProperties | Assessment | Coverage | Problem | PluginRun
"""All that a plugin may say."""


class ComponentSet(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    tag_field="format",
    tag="firmbom-component-set-1",
):
    """All that a run of plugins said. Order carries no meaning; :func:`firmbom.merge.combine` sorts."""

    components: tuple[Component, ...] = ()
    edges: tuple[Edge, ...] = ()
    links: tuple[Link, ...] = ()
    ownership: tuple[Ownership, ...] = ()
    files: tuple[StoredFile, ...] = ()
    """Every file of the images, by the host."""
    file_properties: tuple[FileProperties, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    problems: tuple[Problem, ...] = ()
    plugins: tuple[PluginRun, ...] = ()


def nested_ref(within: Ref, purl: Purl) -> Ref:
    """The ref of the component ``purl`` inside ``within`` (:data:`ROOT` when it stands alone)."""
    return Ref(f"{within}!{purl}") if within else Ref(purl)
