"""The values that flow through firmbom: what a plugin says, and nothing that acts.

All values are frozen and compare by content. They convert to and from JSON with ``msgspec``, so a plugin can run on one
machine and the merge on another. Collections are tuples; a field that says nothing is empty, never None, unless absence
and emptiness differ. They cannot form cycles, so the garbage collector need not follow them (``gc=False``), which keeps
the cost of 100,000 of them linear.
"""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum
from typing import Literal, NewType

import msgspec

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


class Algorithm(StrEnum):
    """Digest algorithms, spelt as CycloneDX ``hash-alg`` spells them."""

    MD5 = "MD5"
    SHA1 = "SHA-1"
    SHA256 = "SHA-256"
    SHA384 = "SHA-384"
    SHA512 = "SHA-512"
    SHA3_256 = "SHA3-256"
    SHA3_384 = "SHA3-384"
    SHA3_512 = "SHA3-512"
    BLAKE2B_256 = "BLAKE2b-256"
    BLAKE2B_384 = "BLAKE2b-384"
    BLAKE2B_512 = "BLAKE2b-512"
    BLAKE3 = "BLAKE3"


_HEX_LENGTH = {
    Algorithm.MD5: 32,
    Algorithm.SHA1: 40,
    Algorithm.SHA256: 64,
    Algorithm.SHA384: 96,
    Algorithm.SHA512: 128,
    Algorithm.SHA3_256: 64,
    Algorithm.SHA3_384: 96,
    Algorithm.SHA3_512: 128,
    Algorithm.BLAKE2B_256: 64,
    Algorithm.BLAKE2B_384: 96,
    Algorithm.BLAKE2B_512: 128,
    Algorithm.BLAKE3: 64,
}
_BY_PLAIN_NAME = {a.value.replace("-", "").lower(): a for a in Algorithm}
_HEX = re.compile(r"[0-9a-f]+\Z")


class Digest(msgspec.Struct, frozen=True, gc=False, order=True):
    """A digest: the algorithm and lower-case hexadecimal of the right length."""

    algorithm: Algorithm
    value: str

    def __post_init__(self) -> None:
        if len(self.value) != _HEX_LENGTH[self.algorithm] or not _HEX.match(self.value):
            raise ValueError(f"not a {self.algorithm} digest in lower-case hexadecimal: {self.value[:80]!r}")

    @classmethod
    def named(cls, algorithm: str, value: str) -> Digest:
        """Build one from any spelling of the algorithm (``sha256``, ``SHA-256``) and hexadecimal of either case.

        Raises:
            ValueError: the algorithm is unknown, or the value does not fit it.
        """
        known = _BY_PLAIN_NAME.get(re.sub(r"[-_]", "", algorithm).lower())
        if known is None:
            raise ValueError(f"unknown digest algorithm {algorithm!r}")
        return cls(known, value.strip().lower())

    @classmethod
    def from_sri(cls, text: str) -> tuple[Digest, ...]:
        """Read Subresource Integrity text (W3C SRI section 3.5): ``sha512-<base64>``, several parted by white space.

        Raises:
            ValueError: any part is not ``algorithm-base64`` or does not fit its algorithm.
        """
        return tuple(cls._from_sri_part(part) for part in text.split())

    @classmethod
    def _from_sri_part(cls, part: str) -> Digest:
        algorithm, dash, encoded = part.partition("?")[0].partition("-")
        if not dash:
            raise ValueError(f"not an integrity value: {part[:80]!r}")
        try:
            raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except binascii.Error as error:
            raise ValueError(f"not an integrity value: {part[:80]!r}") from error
        return cls.named(algorithm, raw.hex())


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


Fact = Component | Edge | Link | Ownership | FileProperties | Coverage | Problem | PluginRun
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
    coverage: tuple[Coverage, ...] = ()
    problems: tuple[Problem, ...] = ()
    plugins: tuple[PluginRun, ...] = ()


class Conflict(msgspec.Struct, frozen=True, gc=False, order=True):
    """A field on which the evidence disagrees; the stronger value won, the other one is kept here."""

    ref: Ref
    field: str
    chosen: str
    chosen_by: tuple[Claim, ...]
    rejected: str
    rejected_by: tuple[Claim, ...]


class Merged(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One component after the merge: the fields that won, and every statement it was made from."""

    ref: Ref
    component: Component
    """The resolved fields; its claims are all claims of all statements."""
    statements: tuple[Component, ...]
    """What was said, word for word; provenance of any field is the statements that carry it."""


class Inventory(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the merge concludes. Sorted by ref throughout."""

    components: tuple[Merged, ...] = ()
    edges: tuple[Edge, ...] = ()
    """Those that were stated, and those that links give."""
    ownership: tuple[Ownership, ...] = ()
    files: tuple[StoredFile, ...] = ()
    file_properties: tuple[FileProperties, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    problems: tuple[Problem, ...] = ()
    plugins: tuple[PluginRun, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def nested_ref(within: Ref, purl: Purl) -> Ref:
    """The ref of the component ``purl`` inside ``within`` (:data:`ROOT` when it stands alone)."""
    return Ref(f"{within}!{purl}") if within else Ref(purl)
