"""The identities of what a build makes: packages as their package managers call them, recipes, upstream's release.

A package has the purl that its database in an image has, without the qualifiers that only the image tells, so that the
merge makes one component of both views. opkg has no purl type and is ``generic``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from firmbom import cpe
from firmbom.identity import purl
from firmbom.model import Purl
from firmbom_yocto.build import Image
from firmbom_yocto.said import Package, Recipe

OS_RELEASE = "os-release"
"""The package by which an image names its distribution."""
UNNAMED = "openembedded"
"""The vendor of a Debian package in an image that does not name its distribution; the purl type demands one."""

_VARIANT = re.compile(
    r"\A(?:nativesdk-|lib(?:32|64|x32|n32)-)|-(?:native|cross|crosssdk|cross-canadian|initial)(?:-.*)?\Z"
)
_SNAPSHOT = re.compile(r"\+(?:git|svn|hg|AUTOINC).*\Z|-?\+.*gitAUTOINC.*\Z")
_UPSTREAM = {"linux_kernel": "linux"}
"""Products of the NVD by the name that the project itself has."""


def package(one: Package, image: Image) -> Purl:
    """The purl of an installed package."""
    vendor = image.variables.distro if image.names_distro else ""
    version = one.version
    if image.package_type == "rpm":
        epoch, colon, rest = version.rpartition(":")
        qualifiers = {"arch": one.architecture, "epoch": epoch if colon else ""}
        return purl("rpm", one.name, rest, namespace=vendor, qualifiers=qualifiers)
    if image.package_type == "deb":
        architecture = one.architecture if one.architecture == "all" else image.variables.architecture
        return purl("deb", one.name, version, namespace=vendor or UNNAMED, qualifiers={"arch": architecture})
    return purl("generic", one.name, version, qualifiers={"arch": one.architecture})


def base_name(one: Recipe) -> str:
    """BPN: as stated, else PN without what makes a variant of it."""
    return one.base or _VARIANT.sub("", one.name) or one.name


def recipe(one: Recipe) -> Purl:
    """The purl of a recipe: ``pkg:yocto/<layer>/<BPN>@<PV>`` (purl specification, type yocto)."""
    qualifiers = {"layer_version": one.layer_version}
    return purl("yocto", base_name(one), one.version, namespace=one.layer, qualifiers=qualifiers)


def image(one: Image) -> Purl:
    """The purl of an image: its recipe's, for a machine."""
    variables = one.variables
    qualifiers = {"configuration": one.configuration, "machine": one.machine}
    return purl("yocto", one.name, variables.version, namespace=variables.layer, qualifiers=qualifiers)


def upstream(one: Recipe) -> tuple[Purl, ...]:
    """The project's releases that a recipe builds: the products of its CPEs, else its own name and version."""
    products = sorted(set(_products(one.cpes)))
    if not products:
        version = _SNAPSHOT.sub("", one.version)
        products = [(base_name(one), version)] if version else []
    return tuple(sorted(purl("generic", _UPSTREAM.get(name, name), version) for name, version in products))


def _products(cpes: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Product and version of each CPE that states both."""
    for stated in cpes:
        name, version = cpe.part(stated, cpe.PRODUCT), cpe.part(stated, cpe.VERSION)
        if name not in cpe.ANY and version not in cpe.ANY:
            yield name, version
