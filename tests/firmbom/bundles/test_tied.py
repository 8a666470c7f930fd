"""A bundle beside what it installs: one image, said once, or a warning; in the document and in what verify proves."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from firmbom.bundles.bundle import Unpacked
from firmbom.bundles.tied import with_bundles
from firmbom.cli.main import main
from firmbom.cyclonedx.check import faults
from firmbom.cyclonedx.read import component_set, release_of
from firmbom.images import read_images
from firmbom.model import ComponentSet, Digest, Property, StoredFile
from firmbom.release import Image
from firmbom.tree.base import Limits
from firmbom.tree.open import nested, open_tree

Swu = Callable[[Sequence[tuple[str, bytes]]], bytes]


def rootfs(extra: str = "") -> bytes:
    """A root filesystem, as an archive."""
    made = io.BytesIO()
    files = {"etc/os-release": "ID=acme\n", "usr/share/doc/readme": "read me\n" * 99, "etc/issue": f"acme {extra}\n"}
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return made.getvalue()


def described(**payloads: bytes) -> bytes:
    """A description of files and their digests."""
    entries = [{"filename": name, "sha256": hashlib.sha256(data).hexdigest()} for name, data in payloads.items()]
    return json.dumps({"software": {"version": "1.4.2", "images": entries}}).encode()


@pytest.fixture
def shipped(tmp_path: Path, swu: Swu) -> Callable[..., list[Path]]:
    """``shipped(bundled={name: data}, **beside)``: the bundle and the files beside it, on disk."""

    def ship(bundled: dict[str, bytes], **beside: bytes) -> list[Path]:
        files = {"update.swu": swu([("sw-description", described(**bundled)), *bundled.items()]), **beside}
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        return [tmp_path / name for name in files]

    return ship


def tied(paths: Sequence[Path]) -> tuple[dict[str, Image], list[str]]:
    """The images by name, and what is said of them."""
    contents = []
    for path in paths:
        with nested(open_tree(path)) as tree:
            contents.append(ComponentSet(files=tuple(StoredFile(f.location_path, f.sha256) for f in tree.walk())))
    images, problems = with_bundles(read_images(paths), paths, contents, limits=Limits())
    return {image.name: image for image in images}, [f"{one.severity} {one.path}: {one.message}" for one in problems]


@pytest.mark.parametrize("packed", [False, True])
def test_what_the_bundle_installs_is_the_image_beside_it(shipped: Callable[..., list[Path]], packed: bool) -> None:
    root = rootfs()
    name, payload = ("rootfs.tar.gz", gzip.compress(root, mtime=0)) if packed else ("rootfs.tar", root)
    images, said = tied(shipped({name: payload}, **{"rootfs.bin": root}))
    assert said == []
    [found] = images["update.swu"].bundle[0].payloads
    assert (found.images, found.unpacked) == (("rootfs.bin",), ())
    assert images["rootfs.bin"].bundle == ()


def test_alone_it_says_what_it_unpacks_to(shipped: Callable[..., list[Path]]) -> None:
    root = rootfs()
    images, said = tied(shipped({"rootfs.tar.gz": gzip.compress(root, mtime=0)}))
    assert said == []
    [found] = images["update.swu"].bundle[0].payloads
    digests = (
        Digest.named("sha256", hashlib.sha256(root).hexdigest()),
        Digest.named("sha512", hashlib.sha512(root).hexdigest()),
    )
    assert (found.images, found.unpacked) == ((), (Unpacked("rootfs.tar", len(root), digests),))


def test_another_image_than_the_one_beside_it_is_told(shipped: Callable[..., list[Path]]) -> None:
    kernel = bytes(range(256)) * 300
    images, said = tied(
        shipped({"rootfs.tar": rootfs("evil"), "kernel": kernel}, **{"rootfs.bin": rootfs(), "zImage.tar": rootfs("k")})
    )
    ours = hashlib.sha256(rootfs()).hexdigest()
    theirs = hashlib.sha256(kernel).hexdigest()
    start = (
        f"is not update.swu!/kernel, which is installed by the bundle, nor any of 1 more payloads: SHA-256 {ours} here"
    )
    assert said[0] == f"warning rootfs.bin: {start}, {theirs} there"
    assert len(said) == 2
    assert all(payload.images == () for payload in images["update.swu"].bundle[0].payloads)


def test_what_is_not_in_the_bundle_is_no_matter_where_all_that_is_was_given(shipped: Callable[..., list[Path]]) -> None:
    _, said = tied(shipped({"rootfs.tar": rootfs()}, **{"rootfs.bin": rootfs(), "other.bin": rootfs("other")}))
    assert said == []


def test_the_same_files_in_another_container_are_no_other_image(shipped: Callable[..., list[Path]]) -> None:
    images, said = tied(shipped({"rootfs.tar": rootfs()}, **{"rootfs.bin": gzip.compress(rootfs(), mtime=0)}))
    assert said == []
    assert images["update.swu"].bundle[0].payloads[0].images == ()
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        info = tarfile.TarInfo("partition-2")
        info.size = len(rootfs())
        archive.addfile(info, io.BytesIO(rootfs()))
    _, said = tied(shipped({"rootfs.tar": rootfs()}, **{"disk.img": held.getvalue()}))
    assert said == []


def test_a_disk_with_two_slots_is_an_image_that_a_bundle_may_be_held_against(
    tmp_path: Path, shipped: Callable[..., list[Path]]
) -> None:
    if not shutil.which("sfdisk"):
        pytest.skip("sfdisk is not installed")
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(4 << 20))
    table = "label: gpt\nstart=2048, size=128, name=rootfs_a\nstart=2176, size=128, name=rootfs_b\n"
    subprocess.run(["sfdisk", "-q", disk], input=table.encode(), check=True, capture_output=True)
    with disk.open("r+b") as stream:
        for start in (2048, 2176):
            stream.seek(start * 512)
            stream.write(rootfs())
    images, said = tied([*shipped({"rootfs.tar": rootfs()}), disk])
    assert said == []
    assert images["disk.img"].bundle[0].format == "slots"
    images, said = tied(
        [*shipped({"rootfs.tar": rootfs()}, **{"root.bin": rootfs(), "other.bin": rootfs()[:1000]}), disk]
    )
    assert said == []
    for name, bundled in (("disk.img", 2), ("update.swu", 1)):
        payloads = images[name].bundle[0].payloads
        assert [(one.images, one.unpacked) for one in payloads] == [(("root.bin",), ())] * bundled
    _, [line] = tied([*shipped({"rootfs.tar": rootfs("other")}), disk])
    assert line.startswith("warning disk.img: is not update.swu!/rootfs.tar, which is installed by the bundle: SHA-256")


def built(paths: Sequence[Path], folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    (folder / "empty").mkdir(exist_ok=True)
    out = folder / "bom.json"
    given = [part for path in paths for part in ("--image", str(path))]
    command = ["build", str(folder / "empty"), *given, "--release", "1", "--allow-empty", "--quiet", "-o", str(out)]
    status = main([*command, *(options or ("--no-sign",))])
    return status, json.loads(out.read_bytes())


def test_the_document_says_so(shipped: Callable[..., list[Path]], tmp_path: Path) -> None:
    packed = gzip.compress(rootfs(), mtime=0)
    paths = shipped({"rootfs.tar.gz": packed}, **{"rootfs.bin": rootfs()})
    _, document = built(paths, tmp_path)
    assert faults(document) == ()
    needs = {one["ref"]: one.get("dependsOn") for one in document["dependencies"]}
    assert needs["image:update.swu"] == ["image:update.swu!/rootfs.tar.gz"]
    assert needs["image:update.swu!/rootfs.tar.gz"] == ["image:rootfs.bin"]
    [bundle] = (one for one in document["metadata"]["component"]["components"] if one["name"] == "update.swu")
    [payload] = (one for one in bundle["components"] if "bom-ref" in one)
    assert [one["content"] for one in payload["hashes"]] == [
        hashlib.sha256(packed).hexdigest(),
        hashlib.sha512(packed).hexdigest(),
    ]
    assert {"name": "firmbom:payload:image", "value": "rootfs.bin"} in payload["properties"]
    assert {"name": "firmbom:bundle:version", "value": "1.4.2"} in bundle["properties"]
    assert [one["name"] for one in bundle["components"]].count("update.swu!/rootfs.tar.gz") == 1


def test_what_is_written_is_read_back(shipped: Callable[..., list[Path]], tmp_path: Path) -> None:
    paths = shipped({"rootfs.tar.gz": gzip.compress(rootfs(), mtime=0)})
    _, document = built(paths, tmp_path)
    images, _ = tied(paths)
    assert release_of(document).images == tuple(images.values())


@pytest.mark.parametrize("beside", [True, False])
def test_verify_knows_the_bundle_and_what_it_installs(
    shipped: Callable[..., list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str], beside: bool
) -> None:
    assert main(["keygen", "-o", str(tmp_path / "key")]) == 0
    root, packed = rootfs(), gzip.compress(rootfs(), mtime=0)
    paths = shipped({"rootfs.tar.gz": packed}, **({"rootfs.bin": root} if beside else {}))
    built(paths, tmp_path, "--key", str(tmp_path / "key"))
    files = {"installed": root, "packed": packed, "evil": rootfs("evil")}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)

    def verified(*names: str) -> tuple[int, str]:
        capsys.readouterr()
        given = [part for name in names for part in ("--image", str(tmp_path / name))]
        status = main(["verify", str(tmp_path / "bom.json"), "--key", str(tmp_path / "key.pub"), *given])
        [line] = (line for line in capsys.readouterr().out.splitlines() if line.startswith("image"))
        return status, " ".join(line.split())

    status, line = verified("update.swu")
    assert (status, line.startswith("image passed update.swu")) == (0, True)
    status, line = verified("installed", "packed")
    assert status == 0
    assert "packed is installed by image update.swu (rootfs.tar.gz)" in line
    where = "is image rootfs.bin" if beside else "is installed by image update.swu (rootfs.tar.gz)"
    assert f"installed {where}" in line
    status, line = verified("evil")
    assert status == 18
    assert line.startswith(f"image failed evil is no image of the document (it names {1 + beside})")


def test_a_lie_in_the_bundle_makes_the_document_incomplete(
    tmp_path: Path, swu: Swu, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "update.swu"
    path.write_bytes(swu([("sw-description", described(**{"rootfs.tar": rootfs()})), ("rootfs.tar", rootfs("evil"))]))
    status, document = built([path], tmp_path)
    assert status == 4
    told = [one["value"] for one in document["metadata"]["properties"] if one["name"] == "firmbom:problem:error"]
    [line] = told
    assert "update.swu!/rootfs.tar: is not the payload that the manifest means: its SHA-256 is" in line
    [whole] = (one for one in document["compositions"] if "image:update.swu" in one.get("assemblies", ()))
    assert whole["aggregate"] == "incomplete"
    capsys.readouterr()
    assert main(["audit", str(path)]) == 4
    said = capsys.readouterr()
    assert "is not the payload that the manifest means" in said.err
    assert "bundle      update.swu  swupdate 1.4.2" in said.err


def test_keys_come_from_the_command_line_or_the_configuration(
    tmp_path: Path, swu: Swu, keys: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    text = described(**{"rootfs.tar": rootfs()})
    signature = ("sw-description.sig", keys.cms(text))
    path = tmp_path / "update.swu"
    path.write_bytes(swu([("sw-description", text), signature, ("rootfs.tar", rootfs())]))
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/ca.pem").write_bytes(keys.pem("ca").read_bytes())
    config = tmp_path / "firmbom.toml"
    config.write_text('[bundle]\nkeys = ["keys/ca.pem"]\n')

    def signed(*options: str) -> tuple[int, str]:
        status, document = built([path], tmp_path, "--no-sign", *options)
        [bundle] = document["metadata"]["component"]["components"]
        [found] = (one["value"] for one in bundle["properties"] if one["name"] == "firmbom:bundle:signature")
        return status, found

    assert signed() == (0, "not judged")
    assert signed("--bundle-key", str(keys.pub("signer"))) == (0, "good")
    assert signed("--bundle-key", str(keys.pem("stranger"))) == (4, "bad")
    assert signed("--config", str(config)) == (0, "good")
    assert signed("--config", str(config), "--bundle-key", str(keys.pem("stranger"))) == (4, "bad")
    assert main(["audit", str(path), "--allow-empty", "--bundle-key", str(keys.pem("ca")), "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["bundles"]["update.swu"]["signature"] == "good"
    assert main(["audit", str(path), "--bundle-key", str(tmp_path / "nothing.pem")]) == 1
    config.write_text('[bundle]\nkeys = ["keys/nothing.pem"]\n')
    assert main(["audit", str(path), "--config", str(config)]) == 1


def test_a_key_may_come_from_the_environment(
    tmp_path: Path, swu: Swu, keys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = described(**{"rootfs.tar": rootfs()})
    signature = ("sw-description.sig", keys.cms(text))
    path = tmp_path / "update.swu"
    path.write_bytes(swu([("sw-description", text), signature, ("rootfs.tar", rootfs())]))
    monkeypatch.setenv("UPDATE_CA", keys.pem("ca").read_text())
    config = tmp_path / "firmbom.toml"
    config.write_text('[bundle]\nkeys = ["env:UPDATE_CA"]\n')
    for options in (["--bundle-key", "env:UPDATE_CA"], ["--config", str(config)]):
        _, document = built([path], tmp_path, "--no-sign", *options)
        [bundle] = document["metadata"]["component"]["components"]
        assert {"name": "firmbom:bundle:signature", "value": "good"} in bundle["properties"]


def test_what_somebody_else_wrote_into_a_document_is_read_as_far_as_it_makes_sense(
    shipped: Callable[..., list[Path]], tmp_path: Path
) -> None:
    _, document = built(shipped({"rootfs.tar": rootfs()}), tmp_path)
    [image] = document["metadata"]["component"]["components"]
    [payload] = (one for one in image["components"] if "bom-ref" in one)
    payload["properties"] = [
        {"name": "firmbom:payload:stated", "value": "SHA-256:zz"},
        {"name": "firmbom:payload:stated", "value": "no digest"},
        {"name": "firmbom:image:size", "value": "many"},
        {"name": "own", "value": "kept"},
    ]
    for one in image["properties"]:
        one["value"] = {"firmbom:bundle:signature": "splendid"}.get(one["name"], one["value"])
    [found] = release_of(document).images
    [bundle] = found.bundle
    assert bundle.signature.judgement == "not judged"
    assert [(one.stated, one.size) for one in bundle.payloads] == [((), 0)]
    told = component_set(document, plugin="document", location="bom.json").file_properties
    assert [one.properties for one in told if one.path == "update.swu!/rootfs.tar"] == [(Property("own", "kept"),)]
