"""``formulation``: the files that were read, each with its digests, and the images they became."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from firmbom.cyclonedx import names
from firmbom.cyclonedx.address import public
from firmbom.cyclonedx.compositions import Read
from firmbom.cyclonedx.names import properties
from firmbom.cyclonedx.references import hashes
from firmbom.model import Coverage, Ref
from firmbom.release import Release


def formulation(read: Read, images: Sequence[Ref], release: Release, phase: str) -> list[dict[str, Any]]:
    """One formula with one workflow; empty when nothing was read and nothing built.

    At the build the images are what the workflow puts out; after it they are what it was given, and it scans.
    """
    by_path: dict[str, list[Coverage]] = {}
    for one in read.values():
        by_path.setdefault(one.path, []).append(one)
    files = [_input(path, by_path[path]) for path in sorted(by_path)]
    if not files and not images:
        return []
    built = phase == "build"
    resources = [_by_ref(names.INPUT + path) for path in sorted(by_path)]
    resources += [] if built else [_by_ref(image) for image in images]
    if remote := public(release.remote):
        vcs = {"type": "vcs", "url": remote, **({"comment": f"commit {release.commit}"} if release.commit else {})}
        resources.append({"resource": {"externalReference": vcs}})
    workflow = {
        "bom-ref": f"workflow:{phase}",
        "uid": f"{phase}:{release.commit or release.version or 'unknown'}",
        "taskTypes": ["build" if built else "scan"],
        "inputs": resources,
        "outputs": [{"type": "artifact", **_by_ref(image)} for image in images] if built else [],
        "properties": properties(
            [pair for pair in ((names.COMMIT, release.commit), (names.TAG, release.tag)) if pair[1]]
        ),
    }
    formula = {
        "bom-ref": f"formula:{phase}",
        "components": files,
        "workflows": [{name: value for name, value in workflow.items() if value}],
    }
    return [{name: value for name, value in formula.items() if value}]


def _by_ref(ref: str) -> dict[str, Any]:
    return {"resource": {"ref": ref}}


def _input(path: str, readings: Sequence[Coverage]) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "file", "bom-ref": names.INPUT + path, "name": path}
    if found := hashes(digest for one in readings for digest in one.digests):
        made["hashes"] = found
    made["properties"] = properties(
        [
            (names.COVERAGE + one.plugin, f"components {one.components}; dependencies {one.dependencies}")
            for one in readings
        ]
    )
    return made
