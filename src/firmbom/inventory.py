"""What the merge concludes: each component once, with every statement it was made from, and what cannot both be true.

Values as those of :mod:`firmbom.model`, of which they are made.
"""

from __future__ import annotations

import msgspec

from firmbom.model import (
    Assessment,
    Claim,
    Component,
    Coverage,
    Edge,
    FileProperties,
    Ownership,
    PluginRun,
    Problem,
    Ref,
    StoredFile,
)


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
    """What was said of it, word for word; provenance of any field is the statements that carry it."""


class Assessed(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is known of one vulnerability in one component after the merge."""

    ref: Ref
    vulnerability: str
    statements: tuple[Assessment, ...]
    """All that was said, the strongest first: it decides."""

    @property
    def chosen(self) -> Assessment:
        """The statement that counts."""
        return self.statements[0]

    @property
    def rejected(self) -> tuple[Assessment, ...]:
        """Those that give the vulnerability another status."""
        return tuple(one for one in self.statements if one.reason.status != self.chosen.reason.status)

    @property
    def patches(self) -> tuple[str, ...]:
        """Of every statement with the same status as the chosen one."""
        agreeing = (one for one in self.statements if one.reason.status == self.chosen.reason.status)
        return tuple(sorted({patch for one in agreeing for patch in one.patches}))


class Inventory(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the merge concludes. Sorted by ref throughout."""

    components: tuple[Merged, ...] = ()
    edges: tuple[Edge, ...] = ()
    """Those that were stated, and those that links give."""
    ownership: tuple[Ownership, ...] = ()
    files: tuple[StoredFile, ...] = ()
    file_properties: tuple[FileProperties, ...] = ()
    """Each file once, its properties sorted."""
    assessments: tuple[Assessed, ...] = ()
    """By vulnerability within a ref; no part of the SBOM."""
    coverage: tuple[Coverage, ...] = ()
    problems: tuple[Problem, ...] = ()
    plugins: tuple[PluginRun, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
