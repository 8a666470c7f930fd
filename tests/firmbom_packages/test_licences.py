"""Licences as databases and copyright files state them: into SPDX where that is certain, as written elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from firmbom_packages.copyright import licences
from firmbom_packages.debian_licences import EXCEPTIONS, NAMES, translated
from firmbom_packages.licences import spdx, stated


@pytest.mark.parametrize("value", [*NAMES.values(), *(f"GPL-2.0-only WITH {one}" for one in EXCEPTIONS.values())])
def test_the_table_speaks_spdx(value: str) -> None:
    assert canonicalize_license_expression(value) == value


DEBIAN = [
    ("GPL-2+", ["GPL-2.0-or-later"]),
    ("gpl-2.0+", ["GPL-2.0-or-later"]),
    ("LGPL-2.1", ["LGPL-2.1-only"]),
    ("Apache-2.0", ["Apache-2.0"]),
    ("Expat", ["MIT"]),
    ("BSD-3-clause", ["BSD-3-Clause"]),
    ("Perl", ["Artistic-1.0-Perl OR GPL-1.0-or-later"]),
    ("public-domain", ["public-domain"]),
    ("GPL-2+ or Artistic", ["GPL-2.0-or-later OR Artistic-1.0"]),
    ("GPL-2+ and Expat", ["GPL-2.0-or-later", "MIT"]),
    ("GPL-2, Expat", ["GPL-2.0-only", "MIT"]),
    ("GPL-2, LGPL-3, or Expat", ["GPL-2.0-only OR LGPL-3.0-only OR MIT"]),
    ("GPL-1+ or Artistic, and ISC", ["GPL-1.0-or-later OR Artistic-1.0", "ISC"]),
    ("GPL-2 or Expat and ISC", ["GPL-2.0-only OR (MIT AND ISC)"]),
    ("Perl or Expat", ["(Artistic-1.0-Perl OR GPL-1.0-or-later) OR MIT"]),
    ("Perl and ISC or Expat", ["((Artistic-1.0-Perl OR GPL-1.0-or-later) AND ISC) OR MIT"]),
    ("GPL-2+ or custom", ["GPL-2+ or custom"]),
    ("custom and Zlib", ["custom", "Zlib"]),
    ("GPL-3+ with Bison exception", ["GPL-3.0-or-later WITH Bison-exception-2.2"]),
    ("GPL-2+-with-Libtool-exception", ["GPL-2.0-or-later WITH Libtool-exception"]),
    ("GPL-2 with Linux-syscall-note", ["GPL-2.0-only WITH Linux-syscall-note"]),
    ("GPL-2+ with OpenSSL exception", ["GPL-2+ with OpenSSL exception"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "found"), DEBIAN)
def test_debian_names(text: str, found: list[str]) -> None:
    assert list(translated(text)) == found


STATED = [
    ("MIT", ["MIT"]),
    ("gpl-2.0-or-later and mit", ["GPL-2.0-or-later AND MIT"]),
    ("GPL-2.0-only & MIT | BSD-3-Clause", ["GPL-2.0-only AND MIT OR BSD-3-Clause"]),
    ("GPLv2+ and (ASL 2.0 or MIT)", ["GPL-2.0-or-later AND (Apache-2.0 OR MIT)"]),
    ("GPLv2+ and BSD", ["GPL-2.0-or-later", "BSD"]),
    ("GPL-2.0-only & bzip2-1.0.4", ["GPL-2.0-only", "bzip2-1.0.4"]),
    ("BSD or GPLv2", ["BSD or GPLv2"]),
    ("  some\n free  text ", ["some free text"]),
    ("MIT (with advertising)", ["MIT (with advertising)"]),
    ("(" * 300 + "MIT" + ")" * 300, ["(" * 300 + "MIT" + ")" * 300]),
    ("Unknown", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "found"), STATED)
def test_stated(text: str, found: list[str]) -> None:
    assert [one.value for one in stated(text)] == found


@given(st.text("GPLv2+ AND or()&|MIT0,\n", max_size=40))
def test_any_text_gives_licences(text: str) -> None:
    assert all(one.value == one.value.strip() != "" for one in stated(text))
    assert all(translated(text))
    assert spdx(text) == "" or canonicalize_license_expression(spdx(text))


FORMAT = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
COPYRIGHT = [
    (b"", []),
    (b"This is free software under the GPL-2.\n\nLicense: MIT\n", []),
    (b"Format: something else\n\nFiles: *\nLicense: MIT\n", []),
    (FORMAT, []),
    (FORMAT + b"License: GPL-3\n\nFiles: *\nLicense: Expat\n", ["GPL-3.0-only", "MIT"]),
    (FORMAT + b"\nFiles: a\nLicense: ISC\n text\n\nFiles: *\nLicense:\n MIT\n", ["ISC"]),
    (FORMAT + b"\nFiles: a b\nLicense: ISC\n\nFiles:\n *\nLicense: Expat\n", ["MIT", "ISC"]),
    (FORMAT + b"\nLicense: ISC\n text\n", []),
    (FORMAT + b"\nFiles: *\nCopyright: J\xf6rg\nLicense: J\xf6rg\n", ["Jörg"]),
    (FORMAT + b"\nFiles: *\nnonsense\n orphan\nLicense: ISC\x00\x1b[31m\n", ["ISC\\x00\\x1b[31m"]),
    (b"Format-Specification: http://dep.debian.net/deps/dep5/\n\nFiles: *\nLicense: ISC\n", ["ISC"]),
]


@pytest.mark.parametrize(("data", "found"), COPYRIGHT)
def test_copyright_files(data: bytes, found: list[str]) -> None:
    assert [one.value for one in licences(data)] == found
