"""What a package that BitBake made says of its recipe in its control file (oe-core, package_deb and package_ipk).

``OE`` holds PN in both forms, ``Source`` of an ``.ipk`` the recipe's file, ``busybox_1.36.1.bb``. No layer is told.
"""

from __future__ import annotations

import re

from firmbom.identity import purl
from firmbom.model import Purl
from firmbom_packages.control import NAME
from firmbom_packages.stanza import Stanza

VENDOR = "openembedded"
"""Whose packages they are where the image does not name its distribution; nobody else's."""

_FILE = re.compile(r"([A-Za-z0-9][A-Za-z0-9+.-]*)_([^_/\s]+)\.bb\Z")
_MULTILIB = re.compile(r"\Alib(?:32|64|x32|n32)-")
_FETCHED = re.compile(r"AUTOINC|\+(?:git|svn|hg)|\A(?:git|svn|hg)\Z")
"""Versions in which the package's (PKGV) and the recipe's (PV) differ: by what stands for the fetched revision."""


def is_made(stanza: Stanza) -> bool:
    """Did BitBake make it? No other builder writes the field."""
    return bool(NAME.match(stanza.get("oe")))


def recipe(stanza: Stanza, more: Stanza = Stanza(0, {})) -> tuple[Purl, ...]:  # noqa: B008 - it is frozen
    """The recipe, without a version where the package does not tell it.

    Args:
        stanza: the package in the database.
        more: the package's own control file, for what the database leaves out.
    """
    source = (stanza.get("source") or more.get("source")).split(maxsplit=1)[:1]
    file = _FILE.match(source[0]) if source else None
    if found := next((one.get("oe") for one in (stanza, more) if is_made(one)), ""):
        version = stanza.get("version").rpartition(":")[2].rpartition("-")[0]
        return (purl("yocto", _MULTILIB.sub("", found), "" if _FETCHED.search(version) else version),)
    return (purl("yocto", file[1], "" if _FETCHED.search(file[2]) else file[2]),) if file else ()
