"""What a kernel's recipe knows of the kernel it built: its release, and its configuration."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any

from .said import text

LARGEST = 4 << 20
"""Bytes of a configuration."""
_SET = re.compile(r"^CONFIG_(\w{1,200})=([ym])$", re.MULTILINE)


def kernel(d: Any, bb: Any) -> dict[str, Any]:
    """``release``, and of the ``config`` its digests and the ``options`` that are built in or modules."""
    if not bb.data.inherits_class("kernel", d):
        return {}
    path = os.path.join(d.getVar("B") or "", ".config")
    said: dict[str, Any] = {"release": text(d, "KERNEL_VERSION")}
    if os.path.isfile(path) and os.path.getsize(path) <= LARGEST:
        with open(path, "rb") as stream:
            data = stream.read()
        stated = dict(_SET.findall(data.decode("utf-8", "replace")))
        said["config"] = {
            "sha256": hashlib.sha256(data).hexdigest(),
            "sha512": hashlib.sha512(data).hexdigest(),
            "options": " ".join(f"{name}={value}" for name, value in sorted(stated.items())),
        }
    return said
