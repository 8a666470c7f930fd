"""What differs between the CycloneDX versions that firmbom writes, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

READABLE = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
"""Versions with a JSON form; 1.0 and 1.1 were XML only, 2.0 is another format."""

COMPONENT_TYPES = frozenset({
    "application", "container", "cryptographic-asset", "data", "device", "device-driver", "file", "firmware",
    "framework", "library", "machine-learning-model", "operating-system", "platform",
})  # fmt: skip
"""CycloneDX 1.6 and 1.7 ``component.type``."""

_REFERENCE_TYPES = frozenset({
    "adversary-model", "advisories", "attestation", "bom", "build-meta", "build-system", "certification-report", "chat",
    "codified-infrastructure", "component-analysis-report", "configuration", "digital-signature", "distribution",
    "distribution-intake", "documentation", "dynamic-analysis-report", "electronic-signature", "evidence",
    "exploitability-statement", "formulation", "issue-tracker", "license", "log", "mailing-list", "maturity-report",
    "model-card", "other", "pentest-report", "poam", "quality-metrics", "release-notes", "rfc-9116", "risk-assessment",
    "runtime-analysis-report", "security-contact", "social", "source-distribution", "static-analysis-report", "support",
    "threat-model", "vcs", "vulnerability-assertion", "website",
})  # fmt: skip


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One version that firmbom writes."""

    version: str
    reference_types: frozenset[str]
    """``externalReferences[].type``."""
    mixes_licences: bool
    """May ``licenses`` hold expressions beside identifiers, or several expressions?"""
    cites: bool
    """Is there ``citations``?"""

    @property
    def schema_url(self) -> str:
        """What ``$schema`` says."""
        return schema_url(self.version)


SPECS: Mapping[str, Spec] = MappingProxyType(
    {
        "1.6": Spec(version="1.6", reference_types=_REFERENCE_TYPES, mixes_licences=False, cites=False),
        "1.7": Spec(
            version="1.7",
            reference_types=_REFERENCE_TYPES | {"citation", "patent", "patent-assertion", "patent-family"},
            mixes_licences=True,
            cites=True,
        ),
    }
)
"""By ``specVersion``."""


def schema_url(version: str) -> str:
    """The identifier of the JSON schema of a version."""
    return f"http://cyclonedx.org/schema/bom-{version}.schema.json"
