"""What is known of vulnerabilities in an image: the statements about recipes, each on its component."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from firmbom.model import Assessment, Ref
from firmbom.problems import Report
from firmbom_yocto.build import Image
from firmbom_yocto.exploitability import of_patches
from firmbom_yocto.said import Recipe


def assessments(
    image: Image, recipes: Mapping[str, Recipe], refs: Mapping[str, Ref], report: Report
) -> Iterator[Assessment]:
    """Every statement about a recipe that is a component.

    Args:
        image: with its statements.
        recipes: those that are components, by PN.
        refs: their components.
        report: told of statements about another version than was built, and about what is not installed.
    """
    stale: Counter[str] = Counter()
    absent: set[tuple[str, str]] = set()
    for recipe, version, said in sorted(set(image.statements)):
        name = recipe if recipe in recipes else _recipe_of(recipe, image)
        if name not in recipes:
            absent.add((recipe, said.vulnerability))
            continue
        if _is_other(version, recipes[name].version):
            stale[said.location.path] += 1
            continue
        yield msgspec.structs.replace(said, ref=refs[name])
    for name, one in sorted(recipes.items()):
        yield from (msgspec.structs.replace(said, ref=refs[name]) for said in of_patches(one))
    if absent:
        message = f"statements on vulnerabilities of recipes of which nothing is installed, left out: {len(absent)}"
        report.say("note", message, image.location.path)
    for path, count in sorted(stale.items()):
        message = f"statements on vulnerabilities of other versions than are installed ({count}); they are left out"
        report.say("warning", message, path)


def _recipe_of(package: str, image: Image) -> str:
    return image.packages[package].recipe if package in image.packages else ""


def _is_other(stated: str, built: str) -> bool:
    """Another version? What a recipe adds to tell the commit (``1.0+git0+abc``) differs from source to source."""
    return bool(stated and built) and stated.partition("+")[0] != built.partition("+")[0]
