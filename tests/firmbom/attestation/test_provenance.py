"""SLSA provenance: what the document and the CI system say, no more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from firmbom import __version__
from firmbom.attestation import provenance, statement
from firmbom.cyclonedx.read import release_of
from firmbom.errors import InputError
from firmbom.model import Algorithm, Digest
from firmbom.release import Release

SHA = "0123456789abcdef0123456789abcdef01234567"
FILE = Digest(Algorithm.SHA256, "f" * 64)
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SHA": SHA,
    "GITHUB_REPOSITORY": "a/b",
    "GITHUB_SERVER_URL": "https://git.example",
    "GITHUB_WORKFLOW_REF": "a/b/.github/workflows/release.yml@refs/tags/v1.0.0",
    "GITHUB_RUN_ID": "77",
    "GITHUB_RUN_ATTEMPT": "2",
    "RUNNER_ENVIRONMENT": "self-hosted",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_COMMIT_SHA": SHA,
    "CI_PROJECT_URL": "https://user:secret@git.example/a/b",
    "CI_RUNNER_ID": "12",
    "CI_JOB_ID": "34",
}


@pytest.fixture
def built(document: dict[str, Any]) -> dict[str, Any]:
    """The document of a build, with a lockfile, a file inside an image, and an image among its inputs."""
    tool = {"type": "application", "bom-ref": "tool:firmbom", "name": "firmbom"}
    document["metadata"] |= {"tools": {"components": [tool]}, "lifecycles": [{"phase": "build"}]}
    product = document["metadata"]["component"]
    product["externalReferences"] = [{"type": "vcs", "url": "ssh://git@git.example/a/b.git"}]
    product["properties"].append({"name": "firmbom:release:submodule", "value": f"lib {SHA} https://git.example/lib"})
    coverage = [{"name": "firmbom:coverage:npm", "value": "components complete; dependencies complete"}]
    document["formulation"] = [
        {
            "components": [
                {"type": "file", "name": name, "hashes": hashes, "properties": coverage}
                for name, hashes in (
                    (
                        "web/package-lock.json",
                        [{"alg": "SHA-512", "content": "a" * 128}, {"alg": "SHA-1", "content": "b" * 40}],
                    ),
                    ("out/boot.bin!/var/lib/dpkg/status", [{"alg": "SHA-256", "content": "c" * 64}]),
                    ("boot.bin", [{"alg": "SHA-256", "content": "c" * 64}]),
                    ("weak.lock", [{"alg": "SHA-1", "content": "b" * 40}]),
                )
            ]
        }
    ]
    return document


def predicate(document: dict[str, Any], environment: dict[str, str]) -> Any:
    images = release_of(document).images
    found = provenance.statement_of(document, images, sbom=FILE, environment=environment)
    assert found.predicate_type == "https://slsa.dev/provenance/v1"
    assert [one.name for one in found.subjects] == ["boot.bin", "root.bin"]
    return json.loads(statement.write(found))["predicate"]


def test_outside_of_ci(built: dict[str, Any]) -> None:
    assert predicate(built, {}) == {
        "buildDefinition": {
            "buildType": "urn:firmbom:build:v1",
            "externalParameters": {
                "release": "v1.0.0",
                "repository": "ssh://git@git.example/a/b.git",
                "ref": "refs/tags/v1.0.0",
            },
            "resolvedDependencies": [
                {
                    "name": "source",
                    "uri": "git+ssh://git@git.example/a/b.git@refs/tags/v1.0.0",
                    "digest": {"gitCommit": SHA},
                },
                {"name": "lib", "uri": "git+https://git.example/lib", "digest": {"gitCommit": SHA}},
                {"name": "web/package-lock.json", "digest": {"sha512": "a" * 128}},
            ],
        },
        "runDetails": {
            "builder": {"id": "urn:firmbom:builder:unknown", "version": {"firmbom": __version__}},
            "byproducts": [
                {
                    "name": "SBOM",
                    "uri": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1",
                    "digest": {"sha256": "f" * 64},
                    "mediaType": "application/vnd.cyclonedx+json",
                }
            ],
        },
    }


def test_what_github_says(built: dict[str, Any]) -> None:
    found = predicate(built, GITHUB)
    assert found["runDetails"]["builder"]["id"] == (
        "https://git.example/a/b/.github/workflows/release.yml@refs/tags/v1.0.0"
    )
    assert found["runDetails"]["metadata"] == {"invocationId": "https://git.example/a/b/actions/runs/77/attempts/2"}
    assert found["buildDefinition"]["internalParameters"] == {"ci": "GitHub Actions", "runner": "self-hosted"}


def test_what_gitlab_says(built: dict[str, Any]) -> None:
    found = predicate(built, GITLAB)
    assert found["runDetails"]["builder"]["id"] == "https://git.example/a/b/-/runners/12"
    assert found["runDetails"]["metadata"] == {"invocationId": "https://git.example/a/b/-/jobs/34"}
    assert found["buildDefinition"]["internalParameters"] == {"ci": "GitLab CI"}


@pytest.mark.parametrize(
    "change",
    [
        {"GITHUB_WORKFLOW_REF": "", "GITHUB_RUN_ID": "7x", "RUNNER_ENVIRONMENT": "mars"},
        {"GITHUB_WORKFLOW_REF": "a b\n", "GITHUB_RUN_ATTEMPT": "", "RUNNER_ENVIRONMENT": ""},
        {"GITHUB_WORKFLOW_REF": "a?token=secret", "GITHUB_RUN_ID": "٣", "RUNNER_ENVIRONMENT": "SELF-HOSTED"},
        {"GITHUB_WORKFLOW_REF": "é", "GITHUB_RUN_ID": "1" * 20, "RUNNER_ENVIRONMENT": "x"},
    ],
)
def test_variables_that_cannot_be_true_are_not_claimed(change: dict[str, str], built: dict[str, Any]) -> None:
    found = predicate(built, GITHUB | change)
    assert found["runDetails"]["builder"]["id"] == "https://git.example/a/b"
    assert "metadata" not in found["runDetails"]
    assert found["buildDefinition"]["internalParameters"] == {"ci": "GitHub Actions"}


def test_what_is_not_known_is_left_out(built: dict[str, Any]) -> None:
    built["metadata"]["component"] |= {"properties": [], "version": "", "externalReferences": []}
    del built["formulation"]
    assert predicate(built, {})["buildDefinition"] == {"buildType": "urn:firmbom:build:v1", "externalParameters": {}}


def test_a_changed_working_tree_is_confessed(built: dict[str, Any]) -> None:
    for one in built["metadata"]["component"]["properties"]:
        if one["name"] == "firmbom:release:dirty":
            one["value"] = "true"
    assert predicate(built, {})["buildDefinition"]["resolvedDependencies"][0]["annotations"] == {"changed": True}


def test_another_commit_was_not_built_here(built: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"GitHub Actions runs for commit {'a' * 40}, the document is of {SHA}"):
        predicate(built, {**GITHUB, "GITHUB_SHA": "a" * 40})


@pytest.mark.parametrize("metadata", [{"lifecycles": [{"phase": "post-build"}]}, {"lifecycles": 5}, {"tools": {}}])
def test_a_document_that_tells_of_no_build(metadata: dict[str, Any], built: dict[str, Any]) -> None:
    built["metadata"] |= metadata
    with pytest.raises(InputError, match="does not tell of a build"):
        predicate(built, {})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, ()),
        ({"buildDefinition": {}}, ("the provenance has no buildDefinition with a buildType",)),
        ({"buildDefinition": 5}, ("the provenance has no buildDefinition with a buildType",)),
        ({"runDetails": {}}, ("the provenance names no builder",)),
        ({"runDetails": {"builder": {"id": ""}}}, ("the provenance names no builder",)),
        (
            {
                "buildDefinition": {
                    "buildType": "x",
                    "resolvedDependencies": [{"digest": {"gitCommit": "a" * 40}}, 5, {}],
                }
            },
            (f"the provenance is of commit {'a' * 12}, the SBOM of {SHA[:12]}",),
        ),
        ({"buildDefinition": {"buildType": "x", "resolvedDependencies": [{"digest": {"sha1": SHA}}]}}, ()),
        ({"buildDefinition": {"buildType": "x", "resolvedDependencies": 5}}, ()),
    ],
)
def test_another_s_provenance_beside_an_sbom(change: dict[str, Any], fault: tuple[str, ...]) -> None:
    good = {"buildDefinition": {"buildType": "x"}, "runDetails": {"builder": {"id": "https://b.example"}}}
    assert provenance.faults({**good, **change}, Release(version="", commit=SHA)) == fault


def test_the_builder_of_anything() -> None:
    assert provenance.builder_of({"runDetails": {"builder": {"id": "x"}}}) == "x"
    assert [provenance.builder_of(one) for one in ({}, {"runDetails": 5}, {"runDetails": {"builder": {"id": 5}}})] == [
        ""
    ] * 3
