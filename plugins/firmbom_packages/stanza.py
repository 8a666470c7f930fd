"""Control files: stanzas of ``Field: value`` lines, as dpkg, opkg and copyright files hold (deb822(5))."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from firmbom.problems import Report


class Stanza(msgspec.Struct, frozen=True):
    """One paragraph; field names in lower case, a value's further lines joined by newlines."""

    line: int
    """1-based, of its first field."""
    fields: dict[str, str]

    def get(self, name: str) -> str:
        """A field's value, empty when it is absent."""
        return self.fields.get(name, "")

    def first_line(self, name: str) -> str:
        """The first line of a field: the short description, a licence's short name."""
        return self.get(name).partition("\n")[0].strip()


def text_of(data: bytes, report: Report, path: str = "") -> str:
    """Decode as UTF-8; a line that is none is read as Latin-1, as old maintainers' names are, and noted."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    lines = []
    for number, raw in enumerate(data.split(b"\n"), 1):
        try:
            lines.append(raw.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(raw.decode("latin-1"))
            report.say("note", "not UTF-8, read as Latin-1", line=number, path=path)
    return "\n".join(lines)


def stanzas(text: str, report: Report, path: str = "") -> Iterator[Stanza]:
    """Each stanza in turn; what is no field is told and left out.

    Args:
        text: the whole file.
        report: told of lines that are neither a field nor the continuation of one, and of fields that stand twice.
        path: the file, if it is not the report's own.
    """
    fields: dict[str, str] = {}
    start, name = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.isspace():
            if fields:
                yield Stanza(start, fields)
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name] += "\n" + line[1:].rstrip()
            else:
                report.say("warning", "continues a field, but none stands before it; ignored", line=number, path=path)
        elif line[0] != "#":
            name, colon, value = line.partition(":")
            name = name.rstrip().lower()
            if not colon or not name:
                report.say("warning", "not a field (no colon); ignored", line=number, path=path)
                name = ""
                continue
            if name in fields:
                report.say("warning", "field stands twice; the last counts", detail=name, line=number, path=path)
            start = start if fields else number
            fields[name] = value.strip()
    if fields:
        yield Stanza(start, fields)
