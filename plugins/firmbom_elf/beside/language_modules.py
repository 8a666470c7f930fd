"""What the module of Perl, Tcl, R or Erlang that loads a library of native code declares as its version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from firmbom_elf.beside.named import Named

MOST_BYTES = 1 << 16
"""Of a module; its version stands at its beginning."""
_RELEASE = r"\d[\w.-]{0,40}"


class Declaration(NamedTuple):
    """Where one language's modules declare their version."""

    library: re.Pattern[str]
    """Paths of the native libraries."""
    module: str
    """Path of the file that declares it, made of that pattern's groups."""
    version: re.Pattern[str]
    """What declares it there."""
    part: re.Pattern[str] | None = None
    """What tells that it counts releases of its own and comes with a larger one."""


DECLARATIONS = (
    Declaration(
        re.compile(
            r"(?P<home>(?:.*/)?(?:lib/[a-z0-9_]+-linux-[a-z0-9_]+/perl5|vendor_perl|site_perl)(?:/[\d.]+)?)"
            r"/auto/(?P<name>.+)/[^/]+\.so"
        ),
        "{home}/{name}.pm",
        re.compile(
            r"^[ \t]*(?:(?:our[ \t]+|local[ \t]+)?\$(?:[\w:]+::)?VERSION[ \t]*=[ \t]*"
            r"(?:(?:version->)?(?:declare|parse|new|qv)[ \t]*\([ \t]*)?['\"]?|package[ \t]+[\w:]+[ \t]+)"
            r"v?(?!\d+\.\d{6}\b)(\d[\d.]{0,30})['\"]?(?=[ \t]*[;{)])",
            re.MULTILINE,
        ),
    ),  # "version" of Perl's library; 2.000012, which is 2.0.12, is left out
    Declaration(
        re.compile(r"(?P<home>.*/(?P<name>[^/]+))/libs/(?P=name)\.so"),
        "{home}/DESCRIPTION",
        re.compile(rf"^Version:[ \t]*({_RELEASE})[ \t\r]*$", re.MULTILINE),
    ),  # "Writing R Extensions", section 1.1.1
    Declaration(
        re.compile(r"(?P<home>.*/(?P<name>[a-z]\w*)-\d[^/]*)/priv/(?:.*/)?[^/]+"),
        "{home}/ebin/*.app",
        re.compile(rf'\{{\s*vsn\s*,\s*"({_RELEASE})"\s*\}}'),
        re.compile(r'"erts-\d'),  # with Erlang/OTP itself
    ),  # app(4) of Erlang/OTP
)
_TCL = "pkgIndex.tcl"
_IFNEEDED = re.compile(r"^[ \t]*package[ \t]+ifneeded[ \t]+\S+[ \t]+(\d[\w.]{0,30})[ \t]", re.MULTILINE)
"""package(n) of Tcl."""


_FOLDER = re.compile(r"/(?:auto|libs|priv)/|/tcl")
"""What one of these libraries stands in."""


def may_load(path: str) -> bool:
    """May a module load the library at ``path``? Most are none of these."""
    return path.endswith(".so") and _FOLDER.search(path) is not None


def modules(path: str) -> Iterator[str]:
    """Where the module would stand that loads a library at ``path``, then those of Perl that it may be a part of."""
    if not may_load(path):
        return
    for one in DECLARATIONS:
        if found := one.library.fullmatch(path):
            home, name = found["home"], found["name"]
            yield one.module.format(home=home, name=name)
            yield from (f"{home}/{'/'.join(above)}.pm" for above in _above(name.split("/")))
            return
    folder = path.rpartition("/")[0]
    if "/tcl" in folder:
        yield f"{folder}/{_TCL}"


def _above(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[:count] for count in range(len(names) - 1, 0, -1))


def read(data: bytes, path: str) -> Named | None:
    """The only version that the module declares for the library at ``path``."""
    text = data[:MOST_BYTES].decode("latin-1")
    for one in DECLARATIONS:
        if one.library.fullmatch(path):
            found = one.version.search(text)
            if not found or (one.part and one.part.search(text)):
                return None
            return Named(found[1], found.start(), found[0].strip())
    return _of_tcl(text, path.rpartition("/")[2])


def _of_tcl(text: str, library: str) -> Named | None:
    """The version of the package whose script loads ``library``; nothing where several versions are declared."""
    starts = [*_IFNEEDED.finditer(text)]
    if len({one[1] for one in starts}) != 1 or starts[0][1].count(".") < 2:
        return None
    return next(
        (
            Named(one[1], one.start(), one[0].strip())
            for one, end in zip(starts, [*(one.start() for one in starts[1:]), len(text)], strict=True)
            if library in text[one.end() : end]
        ),
        None,
    )
