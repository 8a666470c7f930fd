"""Conditions on system, processor and C library, judged as npm judges them."""

from __future__ import annotations

import pytest

from firmbom.plugin import Target
from firmbom_npm.target import fits

LINUX = Target(platform="linux", machine="armv7l", libc="glibc")
CASES = [
    (LINUX, [], [], [], True),
    (LINUX, ["linux"], ["arm"], ["glibc"], True),
    (LINUX, ["darwin", "linux"], [], [], True),
    (LINUX, ["darwin"], [], [], False),
    (LINUX, ["!linux"], [], [], False),
    (LINUX, ["!win32"], [], [], True),
    (LINUX, ["any"], ["any"], [], True),
    (LINUX, [], ["arm64"], [], False),
    (LINUX, [], [], ["musl"], False),
    (Target(platform="darwin", machine="arm64"), ["darwin"], ["arm64"], ["musl"], True),
    (Target(platform="linux", machine="x86_64"), [], ["x64"], ["musl"], True),
    (Target(), ["darwin"], ["x64"], ["musl"], True),
    (Target(machine="aarch64"), [], ["arm64"], [], True),
    (Target(machine="riscv64"), [], ["riscv64"], [], True),
]


@pytest.mark.parametrize(("target", "os", "cpu", "libc", "expected"), CASES)
def test_what_fits(target: Target, os: list[str], cpu: list[str], libc: list[str], expected: bool) -> None:
    assert fits(target, os, cpu, libc) is expected
