"""Does a package fit the machine that the firmware runs on? Node's names for systems and processors."""

from __future__ import annotations

from collections.abc import Sequence

from firmbom.plugin import Target

_CPU = {
    "x86_64": "x64",
    "amd64": "x64",
    "i386": "ia32",
    "i486": "ia32",
    "i586": "ia32",
    "i686": "ia32",
    "aarch64": "arm64",
    "aarch64_be": "arm64",
    "ppc64le": "ppc64",
    "loongarch64": "loong64",
}
"""``uname -m`` to Node's ``process.arch``; ``armv…`` is ``arm``, others are spelt alike."""


def fits(target: Target, os: Sequence[str], cpu: Sequence[str], libc: Sequence[str]) -> bool:
    """Would npm install a package with these conditions there? (npm-install-checks, ``checkPlatform``)."""
    machine = target.machine.lower()
    node = "arm" if machine.startswith("armv") else _CPU.get(machine, machine)
    return (
        _allows(os, target.platform)
        and _allows(cpu, node)
        and (target.platform != "linux" or _allows(libc, target.libc))
    )


def _allows(conditions: Sequence[str], value: str) -> bool:
    """``!x`` forbids x, ``x`` allows only what is listed, ``any`` allows all; an unknown value is not judged."""
    if not conditions or not value or "any" in conditions:
        return True
    if f"!{value}" in conditions:
        return False
    wanted = [one for one in conditions if not one.startswith("!")]
    return not wanted or value in wanted
