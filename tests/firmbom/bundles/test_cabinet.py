"""fwupd's cabinets as gcab, jcat-tool and openssl make them, and such as lie."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmbom.bundles.bundle import Bundle, Compatible

Judged = Callable[..., tuple[Bundle, list[str]]]

METAINFO = """\
<?xml version="1.0" encoding="UTF-8"?>
<component type="firmware">
  <id>com.acme.pump.firmware</id>
  <provides>
    <firmware type="flashed">1AC48A1C-4E4A-4B3B-9C86-9D9B1E1A8E0F</firmware>
    <firmware type="flashed">2082b5e0-7a64-478a-b1b2-e3404fab6dad</firmware>
  </provides>
  <releases>
    <release version="1.4.2" date="2026-11-01">
      {}
    </release>
    <release version="1.4.1"><checksum type="sha256" target="content" filename="old.bin">00</checksum></release>
  </releases>
</component>
"""
FIRMWARE = hashlib.shake_256(b"firmware").digest(50_000)
STATED = "".join(
    f'<checksum type="{name}" target="content" filename="firmware.bin">{digest.hexdigest()}</checksum>'
    for name in ("sha1", "sha256")
    for digest in [hashlib.new(name, FIRMWARE, usedforsecurity=False)]
)

pytestmark = pytest.mark.skipif(not shutil.which("gcab"), reason="gcab is not installed")

Files = dict[str, bytes]


@pytest.fixture
def packed(tmp_path: Path) -> Callable[[Files], bytes]:
    def pack(files: Files) -> bytes:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        subprocess.run(["gcab", "-c", "-z", "made.cab", *files], cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / "made.cab").read_bytes()

    return pack


def files(stated: str = STATED, **more: bytes) -> Files:
    return {"firmware.metainfo.xml": METAINFO.format(stated).encode(), "firmware.bin": FIRMWARE, **more}


def test_what_the_real_tools_made_is_read(packed: Callable[[Files], bytes], judged: Judged) -> None:
    found, said = judged(packed(files()), "update.cab")
    assert said == []
    assert (found.format, found.version, found.signature.judgement) == ("cabinet", "1.4.2", "none")
    assert found.compatible == (
        Compatible("guid", "1ac48a1c-4e4a-4b3b-9c86-9d9b1e1a8e0f"),
        Compatible("guid", "2082b5e0-7a64-478a-b1b2-e3404fab6dad"),
    )
    [payload] = found.payloads
    assert (payload.path, payload.name) == ("update.cab!/firmware.bin", "com.acme.pump.firmware")
    assert [str(one.algorithm) for one in payload.stated] == ["SHA-1", "SHA-256"]
    assert payload.digests[1].value == hashlib.sha512(FIRMWARE).hexdigest()


def p7b(keys: Any, data: bytes, signer: str = "signer") -> bytes:
    return bytes(keys.cms(data, "-outform", "PEM", signer=signer))


def catalogue(tmp_path: Path, signed: Files) -> bytes:
    """A .jcat as the real tool writes it."""
    if not shutil.which("jcat-tool"):
        pytest.skip("jcat is not installed")
    for name, signature in signed.items():
        (tmp_path / f"{name}.p7b").write_bytes(signature)
        command = ["jcat-tool", "import", "made.jcat", name, f"{name}.p7b", "--kind", "pkcs7"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        command = ["jcat-tool", "self-sign", "made.jcat", name, "--kind", "sha256"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return (tmp_path / "made.jcat").read_bytes()


@pytest.mark.parametrize("beside", [True, False], ids=["beside the files", "in a catalogue"])
def test_signatures(tmp_path: Path, packed: Callable[[Files], bytes], keys: Any, judged: Judged, beside: bool) -> None:
    whole = files()
    for name, data in whole.items():
        (tmp_path / name).write_bytes(data)
    signatures = {name: p7b(keys, data) for name, data in whole.items()}
    if beside:
        made = packed(whole | {f"{name}.p7b": data for name, data in signatures.items()})
    else:
        made = packed(whole | {"firmware.jcat": catalogue(tmp_path, signatures)})
    found, said = judged(made, "update.cab")
    assert (found.signature.judgement, found.signature.kind, said) == ("not judged", "CMS", [])
    found, said = judged(made, "update.cab", keys.pem("ca"))
    assert (found.signature.judgement, said) == ("good", [])
    found, [line] = judged(made, "update.cab", keys.pem("stranger"))
    assert found.signature.judgement == "bad"
    assert line.startswith("error update.cab: its signature is bad: that of firmware.bin: signed by CN=release,O=ACME")


def test_half_signed_is_not_signed(packed: Callable[[Files], bytes], keys: Any, judged: Judged) -> None:
    made = packed(files() | {"firmware.bin.p7b": p7b(keys, FIRMWARE)})
    found, said = judged(made, "update.cab")
    assert (found.signature.judgement, said) == ("not judged", [])
    found, [line] = judged(made, "update.cab", keys.pem("ca"))
    assert line == "error update.cab: its signature is bad: firmware.metainfo.xml has none"


def jcat(*blobs: dict[str, Any], name: str = "firmware.bin") -> bytes:
    return gzip.compress(json.dumps({"Items": [{"Id": name, "Blobs": blobs}]}).encode(), mtime=0)


def test_a_signature_over_a_digest(packed: Callable[[Files], bytes], keys: Any, judged: Judged) -> None:
    digest = hashlib.sha256(FIRMWARE).hexdigest()
    blob = {"Kind": 3, "Flags": 1, "Data": p7b(keys, digest.encode()).decode(), "Target": 1}
    whole = files()
    whole["firmware.metainfo.xml.p7b"] = p7b(keys, whole["firmware.metainfo.xml"])
    found, said = judged(packed(whole | {"firmware.jcat": jcat(blob)}), "update.cab", keys.pem("ca"))
    assert (found.signature.judgement, said) == ("good", [])
    _, said = judged(packed(whole | {"firmware.jcat": jcat({**blob, "Target": 7})}), "update.cab", keys.pem("ca"))
    assert "its signature is bad" in said[0]


OTHER = hashlib.sha256(b"other").hexdigest()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"firmware.jcat": b"x"}, "error update.cab: its signature is bad: firmware.jcat: not gzip"),
        (
            {"firmware.jcat": gzip.compress(bytes(2 << 20))},
            "error update.cab: its signature is bad: firmware.jcat: not gzip: cut short, or too",
        ),
        ({"firmware.jcat": gzip.compress(b"[")}, "error update.cab: its signature is bad: firmware.jcat: line 1"),
        ({"firmware.jcat": gzip.compress(b'{"Items": 3}')}, ""),
        (
            {"firmware.jcat": jcat({"Kind": 1, "Flags": 1, "Data": OTHER})},
            "error update.cab: its signature is bad: that of firmware.bin: the sha256 that it states is not",
        ),
        ({"firmware.jcat": jcat({"Kind": 3, "Data": "!"})}, "error update.cab: its signature is bad: it is no base64"),
        (
            {"firmware.jcat": jcat({"Kind": 3, "Data": "AAAA"})},
            "error update.cab: its signature is bad: that of firmware",
        ),
        ({"firmware.jcat": jcat({"Kind": "3", "Data": "AAAA"})}, ""),
        ({"firmware.bin.asc": b"-----BEGIN PGP SIGNATURE-----"}, ""),
        ({"firmware.bin.p7b": b"noise"}, "error update.cab: its signature is bad: that of firmware.bin: is no CMS"),
    ],
)
def test_signatures_that_say_nothing_or_lie(
    packed: Callable[[Files], bytes], judged: Judged, more: Files, expected: str
) -> None:
    _, said = judged(packed(files() | more), "update.cab")
    assert bool(said) == bool(expected)
    assert all(line.startswith(expected) for line in said), said


def test_openpgp_is_told_and_not_judged(packed: Callable[[Files], bytes], judged: Judged) -> None:
    found, _ = judged(packed(files() | {"firmware.bin.asc": b"-----BEGIN PGP SIGNATURE-----"}), "update.cab")
    assert (found.signature.judgement, found.signature.kind) == ("not judged", "OpenPGP")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("", "warning update.cab!/firmware.bin: no metainfo file states its digest"),
        (
            f'<checksum type="sha256" target="content" filename="firmware.bin">{OTHER}</checksum>',
            "error update.cab!/firmware.bin: is not the payload that the manifest means: its SHA-256 is",
        ),
        (
            f"<checksum>{hashlib.sha1(b'other', usedforsecurity=False).hexdigest()}</checksum>",
            "error update.cab!/firmware.bin: is not the payload that the manifest means: its SHA-1 is",
        ),
        (
            '<checksum type="crc32" filename="firmware.bin">00</checksum>',
            "error update.cab!/firmware.bin: the manifest states for it unknown digest algorithm 'crc32'",
        ),
        (
            f'<checksum type="blake2b-256" filename="firmware.bin">{"0" * 64}</checksum>',
            "error update.cab!/firmware.bin: the manifest states for it a BLAKE2b-256, which is not checked here",
        ),
        (
            f'<artifacts><artifact><filename>other.bin</filename><checksum type="sha256">{OTHER}</checksum></artifact>'
            "</artifacts>",
            "error update.cab!/other.bin: the manifest names this payload, and the bundle does not hold it",
        ),
        (
            f'<checksum type="sha256" target="container">{OTHER}</checksum>',
            "warning update.cab!/firmware.bin: no metainfo",
        ),
        ("</release>", "error update.cab!/firmware.metainfo.xml: nothing is known of its payloads: not XML"),
        (
            "<a>" * 40 + "</a>" * 40,
            "error update.cab!/firmware.metainfo.xml: nothing is known of its payloads: has too",
        ),
        ("<a/>" * 60_000, "error update.cab!/firmware.metainfo.xml: nothing is known of its payloads: has too many"),
    ],
)
def test_metainfo_that_lies(packed: Callable[[Files], bytes], judged: Judged, stated: str, expected: str) -> None:
    _, said = judged(packed(files(stated)), "update.cab")
    assert any(line.startswith(expected) for line in said), said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><component type="firmware">&b;</component>', "declares a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><component/>', "declares a document type"),
        ('<?xml version="1.0" encoding="no-such"?><a/>', "not XML"),
        ('<component type="desktop"/>', "describes no firmware"),
        ("", "not XML"),
    ],
)
def test_metainfo_that_is_none(packed: Callable[[Files], bytes], judged: Judged, text: str, expected: str) -> None:
    _, said = judged(packed({"firmware.metainfo.xml": text.encode() or b" ", "firmware.bin": FIRMWARE}), "update.cab")
    start = "error update.cab!/firmware.metainfo.xml: nothing is known of its payloads: "
    assert [line[: len(start + expected)] for line in said] == [start + expected]


def test_a_cabinet_of_something_else_is_no_bundle(tmp_path: Path, packed: Callable[[Files], bytes]) -> None:
    from firmbom.bundles.formats import read_bundle

    path = tmp_path / "driver.cab"
    path.write_bytes(packed({"driver.inf": b"[Version]"}))
    assert read_bundle(path) == (None, ())
