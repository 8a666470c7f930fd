"""The headers of core metadata, which are those of mail (RFC 822) in UTF-8, by the standard library's parser.

``packaging.metadata.parse_email`` gives the same, but loads all that checks the values, of which nothing is asked here.
"""

from __future__ import annotations


class Headers:
    """What each header says, by its name in small letters."""

    def __init__(self, data: bytes) -> None:
        """Args: ``data`` without what stands below the headers."""
        from email.parser import Parser

        self._values: dict[str, list[str]] = {}
        self._damaged: set[str] = set()
        for name, value in Parser().parsestr(data.decode("ascii", "surrogateescape"), headersonly=True).raw_items():
            self._add(name.lower(), value.encode("ascii", "surrogateescape"))

    def _add(self, name: str, value: bytes) -> None:
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = value.decode("latin-1")
            self._damaged.add(name)
        self._values.setdefault(name, []).append(text)

    def first(self, name: str) -> str:
        """The first value, be it damaged; empty without any."""
        return self.read(name)[0] if name in self._values else ""

    def only(self, name: str) -> str:
        """The value of a header that stands there once and is UTF-8; else empty."""
        values = self.all(name)
        return values[0] if len(values) == 1 else ""

    def all(self, name: str) -> tuple[str, ...]:
        """The values in their order; none where one of them is no UTF-8."""
        return () if name in self._damaged else self.read(name)

    def read(self, name: str) -> tuple[str, ...]:
        """The values in their order, of which one that is no UTF-8 is read as Latin-1."""
        return tuple(self._values.get(name, ()))
