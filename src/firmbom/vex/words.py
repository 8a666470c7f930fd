"""A statement in words: why, by which patches, who says so, and who says otherwise."""

from __future__ import annotations

import re

from firmbom.inventory import Assessed
from firmbom.model import Assessment

NVD = "https://nvd.nist.gov/vuln/detail/"


_CVE = re.compile(r"CVE-\d{4}-\d{4,}\Z", re.ASCII)


def page(vulnerability: str) -> str:
    """The address of a CVE in the NVD; empty for another number."""
    return NVD + vulnerability if _CVE.match(vulnerability) else ""


def explanation(assessed: Assessed) -> str:
    """The reason in a sentence, what its author added, and the patches."""
    chosen = assessed.chosen
    patches = f"Patches: {', '.join(assessed.patches)}." if assessed.patches else ""
    return " ".join(part for part in (chosen.reason.meaning.says, chosen.note, patches) if part)


def contradictions(assessed: Assessed) -> list[str]:
    """What the statements say that were rejected, each with its source."""
    return sorted({f"{one.reason.status} ({_how(one)}, {source(one)})" for one in assessed.rejected})


def sources(assessed: Assessed) -> list[str]:
    """Who says what was chosen, and where."""
    return sorted({source(one) for one in assessed.statements if one not in assessed.rejected})


def source(one: Assessment) -> str:
    """``plugin, file``."""
    return ", ".join(part for part in (one.plugin, one.location.path) if part)


def evidence(assessed: Assessed) -> str:
    """How it is known, from where, and what was rejected, on one line."""
    parts = [f"{_how(assessed.chosen)}: {'; '.join(sources(assessed))}"]
    parts += [f"Contradicted by {one}" for one in contradictions(assessed)]
    return ". ".join(parts)


def _how(one: Assessment) -> str:
    return f"{one.basis} as {one.word}" if one.word else one.basis
