"""Organisations and persons: CycloneDX ``organizationalEntity`` and ``organizationalContact``."""

from __future__ import annotations

from typing import Any

from firmbom.cyclonedx.address import address, is_email
from firmbom.model import Party


def entity(party: Party) -> dict[str, Any]:
    """An ``organizationalEntity``; empty when nothing is known."""
    made: dict[str, Any] = {}
    if party.name:
        made["name"] = party.name
    if party.url:
        made["url"] = [address(party.url)]
    if party.email:
        made["contact"] = [contact(Party(email=party.email))]
    return made


def contact(party: Party) -> dict[str, str]:
    """An ``organizationalContact``; an e-mail address that no validator would accept stands in the name."""
    made: dict[str, str] = {}
    email = party.email if is_email(party.email) else ""
    name = " ".join(part for part in (party.name, party.email if not email else "") if part) or party.url
    if name:
        made["name"] = name
    if email:
        made["email"] = email
    return made
