from __future__ import annotations

import pytest
from packaging.licenses import canonicalize_license_expression

from firmbom_pip import licences
from firmbom_pip.licences import declared

OSI = "License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("expression", "field", "classifiers", "expected"),
    [
        ("mit", "GPL", ["License :: OSI Approved :: BSD License"], ["MIT"]),
        ("LicenseRef-Ours AND MIT", "", [], ["LicenseRef-Ours AND MIT"]),
        ("no expression at all", "", [], ["no expression at all"]),
        ("", "apache-2.0", [], ["Apache-2.0"]),
        ("", "Apache-2.0", [OSI + "Apache Software License"], ["Apache-2.0"]),
        ("", "Apache 2", [OSI + "Apache Software License"], ["Apache 2", "Apache Software License"]),
        ("", "", [OSI + "MIT License"], ["MIT"]),
        ("", "MIT License", [OSI + "MIT License"], ["MIT"]),
        ("", "BSD-3-Clause", [OSI + "BSD License", OSI + "MIT License"], ["BSD-3-Clause", "MIT"]),
        ("", "", [OSI + "BSD License"], ["BSD License"]),
        ("", "Public domain", ["License :: Public Domain"], ["Public domain"]),
        ("", "Our own\nterms and more terms", [], ["Our own"]),
        ("", "x" * 200, [], []),
        ("", "UNKNOWN", ["License :: OSI Approved", "Programming Language :: Python"], []),
        ("", "", [], []),
        ("(" * 400 + "MIT" + ")" * 400, "", [], None),
    ],
)
def test_declared(expression: str, field: str, classifiers: list[str], expected: list[str] | None) -> None:
    found = [one.value for one in declared(expression, field, classifiers)]
    assert found == (expected if expected is not None else [expression])
    assert {one.acknowledgement for one in declared(expression, field, classifiers)} <= {"declared"}


def test_every_identifier_of_the_table_is_one() -> None:
    for identifier in licences._SPDX.values():
        assert canonicalize_license_expression(identifier) == identifier
