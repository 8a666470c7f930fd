"""SPDX 3.0.1, and styhead's 3.0.0, in JSON-LD as ``create-spdx-3.0.bbclass`` writes it, scarthgap to wrynose.

Elements stand in ``@graph``; relationships name them by ``spdxId``. Scarthgap knows no recipe elements, so that the
recipe is the ``build_Build`` (``<PN>:<task>:recipe``) that a package is the output of; wrynose has them,
and they ``generates`` packages. ``SpdxDocument.creationInfo`` is a reference or an embedded object; neither is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from firmbom.identity import parts
from firmbom.kernel_config import written
from firmbom.model import ExternalReference, Location, Party, Patch
from firmbom_yocto.exploitability import of_spdx3
from firmbom_yocto.licences import expression
from firmbom_yocto.reading import Json, json_object, named, objects, prose, text_in, texts, versioned
from firmbom_yocto.said import Kernel, Package, Recipe, Said, Stored
from firmbom_yocto.sources import CVE, patch, source

_BUILD = re.compile(r"http://openembedded\.org/bitbake/")
_OWNER = re.compile(r"/(?P<recipe>[^/]+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/")
_PURPOSES = {"install": "package", "specification": "recipe"}
_LICENCES = ("hasDeclaredLicense", "hasConcludedLicense")
"""Scarthgap calls a recipe's LICENSE concluded; where both stand, the first is what the recipe declares."""
_KERNEL = "https://openembedded.org/kernel-configuration"
"""Type of the build that holds a kernel's options as parameters (SPDX_INCLUDE_KERNEL_CONFIG), below the recipe's."""
_OF_3_0_0: Mapping[str, str] = {"hasInputs": "hasInput", "hasOutputs": "hasOutput"}
"""What SPDX 3.0.1 has renamed."""
_FOLLOWED = frozenset(
    {"ancestorOf", "dependsOn", "generates", "hasOutput", "hasInput", "contains", "patchedBy", *_LICENCES}
)


def read(data: bytes, path: str) -> Said | None:
    """What the document states; None when BitBake did not write it.

    Raises:
        InputError: not JSON.
    """
    return said(json_object(data, path), path)


def said(found: Json, path: str) -> Said | None:
    """As :func:`read`, of a document that has been parsed."""
    graph = _Graph(objects(found, "@graph"))
    if not any(_BUILD.match(text_in(one, "build_buildType")) for one in graph.of("build_Build")):
        return None
    made = _Reader(graph, path).said()
    made.statements += of_spdx3(found, path)
    return made


class _Graph:
    """The elements by type and identifier, the relationships by kind and source."""

    def __init__(self, elements: Iterable[Json]) -> None:
        self.by_id: dict[str, Json] = {}
        self._by_type: dict[str, list[Json]] = {}
        self.fixed: dict[str, str] = {}
        """The vulnerability's identifier by that of the statement that it is fixed."""
        self._links: dict[str, dict[str, list[Json]]] = {}
        for one in elements:
            kind = text_in(one, "relationshipType")
            if kind := _OF_3_0_0.get(kind, kind):
                if kind == "fixedIn":
                    self.fixed[text_in(one, "spdxId")] = text_in(one, "from")
                if kind in _FOLLOWED:
                    self._links.setdefault(kind, {}).setdefault(text_in(one, "from"), []).append(one)
                continue
            if identifier := text_in(one, "spdxId"):
                self.by_id[identifier] = one
            self._by_type.setdefault(text_in(one, "type"), []).append(one)

    def of(self, kind: str) -> list[Json]:
        """The elements of a type."""
        return self._by_type.get(kind, [])

    def to(self, kind: str, source: str, scope: str = "") -> Iterator[str]:
        """The identifiers that ``source`` leads to."""
        for one in self._links.get(kind, {}).get(source, ()):
            if not scope or text_in(one, "scope") in ("", scope):
                yield from texts(one, "to")

    def sources(self, kind: str) -> Iterator[tuple[str, str]]:
        """Every pair of a relationship."""
        for origin, ones in self._links.get(kind, {}).items():
            for one in ones:
                for target in texts(one, "to"):
                    yield origin, target


