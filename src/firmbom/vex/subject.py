"""What a statement is about: the component it names and what is made of that, in the terms of the SBOM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmbom.model import ROOT, Assessed, Inventory, Purl, Ref


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

    def about(self, assessed: Assessed) -> list[Ref]:
        """The bom-refs that a statement holds for, the one it names first.

        What a recipe is said of holds for the packages that it made: scanners find those.
        """
        named = self._components.get(assessed.ref)
        if named is None:
            return [Ref(self.product["bom-ref"])]
        return list(dict.fromkeys([named.ref, *self._packagings.get(named.component.purl, ())]))

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
