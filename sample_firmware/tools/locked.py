"""Prints a pdm.lock's runtime packages as a requirements file with digests, which every pip can install."""

import sys
import tomllib
from pathlib import Path
from typing import Any


def requirement(package: dict[str, Any]) -> str:
    """One package pinned to its version and to the digests of its files."""
    condition = f" ; {package['marker']}" if "marker" in package else ""
    digests = "".join(f" \\\n    --hash={file['hash']}" for file in package["files"])
    return f"{package['name']}=={package['version']}{condition}{digests}"


def main(path: Path) -> None:
    """Print the group ``default`` of the lock at ``path``."""
    for package in tomllib.loads(path.read_text("utf-8"))["package"]:
        if "default" in package["groups"]:
            sys.stdout.write(requirement(package) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
