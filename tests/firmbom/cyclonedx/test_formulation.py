"""What was read and what came of it: the inputs of a build, its images, and the files in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from documents import properties

from firmbom.model import Algorithm, Coverage, Digest, FileProperties, Ownership, Property, StoredFile
from firmbom.release import Image, Release

Make = Callable[..., Any]


def test_inputs_and_images_of_a_build(build: Make, stated: Make, component: Make) -> None:
    read = (
        Coverage("web/package-lock.json", "complete", "complete", "npm", (Digest(Algorithm.SHA256, "1" * 64),)),
        Coverage("web/package-lock.json", "unknown", "unknown", "syft"),
    )
    [formula] = build(stated([component("ms")], coverage=read))["formulation"]
    [lock] = formula["components"]
    assert lock["hashes"] == [{"alg": "SHA-256", "content": "1" * 64}]
    assert properties(lock) == {
        "firmbom:coverage:npm": "components complete; dependencies complete",
        "firmbom:coverage:syft": "components unknown; dependencies unknown",
    }
    [workflow] = formula["workflows"]
    assert workflow["taskTypes"] == ["build"]
    assert [one["resource"] for one in workflow["inputs"]] == [
        {"ref": "input:web/package-lock.json"},
        {"externalReference": {"type": "vcs", "url": "https://git.example/pump", "comment": f"commit {'c' * 40}"}},
    ]
    assert workflow["outputs"] == [{"type": "artifact", "resource": {"ref": "image:pump.img"}}]


def test_after_the_build_the_image_is_what_is_read(build: Make) -> None:
    written = build([], phase="post-build")
    [workflow] = written["formulation"][0]["workflows"]
    assert written["metadata"]["lifecycles"] == [{"phase": "post-build"}]
    assert workflow["taskTypes"] == ["scan"]
    assert workflow["inputs"][0] == {"resource": {"ref": "image:pump.img"}}
    assert "outputs" not in workflow


def test_the_files_of_an_image_stand_in_it_and_owners_say_which(build: Make, component: Make, stated: Make) -> None:
    owner = component("ms")
    digest = Digest(Algorithm.SHA256, "7" * 64)
    shell, stray = StoredFile("x/pump.img!/bin/sh", digest), StoredFile("etc/passwd", digest)
    owned = (Ownership(owner.ref, shell.path), Ownership(owner.ref, "web/node_modules/ms/index.js"))
    written = build(stated([owner], files=(stray, shell), ownership=owned))
    [image] = written["metadata"]["component"]["components"]
    assert image["components"] == [
        {"type": "file", "name": name, "hashes": [{"alg": "SHA-256", "content": "7" * 64}]}
        for name in ("etc/passwd", "x/pump.img!/bin/sh")
    ]
    assert written["components"][0]["evidence"]["occurrences"][1:] == [
        {"location": "x/pump.img!/bin/sh", "additionalContext": "installed"}
    ]


def test_what_is_known_of_a_file_stands_with_it(build: Make, stated: Make) -> None:
    file = StoredFile("bin/sh", Digest(Algorithm.SHA256, "7" * 64))
    told = FileProperties("bin/sh", (Property("vendor:pie", "yes"), Property("vendor:machine", "ARM")))
    of_no_file = FileProperties("gone", (Property("vendor:pie", "no"),))
    written = build(stated([], files=(file,), file_properties=(told, of_no_file)))
    [image] = written["metadata"]["component"]["components"]
    assert [properties(one) for one in image["components"]] == [{"vendor:machine": "ARM", "vendor:pie": "yes"}]


def test_files_of_no_image_in_particular_stand_in_the_product(build: Make, stated: Make) -> None:
    images = tuple(Image(name=name, size=1, digests=()) for name in ("a.img", "b.img"))
    files = tuple(StoredFile(path, Digest(Algorithm.SHA256, "7" * 64)) for path in ("b.img!/sh", "sh"))
    written = build(stated([], files=files), release=Release(version="1", images=images))
    a, b, file = written["metadata"]["component"]["components"]
    assert "components" not in a
    assert [one["name"] for one in b["components"]] == ["b.img!/sh"]
    assert file["name"] == "sh"
