"""SLSA provenance: what firmbom knows of the build that the images came from, and no more.

Source: SLSA 1.0 and later, spec/build-provenance.md (predicate ``https://slsa.dev/provenance/v1``). The meaning of
:data:`BUILD_TYPE` and its parameters is told in docs/attest.md. The statement is made inside the build it speaks of,
with a key the build can use, so it can claim no more than that provenance exists (SLSA's Build L1), and says no level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from firmbom import ci
from firmbom.attestation.sbom import subjects
from firmbom.attestation.statement import STRONG, Statement
from firmbom.cyclonedx import names
from firmbom.cyclonedx.address import public
from firmbom.cyclonedx.images import by_ref, containing
from firmbom.cyclonedx.read import inputs_of, release_of
from firmbom.errors import InputError, printable
from firmbom.images import Image
from firmbom.model import Coverage, Digest
from firmbom.release import Release

PREDICATE_TYPE = "https://slsa.dev/provenance/v1"

BUILD_TYPE = "urn:firmbom:build:v1"
UNKNOWN_BUILDER = "urn:firmbom:builder:unknown"
"""``builder.id`` outside of a CI system that is known here."""


def statement_of(
    document: Mapping[str, Any], images: Sequence[Image], *, sbom: Digest, environment: Mapping[str, str]
) -> Statement:
    """The statement that ``images`` were built as ``document`` and the CI system's variables say.

    Args:
        document: a document of ``firmbom build``.
        images: those of its images that are spoken of.
        sbom: SHA-256 of the document as a file.
        environment: the CI variables.

    Raises:
        InputError: the document tells of no build, or of the build of another commit than the CI system's.
    """
    if not names.ours(document) or not _tells_of_a_build(document):
        raise InputError(
            "the document does not tell of a build, so there is no provenance", remedy="give one of firmbom build"
        )
    release, claims = release_of(document), ci.claims(environment)
    if claims and claims.commit and release.commit and claims.commit != release.commit:
        raise InputError(
            f"{claims.system} runs for commit {claims.commit}, the document is of {release.commit}",
            remedy="attest in the job that built",
        )
    predicate = {
        "buildDefinition": _definition(release, _inputs(document, release), claims),
        "runDetails": _details(document, sbom, claims),
    }
    return Statement(subjects=subjects(images), predicate_type=PREDICATE_TYPE, predicate=predicate)


def _tells_of_a_build(document: Mapping[str, Any]) -> bool:
    metadata = document.get("metadata")
    phases = metadata.get("lifecycles") if isinstance(metadata, dict) else None
    return isinstance(phases, list) and {"phase": "build"} in phases


def _inputs(document: Mapping[str, Any], release: Release) -> list[Coverage]:
    """What was read beside the images: what is inside of them came out of the build."""
    images = by_ref(release.images)
    whole = {image.name for image in release.images}
    return [one for one in inputs_of(document) if one.path not in whole and not containing(one.path, images)]


def _definition(release: Release, inputs: Sequence[Coverage], claims: ci.Claims | None) -> dict[str, Any]:
    given = {
        "release": release.version,
        "repository": public(release.remote),
        "ref": f"refs/tags/{release.tag}" if release.tag else "",
    }
    made: dict[str, Any] = {
        "buildType": BUILD_TYPE,
        "externalParameters": {name: value for name, value in given.items() if value},
    }
    if claims:
        made["internalParameters"] = {"ci": claims.system, **({"runner": claims.runner} if claims.runner else {})}
    if found := [*_sources(release), *_files(inputs)]:
        made["resolvedDependencies"] = found
    return made


def _sources(release: Release) -> Iterator[dict[str, Any]]:
    """The commit of the repository and of each submodule."""
    if release.commit:
        address = public(release.remote)
        at = f"@refs/tags/{release.tag}" if release.tag else ""
        yield {
            "name": "source",
            **({"uri": f"git+{address}{at}"} if address else {}),
            "digest": {"gitCommit": release.commit},
            **({"annotations": {"changed": True}} if release.dirty else {}),
        }
    for one in release.submodules:
        address = public(one.url)
        yield {
            "name": one.path,
            **({"uri": f"git+{address}"} if address else {}),
            "digest": {"gitCommit": one.commit},
        }


def _files(inputs: Iterable[Coverage]) -> Iterator[dict[str, Any]]:
    """The lockfiles and databases that were read, each once; one without a digest that counts is left out."""
    by_path: dict[str, set[Digest]] = {}
    for one in inputs:
        by_path.setdefault(one.path, set()).update(digest for digest in one.digests if digest.algorithm in STRONG)
    for path, digests in sorted(by_path.items()):
        if digests:
            yield {"name": path, "digest": {_spelt(one): one.value for one in sorted(digests)}}


def _spelt(digest: Digest) -> str:
    return digest.algorithm.value.replace("SHA-", "sha")


def _details(document: Mapping[str, Any], sbom: Digest, claims: ci.Claims | None) -> dict[str, Any]:
    from firmbom import __version__

    serial = str(document.get("serialNumber", "")).removeprefix("urn:uuid:")
    made: dict[str, Any] = {
        "builder": {
            "id": (claims and (claims.builder or claims.url)) or UNKNOWN_BUILDER,
            "version": {"firmbom": __version__},
        },
        "byproducts": [
            {
                "name": "SBOM",
                "uri": f"urn:cdx:{serial}/{document.get('version', 1)}",
                "digest": {_spelt(sbom): sbom.value},
                "mediaType": "application/vnd.cyclonedx+json",
            }
        ],
    }
    if claims and claims.invocation:
        made["metadata"] = {"invocationId": claims.invocation}
    return made


def faults(predicate: Mapping[str, Any], release: Release) -> tuple[str, ...]:
    """What is wrong with a provenance predicate beside an SBOM of ``release``, a line each."""
    found = []
    definition, details = predicate.get("buildDefinition"), predicate.get("runDetails")
    builder = details.get("builder") if isinstance(details, dict) else None
    if not isinstance(definition, dict) or not isinstance(definition.get("buildType"), str):
        return ("the provenance has no buildDefinition with a buildType",)
    if not isinstance(builder, dict) or not isinstance(builder.get("id"), str) or not builder["id"]:
        found.append("the provenance names no builder")
    commits = set(_commits(definition.get("resolvedDependencies")))
    if release.commit and commits and release.commit not in commits:
        found.append(f"the provenance is of commit {min(commits)[:12]}, the SBOM of {release.commit[:12]}")
    return tuple(map(printable, found))


def _commits(dependencies: object) -> Iterator[str]:
    for one in dependencies if isinstance(dependencies, list) else ():
        digest = one.get("digest") if isinstance(one, dict) else None
        if isinstance(digest, dict):
            yield from (value for name in ("gitCommit", "sha1") if isinstance(value := digest.get(name), str))


def builder_of(predicate: Mapping[str, Any]) -> str:
    """``runDetails.builder.id``, or nothing."""
    details = predicate.get("runDetails")
    builder = details.get("builder") if isinstance(details, dict) else None
    found = builder.get("id") if isinstance(builder, dict) else None
    return found if isinstance(found, str) else ""
