"""The kernel of an image: its release and configuration, from the record of its recipe or what lies in TMPDIR.

``work-shared/<machine>/kernel-build-artifacts/`` holds ``.config`` and ``kernel-abiversion`` of the machine's kernel
(oe-core, ``kernel.bbclass``, ``do_shared_workdir``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from firmbom import kernel_config
from firmbom.kernel_config import configuration
from firmbom.model import Basis, Claim, Digest, Edge, Fact, Location, Property, Ref
from firmbom.problems import Report
from firmbom.tree.base import File
from firmbom_yocto import purls
from firmbom_yocto.reading import versioned
from firmbom_yocto.said import Kernel, Recipe

_RELEASE = "kernel-abiversion"
_HEADERS = re.compile(r"-headers\Z")
_LINUX = "pkg:generic/linux@"


def with_kernel(
    recipes: Mapping[str, Recipe], machine: str, files: Iterable[File], report: Report
) -> dict[str, Recipe]:
    """The recipes, the kernel's with what TMPDIR holds of it where its record says nothing.

    Args:
        recipes: of one image, by PN.
        machine: of the image.
        files: configurations that were found.
        report: told what cannot be read.
    """
    kernels = [name for name, one in recipes.items() if _is_kernel(one)]
    own = [file for file in files if not machine or posixpath.basename(posixpath.dirname(_folder(file))) == machine]
    found = {**recipes}
    if len(kernels) == 1 and len(own) == 1 and not _has_digests(recipes[kernels[0]]):
        known = recipes[kernels[0]]
        found[known.name] = msgspec.structs.replace(known, kernel=_read(own[0], report) or known.kernel)
    return found


def facts(recipe: Recipe, own: Ref) -> Iterator[Fact]:
    """The configuration as a component inside the kernel."""
    kernel = recipe.kernel
    if kernel and (kernel.digests or kernel.options):
        claim = Claim(Basis.BUILD_RECORD, kernel.location)
        made = configuration(own, kernel.release, kernel.options, kernel.digests, claim)
        yield made
        yield Edge(own, made.ref)


def properties(recipe: Recipe) -> tuple[Property, ...]:
    """What the recipe of a kernel says beside what every recipe does."""
    kernel = recipe.kernel
    if kernel is None:
        return ()
    sha256 = next((one.value for one in kernel.digests if one.algorithm == "SHA-256"), "")
    said = {kernel_config.RELEASE: kernel.release, kernel_config.SHA256: sha256}
    return tuple(Property(name, value) for name, value in said.items() if value)


def _is_kernel(recipe: Recipe) -> bool:
    return not _HEADERS.search(recipe.name) and any(one.startswith(_LINUX) for one in purls.upstream(recipe))


def _has_digests(recipe: Recipe) -> bool:
    return bool(recipe.kernel and recipe.kernel.digests)


def _folder(file: File) -> str:
    return posixpath.dirname(file.path)


def _read(file: File, report: Report) -> Kernel | None:
    options = kernel_config.read(file, report)
    if not options:
        return None
    release = file.sibling(_RELEASE)
    stated = report.read(release, "warning") if release and release.size < 400 else None
    return Kernel(
        release=versioned((stated or b"").decode("utf-8", "replace").strip()),
        options=options,
        digests=tuple(sorted(file.digests)),
        location=Location(file.location_path),
    )


def recorded(release: str, config: Mapping[str, str], path: str) -> Kernel | None:
    """What the record of a recipe states; None when it is no kernel's."""
    digests = []
    for algorithm in ("sha256", "sha512"):
        try:
            digests.append(Digest.named(algorithm, config[algorithm]))
        except (KeyError, ValueError):
            continue
    made = Kernel(
        release=versioned(release),
        options=config.get("options", ""),
        digests=tuple(sorted(digests)),
        location=Location(path, symbol="kernel"),
    )
    return made if made.release or made.digests else None
