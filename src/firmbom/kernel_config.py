"""A Linux kernel's configuration as a component: its digests, and which options are built in or modules.

The file is Kconfig's ``.config`` (kernel, ``Documentation/kbuild/kconfig-language.rst``): ``CONFIG_NAME=value`` a line.
What is neither ``y`` nor ``m`` decides nothing of what is in the kernel and is left to the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from firmbom.identity import purl
from firmbom.model import Claim, Component, Digest, Property, Ref
from firmbom.problems import Report
from firmbom.tree.base import File

LARGEST = 4 << 20
"""Bytes of a configuration that is read; real ones have 300 kB."""
LONGEST = 256 << 10
"""Characters of :data:`OPTIONS`; all options of a kernel that has everything are 200,000."""

RELEASE = "firmbom:linux:release"
"""Property of a kernel: ``uname -r``."""
SHA256 = "firmbom:linux:config-sha256"
"""Property of a kernel: the digest of its configuration, which a kernel can also carry inside itself (IKCONFIG)."""
OPTIONS = "firmbom:linux:options"
"""Property of a configuration: ``NAME=y`` and ``NAME=m`` of what is built in and what is a module, by name."""

_SET = re.compile(r"^CONFIG_(\w{1,200})=([ym])$", re.MULTILINE)
_HEADING = re.compile(r"^# Linux/?\S* \d+\.\d+\S* Kernel Configuration$", re.MULTILINE)
_OPTIONS = re.compile(r"(?:\w{1,200}=[ym](?: (?!\Z)|\Z))*\Z")


def options(text: str) -> str:
    r"""What is built in and what is a module, as :data:`OPTIONS` holds it; empty for what is no kernel's configuration.

    >>> options("# Linux/arm64 6.6.30 Kernel Configuration\nCONFIG_USB=m\nCONFIG_ARM64=y\nCONFIG_HZ=250\n")
    'ARM64=y USB=m'
    """
    if not _HEADING.search(text[:4096]):
        return ""
    return written((f"CONFIG_{name}", value) for name, value in _SET.findall(text))


def written(stated: Iterable[tuple[str, str]]) -> str:
    """Options and their values as :data:`OPTIONS` holds them."""
    found = {name.removeprefix("CONFIG_"): value for name, value in stated if value in ("y", "m")}
    return " ".join(f"{name}={value}" for name, value in sorted(found.items()))


def read(file: File, report: Report) -> str:
    """The options in a file; empty when it is no kernel's configuration or cannot be read, which is told."""
    if file.size > LARGEST:
        report.say("warning", f"a configuration of more than {LARGEST} bytes; not read", file.location_path)
        return ""
    data = report.read(file, "warning")
    return options(data.decode("utf-8", "replace")) if data else ""


def configuration(within: Ref, release: str, said: str, digests: Iterable[Digest], claim: Claim) -> Component:
    """The configuration as a component.

    Args:
        within: the kernel.
        release: of the kernel; empty when it is not known.
        said: as :func:`options` gives it; what is too long or nothing of the kind is left out.
        digests: of the file.
        claim: where it was read.
    """
    fits = said and len(said) <= LONGEST and _OPTIONS.match(said)
    return Component(
        purl=purl("generic", "linux-config", release),
        name="linux-config",
        version=release,
        type="data",
        within=within,
        digests=tuple(sorted(digests)),
        properties=(Property(OPTIONS, said),) if fits else (),
        claims=(claim,),
    )
