"""JavaScript runtimes, and programs that carry one: Node.js, Bun, Deno.

Node.js names the headers for its own release (``src/node_metadata.cc``, ``process.release.headersUrl``); Bun and Deno
carry the same address for compatibility, so they are told first. ``NODE_SEA_FUSE_…:1`` marks a single executable
(Node's documentation, "Single executable applications"); Bun ends one with ``---- Bun! ----``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from firmbom.identity import purl
from firmbom.model import Component, Property
from firmbom_elf.declarations.subject import Declared, Subject, plain


class _Runtime(NamedTuple):
    name: str
    mark: bytes
    """Only this runtime has it."""
    text: bytes
    pattern: re.Pattern[bytes]
    cpe: str


RUNTIMES = (
    _Runtime("bun", b"---- Bun! ----", b"Bun v", re.compile(rb"Bun v(\d+\.\d+\.\d+) \([0-9a-f]{7,40}\)"), ""),
    _Runtime("deno", b"d3n0l4nd", b"Deno/", re.compile(rb"Deno/(\d+\.\d+\.\d+)"), "deno:deno"),
    _Runtime(
        "nodejs",
        b"nodejs.org/download/",
        b"nodejs.org/download/",
        re.compile(rb"nodejs\.org/download/[a-z]+/v(\d+\.\d+\.\d+)/node-v\1-headers\.tar"),
        "nodejs:node.js",
    ),
)
_FUSED, _PAYLOAD = b"NODE_SEA_FUSE_", b"PAYLOAD_POSITION"
_FUSE = re.compile(rb"NODE_SEA_FUSE_[0-9a-f]{32}:([01])")


def read(subject: Subject) -> Declared:
    """The runtime, if there is one."""
    for runtime in RUNTIMES:
        if subject.holds(runtime.mark):
            made = _component(subject, runtime)
            if made:
                return Declared((made,))
    return Declared()


def _component(subject: Subject, runtime: _Runtime) -> Component | None:
    """Of several versions the one that stands there most often counts; documentation quotes others."""
    found = list(subject.matches(runtime.text, runtime.pattern))
    ranked = Counter(match[1] for match in found).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    chosen = next(match for match in found if match[1] == ranked[0][0])
    version = plain(chosen[1])
    return Component(
        purl=purl("generic", runtime.name, version),
        name=runtime.name,
        version=version,
        type="platform",
        cpes=(f"cpe:2.3:a:{runtime.cpe}:{version}:*:*:*:*:*:*:*",) if runtime.cpe else (),
        claims=subject.banner(chosen.start(), plain(chosen[0]), version, confidence=0.9),
        properties=tuple(Property(key, value) for key, value in _packed(subject, runtime.name).items()),
    )


def _packed(subject: Subject, name: str) -> Mapping[str, str]:
    """Does the file carry an application beside the runtime?"""
    if name == "nodejs":
        fuse = next(subject.matches(_FUSED, _FUSE), None)
        packed = (fuse is not None and fuse[1] == b"1") or subject.holds(_PAYLOAD)
    else:
        packed = (b"---- Bun! ----" if name == "bun" else b"d3n0l4nd") in subject.data[-64:]
    return {"firmbom:node:single-executable": "yes"} if packed else {}
