"""SPDX 2.2 as ``create-spdx-2.2.bbclass`` writes it: an image's document, and one for each package, recipe and runtime.

The documents lie together in ``IMAGE.spdx.tar.zst``, dunfell's in ``IMAGE.spdx.tar.gz``, and name each other by
``documentNamespace`` through ``externalDocumentRefs``. A package's recipe is what it was ``GENERATED_FROM``; its
runtime document says what it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

from firmbom.errors import InputError
from firmbom.model import ExternalReference, Location, Party
from firmbom.problems import Report
from firmbom_yocto.exploitability import of_spdx2
from firmbom_yocto.licences import expression
from firmbom_yocto.reading import Json, json_object, named, objects, prose, text_in, versioned
from firmbom_yocto.said import Package, Recipe, Said, Stored
from firmbom_yocto.sources import source

LARGEST = 256 << 20
"""Bytes of one document; one that lists every source file of a kernel has 100 MiB."""
UNPACKED = 4 << 30
"""Bytes of all documents of an archive."""
MEMBERS = 200_000

_GZIP = b"\x1f\x8b"
_CREATOR = "create-spdx"
_PACKAGE, _RECIPE, _IMAGE = "SPDXRef-Package-", "SPDXRef-Recipe-", "SPDXRef-Image-"
_ORGANISATION = "Organization:"


def is_spdx2(found: Json) -> bool:
    """Is it a document of SPDX 2, written by BitBake?"""
    creators = found.get("creationInfo")
    listed = creators.get("creators") if isinstance(creators, dict) else None
    return text_in(found, "spdxVersion").startswith("SPDX-2.") and _CREATOR in str(listed)


def read_archive(data: bytes, path: str, report: Report) -> Said | None:
    """What the documents in an image's archive state together; None when none is BitBake's."""
    documents = Documents(report)
    try:
        for name, content in _members(data, path, report):
            documents.add(content, f"{path}!/{name}")
    except InputError as error:
        report.say("error", error.within(path), path)
    return documents.said()


def _members(data: bytes, path: str, report: Report) -> Iterator[tuple[str, bytes]]:
    """The documents of an archive; nothing is written, so that a member's name can do no harm."""
    import gzip
    import tarfile
    import zlib

    import zstandard

    total = 0
    packed = BytesIO(data)
    unpacking: AbstractContextManager[Any] = (
        gzip.GzipFile(fileobj=packed)
        if data.startswith(_GZIP)
        else zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed)
    )
    try:
        with unpacking as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for count, member in enumerate(archive):
                total += member.size
                if count >= MEMBERS or total > UNPACKED:
                    report.say("error", f"more than {MEMBERS} members or {UNPACKED} bytes; the rest is not read", path)
                    return
                if not member.isfile() or not member.name.endswith(".spdx.json"):
                    continue
                if member.size > LARGEST:
                    report.say("error", f"document of more than {LARGEST} bytes; not read", path, detail=member.name)
                elif found := archive.extractfile(member):
                    yield member.name.removeprefix("./"), found.read()
    except (tarfile.TarError, zstandard.ZstdError, zlib.error, EOFError, ValueError, OSError) as error:
        raise InputError(f"archive cannot be read to its end: {error}", path=path) from error


