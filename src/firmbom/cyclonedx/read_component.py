"""A CycloneDX ``component`` of any tool as a :class:`~firmbom.model.Component`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, cast, get_args

import msgspec

from firmbom import identity
from firmbom.cyclonedx import names
from firmbom.cyclonedx.content import same_name, same_version
from firmbom.cyclonedx.evidence import TECHNIQUE, claimed
from firmbom.cyclonedx.files import INSTALLED
from firmbom.cyclonedx.references import file_name, file_properties, the_download
from firmbom.cyclonedx.shape import Node
from firmbom.cyclonedx.spec import COMPONENT_TYPES
from firmbom.errors import printable
from firmbom.model import (
    Basis,
    Claim,
    Component,
    ComponentType,
    Digest,
    ExternalReference,
    Licence,
    LicenceText,
    Location,
    Party,
    Patch,
    Property,
    Purl,
    Ref,
    Scope,
    own_value,
)
from firmbom.spdx import REFERENCE

_Acknowledgement = Literal["declared", "concluded"]
_PatchType = Literal["unofficial", "monkey", "backport", "cherry-pick"]

_LOCATION = re.compile(r"syft:location:\d+:path\Z")
"""Where syft writes what others write as ``evidence.occurrences``."""
_CPE = "syft:cpe23"
"""Where syft writes the CPEs after the first."""

_GUESSES = {TECHNIQUE[str(Basis.VERSION_STRING)]: Basis.VERSION_STRING, "filename": Basis.FILE_NAME}
"""Techniques that make a statement weaker than a report; none makes it stronger, for nothing was shown to us."""

_FIELDS = frozenset({"purl", "name", "version", "cpe", "hash"})


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """How the components of a document are to be vouched for."""

    plugin: str
    location: str
    """Path of the document; empty when it is no file that was found."""
    basis: Basis
    own: bool = False
    """firmbom wrote the document, so what its writer derived is not read as stated."""
    exact: bool = False
    """Its claims are taken as they stand: it is an own document, read for its own sake."""
    plugins: Mapping[str, str] = {}
    """Of an own document: plugin names by bom-ref."""


def component_of(node: Node, within: Ref, source: Source) -> Component | None:
    """Read one component; None, and an error noted, when it has neither a name nor a purl."""
    name, version = node.text("name").strip(), _version(node)
    purl = _purl(node, name, version, source)
    if purl is None:
        return None
    parsed = identity.parts(purl)
    if version and parsed.version and not same_version(parsed.version, version):
        node.doubt("version", f"{version[:80]!r} is not what the purl says; the purl stands")
        version = ""
    if name and not same_name(parsed, name, node.text("group")):
        node.doubt("name", f"{name[:80]!r} is not what the purl says; the purl stands")
        name = ""
    properties = [Property(each.text("name"), each.text("value")) for each in node.objects("properties")]
    facts = {each.name: each.value for each in properties} if source.own else {}
    stated = facts.get(names.VERSION, "").removeprefix("unknown")
    made = Component(
        purl=purl,
        name=name or parsed.name,
        group=node.text("group"),
        version=version or stated or parsed.version or "",
        type=_type(node),
        within=within,
        scope=_scope(node),
        digests=() if names.HASHES in facts else digests(node),
        cpes=tuple(_cpes(node, properties)),
        licences=tuple(_licences(node, source)),
        licence_texts=tuple(sorted(set(_licence_texts(node)))),
        supplier=Party() if names.SUPPLIER in facts else _supplier(node),
        manufacturer=_party(node.object("manufacturer")),
        author=_author(node),
        description=node.text("description"),
        copyright=node.text("copyright"),
        references=tuple(_references(node)),
        patches=tuple(_patches(node)),
        upstream=tuple(_upstream(node)),
        claims=(Claim(source.basis, Location(source.location), plugin=source.plugin),),
    )
    kept = {each for each in properties if each.name}
    if source.own:
        download = the_download(made)
        derived = set(file_properties(file_name(download))) if download else set()
        kept = {each for each in kept if not names.regenerated(each.name) and (each.name, each.value) not in derived}
    claims = tuple(dict.fromkeys(_claims(node, made, source)))
    return msgspec.structs.replace(made, properties=tuple(sorted(kept)), claims=claims)


def digests(node: Node) -> tuple[Digest, ...]:
    """``hashes[]``; what is no digest is noted."""
    found: dict[Digest, None] = {}
    for each in node.objects("hashes"):
        try:
            found[Digest.named(each.text("alg"), each.text("content"))] = None
        except ValueError as error:
            each.doubt("", str(error))
    return tuple(found)


def _purl(node: Node, name: str, version: str, source: Source) -> Purl | None:
    """The stated purl, with the stated version where it has none; else a generic one made of group, name, version."""
    stated = node.text("purl").strip()
    try:
        if stated:
            parsed = identity.parts(stated)
            if parsed.version or source.own:
                return identity.canonical(stated)
            return identity.spelt(parsed._replace(version=printable(version) or None))
    except ValueError as error:
        node.doubt("purl", f"{stated[:80]!r} is no package URL: {str(error)[:120]}")
    try:
        return identity.purl("generic", printable(name), printable(version), namespace=printable(node.text("group")))
    except (ValueError, TypeError):  # packageurl makes nothing of a name of slashes alone, and trips over it
        node.doubt("", "has neither a name nor a package URL that can be used, so it was left out", "error")
        return None


def _version(node: Node) -> str:
    version = node.text("version").strip()
    return "" if version == names.NOASSERTION else version


def _type(node: Node) -> ComponentType:
    stated = node.text("type")
    if stated in COMPONENT_TYPES:
        return cast(ComponentType, stated)
    node.doubt("type", f"{stated[:40]!r} is no component type; read as a library")
    return "library"


def _scope(node: Node) -> Scope:
    stated = node.text("scope")
    if stated in get_args(Scope):
        return cast(Scope, stated)
    node.doubt("scope", f"{stated[:40]!r} is no scope; left open")
    return ""


def _cpes(node: Node, properties: Iterable[Property]) -> Iterator[str]:
    further = (
        each.text("concludedValue")
        for each in _identities(node)
        if each.text("field") == "cpe" and not each.value.get("methods")
    )
    named = (each.value for each in properties if each.name == _CPE)
    yield from dict.fromkeys(cpe for cpe in (node.text("cpe"), *further, *named) if cpe)


def _references(node: Node) -> Iterator[ExternalReference]:
    for each in node.objects("externalReferences"):
        if url := each.text("url"):
            yield ExternalReference(each.text("type") or "other", url, digests(each), each.text("comment"))


def _licence_texts(node: Node) -> Iterator[LicenceText]:
    """The texts of licences that SPDX does not list, as 1.7 and as 1.6 hold them."""
    for holder in (node, node.object("evidence")):
        for each in holder.objects("licenses"):
            named = [(one.text("licenseIdentifier"), one.object("text")) for one in each.objects("expressionDetails")]
            stated = each.object("license") if "license" in each.value else each
            for name, text in [*named, (stated.text("name"), stated.object("text"))]:
                if name.startswith(REFERENCE) and not text.text("encoding") and (content := text.text("content")):
                    yield LicenceText(name, content)


def _licences(node: Node, source: Source) -> Iterator[Licence]:
    seen: set[Licence] = set()
    for holder, otherwise in ((node, "declared"), (node.object("evidence"), "concluded")):
        for each in holder.objects("licenses"):
            stated = each.object("license") if "license" in each.value else each
            value = each.text("expression") or stated.text("id") or stated.text("name")
            if source.own and "text" in stated.value and "acknowledgement" not in stated.value:
                continue  # only the text of a part of the expression
            acknowledgement = stated.text("acknowledgement") or otherwise
            if acknowledgement not in get_args(_Acknowledgement):
                stated.doubt("acknowledgement", f"{acknowledgement[:40]!r} is neither declared nor concluded")
                acknowledgement = otherwise
            licence = Licence(value, cast(_Acknowledgement, acknowledgement))
            if value and value != names.NOASSERTION and licence not in seen:
                seen.add(licence)
                yield licence


def _party(node: Node) -> Party:
    name = node.text("name")
    contacts = node.objects("contact")
    emails = (each.text("email") or each.text("name") for each in contacts)
    return Party(
        "" if name == names.NOASSERTION else name,
        next(node.texts("url"), ""),
        next((email for email in emails if email), ""),
    )


def _supplier(node: Node) -> Party:
    """``publisher`` is what was written before there was a ``supplier``."""
    supplier = _party(node.object("supplier"))
    return supplier if supplier != Party() else Party(node.text("publisher"))


def _author(node: Node) -> str:
    people = [_party_name(each) for each in node.objects("authors")]
    return ", ".join(name for name in people if name) or node.text("author")


def _party_name(node: Node) -> str:
    name, email = node.text("name"), node.text("email")
    return f"{name} <{email}>" if name and email else name or email


def _patches(node: Node) -> Iterator[Patch]:
    for each in node.object("pedigree").objects("patches"):
        kind, url = each.text("type"), each.object("diff").text("url")
        if kind not in get_args(_PatchType):
            each.doubt("type", f"{kind[:40]!r} is no type of patch; left out")
        elif url:
            resolves = sorted({issue.text("id") for issue in each.objects("resolves")} - {""})
            yield Patch(cast(_PatchType, kind), url, tuple(resolves))


def _upstream(node: Node) -> Iterator[Purl]:
    for each in node.object("pedigree").objects("ancestors"):
        if stated := each.text("purl"):
            try:
                yield identity.canonical(stated)
            except (ValueError, UnicodeError):
                each.doubt("purl", f"{stated[:80]!r} is no package URL")


def _identities(node: Node) -> Iterable[Node]:
    return node.object("evidence").objects("identity")


def _claims(node: Node, made: Component, source: Source) -> Iterator[Claim]:
    """The claims that firmbom wrote, as they stand; of another's document that it says so, and where it saw it."""
    if source.exact and (own := list(_own_claims(node, made, source))):
        yield from own
        return
    basis, sure = _strength(node, source.basis)
    places = list(_places(node))
    if source.location or not places:
        yield Claim(basis, Location(source.location), sure, plugin=source.plugin)
    for place in places:
        yield Claim(basis, place, sure, plugin=source.plugin)


