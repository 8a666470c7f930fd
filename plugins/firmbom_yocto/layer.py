"""Where the BitBake layer meta-firmbom lies: ``bitbake-layers add-layer "$(python -m firmbom_yocto.layer)"``."""

from __future__ import annotations

import sys
from pathlib import Path


def path() -> Path:
    """The folder of the layer, as BBLAYERS wants it."""
    return Path(__file__).resolve().parent / "meta-firmbom"


def main() -> int:
    """Print the path."""
    sys.stdout.write(f"{path()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
