"""Mender: Artifacts that mender-artifact made, and what becomes of them; what is refused here, the tool refuses too."""

from __future__ import annotations

import base64
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

from firmbom.bundles.bundle import Bundle, Compatible, Signature

Judged = Callable[..., tuple[Bundle, list[str]]]
Files = list[tuple[str, bytes]]

needs_tool = pytest.mark.skipif(not shutil.which("mender-artifact"), reason="mender-artifact is not installed")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def packed(files: Sequence[tuple[str, bytes]], mode: Any = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def unpacked(data: bytes) -> Files:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return [(one.name, file.read()) for one in archive if (file := archive.extractfile(one))]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, keys: Any) -> Callable[..., bytes]:
    """``written("-k", key, version=3, compression="gzip")``: an Artifact as the tool writes it."""
    folder = tmp_path_factory.mktemp("mender")
    (folder / "rootfs.ext4").write_bytes(b"rootfs" * 9999)

    def write(*options: str | Path, version: int = 3, compression: str = "gzip") -> bytes:
        made = folder / "update.mender"
        command: list[str | Path] = [
            "mender-artifact",
            "write",
            "rootfs-image",
            "-t",
            "board-x",
            "-t",
            "board-y",
            "-n",
            "release-1",
        ]
        command += ["-v", str(version), "--compression", compression, "-f", folder / "rootfs.ext4", "-o", made]
        subprocess.run([*command, *options], check=True, capture_output=True)
        return made.read_bytes()

    return write


@needs_tool
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("compression", ["none", "gzip", "lzma"])
def test_what_the_tool_wrote_is_read(
    written: Callable[..., bytes], judged: Judged, version: int, compression: str
) -> None:
    found, said = judged(written(version=version, compression=compression), "update.mender")
    assert said == []
    assert (found.format, found.variant, found.version) == ("mender", str(version), "release-1")
    assert found.compatible == (Compatible("device_type", "board-x"), Compatible("device_type", "board-y"))
    [payload] = found.payloads
    ending = {"none": "", "gzip": ".gz", "lzma": ".xz"}[compression]
    assert payload.path == f"update.mender!/data/0000.tar{ending}!/rootfs.ext4"
    assert payload.digests[0].value == payload.stated[0].value == sha256(b"rootfs" * 9999)
    assert found.signature.judgement == "none"


def old_form(keys: Any, signer: str) -> Path:
    """A private key as the tool reads it: PKCS #1 or SEC 1."""
    made: Path = keys.folder / f"{signer}.old"
    whole = keys.folder / f"{signer}.key"
    subprocess.run(["openssl", "pkey", "-in", whole, "-traditional", "-out", made], check=True)
    return made


@needs_tool
@pytest.mark.parametrize("signer", ["line", "signer"])
def test_signatures(written: Callable[..., bytes], keys: Any, judged: Judged, signer: str) -> None:
    made = written("-k", old_form(keys, signer))
    kind = {"line": "ECDSA", "signer": "RSA"}[signer]
    found, said = judged(made, "update.mender")
    assert (found.signature, said) == (Signature("not judged", kind), [])
    found, said = judged(made, "update.mender", keys.pub("stranger"), keys.pub(signer))
    assert (found.signature.judgement, said) == ("good", [])
    assert found.signature.signers[0].startswith("SHA256:")
    found, [line] = judged(made, "update.mender", keys.pub("stranger"))
    assert found.signature.judgement == "bad"
    assert (
        line == "error update.mender: its signature is bad: none of the keys given made it, or it is of other content"
    )


@needs_tool
def test_what_is_refused_here_the_tool_refuses_too(
    written: Callable[..., bytes], tmp_path: Path, keys: Any, judged: Judged
) -> None:
    files = unpacked(written("-k", old_form(keys, "line")))

    def taken(changed: Files) -> bool:
        path = tmp_path / "update.mender"
        path.write_bytes(packed(changed))
        command = ["mender-artifact", "validate", "-k", keys.pub("line"), path]
        done = subprocess.run(command, check=False, capture_output=True)
        _, said = judged(path, "", keys.pub("line"))
        assert bool(said) == bool(done.returncode), (said, done.stdout, done.stderr)
        return not said

    assert taken(files)
    named = dict(files)
    evil = packed([("rootfs.ext4", b"evil")], "w:gz")
    assert not taken([(name, evil if name.startswith("data/") else data) for name, data in files])
    assert not taken([(name, data) for name, data in files if not name.startswith("data/")])
    lied = named["manifest"].replace(sha256(b"rootfs" * 9999).encode(), sha256(b"evil").encode())
    both = {"manifest": lied, "data/0000.tar.gz": evil}
    assert not taken([(name, both.get(name, data)) for name, data in files])
    assert not taken([(name, base64.b64encode(bytes(64)) if name == "manifest.sig" else data) for name, data in files])
    assert not taken([(name, data) for name, data in files if name != "manifest.sig"])


