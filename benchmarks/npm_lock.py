"""An npm lock to a signed document, against cyclonedx-npm and syft.

The locks are resolved by the real npm from the packages below, once, into ``inputs/``; ``--lock`` measures another one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from measure import INPUTS, Runs, below, in_turn, key, machine, options, report

PROJECTS = {
    "npm-500": ["express@4", "eslint@8", "jest@29", "webpack@5", "typescript@5"],
    "npm-2000": [
        *("express@4", "webpack@5", "react-scripts@5", "react@18", "react-dom@18", "@nestjs/cli@10", "gatsby-cli@5"),
        *("serverless@3", "mocha@10", "gulp@4", "electron-builder@24"),
    ],
}
"""Well-known packages; the name says about how many packages npm makes of them."""

TARGETS = {"cyclonedx-npm": 3.0, "syft": 2.0}
MEMORY = 120.0
"""MB."""


def main() -> int:
    """Measure; 1 when a target is missed."""
    parser = options(__doc__)
    parser.add_argument("--lock", type=Path, action="append", help="a package-lock.json beside its package.json")
    parser.add_argument("--cyclonedx-npm", default="cyclonedx-npm", help="the command (default: %(default)s)")
    parser.add_argument("--syft", default="syft", help="the command (default: %(default)s)")
    args = parser.parse_args()
    print(machine())
    locks = args.lock or [_resolved(name, packages) for name, packages in PROJECTS.items()]
    good = [_measure(lock, args.firmbom, args.cyclonedx_npm, args.syft, args.rounds) for lock in locks]
    return 0 if all(good) else 1


def _resolved(name: str, packages: list[str]) -> Path:
    """The lock that npm makes of the packages, without installing any."""
    folder = INPUTS / name
    lock = folder / "package-lock.json"
    if not lock.exists():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = dict(package.rsplit("@", 1) for package in packages)
        (folder / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0", "dependencies": wanted}))
        command = ["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit"]
        subprocess.run(command, cwd=folder, check=True)
    return lock


def _measure(lock: Path, firmbom: str, cyclonedx_npm: str, syft: str, rounds: int) -> bool:
    """A lock alone in a folder, as a build has it."""
    folder = INPUTS / "measured"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package-lock.json", "package.json"):
        shutil.copy(lock.with_name(name), folder)
    packages = json.loads(lock.read_text("utf-8")).get("packages", {})
    sign = ["--key", str(key(firmbom)), "--release", "v1.0.0", "--quiet"]
    commands = {
        "firmbom": [firmbom, "build", ".", *sign, "-o", "../firmbom.cdx.json"],
        "cyclonedx-npm": [cyclonedx_npm, "--package-lock-only", "--output-file", "../cyclonedx-npm.cdx.json"],
        "syft": [syft, "scan", "file:package-lock.json", "-q", "-o", "cyclonedx-json=../syft.cdx.json"],
    }
    found: dict[str, Runs] = in_turn(commands, folder, rounds)
    met = report(f"{lock.parent.name}: {len(packages)} places in node_modules", found, TARGETS)
    return below("firmbom's peak memory", found["firmbom"].peak, MEMORY, "MB") and met


if __name__ == "__main__":
    sys.exit(main())
