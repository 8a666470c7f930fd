"""Which files are requirements files, by their names."""

from __future__ import annotations

import posixpath

from firmbom.tree.match import NamePatterns

NAMES = ("requirements*.txt", "*requirements.txt", "*requirements-*.txt", "*requirements_*.txt")
FOLDER = "requirements"
"""Every ``.txt`` in a folder of this name is a requirements file too."""

_NAMED = NamePatterns(NAMES)


def is_requirements(path: str) -> bool:
    """Is a file of this path a requirements file by its name, and no constraints file?"""
    name = posixpath.basename(path)
    in_folder = posixpath.basename(posixpath.dirname(path)) == FOLDER and name.endswith(".txt")
    return (in_folder or _NAMED.match(path)) and "constraint" not in name.lower()
