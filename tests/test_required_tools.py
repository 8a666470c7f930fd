"""The suite's own rule: where tools are required, a skip for a missing one is a failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")

SUITE = """
import pytest

@pytest.mark.skip(reason="mksquashfs is not installed")
def test_tool(): pass

@pytest.mark.skip(reason="../shared is not here")
def test_shared(): pass

@pytest.mark.xfail(reason="expected")
def test_expected(): assert False

def test_in_the_body(): pytest.skip("npm is not installed")
"""


@pytest.mark.parametrize(
    ("required", "says"),
    [("", "3 skipped, 1 xfailed"), ("1", "1 failed, 1 skipped, 1 xfailed, 1 error")],
)
def test_a_skip_for_a_missing_tool_fails_only_where_tools_are_required(
    tmp_path: Path, required: str, says: str
) -> None:
    (tmp_path / "conftest.py").write_bytes(CONFTEST.read_bytes())
    (tmp_path / "test_suite.py").write_text(SUITE)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        env={"FIRMBOM_REQUIRE_TOOLS": required, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert says in ran.stdout.splitlines()[-1]
