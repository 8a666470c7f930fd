"""What a CI system says of the commit it runs for: GitHub Actions (and its kin) and GitLab CI."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from firmbom.git.address import without_credentials

_OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What the variables say; a field they do not say, or say wrongly, is empty."""

    system: str
    tag: str = ""
    commit: str = ""
    url: str = ""


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
        )
    if environment.get("GITLAB_CI") == "true":
        return Claims(
            system="GitLab CI",
            tag=_name(environment.get("CI_COMMIT_TAG", "")),
            commit=_commit(environment.get("CI_COMMIT_SHA", "")),
            url=without_credentials(environment.get("CI_PROJECT_URL", "")),
        )
    return None


def _name(text: str) -> str:
    return text if text.isprintable() and not any(c in text for c in " ~^:?*[\\") else ""


def _commit(text: str) -> str:
    return text if _OBJECT_NAME.match(text) else ""