class Documents:
    """The documents of one build, gathered and then read together."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._found: dict[str, tuple[Json, str]] = {}
        """The document and its place, by namespace."""

    def add(self, data: bytes, path: str) -> None:
        """Add a document; one that BitBake did not write is left out."""
        try:
            found = json_object(data, path)
        except InputError as error:
            self._report.say("error", error.within(path), path)
            return
        if is_spdx2(found):
            self._found[text_in(found, "documentNamespace") or path] = found, path

    def said(self) -> Said | None:
        """What they state together; None when there is none."""
        if not self._found:
            return None
        said = Said()
        owners: dict[tuple[str, str], str] = {}
        for namespace, (document, path) in self._found.items():
            for one in objects(document, "packages"):
                self._take(one, namespace, path, said, owners)
            said.statements += of_spdx2(document, path)
        links = _Links(self._found, owners)
        for name, recipe in links.recipes():
            if name in said.packages:
                said.packages[name] = _replaced(said.packages[name], recipe=recipe)
        requires = links.requires()
        for name in links.with_runtime():
            if name in said.packages:
                said.packages[name] = _replaced(said.packages[name], requires=tuple(sorted(requires.get(name, ()))))
        said.contents = tuple(sorted(links.contents())) or None
        return said

    def _take(self, one: Json, namespace: str, path: str, said: Said, owners: dict[tuple[str, str], str]) -> None:
        identifier, name = text_in(one, "SPDXID"), named(text_in(one, "name"))
        if not name:
            said.unfit += identifier.startswith(_PACKAGE)
            return
        document = self._found[namespace][0]
        if identifier.startswith(_PACKAGE):
            owners[namespace, identifier] = name
            said.packages[name] = _package(name, one, document, path)
        elif identifier.startswith(_RECIPE):
            owners[namespace, identifier] = name
            said.recipes[name] = _recipe(name, one, document, path)
        elif identifier.startswith(_IMAGE):
            owners[namespace, identifier] = ""


class _Links:
    """The relationships between documents, by what they join."""

    def __init__(self, found: dict[str, tuple[Json, str]], owners: dict[tuple[str, str], str]) -> None:
        self._owners = owners
        self._pairs: dict[str, list[tuple[str, str]]] = {}
        self._amended: set[str] = set()
        for namespace, (document, _) in found.items():
            outside = {
                text_in(one, "externalDocumentId"): text_in(one, "spdxDocument")
                for one in objects(document, "externalDocumentRefs")
            }
            for one in objects(document, "relationships"):
                self._join(one, namespace, outside)

    def _join(self, one: Json, namespace: str, outside: dict[str, str]) -> None:
        source = self._resolved(text_in(one, "spdxElementId"), namespace, outside)
        target = self._resolved(text_in(one, "relatedSpdxElement"), namespace, outside)
        kind = text_in(one, "relationshipType")
        if kind == "AMENDS":
            self._amended.add(target[0])
        elif source in self._owners and target in self._owners:
            self._pairs.setdefault(kind, []).append((self._owners[source], self._owners[target]))

    @staticmethod
    def _resolved(reference: str, namespace: str, outside: dict[str, str]) -> tuple[str, str]:
        document, colon, identifier = reference.partition(":")
        return (outside.get(document, ""), identifier) if colon else (namespace, reference)

    def recipes(self) -> list[tuple[str, str]]:
        """Pairs of package and recipe."""
        return self._pairs.get("GENERATED_FROM", [])

    def requires(self) -> dict[str, set[str]]:
        """What a package needs at run time."""
        found: dict[str, set[str]] = {}
        for needed, package in self._pairs.get("RUNTIME_DEPENDENCY_OF", []):
            found.setdefault(package, set()).add(needed)
        return found

    def with_runtime(self) -> set[str]:
        """Packages whose runtime document is there, so that having no dependency says something."""
        return {
            name
            for (namespace, identifier), name in self._owners.items()
            if namespace in self._amended and identifier.startswith(_PACKAGE)
        }

    def contents(self) -> set[str]:
        """The packages that an image contains."""
        return {package for image, package in self._pairs.get("CONTAINS", []) if not image and package}


def _package(name: str, one: Json, document: Json, path: str) -> Package:
    return Package(
        name=name,
        version=versioned(text_in(one, "versionInfo")),
        licence=expression(text_in(one, "licenseDeclared")),
        summary=prose(_stated(one, "summary")),
        homepage=prose(_stated(one, "homepage")),
        supplier=_supplier(one),
        cpes=_cpes(one),
        files={
            text_in(f, "fileName").removeprefix("./").lstrip("/"): Stored(sha256=_sha256(f))
            for f in objects(document, "files")
        },
        location=Location(path, symbol=text_in(one, "SPDXID")),
    )


def _recipe(name: str, one: Json, document: Json, path: str) -> Recipe:
    """A recipe; since scarthgap every download is a package of its own in the recipe's document."""
    downloads = [each for each in objects(document, "packages") if not text_in(each, "SPDXID").startswith(_RECIPE)]
    found = (source(_stated(each, "downloadLocation"), _checksums(each)) for each in (downloads or [one]))
    return Recipe(
        name=name,
        version=versioned(text_in(one, "versionInfo")),
        licence=expression(text_in(one, "licenseDeclared")),
        summary=prose(_stated(one, "summary")),
        description=prose(_stated(one, "description")),
        homepage=prose(_stated(one, "homepage")),
        supplier=_supplier(one),
        cpes=_cpes(one),
        sources=_sorted(found),
        location=Location(path, symbol=text_in(one, "SPDXID")),
    )


def _sorted(found: Iterator[ExternalReference | None]) -> tuple[ExternalReference, ...]:
    return tuple(sorted({one for one in found if one}))


def _replaced(package: Package, **changes: object) -> Package:
    import msgspec

    return msgspec.structs.replace(package, **changes)


def _stated(one: Json, key: str) -> str:
    value = text_in(one, key)
    return "" if value in ("NOASSERTION", "NONE") else value


def _supplier(one: Json) -> Party:
    """``Organization: OpenEmbedded ()`` (SPDX 2.2 section 3.5)."""
    text = _stated(one, "supplier")
    if not text.startswith((_ORGANISATION, "Person:")):
        return Party()
    name, _, mail = text.partition(":")[2].partition("(")
    return Party(prose(name), email=mail.rstrip(") ").strip())


def _cpes(one: Json) -> tuple[str, ...]:
    references = objects(one, "externalRefs")
    return tuple(
        sorted(
            {text_in(r, "referenceLocator") for r in references if text_in(r, "referenceType").endswith("cpe23Type")}
        )
    )


def _checksums(one: Json) -> list[tuple[str, str]]:
    return [(text_in(c, "algorithm"), text_in(c, "checksumValue")) for c in objects(one, "checksums")]


def _sha256(one: Json) -> str:
    return next((value.lower() for name, value in _checksums(one) if name == "SHA256"), "")
