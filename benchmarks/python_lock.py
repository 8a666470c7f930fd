"""Python locks to a signed document, against cyclonedx-py: requirements, poetry, uv.

The locks are written by this script, of one made-up set of packages, the same on every machine. cyclonedx-py reads no
uv lock; firmbom's time on it is compared with cyclonedx-py's on the same packages as requirements, which leaves out the
``uv export`` that its user would need before.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from measure import INPUTS, below, in_turn, key, machine, options, report

SIZES = (25, 250)
"""Packages; 25 is a service, 250 a large application."""

INDEX = "https://pypi.example"
TARGET = 4.0
MEMORY = 120.0
"""MB."""


def main() -> int:
    """Measure; 1 when a target is missed."""
    parser = options(__doc__)
    parser.add_argument("--cyclonedx-py", default="cyclonedx-py", help="the command (default: %(default)s)")
    args = parser.parse_args()
    print(machine())
    sign = ["--key", str(key(args.firmbom)), "--release", "v1.0.0", "--quiet", "-o", "../firmbom.cdx.json"]
    good = True
    for size in SIZES:
        for kind, write in {"requirements": _requirements, "poetry": _poetry, "uv": _uv}.items():
            folder = INPUTS / f"{kind}-{size}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            write(folder, size)
            theirs = (
                ["poetry", "."]
                if kind == "poetry"
                else ["requirements", str(INPUTS / f"requirements-{size}" / "requirements.txt")]
            )
            commands = {
                "firmbom": [args.firmbom, "build", ".", *sign],
                "cyclonedx-py": [args.cyclonedx_py, *theirs, "-o", "../cyclonedx-py.cdx.json"],
            }
            found = in_turn(commands, folder, args.rounds)
            good &= report(f"{kind}, {size} packages", found, {"cyclonedx-py": TARGET})
            good &= below("firmbom's peak memory", found["firmbom"].peak, MEMORY, "MB")
    return 0 if good else 1


def _version(number: int) -> str:
    return f"{number % 7}.{number % 13}.{number % 5}"


def _digests(number: int) -> tuple[str, str]:
    """Of the wheel and the source archive."""
    wheel, source = (hashlib.sha256(f"{kind}{number}".encode()).hexdigest() for kind in ("wheel", "sdist"))
    return wheel, source


def _needs(number: int, size: int) -> list[int]:
    """The packages that a package needs: later ones, so that the graph has no circle."""
    return [needed for needed in (number + 1, number * 2 + 1, number * 3 + 2) if number < needed < size]


def _requirements(folder: Path, size: int) -> None:
    lines = []
    for number in range(size):
        wheel, source = _digests(number)
        lines.append(
            f"package-{number}=={_version(number)} \\\n    --hash=sha256:{wheel} \\\n    --hash=sha256:{source}\n"
        )
    (folder / "requirements.txt").write_text("".join(lines))


def _poetry(folder: Path, size: int) -> None:
    (folder / "pyproject.toml").write_text(
        '[tool.poetry]\nname = "benchmark"\nversion = "1.0.0"\ndescription = ""\nauthors = []\n\n'
        '[tool.poetry.dependencies]\npython = "^3.11"\npackage-0 = "*"\n'
    )
    parts = []
    for number in range(size):
        wheel, source = _digests(number)
        name, version = f"package-{number}", _version(number)
        stem = name.replace("-", "_")
        needs = "".join(f'package-{needed} = "*"\n' for needed in sorted(set(_needs(number, size))))
        parts.append(
            f'[[package]]\nname = "{name}"\nversion = "{version}"\ndescription = "Made up."\noptional = false\n'
            f'python-versions = ">=3.8"\ngroups = ["main"]\nfiles = [\n'
            f'    {{file = "{stem}-{version}-py3-none-any.whl", hash = "sha256:{wheel}"}},\n'
            f'    {{file = "{stem}-{version}.tar.gz", hash = "sha256:{source}"}},\n]\n\n'
            + (f"[package.dependencies]\n{needs}\n" if needs else "")
        )
    end = f'[metadata]\nlock-version = "2.1"\npython-versions = "^3.11"\ncontent-hash = "{"0" * 64}"\n'
    (folder / "poetry.lock").write_text("".join(parts) + end)


def _uv(folder: Path, size: int) -> None:
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "benchmark"\nversion = "1.0.0"\nrequires-python = ">=3.11"\ndependencies = ["package-0"]\n'
    )
    parts = ['version = 1\nrevision = 1\nrequires-python = ">=3.11"\n\n']
    parts.append(
        '[[package]]\nname = "benchmark"\nversion = "1.0.0"\nsource = { virtual = "." }\n'
        'dependencies = [\n    { name = "package-0" },\n]\n\n'
    )
    for number in range(size):
        wheel, source = _digests(number)
        name, version = f"package-{number}", _version(number)
        file = f"{INDEX}/files/{name.replace('-', '_')}-{version}"
        needs = "".join(f'    {{ name = "package-{needed}" }},\n' for needed in sorted(set(_needs(number, size))))
        parts.append(
            f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "{INDEX}/simple" }}\n'
            + (f"dependencies = [\n{needs}]\n" if needs else "")
            + f'sdist = {{ url = "{file}.tar.gz", hash = "sha256:{source}", size = 1000 }}\n'
            f'wheels = [\n    {{ url = "{file}-py3-none-any.whl", hash = "sha256:{wheel}", size = 1000 }},\n]\n\n'
        )
    (folder / "uv.lock").write_text("".join(parts))


if __name__ == "__main__":
    sys.exit(main())
