"""The images that the small document names, and one that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import IMAGES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the two images of the document, and another file."""
    for name, data in {**IMAGES, "other.bin": b"other image\n"}.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path
