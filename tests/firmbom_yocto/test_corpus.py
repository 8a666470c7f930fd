"""Real builds, where the shared corpus is at hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from firmbom.model import Component, ComponentSet
from firmbom_yocto.pkgdata import needs, parsed

RELEASES = {"wrynose": "wrynose-6.0/tmp", "kirkstone": "kirkstone-4.0/tmp-glibc"}


def packages(found: ComponentSet) -> dict[str, Component]:
    return {one.name: one for one in found.components if one.purl.startswith("pkg:deb/")}


@pytest.mark.parametrize("release", RELEASES)
def test_every_package_of_the_manifest(release: str, corpus: Path, said: Any) -> None:
    top = corpus / RELEASES[release]
    [manifest] = top.glob("deploy/images/*/*-2*.manifest")
    wanted = {line.split()[0]: line.split()[2] for line in manifest.read_text().splitlines()}
    found = said(top.parent)
    made = packages(found)
    assert {name: one.version for name, one in made.items()} == wanted
    for name, one in made.items():
        values = parsed((top / f"pkgdata/qemux86-64/runtime/{name}").read_text(), name)
        assert one.licences
        assert one.upstream[0].split("@")[0].rpartition("/")[2] == values["PN"]
        assert bool(one.cpes) is not name.startswith("packagegroup-")
        targets = {edge.target for edge in found.edges if edge.source == one.ref}
        assert targets == {made[need].ref for need in needs(values.get("RDEPENDS", ""))}
    layers = {
        one.purl.split("/")[1]
        for one in found.components
        if one.purl.startswith("pkg:yocto/") and "-image-" not in one.name
    }
    assert layers == {"core", "offline"}
    assert "/build/" not in repr(found)
    assert [one.message for one in found.problems if one.severity != "note"] == []


def test_both_shapes_of_creation_information(corpus: Path, tmp_path: Path, said: Any) -> None:
    [file] = (corpus / RELEASES["wrynose"]).glob("deploy/images/*/*-2*.spdx.json")
    document = json.loads(file.read_text())
    embedded = tmp_path / "embedded"
    referenced = tmp_path / "referenced"
    for folder in (embedded, referenced):
        folder.mkdir()
        for one in document["@graph"]:
            if one["type"] == "SpdxDocument" and folder is referenced:
                one["creationInfo"] = "_:CreationInfo0"
        (folder / file.name).write_text(json.dumps(document))
    assert said(embedded).components == said(referenced).components


def test_documents_one_by_one_say_what_the_archive_says(corpus: Path, tmp_path: Path, said: Any) -> None:
    top = corpus / RELEASES["kirkstone"]
    images = tmp_path / "deploy/images/qemux86-64"
    images.mkdir(parents=True)
    [manifest] = top.glob("deploy/images/*/*-2*.manifest")
    [archive] = top.glob("deploy/images/*/*-2*.spdx.tar.zst")
    (images / manifest.name).write_bytes(manifest.read_bytes())
    (images / archive.name).write_bytes(archive.read_bytes())
    together = said()
    (images / archive.name).unlink()
    shutil.copytree(top / "deploy/spdx", tmp_path / "deploy/spdx")
    apart = said()
    assert {(one.purl, one.licences, one.cpes) for one in apart.components} == {
        (one.purl, one.licences, one.cpes) for one in together.components
    }
    assert set(apart.edges) == set(together.edges)
