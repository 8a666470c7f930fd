"""docs/document.md says what every property means, and no property that is not written."""

from __future__ import annotations

import re
from pathlib import Path

from firmbom.cyclonedx import names

PAGE = Path(__file__).parents[3] / "docs" / "document.md"
PREFIXES = ("firmbom:", "bsi:", "cdx:")


def test_every_property_is_explained_and_none_that_is_not_written() -> None:
    texts = [value for value in vars(names).values() if isinstance(value, str)]
    written = [text for text in texts if text.startswith(PREFIXES)]
    rows = re.findall(r"^\| `((?:firmbom|bsi|cdx):[^`<*]+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(written)


def test_what_the_writer_derives_is_not_read_back() -> None:
    assert names.regenerated("firmbom:provenance:supplier")
    assert not names.regenerated("firmbom:conflict:version")
    assert not names.regenerated("cdx:npm:package:path")


def test_our_own_documents_are_told_by_their_tool() -> None:
    tool = {"bom-ref": "tool:firmbom", "name": "firmbom"}
    assert names.ours({"metadata": {"tools": {"components": [tool]}}})
    assert not names.ours({"metadata": {"tools": {"components": [{**tool, "name": "other"}]}}})
    assert not names.ours({"metadata": {"tools": [tool]}})
    assert not names.ours({"metadata": None})
