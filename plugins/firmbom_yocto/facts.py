"""What is said of a build to the merge: its images, their packages and recipes, who needs whom, who owns which file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from firmbom import cpe
from firmbom.identity import parts
from firmbom.model import (
    ROOT,
    Basis,
    Claim,
    Component,
    ComponentType,
    Edge,
    ExternalReference,
    Fact,
    FileProperties,
    Licence,
    Location,
    Ownership,
    Property,
    Ref,
    Scope,
)
from firmbom.problems import Report
from firmbom_yocto import kernel, purls
from firmbom_yocto.assessments import assessments
from firmbom_yocto.build import Image
from firmbom_yocto.bundled import fetched
from firmbom_yocto.licence_files import LicenceFiles
from firmbom_yocto.pkgdata import dependents
from firmbom_yocto.said import Package, Recipe

_NAMED = 5
_TYPES: tuple[tuple[re.Pattern[str], ComponentType], ...] = (
    (re.compile(r"kernel-module-"), "device-driver"),
    (re.compile(r"kernel-(?:image|vmlinux)"), "operating-system"),
    (re.compile(r"kernel-devicetree"), "data"),
    (re.compile(r"linux-firmware"), "firmware"),
)
"""By the beginning of a package's name before renaming."""


def facts(image: Image, report: Report, *, build_recipes: bool) -> Iterator[Fact]:
    """All that is known of one image.

    Args:
        image: joined.
        report: told what cannot be resolved.
        build_recipes: also name recipes of which nothing is installed, as excluded.
    """
    own = Ref(purls.image(image))
    yield _image(image)
    yield Edge(ROOT, own)
    recipes = {name: purls.recipe(one) for name, one in image.recipes.items()}
    licences: dict[str, set[str]] = {}
    for package in image.packages.values():
        licences.setdefault(package.recipe, set()).add(package.licence)
    for name, recipe in sorted(image.recipes.items()):
        yield _recipe(recipe, licences.get(name, set()), "", image.licence_files)
        yield Edge(own, Ref(recipes[name]))
        yield from _bundled(recipe, Ref(recipes[name]))
        yield from kernel.facts(recipe, Ref(recipes[name]))
    refs = {name: Ref(purls.package(one, image)) for name, one in image.packages.items()}
    for name, package in sorted(image.packages.items()):
        yield _package(package, image)
        yield Edge(own, refs[name])
    yield from _edges(image, refs, report)
    _tell_gaps(image, report)
    for name, package in sorted(image.packages.items()):
        yield from _files(package, refs[name], image)
    named = dict(image.recipes)
    for place, owner in sorted(image.deployed_files.items()):
        if owner in recipes:
            yield Ownership(Ref(recipes[owner]), place)
    if build_recipes:
        known = set(recipes.values())
        for name, recipe in sorted(image.others.items()):
            if purls.recipe(recipe) not in known:
                named[name] = recipe
                yield _recipe(recipe, set(), "excluded", image.licence_files)
    yield from assessments(image, named, {name: Ref(purls.recipe(one)) for name, one in named.items()}, report)


def _image(image: Image) -> Component:
    variables = image.variables
    stated = {"machine": image.machine, "distro": variables.distro, "distro-version": variables.distro_version}
    return Component(
        purl=purls.image(image),
        name=image.name,
        version=variables.version,
        type="firmware",
        description=f"Yocto image {image.name}" + (f" for {image.machine}" if image.machine else ""),
        properties=_properties(stated),
        claims=(Claim(Basis.BUILD_RECORD, image.location),),
    )


def _recipe(recipe: Recipe, licences: set[str], scope: Scope, files: LicenceFiles | None) -> Component:
    """A recipe; where no source states its licence, it is the one that all its packages are under."""
    licence = recipe.licence or (next(iter(licences)) if len(licences) == 1 else "")
    return Component(
        purl=purls.recipe(recipe),
        name=purls.base_name(recipe),
        version=recipe.version,
        scope=scope,
        description=recipe.summary or recipe.description,
        licences=(Licence(licence),) if licence else (),
        licence_texts=files.texts(recipe.name, licence) if files else (),
        supplier=recipe.supplier,
        cpes=_cpes(recipe.cpes),
        references=(*_website(recipe.homepage), *recipe.sources),
        patches=recipe.patches,
        upstream=tuple(sorted({*purls.upstream(recipe), *fetched(recipe)[1]})),
        digests=recipe.digests,
        properties=(*kernel.properties(recipe), *_properties({"recipe": recipe.name, "layer": recipe.layer})),
        claims=(_claim(recipe.location),),
    )


def _recipe_licence(package: Package, image: Image) -> str:
    """What the recipe says where a source tells none of its packages: they are under it unless they have their own."""
    recipe = image.recipes.get(package.recipe)
    return recipe.licence if recipe else ""


