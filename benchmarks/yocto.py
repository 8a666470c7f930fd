"""``firmbom build`` of a made-up TMPDIR: 1,500 installed packages of 500 recipes with 60,000 files.

Twice as many packages were built as are installed, as in a real build. The same image is described by pkgdata alone,
and by pkgdata with SPDX 3 beside it, which lists every file with its digest.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import INPUTS, Runs, below, machine, once, options

RECIPES, PARTS, FILES = 500, ("", "-bin", "-data"), 40
"""Packages of a recipe that are installed, and files of each."""
BUILT = (*PARTS, "-dbg", "-dev", "-doc")
SECONDS, MEMORY = 10.0, 1_000.0

IMAGE = "core-image-bench-qemuarm64.rootfs-20260102030405"
SPDX = "http://spdx.org/spdxdocs"


def main() -> int:
    """Measure; 1 when a limit is not kept."""
    args = options(__doc__, rounds=3).parse_args()
    print(machine())
    good = True
    for name, with_spdx in (("pkgdata", False), ("pkgdata and SPDX 3", True)):
        folder = INPUTS / ("yocto-spdx" if with_spdx else "yocto")
        if not folder.exists():
            _build(folder, with_spdx=with_spdx)
        runs = Runs()
        for _ in range(args.rounds):
            command = [args.firmbom, "build", ".", "--release", "v1.0.0", "--no-sign", "--quiet"]
            once([*command, "-o", f"../{folder.name}.cdx.json"], folder, runs)
        made = json.loads((INPUTS / f"{folder.name}.cdx.json").read_text())
        installed = sum(one["purl"].startswith("pkg:deb/") for one in made["components"])
        spread = f"{min(runs.seconds):.2f}..{max(runs.seconds):.2f}"
        print(f"\n{name}: {installed} packages; {runs.median:.2f} s ({spread}), {runs.peak:.0f} MB, exit {runs.status}")
        good &= installed == RECIPES * len(PARTS)
        good &= below(f"seconds for {name}", runs.median, SECONDS, "s")
        good &= below(f"memory for {name}", runs.peak, MEMORY, "MB")
    return 0 if good else 1


def _build(folder: Path, *, with_spdx: bool) -> None:
    data = folder / "pkgdata/qemuarm64"
    deployed = folder / "deploy/images/qemuarm64"
    licences = folder / f"deploy/licenses/qemuarm64/{IMAGE}"
    for one in (data / "runtime", data / "runtime-reverse", deployed, licences):
        one.mkdir(parents=True)
    manifest, blocks = [], []
    for recipe, part in ((recipe, part) for recipe in range(RECIPES) for part in BUILT):
        name = f"package{recipe:03}{part}"
        (data / f"runtime/{name}").write_text(_runtime(recipe, part))
        (data / f"runtime/{name}.packaged").touch()
        (data / f"runtime-reverse/{name}").symlink_to(f"../runtime/{name}")
        if part in PARTS:
            manifest.append(f"{name} cortexa57 1.{recipe}-r0")
            blocks.append(
                f"PACKAGE NAME: {name}\nPACKAGE VERSION: 1.{recipe}\nRECIPE NAME: package{recipe:03}\nLICENSE: MIT\n"
            )
    (deployed / f"{IMAGE}.manifest").write_text("\n".join(manifest))
    (deployed / "core-image-bench-qemuarm64.rootfs.manifest").symlink_to(f"{IMAGE}.manifest")
    variables = {"IMAGE_BASENAME": "core-image-bench", "MACHINE": "qemuarm64", "IMAGE_PKGTYPE": "deb", "PV": "1.0"}
    (deployed / f"{IMAGE}.testdata.json").write_text(json.dumps(variables))
    (licences / "license.manifest").write_text("\n".join(blocks))
    if with_spdx:
        context = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
        (deployed / f"{IMAGE}.spdx.json").write_text(json.dumps({"@context": context, "@graph": list(_graph())}))


def _paths(recipe: int, part: str) -> list[str]:
    return [f"/usr/lib/package{recipe:03}{part}/file{number:02}.so" for number in range(FILES)]


def _runtime(recipe: int, part: str) -> str:
    name = f"package{recipe:03}{part}"
    needs = " ".join(f"package{(recipe * 7 + step) % RECIPES:03} (>= 1.0)" for step in range(1, 4))
    paths = _paths(recipe, part)
    return "\n".join(
        [
            f"PN: package{recipe:03}\nPV: 1.{recipe}\nPR: r0\nPKGV: 1.{recipe}\nPKGR: r0\nLICENSE: MIT",
            f"DESCRIPTION: {'What this made-up package is for, at some length. ' * 10}",
            f"SUMMARY: Made-up package {recipe}\nSECTION: base\nRDEPENDS:{name}: {needs}\nPKG:{name}: {name}",
            f"FILES_INFO:{name}: {json.dumps(dict.fromkeys(paths, 4096))}",
            *(f"FILERDEPENDS:{path}:{name}:  libc.so.6(GLIBC_2.17)(64bit) libc.so.6()(64bit)" for path in paths),
            "",
        ]
    )


def _graph() -> Iterator[dict[str, Any]]:
    rootfs = f"{SPDX}/core-image-bench/build/rootfs"
    kind = "http://openembedded.org/bitbake/do_create_rootfs_spdx/rootfs"
    yield {"type": "build_Build", "spdxId": rootfs, "build_buildType": kind, "name": "core-image-bench"}
    names = [(recipe, part) for recipe in range(RECIPES) for part in PARTS]
    packages = [f"{SPDX}/package{recipe:03}/package/package{recipe:03}{part}" for recipe, part in names]
    yield _link(rootfs, "hasInput", packages)
    for identifier, (recipe, part) in zip(packages, names, strict=True):
        name = f"package{recipe:03}{part}"
        yield {
            "type": "software_Package",
            "spdxId": identifier,
            "name": name,
            "software_packageVersion": f"1.{recipe}",
            "software_primaryPurpose": "install",
        }
        files = [f"{identifier}/file/{number}" for number in range(FILES)]
        for file, path in zip(files, _paths(recipe, part), strict=True):
            digest = {"type": "Hash", "algorithm": "sha256", "hashValue": hashlib.sha256(path.encode()).hexdigest()}
            yield {"type": "software_File", "spdxId": file, "name": path.lstrip("/"), "verifiedUsing": [digest]}
        yield _link(identifier, "contains", files)


def _link(source: str, kind: str, targets: list[str]) -> dict[str, Any]:
    return {"type": "Relationship", "from": source, "relationshipType": kind, "to": targets}


if __name__ == "__main__":
    sys.exit(main())
