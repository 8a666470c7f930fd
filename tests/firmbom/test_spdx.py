"""SPDX expressions in one place: spelt canonically, and never a crash."""

from __future__ import annotations

import pytest

from firmbom import spdx


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("mit", "MIT"),
        ("mit or (apache-2.0 and bsd-3-clause)", "MIT OR (Apache-2.0 AND BSD-3-Clause)"),
        ("LicenseRef-x", "LicenseRef-x"),
        ("GPL", ""),
        ("", ""),
        ("MIT\nOR MIT", ""),
        ("MIT OR", ""),
        ("(" * 30_000, ""),
        ("(" * 50 + "MIT" + ")" * 50, "(" * 50 + "MIT" + ")" * 50),
        ("(" * 51 + "MIT" + ")" * 51, ""),
        ("MIT OR " * 1_000 + "MIT", ""),
    ],
)
def test_canonical(text: str, spelt: str) -> None:
    assert spdx.canonical(text) == spelt


@pytest.mark.parametrize(
    ("name", "reference"),
    [("My Licence, v1", "My-Licence-v1"), ("--", "unnamed"), ("a" * 300, "a" * 100), ("é", "unnamed")],
)
def test_what_spdx_does_not_list(name: str, reference: str) -> None:
    assert spdx.reference(name) == f"LicenseRef-{reference}"
    assert spdx.canonical(spdx.reference(name))
