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


@pytest.mark.parametrize(
    ("expression", "present"),
    [
        ("GPL-2.0+ OR (LGPL-2.1 AND MIT)", "GPL-2.0-or-later OR (LGPL-2.1-only AND MIT)"),
        ("GPL-2.0 WITH Linux-syscall-note", "GPL-2.0-only WITH Linux-syscall-note"),
        ("GFDL-1.3 AND AGPL-3.0+", "GFDL-1.3-only AND AGPL-3.0-or-later"),
        ("(MIT OR GPL-2.0-with-font-exception)", "(MIT OR GPL-2.0-only WITH Font-exception-2.0)"),
        ("GPL-3.0-with-GCC-exception", "GPL-3.0-only WITH GCC-exception-3.1"),
        ("GPL-2.0-only AND LicenseRef-GPL-2.0 AND GPL-2.0-only WITH GCC-exception-2.0", ""),
        ("Apache-2.0+ OR EUPL-1.2", ""),
    ],
)
def test_deprecated_names_of_gnu_licences(expression: str, present: str) -> None:
    assert spdx.current(expression) == (present or expression)
    assert spdx.canonical(spdx.current(expression)) == spdx.current(expression)
