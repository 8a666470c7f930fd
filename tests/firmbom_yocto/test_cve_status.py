"""The words of CVE_STATUS: every one of oe-core's is known, and means what oe-core's comments say."""

from __future__ import annotations

import pytest

from firmbom.reason import Reason
from firmbom_yocto.cve_status import STATUSES, WORDS, concerns, judged, word_of

MAP = {
    "Patched": "patched backported-patch cpe-stable-backport fixed-version fix-file-included version-not-in-range",
    "Unpatched": "unpatched vulnerable-investigating version-in-range",
    "Ignored": "ignored cpe-incorrect disputed not-applicable-config not-applicable-platform upstream-wontfix",
    "Unknown": "unknown",
}
"""CVE_CHECK_STATUSMAP of oe-core 6.0, ``meta/conf/cve-check-map.conf``."""
JUSTIFIED = {"not-applicable-config", "not-applicable-platform"}
"""Those that CVE_CHECK_VEX_JUSTIFICATION gives ``vulnerableCodeNotPresent``."""


def test_the_map_of_oe_core() -> None:
    theirs = {word: status for status, words in MAP.items() for word in words.split()}
    assert {word: one.status for word, one in WORDS.items() if word != "rejected"} == theirs
    assert STATUSES.keys() == MAP.keys()


def test_every_word_has_the_status_that_oe_core_writes_into_spdx_but_one() -> None:
    written = {"Patched": "fixed", "Unpatched": "affected", "Ignored": "not_affected", "Unknown": "under_investigation"}
    others = {word for word, one in WORDS.items() if one.reason.status != written[one.status]}
    assert others == {"upstream-wontfix"}
    assert {word for word, one in WORDS.items() if one.reason.meaning.justification} == JUSTIFIED


@pytest.mark.parametrize(
    ("status", "detail", "note", "reason", "ground"),
    [
        ("Patched", "", "", Reason.FIXED, "reported"),
        ("Ignored", "", "", Reason.IGNORED, "stated"),
        ("Patched", "version-not-in-range: only 1.0", "", Reason.FIXED_VERSION, "reported"),
        ("Unpatched", "version-in-range", "", Reason.AFFECTED, "reported"),
        ("Ignored", "our-own-word", "why", Reason.IGNORED, "stated"),
        ("Unpatched", "upstream-wontfix", "", Reason.AFFECTED, "reported"),
        ("Ignored", "not-applicable-config", "Source code not compiled", Reason.CODE_NOT_PRESENT, "reported"),
        ("Ignored", "not-applicable-config", "no IPv6", Reason.CONFIGURATION, "stated"),
        ("Ignored", "upstream-wontfix", "", Reason.WILL_NOT_FIX, "stated"),
        ("Ignored", "rejected", "Rejected by CNA", Reason.REJECTED, "reported"),
    ],
)  # fmt: skip
def test_what_a_report_means(status: str, detail: str, note: str, reason: Reason, ground: str) -> None:
    assert judged(status, detail, note) == (reason, ground)


def test_a_status_that_there_is_not() -> None:
    assert judged("Mended", "patched", "") is None


@pytest.mark.parametrize(
    ("text", "word"), [("", ""), ("fixed-version", "fixed-version"), ("a: b", "a"), ("A", ""), ("a_b", ""), ("-", "")]
)
def test_words(text: str, word: str) -> None:
    assert word_of(text) == word


@pytest.mark.parametrize(
    ("reason", "products", "fits", "why"),
    [
        ("not here", ["a"], True, "not here"),
        ("", [], True, ""),
        ("cpe:*:strace: too old", ["strace"], True, "too old"),
        ("cpe:*:strace: too old", ["glibc", "gnu:strace"], True, "too old"),
        ("cpe:*:strace: too old", ["glibc"], False, "too old"),
        ("cpe:gnu:glibc: why: so", ["gnu:glibc"], True, "why: so"),
        ("cpe:gnu:glibc: why", ["other:glibc"], False, "why"),
        ("cpe:gnu:glibc: why", ["glibc"], True, "why"),
        ("cpe:gnu:*: why", ["gnu:glibc"], True, "why"),
        ("cpe: malformed", ["a"], True, "cpe: malformed"),
    ],
)
def test_a_statement_may_be_about_one_product(reason: str, products: list[str], fits: bool, why: str) -> None:
    assert concerns(reason, products) == (fits, why)
