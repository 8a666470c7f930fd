"""CPE names."""

from __future__ import annotations

import pytest

from firmbom import cpe


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("cpe:2.3:a:gnu:g\\+\\+:13:*:*:*:*:*:*:*", True),
        ("cpe:2.3:*:*:x\\:y:1:*:*:*:*:*:*:*", True),
        ("cpe:/o:linux:linux_kernel:6.6", True),
        ("cpe:2.3:a:gnu:gcc:13", False),
        ("cpe:2.3:x:gnu:gcc:13:*:*:*:*:*:*:*", False),
        ("cpe:2.3:a:gnu:gcc:13 2:*:*:*:*:*:*:*", False),
        ("gcc", False),
    ],
)
def test_names(text: str, good: bool) -> None:
    assert cpe.is_name(text) is good


@pytest.mark.parametrize(
    ("text", "product", "version"),
    [
        ("cpe:2.3:a:apache:xerces-c\\+\\+:3.2.5:*", "xerces-c++", "3.2.5"),
        ("cpe:2.3:*:*:x\\:y:1\\.0", "x:y", "1.0"),
        ("cpe:2.3:a:b", "", ""),
        ("", "", ""),
    ],
)
def test_parts(text: str, product: str, version: str) -> None:
    assert (cpe.part(text, cpe.PRODUCT), cpe.part(text, cpe.VERSION)) == (product, version)
    assert ":".join(cpe.parts(text)) == text
