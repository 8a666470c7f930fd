"""What holds for the whole suite: nothing is timed; where tools are required, a skip for a missing one has failed."""

from __future__ import annotations

import os
import re
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("suite", settings.get_profile("ci" if os.environ.get("CI") else "default"), deadline=None)
settings.load_profile("suite")

ALLOWED = re.compile(r"\b(shared|interpreter|platform|toolchain|root)\b", re.IGNORECASE)
"""Reasons that no installation can mend: the shared corpus is elsewhere, another Python or machine, run as root."""

Report = pytest.TestReport | pytest.CollectReport


def _judge(report: Report) -> None:
    """Turn a skip into a failure, unless its reason is allowed or the test is an expected failure."""
    if not report.skipped or hasattr(report, "wasxfail") or not os.environ.get("FIRMBOM_REQUIRE_TOOLS"):
        return
    place, reason = ("", "") if not isinstance(report.longrepr, tuple) else (report.longrepr[0], report.longrepr[2])
    if not ALLOWED.search(reason):
        report.outcome = "failed"
        report.longrepr = f"{place}: {reason!r}: FIRMBOM_REQUIRE_TOOLS is set, so what it needs must be installed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge each test's skip."""
    report = yield
    _judge(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge each module's skip."""
    report = yield
    _judge(report)
    return report
