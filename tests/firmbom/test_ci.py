from __future__ import annotations

import pytest

from firmbom.ci import Claims, claims

SHA = "0123456789abcdef" * 2 + "01234567"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REF_TYPE": "tag",
    "GITHUB_REF_NAME": "v1.0",
    "GITHUB_SHA": SHA,
    "GITHUB_REPOSITORY": "a/b",
    "GITHUB_SERVER_URL": "https://git.example",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_COMMIT_TAG": "v1.0",
    "CI_COMMIT_SHA": SHA,
    "CI_PROJECT_URL": "https://user:token@git.example/a/b",
}


@pytest.mark.parametrize(("environment", "system"), [(GITHUB, "GitHub Actions"), (GITLAB, "GitLab CI")])
def test_what_the_variables_say(environment: dict[str, str], system: str) -> None:
    assert claims(environment) == Claims(system=system, tag="v1.0", commit=SHA, url="https://git.example/a/b")


def test_a_branch_is_no_tag() -> None:
    assert claims({**GITHUB, "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}) == Claims(
        system="GitHub Actions", commit=SHA, url="https://git.example/a/b"
    )
    assert claims({"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "main"}) == Claims(system="GitLab CI")
    assert claims({"GITHUB_ACTIONS": "true"}) == Claims(system="GitHub Actions")


@pytest.mark.parametrize("environment", [{}, {"GITHUB_ACTIONS": "false"}, {"GITHUB_SHA": SHA}, {"CI": "true"}])
def test_outside_of_ci(environment: dict[str, str]) -> None:
    assert claims(environment) is None


@pytest.mark.parametrize("value", ["HEAD", "--help", "v1\n", "a b", "v1^{}", "\x1b[31m", SHA.upper(), SHA[:-1]])
def test_values_that_cannot_be_true(value: str) -> None:
    found = claims({**GITLAB, "CI_COMMIT_SHA": value, "CI_COMMIT_TAG": f"{value} x", "CI_PROJECT_URL": value})
    assert found == Claims(system="GitLab CI")