VERSION = b'{"format": "mender", "version": 3}'


def artifact(manifest: bytes = b"", *, version: object = 3, info: object = None, more: Files | None = None) -> bytes:
    """An Artifact by hand, as the format's description has it."""
    head = json.dumps({"artifact_provides": {"artifact_name": "r"}} if info is None else info).encode()
    parts = {
        "version": json.dumps({"format": "mender", "version": version}).encode(),
        "header.tar": packed([("header-info", head)]),
    }
    listed = b"".join(f"{sha256(data)}  {name}\n".encode() for name, data in parts.items())
    listed += f"{sha256(b'x')}  data/0000/x\n".encode() + manifest
    first = [("version", parts["version"]), ("manifest", listed)]
    data = ("data/0000.tar", packed([("x", b"x")]))
    return packed([*first, ("header.tar", parts["header.tar"]), data, *(more or [])])


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (artifact(), []),
        (artifact(b"0 a\n"), ["error update.mender!/manifest: line 4 is no digest and name"]),
        (
            artifact(b"0" * 64 + b"  data/0000/x\n"),
            ["error update.mender!/manifest: states two digests for data/0000/x"],
        ),
        (
            artifact(b"0" * 64 + b"  data/0000/y\n"),
            ["error update.mender!/data/0000/y: the manifest names this payload, and the bundle does not hold it"],
        ),
        (
            artifact(b"0" * 64 + b"  header-augment.tar\n", more=[("header-augment.tar", b"x")]),
            [
                "error update.mender!/header-augment.tar: is not what the manifest means: its SHA-256 is "
                f"{sha256(b'x')}, the manifest says {'0' * 64}"
            ],
        ),
        (
            artifact(more=[("data/0001.tar", packed([("y", b"y")])), ("note", b"")]),
            [
                f"error update.mender!/{name}: is in the bundle, and no line of its manifest states its digest"
                for name in ("data/0001/y", "note")
            ],
        ),
        (artifact(more=[("data/0001.tar", b"x")]), ["error update.mender!/data/0001.tar: is no archive"]),
        (artifact(more=[("version", VERSION)]), ["error update.mender!/version: stands 2 times"]),
        (artifact(version=9), ["error update.mender: is of version 9, which is not known here"]),
        (artifact(info=[]), []),
        (artifact(more=[("manifest.sig", b"!")]), ["error update.mender: its signature is bad: it is no base64"]),
        (artifact(more=[("manifest.sig", b"AAAA")]), ["error update.mender: its signature is bad: 3 bytes are no"]),
        (artifact(more=[("manifest-augment", b"x")]), ["error update.mender!/manifest-augment: line 1 is no digest"]),
    ],
)  # fmt: skip
def test_by_hand(judged: Judged, made: bytes, expected: list[str]) -> None:
    _, said = judged(made, "update.mender")
    assert [line[: len(start)] for line, start in zip(said, expected, strict=True)] == expected


def test_payloads_that_cannot_be_unpacked(judged: Judged) -> None:
    broken = gzip.compress(packed([("x", b"x")]), mtime=0)[:25]
    files = [(name.replace("0000.tar", "0000.tar.gz"), broken if name.startswith("data/") else data)
             for name, data in unpacked(artifact())]  # fmt: skip
    _, said = judged(packed(files), "update.mender")
    assert any("data/0000/x: the manifest names this payload" in line for line in said), said


def test_depends_and_a_header_that_cannot_be_read(judged: Judged) -> None:
    depends = {"device_type": ["b"], "artifact_name": ["r0"], "odd": [1]}
    found, said = judged(artifact(info={"artifact_depends": depends, "artifact_name": "old"}), "update.mender")
    assert said == []
    assert found.version == "old"
    assert found.compatible == (Compatible("artifact_depends:artifact_name", "r0"), Compatible("device_type", "b"))
    files = [(name, b"{" if name == "header.tar" else data) for name, data in unpacked(artifact())]
    _, said = judged(packed(files), "update.mender")
    assert any("header.tar: is no archive" in line for line in said)
    assert any("its name and its devices are unknown" in line for line in said)
    for broken in (b"{", b"[]"):
        header = packed([("header-info", broken)])
        files = [(name, header if name == "header.tar" else data) for name, data in unpacked(artifact())]
        found, said = judged(packed(files), "update.mender")
        assert any("header.tar: is not what the manifest means" in line for line in said)
        assert any("not JSON" in line for line in said) == (broken == b"{")


def test_cut_anywhere_it_raises_nothing_and_is_never_whole(tmp_path: Path) -> None:
    from firmbom.bundles.formats import read_bundle

    whole = artifact()
    path = tmp_path / "update.mender"
    for length in range(0, whole.rindex(b"x") + 1, 500):
        path.write_bytes(whole[:length])
        found, problems = read_bundle(path)
        assert found is None or any(one.severity == "error" for one in problems), length
