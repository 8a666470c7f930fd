"""What an entry of the catalogue says; docs/catalogue.md explains it to those who add one."""

from __future__ import annotations

import msgspec

from firmbom.model import ComponentType


class Version(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One way to read the version; exactly one of ``string``, ``symbol``, ``file``, ``data`` and ``number`` is given.

    Each but ``number`` is a regular expression (Python's ``re``, ASCII) that is searched for. Its groups make the
    version, joined by dots; a group that took no part is left out.
    """

    string: str = ""
    """In one printable string (bytes 0x20 to 0x7e and tab, of at least 4; ``^`` and ``$`` are its ends).

    It holds a literal of at least 4 characters, or is anchored at both ends and matches a bare number only, such as
    ``^(\\d+\\.\\d+\\.\\d+)$``.
    """
    symbol: str = ""
    """In the name of an exported symbol or of a version node that the file defines. The highest one counts."""
    file: str = ""
    """In the base name of a file of the component: ``^libz\\.so\\.(\\d+\\.\\d+[\\d.]*)$``, if releases number it."""
    data: str = ""
    """In the bytes, strings and what is between them, of its own files and of those that hold its ``code``.

    What it matches reaches no further than 512 bytes from the literal that it holds, if it holds any.
    """
    number: str = ""
    """The function or datum of a library that tells its version as one number: ``FcGetVersion``."""
    units: tuple[int, ...] = ()
    """How that number is made up: of 10000, 100 and 1 in 21401 come 2, 14 and 1."""
    least: int = 1
    """Smaller numbers are made up otherwise."""
    releases: dict[str, str] = {}
    """What the groups read → the version, where that is the date of a check-in or the number of a library.

    What is not there is no version.
    """
    leading: str = ""
    """What stands before the groups in the release, where the number of a library leaves it out: ``1`` of 1.21.0."""
    inside: bool = False
    """The string is in the component's own code, so it proves that this code is in whatever file holds it.

    Not so for a string that a header of the component puts into the programs that use it. Without this the rule counts
    in the component's own files only.
    """
    unless_needs: tuple[str, ...] = ()
    """SONAME patterns: a file that loads one of these has the string from a header, whatever ``inside`` says."""
    beside: tuple[str, ...] = ()
    """For ``inside`` to count in others' files they must also hold one of these texts, which the code itself has."""
    integers: bool = False
    """The groups are numbers with leading zeros, as in ``2``, ``09``, ``14``: written as 2.9.14."""
    confidence: float = 0.9

    @property
    def pattern(self) -> str:
        """The expression that is given; empty where the version is a number."""
        return self.string or self.symbol or self.data or self.file


class Licensed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The licence of a component's earlier releases."""

    before: str
    """The first release that is under another one: ``3.0``, numbers and dots."""
    licence: str = ""
    """SPDX expression; none where SPDX has no name for it, or nobody looked."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One component.

    A file is the component's own if any pattern of ``sonames`` or ``files`` or all of ``exports`` fit. Patterns are
    those of a shell: ``*``, ``?``, ``[…]``.
    """

    name: str
    """As upstream spells it in lower case; unique in the catalogue."""
    purl: str = ""
    """Without version; ``pkg:generic/<name>`` when it is not given."""
    cpe: tuple[str, ...] = ()
    """``vendor:product`` of the CPE dictionary (NVD), of part ``a`` unless ``o:`` or ``h:`` stands before.

    The first is the one that vulnerabilities are listed under today, the others are earlier ones. ``[]`` says that the
    dictionary has none.
    """
    licence: str = ""
    """SPDX expression of current releases: of the programs and libraries, not of tests, examples and packaging."""
    licensed: tuple[Licensed, ...] = ()
    """Licences of earlier releases, the earliest first; without a version it cannot be told which one holds."""
    homepage: str = ""
    type: ComponentType = "library"
    sonames: tuple[str, ...] = ()
    """SONAMEs of its libraries: ``libz.so.*``; also matched with the base name of a library that has no SONAME."""
    files: tuple[str, ...] = ()
    """Base names of its programs and plugins; with a ``/`` the end of the path: ``lib/systemd/systemd-*``."""
    holds: tuple[str, ...] = ()
    """For names that several projects use (``ntpd``, ``ping``): what fits by name must also hold one of these texts."""
    exports: tuple[str, ...] = ()
    """Exported symbols (names, no patterns) that only it defines; where all are defined, its code is inside."""
    code: tuple[str, ...] = ()
    """Texts that only its own code holds, of at least 4 characters; where all of them stand, its code is inside."""
    version: tuple[Version, ...] = ()
    """Tried in this order in each file; the first that matches decides, what others say is evidence too."""
    misleads: tuple[str, ...] = ()
    """Expressions for strings that look as if they told its version, such as a number that two releases share."""
    confused: str = ""
    """What it must not be confused with, and how the rules avoid that; for people."""
    verified: tuple[str, ...] = ()
    """Where the rules gave the right version: ``debian 12 arm64 libssl3 3.0.17-1~deb12u3``; written by the script."""
