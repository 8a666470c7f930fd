"""Installs wheels into a root filesystem as Debian lays Python out; needs the ``installer`` library on the path."""

import sys
from pathlib import Path

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile

PACKAGES = "/usr/lib/python3/dist-packages"
SCHEME = {
    "purelib": PACKAGES,
    "platlib": PACKAGES,
    "headers": "/usr/include",
    "scripts": "/usr/bin",
    "data": "/usr",
}


def main(root: Path, wheels: Path) -> None:
    """Install every wheel in the folder ``wheels`` below ``root``, without byte code, for the target's Python."""
    destination = SchemeDictionaryDestination(
        SCHEME,
        interpreter="/usr/bin/python3",
        script_kind="posix",
        destdir=str(root),
    )
    for wheel in sorted(wheels.glob("*.whl")):
        with WheelFile.open(wheel) as source:
            install(source, destination, {"INSTALLER": b"installer\n"})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
