"""BOM-Links lead to exactly one bom-ref, and are spelt as cyclonedx-python-lib spells them."""

from __future__ import annotations

import pytest
from cyclonedx.model import XsUri
from hypothesis import given
from hypothesis import strategies as st

from firmbom.vex import link
from firmbom.vex.link import Link

SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79"
REFS = ["pkg:npm/%40babel/core@7.0.0", "pkg:deb/poky/a@1?arch=all&epoch=1", "image:my image#1.img", "a!b", "ä", "50%25"]


@pytest.mark.parametrize("ref", ["", *REFS])
def test_as_the_library_spells_them(ref: str) -> None:
    made = str(Link(SERIAL, 2, ref))
    assert made == str(XsUri.make_bom_link(SERIAL, 2, ref or None))
    assert link.parse(made) == Link(SERIAL, 2, ref)


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_every_reference_comes_back(ref: str) -> None:
    assert link.parse(str(Link(SERIAL, 1, ref))) == Link(SERIAL, 1, ref)


@pytest.mark.parametrize(
    "text",
    ["", "urn:cdx:", f"urn:cdx:{SERIAL}", f"urn:cdx:{SERIAL}/0", f"urn:cdx:{SERIAL.upper()}/1", f"urn:uuid:{SERIAL}",
     f"urn:cdx:{SERIAL}/1#", f"urn:cdx:{SERIAL}/1\n", f"urn:cdx:{SERIAL}/1#a\n"],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert link.parse(text) is None