class _Reader:
    """One document while it is read."""

    def __init__(self, graph: _Graph, path: str) -> None:
        self._graph, self._path = graph, path
        self._licences = {
            text_in(one, "spdxId"): text_in(one, "simplelicensing_licenseExpression")
            for one in graph.of("simplelicensing_LicenseExpression")
        }
        self._parties = {
            text_in(one, "spdxId"): prose(text_in(one, "name"))
            for kind in ("Organization", "Person", "Agent")
            for one in graph.of(kind)
        }
        self._resolved = self._patched()
        self._recipe_of: dict[str, str] = {}
        """PN by the identifier of a package or build."""

    def said(self) -> Said:
        """All that the document states."""
        said = Said()
        elements = [one for one in self._graph.of("software_Package") if text_in(one, "spdxId")]
        by_purpose: dict[str, list[Json]] = {}
        for one in elements:
            purpose = _PURPOSES.get(text_in(one, "software_primaryPurpose"), "")
            by_purpose.setdefault(purpose, []).append(one)
        self._find_recipes(by_purpose.get("recipe", []))
        packages = by_purpose.get("package", [])
        names = {text_in(one, "spdxId"): named(text_in(one, "name")) for one in packages}
        for one in by_purpose.get("recipe", []):
            if name := named(text_in(one, "name")):
                said.recipes[name] = self._recipe(name, one)
        for one in packages:
            said.unfit += not names[text_in(one, "spdxId")]
            if names[text_in(one, "spdxId")]:
                self._add(self._package(one, names), one, said)
        self._add_inputs(said)
        self._add_kernel(said)
        said.contents = tuple(sorted(self._contents(names))) or None
        return said

    def _find_recipes(self, recipes: Iterable[Json]) -> None:
        for one in self._graph.of("build_Build"):
            if text_in(one, "build_buildType").endswith("/recipe"):
                self._recipe_of[text_in(one, "spdxId")] = named(text_in(one, "name").partition(":")[0])
        for build, output in self._graph.sources("hasOutput"):
            if build in self._recipe_of:
                self._recipe_of[output] = self._recipe_of[build]
        names = {text_in(one, "spdxId"): named(text_in(one, "name")) for one in recipes}
        for recipe, package in self._graph.sources("generates"):
            if names.get(recipe):
                self._recipe_of[package] = names[recipe]

    def _recipe(self, name: str, one: Json) -> Recipe:
        return Recipe(
            name=name,
            version=versioned(text_in(one, "software_packageVersion")),
            layer=_layer(one),
            licence=self._licence(text_in(one, "spdxId")),
            summary=prose(text_in(one, "summary")),
            description=prose(text_in(one, "description")),
            homepage=prose(text_in(one, "software_homePage")),
            supplier=self._supplier(one),
            cpes=_cpes(one),
            location=Location(self._path, symbol=f"recipe/{name}"),
        )

    def _package(self, one: Json, names: dict[str, str]) -> Package:
        identifier = text_in(one, "spdxId")
        requires = (names.get(target, "") for target in self._graph.to("dependsOn", identifier, "runtime"))
        return Package(
            name=names[identifier],
            recipe=self._recipe_of.get(identifier, ""),
            version=versioned(text_in(one, "software_packageVersion")),
            licence=self._licence(identifier),
            summary=prose(text_in(one, "summary") or text_in(one, "description")),
            homepage=prose(text_in(one, "software_homePage")),
            supplier=self._supplier(one),
            cpes=_cpes(one),
            requires=tuple(dict.fromkeys(name for name in requires if name)),
            files=self._files(identifier),
            location=Location(self._path, symbol=f"package/{names[identifier]}"),
        )

    def _add(self, package: Package, one: Json, said: Said) -> None:
        """Add a package, and what it tells of a recipe that is no element itself."""
        said.packages[package.name] = package
        recipe = package.recipe
        if recipe and recipe not in said.recipes:
            said.recipes[recipe] = msgspec.structs.replace(
                self._recipe(recipe, one), licence="", location=package.location
            )

    def _add_inputs(self, said: Said) -> None:
        """Sources and patches: what goes into a recipe's build. Wrynose declares LICENSE of what is downloaded."""
        for build, recipe in self._recipe_of.items():
            inputs = [self._graph.by_id[one] for one in self._graph.to("hasInput", build) if one in self._graph.by_id]
            if not inputs or recipe not in said.recipes:
                continue
            sources = (source(text_in(one, "software_downloadLocation"), _digests(one)) for one in inputs)
            patches = (self._patch(recipe, text_in(one, "name")) for one in inputs if _is_patch(one))
            declared = {self._licence(text_in(one, "spdxId")) for one in inputs if _is_source(one)}
            known = said.recipes[recipe]
            said.recipes[recipe] = msgspec.structs.replace(
                known,
                licence=known.licence or (next(iter(declared)) if len(declared) == 1 else ""),
                sources=_distinct(sources),
                patches=tuple(sorted({one for one in patches if one})),
            )

    def _add_kernel(self, said: Said) -> None:
        for build, part in self._graph.sources("ancestorOf"):
            one, recipe = self._graph.by_id.get(part), self._recipe_of.get(build, "")
            if recipe in said.recipes and text_in(one, "build_buildType") == _KERNEL:
                stated = ((text_in(each, "key"), text_in(each, "value")) for each in objects(one, "build_parameter"))
                found = Kernel(options=written(stated), location=Location(self._path, symbol=f"kernel/{recipe}"))
                said.recipes[recipe] = msgspec.structs.replace(said.recipes[recipe], kernel=found)

    def _patched(self) -> dict[str, set[str]]:
        """The CVEs that a patch mends, by the end of its identifier, which begins with the recipe's."""
        found: dict[str, set[str]] = {}
        for statement, target in self._graph.sources("patchedBy"):
            vulnerability = self._graph.fixed.get(statement, "").rpartition("/")[2]
            name = text_in(self._graph.by_id.get(target), "name")
            if name and CVE.match(vulnerability):
                found.setdefault(f"{_recipe_part(target)}/{name}", set()).add(vulnerability)
        return found

    def _patch(self, recipe: str, name: str) -> Patch | None:
        found = patch(name)
        known = self._resolved.get(f"{recipe}/{name}", set())
        if not found or known <= set(found.resolves):
            return found
        return msgspec.structs.replace(found, type="backport", resolves=tuple(sorted({*found.resolves, *known})))

    def _contents(self, names: dict[str, str]) -> set[str]:
        """What went into the root filesystem."""
        builds = {
            text_in(one, "spdxId")
            for one in self._graph.of("build_Build")
            if text_in(one, "build_buildType").endswith("/rootfs")
        }
        return {names[one] for build in builds for one in self._graph.to("hasInput", build) if names.get(one)}

    def _licence(self, identifier: str) -> str:
        for kind in _LICENCES:
            found = (self._licences.get(target, "") for target in self._graph.to(kind, identifier))
            if text := next(filter(None, found), ""):
                return expression(text)
        return ""

    def _supplier(self, one: Json) -> Party:
        return Party(self._parties.get(text_in(one, "suppliedBy"), ""))

    def _files(self, identifier: str) -> dict[str, Stored]:
        found = (self._graph.by_id.get(target) for target in self._graph.to("contains", identifier))
        return {text_in(one, "name").lstrip("/"): Stored(sha256=_sha256(one)) for one in found if one}