def _bundled(recipe: Recipe, own: Ref) -> Iterator[Fact]:
    """What the recipe fetched from a language's registry and builds in."""
    for one in fetched(recipe)[0]:
        parsed = parts(one.purl)
        component = Component(
            purl=one.purl,
            name=parsed.name,
            group=parsed.namespace or "",
            version=parsed.version or "",
            within=own,
            references=(ExternalReference("distribution", one.address, one.digests),),
            claims=(_claim(recipe.location),),
        )
        yield component
        yield Edge(own, component.ref)


def _package(package: Package, image: Image) -> Component:
    recipe = image.recipes.get(package.recipe)
    stated = {
        "recipe": package.recipe,
        "layer": recipe.layer if recipe else "",
        "architecture": package.architecture,
        "recommends": " ".join(sorted(package.recommends)),
    }
    manager = [Property("firmbom:package-manager", "opkg")] if image.package_type == "ipk" else []
    places = dict.fromkeys([image.installed[package.name].location, package.location])
    licence = package.licence or _recipe_licence(package, image)
    matching = (kind for pattern, kind in _TYPES if pattern.match(package.key or package.name))
    return Component(
        purl=purls.package(package, image),
        name=package.name,
        version=package.version,
        type=next(matching, "library"),
        description=package.summary or (recipe.summary if recipe else ""),
        licences=(Licence(licence),) if licence else (),
        supplier=package.supplier if package.supplier.name or recipe is None else recipe.supplier,
        cpes=_cpes(package.cpes or (recipe.cpes if recipe else ())),
        references=_website(package.homepage or (recipe.homepage if recipe else "")),
        upstream=(purls.recipe(recipe),) if recipe else (),
        properties=(*manager, *_properties(stated)),
        claims=tuple(_claim(one) for one in places if one.path),
    )


def _edges(image: Image, refs: Mapping[str, Ref], report: Report) -> Iterator[Edge]:
    """RDEPENDS between what is installed; a name may be a package's own, its name before renaming or a provided one."""
    answering = dependents(image.packages.values())
    unmet: Counter[str] = Counter()
    unknown = 0
    for name, package in sorted(image.packages.items()):
        unknown += package.requires is None
        for need in package.requires or ():
            found = _answers(need, image, answering)
            unmet[need] += not found
            yield from (Edge(refs[name], refs[one]) for one in found if one != name)
    missing = sorted(name for name, count in unmet.items() if count)
    if missing:
        report.say(
            "note",
            f"dependencies that nothing installed meets ({len(missing)})",
            image.location.path,
            detail=_examples(missing),
        )
    if unknown:
        report.uncertain.add("dependencies")
        report.say("warning", f"packages whose dependencies no source states: {unknown}", image.location.path)


def _tell_gaps(image: Image, report: Report) -> None:
    if image.changed:
        message = f"packages that were built anew in another version after the image was made ({len(image.changed)})"
        report.say("warning", message, image.location.path, detail=_examples(image.changed))
    if image.packages and not image.package_type:
        message = (
            "nothing tells the package manager, so packages have purls of the type generic; "
            "keep the image's testdata.json beside it"
        )
        report.say("note", message, image.location.path)
    gaps = {
        "recipe": [name for name, one in image.packages.items() if not one.recipe],
        "licence": [name for name, one in image.packages.items() if not (one.licence or _recipe_licence(one, image))],
    }
    borrowed = [name for name, one in image.packages.items() if not one.licence and _recipe_licence(one, image)]
    if borrowed:
        message = f"packages whose licence is their recipe's, for no source states their own ({len(borrowed)})"
        report.say("note", message, image.location.path, detail=_examples(sorted(borrowed)))
    for what, names in gaps.items():
        if names:
            report.say(
                "warning",
                f"packages whose {what} no source states ({len(names)})",
                image.location.path,
                detail=_examples(sorted(names)),
            )


def _examples(names: Sequence[str]) -> str:
    """The first few and whether there are more."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def _answers(need: str, image: Image, answering: Mapping[str, set[str]]) -> list[str]:
    """The package of that key or name, else those that provide it."""
    found = sorted(answering.get(need, ()))
    exact = [one for one in found if image.packages[one].key == need] or [one for one in found if one == need]
    return exact or found


def _files(package: Package, ref: Ref, image: Image) -> Iterator[Fact]:
    """Who installed which file, and its size and digest as the build states them."""
    folder = f"{image.configuration}/" if image.configuration else ""
    for path, stored in sorted((package.files or {}).items()):
        place = f"{folder}{image.key}!/{path}"
        yield Ownership(ref, place)
        known = {"size": str(stored.size) if stored.size >= 0 else "", "sha256": stored.sha256}
        if listed := _properties(known):
            yield FileProperties(place, listed)


def _properties(values: Mapping[str, str]) -> tuple[Property, ...]:
    return tuple(Property(f"firmbom:yocto:{name}", value) for name, value in values.items() if value)


def _claim(location: Location) -> Claim:
    return Claim(Basis.BUILD_RECORD, location)


def _website(address: str) -> tuple[ExternalReference, ...]:
    return (ExternalReference("website", address),) if address.startswith(("http://", "https://")) else ()


def _cpes(stated: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({one for one in stated if cpe.is_name(one)}))
