"""Which names of dependency groups and of files mean development: build or test only, not shipped."""

from __future__ import annotations

import re

DEVELOPMENT = frozenset(
    {
        *("bench", "benchmark", "benchmarks", "ci", "cov", "coverage", "dev", "devel", "develop", "development"),
        *("doc", "docs", "documentation", "format", "formatting", "lint", "linter", "linters", "linting", "mypy"),
        *("nox", "precommit", "pytest", "qa", "style", "test", "testing", "tests", "tox", "typecheck", "typing"),
    }
)
"""Words; a name of which one word is here is a development group where nothing better is known."""

_WORDS = re.compile(r"[^a-z0-9]+")


def is_development(name: str) -> bool:
    """Does the name say development by itself? ``test-py311`` does, ``server`` does not."""
    return not DEVELOPMENT.isdisjoint(_WORDS.split(name.lower()))
