"""Who supplies a component: as stated, else as it follows from what is stated, else said to be unknown.

NTIA and CISA ask for "the entity that creates, defines and identifies" a component, called supplier or producer; BSI
asks for its creator. Where no input names a supplier, but one names who made the component, that is written, and the
property ``firmbom:supplier`` says what it was taken from. Nothing is taken from a registry's or a host's name.
"""

from __future__ import annotations

import re

from firmbom.cyclonedx.names import NOASSERTION
from firmbom.model import Basis, Component, Party

_MAILBOX = re.compile(r'("[^"<>]+"|[^<>,"]+?)\s*<([^<>@\s]+@[^<>\s]+)>\Z')
"""``Name <mail>`` of one person."""

_NOBODY, _UNKNOWN = Party(), Party(NOASSERTION)
_PROJECTS = frozenset({Basis.BUILD_RECORD, Basis.LOCKFILE, Basis.MANIFEST})


def supplier(component: Component, *, direct: bool, product: Party) -> tuple[Party, str]:
    """The supplier, and what it was taken from (``firmbom:supplier``; empty when it was stated).

    Args:
        component: as merged.
        direct: the product uses it directly.
        product: who supplies the product.
    """
    if component.supplier != _NOBODY:
        return component.supplier, ""
    if component.manufacturer != _NOBODY:
        return component.manufacturer, "manufacturer"
    if component.author:
        return person(component.author), "author"
    if direct and product != _NOBODY and _is_the_products_own(component):
        return product, "product"
    return _UNKNOWN, ""


def _is_the_products_own(component: Component) -> bool:
    """Is it a project that lies in the product's checkout: the subject of a lockfile, not something fetched?"""
    fetched = any(one.type in {"distribution", "vcs"} for one in component.references)
    stated = all(claim.basis in _PROJECTS for claim in component.claims)
    return component.type == "application" and stated and not fetched and not component.within


def person(author: str) -> Party:
    """An author as stated, taken apart if it is ``Name <mail>``."""
    found = _MAILBOX.match(author.strip())
    return Party(found[1].strip('"'), email=found[2]) if found else Party(author)