def _recipe_part(identifier: str) -> str:
    """PN in ``…/<PN>-<uuid>/<hash>/patch/0/<name>``."""
    match = _OWNER.search(identifier)
    return match["recipe"] if match else ""


def _cpes(one: Json) -> tuple[str, ...]:
    identifiers = objects(one, "externalIdentifier")
    return tuple(
        sorted({text_in(i, "identifier") for i in identifiers if text_in(i, "externalIdentifierType") == "cpe23"})
    )


def _layer(one: Json) -> str:
    """The layer in the purl ``pkg:yocto/<layer>/<recipe>``, or in the source information."""
    try:
        found = parts(text_in(one, "software_packageUrl"))
        if found.type == "yocto" and found.namespace:
            return named(found.namespace)
    except ValueError:
        pass
    try:
        return named(text_in(msgspec.json.decode(text_in(one, "software_sourceInfo")), "FILE_LAYERNAME").lower())
    except (msgspec.DecodeError, RecursionError):
        return ""


def _digests(one: Json) -> list[tuple[str, str]]:
    return [(text_in(i, "algorithm"), text_in(i, "hashValue")) for i in objects(one, "verifiedUsing")]


def _sha256(one: Json) -> str:
    return next((value.lower() for name, value in _digests(one) if name == "sha256"), "")


def _is_patch(one: Json) -> bool:
    return text_in(one, "software_primaryPurpose") == "patch"


def _is_source(one: Json) -> bool:
    return text_in(one, "software_primaryPurpose") == "source" and "software_downloadLocation" in one


def _distinct(found: Iterable[ExternalReference | None]) -> tuple[ExternalReference, ...]:
    return tuple(sorted({one for one in found if one}))
