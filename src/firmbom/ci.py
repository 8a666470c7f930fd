"""What a CI system says of the commit it runs for: GitHub Actions (and its kin) and GitLab CI."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from firmbom.git.address import without_credentials

_GITHUB_RUN = (("", "GITHUB_RUN_ID"), ("attempts", "GITHUB_RUN_ATTEMPT"))
_RUNNERS = frozenset({"github-hosted", "self-hosted"})
_URI = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+/[A-Za-z0-9._~!$&'()*+,;=:@/%-]{1,1000}\Z")
_OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What the variables say; a field they do not say, or say wrongly, is empty."""

    system: str
    tag: str = ""
    commit: str = ""
    url: str = ""
    builder: str = ""
    """URI of what runs the job: the workflow at its ref, or the runner of a project."""
    invocation: str = ""
    """URL of this one run."""
    runner: str = ""
    """``github-hosted`` or ``self-hosted``."""


def claims(environment: Mapping[str, str]) -> Claims | None:
    """The claims of the CI system that runs this process, or None outside of one.

    Sources: GitHub docs "Variables reference", GitLab docs "Predefined CI/CD variables".
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        of_tag = environment.get("GITHUB_REF_TYPE") == "tag"
        server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
        return Claims(
            system="GitHub Actions",
            tag=_name(environment.get("GITHUB_REF_NAME", "")) if of_tag else "",
            commit=_commit(environment.get("GITHUB_SHA", "")),
            url=without_credentials(f"{server}/{repository}") if server and repository else "",
            builder=_address(server, environment.get("GITHUB_WORKFLOW_REF", "")),
            invocation=_address(server, repository, "actions/runs", *_numbers(environment, _GITHUB_RUN)),
            runner=kind if (kind := environment.get("RUNNER_ENVIRONMENT", "")) in _RUNNERS else "",
        )
    if environment.get("GITLAB_CI") == "true":
        return Claims(
            system="GitLab CI",
            tag=_name(environment.get("CI_COMMIT_TAG", "")),
            commit=_commit(environment.get("CI_COMMIT_SHA", "")),
            url=(project := without_credentials(environment.get("CI_PROJECT_URL", ""))),
            builder=_address(project, "-/runners", *_numbers(environment, (("", "CI_RUNNER_ID"),))),
            invocation=_address(project, "-/jobs", *_numbers(environment, (("", "CI_JOB_ID"),))),
        )
    return None


def _name(text: str) -> str:
    return text if text.isprintable() and not any(c in text for c in " ~^:?*[\\") else ""


def _commit(text: str) -> str:
    return text if _OBJECT_NAME.match(text) else ""


def _address(*parts: str) -> str:
    """The parts as the URI of one thing; empty when one is missing or it is no plain http address."""
    text = "/".join(parts)
    return text if all(parts) and without_credentials(text) == text and _URI.match(text) else ""


def _numbers(environment: Mapping[str, str], wanted: tuple[tuple[str, str], ...]) -> list[str]:
    """``name/value`` of variables that hold a number; an empty string in place of any other."""
    found = []
    for name, variable in wanted:
        value = environment.get(variable, "")
        number = value.isascii() and value.isdecimal() and len(value) < 20
        found += [*([name] if name else []), value if number else ""]
    return found
