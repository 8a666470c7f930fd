"""Why a vulnerability matters to a component or does not: one word, and what it is called in OpenVEX and CycloneDX.

Sources of the terms: OpenVEX 0.2.0, "Status Labels" and "Status Justifications"; CycloneDX 1.6,
``vulnerabilities[].analysis``.

A justification that a source does not support is left out, and the reason is given in words: OpenVEX then carries an
``impact_statement``, CycloneDX ``analysis.detail``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import msgspec

Status = Literal["affected", "fixed", "not_affected", "under_investigation"]
"""OpenVEX 0.2.0 ``status``."""


class Reason(StrEnum):
    """Why a vulnerability has its status in a component; :data:`MEANINGS` says what each means."""

    AFFECTED = "affected"
    """The vulnerable code is there, and nobody has done anything about it."""
    NO_FIX_YET = "no-fix-yet"
    """Upstream confirms it and has no fix."""
    WILL_NOT_FIX = "will-not-fix"
    """Upstream acknowledges it and will not mend it."""
    UNKNOWN = "unknown"
    """Nobody can tell yet."""
    FIXED = "fixed"
    """It is not in this version, whether by a patch or by its number."""
    FIXED_VERSION = "fixed-version"
    """The version is one that is not vulnerable."""
    PATCHED = "patched"
    """A patch was applied to a vulnerable version."""
    OTHER_COMPONENT = "other-component"
    """The database means another component than this one."""
    DISPUTED = "disputed"
    """Upstream does not accept that it is a vulnerability."""
    REJECTED = "rejected"
    """Who numbers vulnerabilities has withdrawn the number."""
    CONFIGURATION = "configuration"
    """Only builds or settings are vulnerable that this product does not have."""
    PLATFORM = "platform"
    """Only other operating systems, distributions or processors are vulnerable."""
    COMPONENT_NOT_PRESENT = "component-not-present"
    CODE_NOT_PRESENT = "code-not-present"
    CODE_NOT_REACHED = "code-not-reached"
    NOT_CONTROLLABLE = "not-controllable"
    MITIGATED = "mitigated"
    """These five are OpenVEX's own justifications."""
    IGNORED = "ignored"
    """Who made the product says that it does not matter, and in what way is not known."""

    @property
    def meaning(self) -> Meaning:
        """What it is called."""
        return MEANINGS[self]

    @property
    def status(self) -> Status:
        """As OpenVEX names it."""
        return MEANINGS[self].status


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """A reason in the terms of the two formats; what a format has no honest term for is empty."""

    status: Status
    state: str
    """CycloneDX ``analysis.state``."""
    says: str
    """One sentence for people."""
    justification: str = ""
    """OpenVEX ``justification``; not_affected only."""
    cause: str = ""
    """CycloneDX ``analysis.justification``; not_affected only."""
    response: str = ""
    """CycloneDX ``analysis.response``."""


def _affected(says: str, response: str = "") -> Meaning:
    return Meaning(status="affected", state="exploitable", says=says, response=response)


def _not_affected(says: str, justification: str = "", cause: str = "", state: str = "not_affected") -> Meaning:
    return Meaning(status="not_affected", state=state, says=says, justification=justification, cause=cause)


MEANINGS: Mapping[Reason, Meaning] = MappingProxyType({
    Reason.AFFECTED: _affected("No fix for this vulnerability is part of the build."),
    Reason.NO_FIX_YET: _affected("Upstream confirms the vulnerability and has no fix for it yet."),
    Reason.WILL_NOT_FIX: _affected("Upstream acknowledges the vulnerability and will not fix it.", "will_not_fix"),
    Reason.UNKNOWN: Meaning(
        status="under_investigation", state="in_triage", says="It is not known whether this version is affected."
    ),
    Reason.FIXED: Meaning(
        status="fixed", state="resolved", says="This version has a fix, by a patch or by its number."
    ),
    Reason.FIXED_VERSION: Meaning(
        status="fixed", state="resolved", says="This version is not among those that are vulnerable."
    ),
    Reason.PATCHED: Meaning(status="fixed", state="resolved", says="A fix is applied to this version."),
    Reason.OTHER_COMPONENT: _not_affected(
        "The vulnerability database means another component.", state="false_positive"
    ),
    Reason.DISPUTED: _not_affected("Upstream does not accept the report as a vulnerability."),
    Reason.REJECTED: _not_affected("The vulnerability's number has been withdrawn.", state="false_positive"),
    Reason.CONFIGURATION: _not_affected(
        "The vulnerability depends on a configuration that is not used.",
        "vulnerable_code_not_present", "requires_configuration",
    ),
    Reason.PLATFORM: _not_affected(
        "The vulnerability is one of another platform.", "vulnerable_code_not_present", "requires_environment"
    ),
    Reason.COMPONENT_NOT_PRESENT: _not_affected(
        "The vulnerable component is not part of the product.", "component_not_present", "code_not_present"
    ),
    Reason.CODE_NOT_PRESENT: _not_affected(
        "The vulnerable code is not part of the component as it was built.",
        "vulnerable_code_not_present", "code_not_present",
    ),
    Reason.CODE_NOT_REACHED: _not_affected(
        "The vulnerable code is never executed.", "vulnerable_code_not_in_execute_path", "code_not_reachable"
    ),
    Reason.NOT_CONTROLLABLE: _not_affected(
        "An attacker cannot control the vulnerable code.", "vulnerable_code_cannot_be_controlled_by_adversary"
    ),
    Reason.MITIGATED: _not_affected(
        "The product's own protections prevent exploitation.",
        "inline_mitigations_already_exist", "protected_by_mitigating_control",
    ),
    Reason.IGNORED: _not_affected("The build states that the vulnerability does not matter here."),
})  # fmt: skip
"""Every reason. PLATFORM and CONFIGURATION have the OpenVEX justification that CVE_CHECK_VEX_JUSTIFICATION in oe-core's
``meta/conf/cve-check-map.conf`` gives them; OTHER_COMPONENT has none, since the component that is meant may be
elsewhere in the product."""

AS_OPENVEX: Mapping[str, Reason] = MappingProxyType({
    "component_not_present": Reason.COMPONENT_NOT_PRESENT,
    "vulnerable_code_not_present": Reason.CODE_NOT_PRESENT,
    "vulnerable_code_not_in_execute_path": Reason.CODE_NOT_REACHED,
    "vulnerable_code_cannot_be_controlled_by_adversary": Reason.NOT_CONTROLLABLE,
    "inline_mitigations_already_exist": Reason.MITIGATED,
})  # fmt: skip
"""The reason behind each justification of OpenVEX, where that is all that a source states."""