def _own_claims(node: Node, made: Component, source: Source) -> Iterator[Claim]:
    for stated in _identities(node):
        field, value = stated.text("field"), stated.text("concludedValue")
        if field not in _FIELDS:
            continue
        plugin = source.plugins.get(next(stated.texts("tools"), ""), "")
        for method in stated.objects("methods"):
            if said := claimed(method.text("value")):
                yield Claim(
                    said[0],
                    said[1],
                    _bounded(method.number("confidence", 1.0)),
                    cast(Literal["purl", "name", "version", "cpe", "hash"], field),
                    "" if value == own_value(made, field) else value,
                    plugin,
                )


def _strength(node: Node, basis: Basis) -> tuple[Basis, float]:
    """The basis, weakened when the tool says that it only guessed, and how sure it is of the purl or name."""
    techniques: set[str] = set()
    sure = 1.0
    for stated in _identities(node):
        techniques |= {method.text("technique") for method in stated.objects("methods")}
        if stated.text("field") in {"purl", "name"}:
            sure = min(sure, _bounded(stated.number("confidence", 1.0)))
    if basis is Basis.REPORTED and techniques and techniques <= _GUESSES.keys():
        return max((_GUESSES[one] for one in techniques), key=identity.STRENGTH.__getitem__), sure
    return basis, sure


def _places(node: Node) -> Iterator[Location]:
    for each in node.object("evidence").objects("occurrences"):
        path = each.text("location").lstrip("/")
        if path and each.value.get("additionalContext") != INSTALLED:
            yield Location(path, _whole(each, "line", 0), _whole(each, "offset", -1), each.text("symbol"))
    for each in node.objects("properties"):
        if _LOCATION.match(each.text("name")) and (path := each.text("value").lstrip("/")):
            yield Location(path)


def _whole(node: Node, name: str, default: int) -> int:
    """A count; what no file can have is left out."""
    found = node.number(name, default)
    return int(found) if 0 <= found < 1 << 53 else default


def _bounded(sure: float) -> float:
    return float(min(max(sure, 0.0), 1.0))
