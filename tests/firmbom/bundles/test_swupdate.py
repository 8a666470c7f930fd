"""SWUpdate: what the description says, held against the bytes; every way to lie about it is told."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from firmbom.bundles.bundle import Bundle, Compatible
from firmbom.bundles.raw import is_openpgp
from firmbom.tree.archive import ArchiveFile

Judged = Callable[..., tuple[Bundle, list[str]]]
Swu = Callable[[Sequence[tuple[str, bytes]]], bytes]

DESCRIPTION = """
software = {
    version = "1.4.2";
    hardware-compatibility: [ "1.0", "#RE:^1\\.[0-9]$" ];  // a board
    board-x = {
        hardware-compatibility = [ "2.0" ];
        stable = {
            copy1: { images: ( { filename = "rootfs.ext4.gz"; device = "/dev/mmcblk0p2"; compressed = "zlib";
                                 sha256 = "@SHA256"; } ) };
            copy2: { images: ( { filename = "rootfs.ext4.gz"; device = "/dev/mmcblk0p3"; compressed = "zlib";
                                 sha256 = "@SHA256"; } ) };
        }
    }
    scripts: ( { type = "lua"; embedded-script = "x = '%d\\%'"; } )
}
"""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def packed(rootfs: bytes) -> bytes:
    return gzip.compress(rootfs, mtime=0)


@pytest.fixture
def description(packed: bytes) -> bytes:
    return DESCRIPTION.replace("@SHA256", sha256(packed)).encode()


def test_what_the_real_tools_make_is_read_and_its_signature_counts(
    tmp_path: Path, keys: Any, judged: Judged, description: bytes, packed: bytes, rootfs: bytes
) -> None:
    if not shutil.which("cpio"):
        pytest.skip("cpio is not installed")
    files = {"sw-description": description, "sw-description.sig": keys.cms(description), "rootfs.ext4.gz": packed}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    made = subprocess.run(
        ["cpio", "-o", "-H", "crc", "--quiet"], input="\n".join(files).encode(), cwd=tmp_path, check=True,
        capture_output=True,
    )  # fmt: skip
    found, said = judged(made.stdout, "update.swu", keys.pem("ca"))
    assert said == []
    assert (found.format, found.version) == ("swupdate", "1.4.2")
    assert found.compatible == tuple(
        Compatible("hardware-compatibility", one) for one in (r"#RE:^1\.[0-9]$", "1.0", "2.0")
    )
    [payload] = found.payloads
    assert payload.path == "update.swu!/rootfs.ext4.gz"
    assert payload.name == "images: /dev/mmcblk0p2, images: /dev/mmcblk0p3"
    assert [one.value for one in payload.digests] == [sha256(packed), hashlib.sha512(packed).hexdigest()]
    assert [one.value for one in payload.stated] == [sha256(packed)]
    [unpacked] = payload.unpacked
    assert (unpacked.name, unpacked.size, unpacked.digests[0].value) == ("rootfs.ext4", len(rootfs), sha256(rootfs))
    signature = found.signature
    assert (signature.judgement, signature.kind) == ("good", "CMS")
    assert signature.signers[0].startswith("CN=release,O=ACME SHA256:")


@pytest.mark.parametrize(
    ("kind", "anchor", "judgement"),
    [
        ("cms", "", "not judged"),
        ("cms", "signer.pem", "good"),
        ("cms", "signer.pub", "good"),
        ("cms", "stranger.pem", "bad"),
        ("pkcs1", "", "not judged"),
        ("pkcs1", "signer.pub", "good"),
        ("pkcs1", "stranger.pub", "bad"),
        ("pss", "signer.pub", "good"),
        ("pss", "ca.pem", "bad"),
        ("ascii", "", "not judged"),
        ("ascii", "signer.pub", "not judged"),
        ("nothing", "", "none"),
        ("nothing", "signer.pub", "none"),
        ("noise", "", "bad"),
    ],
)
def test_signatures(
    keys: Any, judged: Judged, swu: Swu, description: bytes, packed: bytes, kind: str, anchor: str, judgement: str
) -> None:
    pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-2")
    made = {
        "cms": keys.cms(description),
        "pkcs1": keys.raw(description),
        "pss": keys.raw(description, *pss),
        "ascii": b"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n",
        "nothing": b"",
        "noise": b"noise",
    }[kind]
    signature = [("sw-description.sig", made)] if made else []
    bundle = swu([("sw-description", description), *signature, ("rootfs.ext4.gz", packed)])
    found, said = judged(bundle, "update.swu", *([keys.folder / anchor] if anchor else []))
    assert found.signature.judgement == judgement
    wrong = judgement == "bad" or (bool(anchor) and judgement != "good")
    assert [line for line in said if line.startswith("error")] == (said if wrong else [])
    assert bool(said) == wrong


@pytest.mark.parametrize(
    ("signature", "is_one"),
    [
        (b"-----BEGIN PGP SIGNATURE-----\n", True),
        (b"\x89" + (300).to_bytes(2, "big") + bytes(300), True),
        (b"\x88" + bytes([90]) + bytes(90), True),
        (b"\xc2" + bytes([90]) + bytes(90), True),
        (b"\xc2" + bytes([193, 0]) + bytes(448), True),
        (b"\x89" + bytes(255), False),
        (b"\xc2" + bytes([193, 1]) + bytes(448), False),
        (b"\xc2" + bytes(255), False),
        (b"\xc2", False),
        (bytes(256), False),
    ],
)
def test_an_openpgp_signature_is_told_from_a_number(signature: bytes, is_one: bool) -> None:
    assert is_openpgp(signature) == is_one


LIES = {
    "payload": "error update.swu!/rootfs.ext4.gz: is not the payload that the manifest means: its SHA-256 is",
    "missing": "error update.swu!/rootfs.ext4.gz: the manifest names this payload, and the bundle does not hold it",
    "twice": "error update.swu!/rootfs.ext4.gz: stands 2 times in the bundle",
    "description twice": "error update.swu!/sw-description: stands 2 times in the bundle",
    "stranger": "warning update.swu!/more: is in the bundle, and the description does not name it",
    "another's signature": "error update.swu: its signature is bad: it is of other content: SHA256",
    "cut signature": "error update.swu: its signature is bad: is no CMS signature that can be read",
    "not covered": "warning update.swu!/a: the description states no sha256 for it, so the signature does not cover it",
    "no digest": "error update.swu!/a: the manifest states for it not a SHA-256 digest",
    "path": "error update.swu!/../../../etc/passwd: the manifest names this payload, and the bundle does not hold it",
    "no language": "error update.swu!/sw-description: nothing is known of its payloads: line 1: not libconfig",
    "no software": "error update.swu!/sw-description: nothing is known of its payloads: it has no group 'software'",
    "endless": "error update.swu!/sw-description: nothing is known of its payloads: line 1: not libconfig: nested",
    "huge": "error update.swu: cannot be read as SWUpdate (.swu): sw-description: ",
}
"""What must be said of each."""


def lying(lie: str, keys: Any, text: bytes, packed: bytes) -> list[tuple[str, bytes]]:
    """The files of a bundle that lies."""
    whole, payload = ("sw-description", text), ("rootfs.ext4.gz", packed)
    bare = b'software = { images: ( { filename = "a"; } ) }'
    return {
        "payload": [whole, ("rootfs.ext4.gz", packed + b"\0")],
        "missing": [whole],
        "twice": [whole, ("rootfs.ext4.gz", b"evil"), payload],
        "description twice": [whole, payload, whole],
        "stranger": [whole, payload, ("more", b"x")],
        "another's signature": [
            whole,
            ("sw-description.sig", keys.cms(text + b" ")),
            payload,
        ],
        "cut signature": [
            whole,
            ("sw-description.sig", keys.cms(text)[:-9]),
            payload,
        ],
        "not covered": [
            ("sw-description", bare),
            ("sw-description.sig", keys.cms(bare)),
            ("a", packed),
        ],
        "no digest": [
            ("sw-description", b'software = { images: ( { filename = "a"; sha256 = "../../etc"; } ) }'),
            ("a", packed),
        ],
        "path": [
            ("sw-description", b'software = { files: ( { filename = "../../../etc/passwd"; } ) }'),
            ("a", packed),
        ],
        "no language": [("sw-description", b"software = {"), payload],
        "no software": [("sw-description", b'{"a": []}'), payload],
        "endless": [("sw-description", b"a=" + b"(" * 300_000)],
        "huge": [("sw-description", b" " * (1 << 20) + text)],
    }[lie]


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told(keys: Any, judged: Judged, swu: Swu, description: bytes, packed: bytes, lie: str) -> None:
    _, said = judged(swu(lying(lie, keys, description, packed)), "update.swu")
    assert any(line.startswith(LIES[lie]) for line in said), said


def test_both_digests_are_told(judged: Judged, swu: Swu, description: bytes, packed: bytes) -> None:
    _, [line] = judged(swu([("sw-description", description), ("rootfs.ext4.gz", b"evil")]), "update.swu")
    assert line.endswith(f"its SHA-256 is {sha256(b'evil')}, the manifest says {sha256(packed)}")


def test_a_description_in_json(judged: Judged, swu: Swu) -> None:
    images = [{"filename": "a", "name": "root", "sha256": sha256(b"x").upper()}, "text", {"type": "bootenv"}]
    described = {"software": {"version": 3, "hardware-compatibility": "only", "images": images, "files": {"a": 1}}}
    found, said = judged(swu([("sw-description", json.dumps(described).encode()), ("a", b"x")]), "update.swu")
    assert said == []
    assert found.version == ""
    assert found.compatible == (Compatible("hardware-compatibility", "only"),)
    assert [payload.name for payload in found.payloads] == ["images: root"]


def test_a_file_that_is_named_often_is_read_once(judged: Judged, swu: Swu, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    chunks = ArchiveFile.chunks

    def counted(file: ArchiveFile) -> Iterator[bytes]:
        read.append(file.path)
        return chunks(file)

    monkeypatch.setattr(ArchiveFile, "chunks", counted)
    images = [{"filename": name, "sha256": sha256(b"x")} for name in ("a", "./a", "b/../a") * 500]
    found, said = judged(swu([("sw-description", json.dumps({"software": {"images": images}}).encode()), ("a", b"x")]))
    assert (said, len(found.payloads), read.count("a") < 5) == ([], 1, True)


def test_of_many_problems_some_are_told(judged: Judged, swu: Swu) -> None:
    images = [{"filename": f"image {number}"} for number in range(11_000)]
    described = json.dumps({"software": {"images": images}}).encode()
    found, said = judged(swu([("sw-description", described)]), "update.swu")
    assert found.payloads == ()
    assert len(said) == 101
    assert said[-1].endswith("there are more problems; they are not told")


def test_cut_anywhere_it_raises_nothing_and_is_never_whole(
    tmp_path: Path, keys: Any, swu: Swu, description: bytes, packed: bytes
) -> None:
    from firmbom.bundles.formats import read_bundle

    whole = swu(
        [("sw-description", description), ("sw-description.sig", keys.cms(description)), ("rootfs.ext4.gz", packed)]
    )
    path = tmp_path / "update.swu"
    for length in range(0, len(whole) - 200, 997):
        path.write_bytes(whole[:length])
        found, problems = read_bundle(path)
        assert found is None or any(one.severity == "error" for one in problems), length


def test_of_an_encrypted_description_only_that_is_known(
    keys: Any, judged: Judged, swu: Swu, description: bytes, packed: bytes
) -> None:
    sealed = bytes(255 - one for one in description)
    bundle = swu(
        [("sw-description", sealed), ("sw-description.sig", keys.raw(description)), ("rootfs.ext4.gz", packed)]
    )
    found, said = judged(bundle, "update.swu")
    assert (found.variant, found.payloads, said) == ("encrypted", (), [])
    assert (found.signature.judgement, found.signature.why) == (
        "not judged",
        "it is over the description, which is encrypted",
    )
    _, [line] = judged(bundle, "update.swu", keys.pub("signer"))
    assert line == ("error update.swu: its signature cannot be checked: it is over the description, which is encrypted")


def test_a_bug_in_a_reader_costs_one_bundle(
    judged: Judged, swu: Swu, description: bytes, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("firmbom.bundles.swupdate.read", broken)
    found, said = judged(swu([("sw-description", description), ("rootfs.ext4.gz", packed)]), "update.swu")
    assert found == Bundle(format="swupdate")
    assert said == ["error update.swu: unexpected KeyError ('x') in a bundle of the format swupdate"]
