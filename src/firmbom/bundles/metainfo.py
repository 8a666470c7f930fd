"""AppStream metainfo of a firmware: which devices, which version, which files with which digests.

Sources: fwupd's documentation, "AppStream MetaInfo"; AppStream's specification, "Firmware" and "Release information".
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from firmbom.errors import InputError

_DEEPEST = 32
_MOST = 50_000
"""Elements of one file."""
_DEFAULT = "firmware.bin"
"""What a release calls its payload when it does not say."""


class Element(msgspec.Struct):
    """An XML element."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = []
    text: str = ""

    def below(self, *names: str) -> Iterator[Element]:
        """The elements at a path of names."""
        for child in self.children:
            if child.name == names[0]:
                if names[1:]:
                    yield from child.below(*names[1:])
                else:
                    yield child


class Metainfo(msgspec.Struct, frozen=True):
    """What one file says."""

    id: str
    version: str
    """Of its first release, which is the newest."""
    guids: tuple[str, ...]
    payloads: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Names of files, and of each the digests: algorithm and value."""


def read(data: bytes, *, path: str) -> Metainfo:
    """Read a metainfo file.

    Raises:
        InputError: no XML, one with a document type (and so with entities), too large, or not of a firmware.
    """
    root = parsed(data, path)
    if root.name != "component" or root.attributes.get("type") != "firmware":
        raise InputError("describes no firmware", path=path)
    releases = [*root.below("releases", "release")]
    files: dict[str, set[tuple[str, str]]] = {}
    for release in releases[:1]:
        for one in release.below("checksum"):
            if one.attributes.get("target", "content") == "content":
                name = one.attributes.get("filename", _DEFAULT)
                files.setdefault(name, set()).add((one.attributes.get("type", "sha1"), one.text.strip()))
        for artifact in release.below("artifacts", "artifact"):
            names = [one.text.strip() for one in artifact.below("filename")]
            for one in artifact.below("checksum"):
                files.setdefault((names or [_DEFAULT])[0], set()).add(
                    (one.attributes.get("type", ""), one.text.strip())
                )
    files = files or {_DEFAULT: set()}
    return Metainfo(
        id="".join(one.text.strip() for one in [*root.below("id")][:1]),
        version=releases[0].attributes.get("version", "") if releases else "",
        guids=tuple(sorted({one.text.strip().lower() for one in root.below("provides", "firmware")} - {""})),
        payloads=tuple((name, tuple(sorted(files[name]))) for name in sorted(files)),
    )


def parsed(data: bytes, path: str) -> Element:
    """The root of a file of any kind of software.

    Raises:
        InputError: no XML, one with a document type (and so with entities), or too large.
    """
    from xml.parsers import expat

    top = Element("", {})
    stack = [top]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST or len(stack) > _DEEPEST:
            raise InputError("has too many elements, or too deep ones", path=path)
        stack.append(Element(name, attributes, []))
        stack[-2].children.append(stack[-1])

    def end(_: str) -> None:
        stack.pop()

    def characters(text: str) -> None:
        stack[-1].text += text

    def refuse(*_: object) -> None:
        raise InputError("declares a document type, which may hold entities", path=path)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InputError(f"not XML: {error}", path=path) from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not know
        raise InputError(f"not XML that can be read: {error}", path=path) from error
    return top.children[0]
