"""What a statement is about: the component it names and what is made of that, in the terms of the SBOM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from firmbom.inventory import Assessed, Inventory
from firmbom.model import ROOT, Purl, Ref

MOST = 100_000
"""References from all statements about a component to the packages that are made of it; beyond that it alone is named.

A kernel can have 10,000 statements and 300 packages of modules.
"""


class Subjects:
    """Finds what statements are about."""

    def __init__(self, inventory: Inventory, sbom: Mapping[str, Any]) -> None:
        """Args: ``sbom`` is the document of ``inventory``."""
        self.sbom = sbom
        self.product: Mapping[str, Any] = sbom["metadata"]["component"]
        self._components = {one.ref: one for one in inventory.components}
        self._packagings: dict[Purl, list[Ref]] = {}
        for one in inventory.components:
            for upstream in one.component.upstream:
                self._packagings.setdefault(upstream, []).append(one.ref)
        self._counts = Counter(one.ref for one in inventory.assessments)

    def about(self, assessed: Assessed) -> list[Ref]:
        """The bom-refs that a statement holds for, the one it names first.

        What a recipe is said of holds for the packages that it made: scanners find those.
        """
        named = self._components.get(assessed.ref)
        if named is None:
            return [Ref(self.product["bom-ref"])]
        found = dict.fromkeys([named.ref, *self._made_of(assessed.ref)])
        return [named.ref] if self.unnamed(assessed) else list(found)

    def version(self, ref: Ref) -> str:
        """The version of what a bom-ref names; empty when it is not known."""
        named = self._components.get(ref)
        return named.component.version if named else str(self.product.get("version", ""))

    def unnamed(self, assessed: Assessed) -> int:
        """How many packages a statement holds for that are too many to be named: see :data:`MOST`."""
        count = len(self._made_of(assessed.ref))
        return count if count * self._counts[assessed.ref] > MOST else 0

    def _made_of(self, ref: Ref) -> list[Ref]:
        named = self._components.get(ref)
        return self._packagings.get(named.component.purl, []) if named else []

    def purls(self, assessed: Assessed) -> list[Purl]:
        """The purls of the same; none for the product as a whole."""
        if assessed.ref == ROOT:
            return []
        found = (self._components[ref].component.purl for ref in self.about(assessed) if ref in self._components)
        return list(dict.fromkeys(found))

    def has_pedigree(self, assessed: Assessed) -> bool:
        """Does the SBOM name a patch of the component that mends the vulnerability?"""
        named = self._components.get(assessed.ref)
        patches = named.component.patches if named else ()
        return any(assessed.vulnerability in patch.resolves for patch in patches)
