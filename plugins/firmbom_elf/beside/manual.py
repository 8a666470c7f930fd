"""Which of some versions a program's manual names: the header of a page for man(7) or mdoc(7), else the text; Info."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from firmbom_elf import names
from firmbom_elf.beside.named import Named

MOST_BYTES = 1 << 13
"""Of a page: the header, and what it says first of the program; examples further on name other releases."""
_HEADER = re.compile(r"^[.'][ \t]*(?P<macro>TH|Os)[ \t]+(?P<fields>\S[^\n]{0,400})$", re.MULTILINE)
"""``.TH title section date source manual`` (man(7)), ``.Os system`` (mdoc(7)); the release is in the source."""
_INFO = ".info, produced by "
"""What makeinfo puts at the beginning."""
_FIELD = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
_FINAL = r"(?![-~+_](?!dfsg|deb|ds\d)[A-Za-z])"
"""No ``1.0-dev``."""
_NUMBER = re.compile(
    rf"(?:\b(?P<word>[A-Za-z][\w+-]{{0,40}})[ -])?(?<![\w.])[vV]?(?P<version>{names.VERSION}){_FINAL}", re.ASCII
)
_STATED = rf"(?i:\b(?:version|release)[:\s]{{1,3}}(?:is )?)[vV]?({names.VERSION}){_FINAL}"
_COLLECTION = "X Version 11"
"""What programs of X.Org say that they belong to: each numbers itself, and who packages them numbers the collection."""


def read(data: bytes, versions: Collection[str]) -> Iterator[Named]:
    """Those of ``versions`` that the header of a page names, or the beginning of an Info file.

    Args:
        data: the beginning of the file, unpacked.
        versions: what is asked for.
    """
    text = data[:MOST_BYTES].decode("latin-1")  # one character a byte
    plain = _plain(text)
    if _COLLECTION not in text and any(version in plain for version in versions):
        named = _of_text(text) if _INFO in text[:200] else _of_header(text)
        yield from (one for one in named if one.version in versions)


def _of_header(text: str) -> Iterator[Named]:
    for line in _HEADER.finditer(text):
        fields = [quoted or bare for quoted, bare in _FIELD.findall(_plain(line["fields"]))]
        said = fields if line["macro"] == "Os" else fields[3:5]
        for number in _NUMBER.finditer(" | ".join(said)):
            yield Named(number["version"], line.start(), line[0], number["word"] or "")


def _of_text(text: str) -> Iterator[Named]:
    for found in re.finditer(_STATED, text):
        start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
        yield Named(found[1], found.start(), " ".join(text[start : end if end >= 0 else None].split()))


def _plain(text: str) -> str:
    """Without roff's escapes that stand in numbers."""
    return text.replace("\\-", "-").replace("\\&", "")
