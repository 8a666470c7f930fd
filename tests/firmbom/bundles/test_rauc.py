"""RAUC: bundles that the real tool made, and what becomes of them; what is refused here, the tool refuses too."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmbom.bundles.bundle import Bundle, Compatible

Judged = Callable[..., tuple[Bundle, list[str]]]

MANIFEST = """\
[update]
compatible=board-x
version=2026.11

[bundle]
format={}

[image.rootfs]
filename=rootfs.ext4
"""


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


def size_of(signature: bytes) -> bytes:
    return len(signature).to_bytes(8, "big")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, keys: Any) -> dict[str, bytes]:
    """A bundle of each format, all with the same content, signed by the CA's signer."""
    if not shutil.which("rauc") or not shutil.which("mksquashfs"):
        pytest.skip("rauc is not installed")
    folder = tmp_path_factory.mktemp("rauc")
    found = {}
    for variant in ("plain", "verity", "crypt"):
        content, bundle = folder / variant, folder / f"{variant}.raucb"
        content.mkdir()
        (content / "rootfs.ext4").write_bytes(hashlib.shake_256(b"rootfs").digest(1 << 20))
        (content / "manifest.raucm").write_text(MANIFEST.format(variant))
        signing = [f"--cert={keys.pem('signer')}", f"--key={keys.folder / 'signer.key'}"]
        run("rauc", "bundle", *signing, f"--keyring={keys.pem('ca')}", content, bundle)
        found[variant] = bundle.read_bytes()
        if variant == "crypt":
            sealed = folder / "sealed.raucb"
            run("rauc", "encrypt", f"--to={keys.pem('signer')}", f"--keyring={keys.pem('ca')}", bundle, sealed)
            found["sealed"] = sealed.read_bytes()
    return found


def trailer(bundle: bytes) -> bytes:
    return bundle[-8 - int.from_bytes(bundle[-8:], "big") : -8]


def rauc_takes(path: Path, keyring: Path) -> bool:
    """Does the real tool accept signature and manifest? It looks at a verity bundle's content only when it installs."""
    done = subprocess.run(["rauc", "info", f"--keyring={keyring}", path], check=False, capture_output=True)
    return done.returncode == 0


@pytest.mark.parametrize("variant", ["plain", "verity"])
@pytest.mark.parametrize("left", [0.3, 0.9])
def test_one_without_its_end_is_told_by_its_name(
    made: dict[str, bytes], judged: Judged, variant: str, left: float
) -> None:
    data = made[variant]
    found, said = judged(data[: int(len(data) * left)], "update.raucb")
    assert (found.format, found.version, found.payloads, found.signature.judgement) == ("rauc", "", (), "none")
    assert said == [
        "error update.raucb: is called *.raucb, and has neither signature nor manifest: a RAUC bundle cut off, or none"
    ]


@pytest.mark.parametrize("variant", ["plain", "verity"])
def test_what_the_tool_made_is_read_and_counts(made: dict[str, bytes], keys: Any, judged: Judged, variant: str) -> None:
    found, said = judged(made[variant], "update.raucb", keys.pem("ca"))
    assert said == []
    assert (found.format, found.variant, found.version) == ("rauc", variant, "2026.11")
    assert found.compatible == (Compatible("compatible", "board-x"),)
    [payload] = found.payloads
    rootfs = hashlib.shake_256(b"rootfs").digest(1 << 20)
    assert (payload.path, payload.name, payload.size) == ("update.raucb!/rootfs.ext4", "rootfs", 1 << 20)
    assert payload.digests[0].value == payload.stated[0].value == hashlib.sha256(rootfs).hexdigest()
    assert found.signature.judgement == "good"
    assert found.signature.signers[0].startswith("CN=release,O=ACME SHA256:")


@pytest.mark.parametrize("variant", ["plain", "verity"])
def test_without_a_key_it_is_not_judged_and_with_another_it_is_bad(
    made: dict[str, bytes], keys: Any, judged: Judged, variant: str
) -> None:
    found, said = judged(made[variant], "update.raucb")
    assert (found.signature.judgement, said) == ("not judged", [])
    found, [line] = judged(made[variant], "update.raucb", keys.pem("stranger"))
    assert found.signature.judgement == "bad"
    assert line.startswith("error update.raucb: its signature is bad: signed by CN=release,O=ACME SHA256:")
    assert "no CA given issued it" in line


def changed(bundle: bytes, place: int) -> bytes:
    return bundle[:place] + bytes([bundle[place] ^ 1]) + bundle[place + 1 :]


ATTACKS: dict[str, tuple[Callable[[dict[str, bytes]], bytes], str, bool]] = {
    "plain, a bit of the content": (
        lambda made: changed(made["plain"], 500_000),
        "error update.raucb: its signature is bad: it is of other content: SHA256",
        False,
    ),
    "verity, a bit of the content": (
        lambda made: changed(made["verity"], 500_000),
        "error update.raucb: its content has the hash tree",
        True,
    ),
    "verity, a bit of the hash tree": (
        lambda made: changed(made["verity"], len(made["verity"]) - len(trailer(made["verity"])) - 8 - 4096),
        "error update.raucb: the hash tree that it holds is not that of its content",
        True,
    ),
    "signature stripped": (
        lambda made: made["plain"][: -8 - len(trailer(made["plain"]))],
        "error update.raucb: has no signature at its end",
        False,
    ),
    "the other bundle's signature": (
        lambda made: (
            made["plain"][: -8 - len(trailer(made["plain"]))]
            + trailer(made["verity"])
            + size_of(trailer(made["verity"]))
        ),
        "error update.raucb: its content has the hash tree",
        True,
    ),
    "a verity bundle's content under a plain signature": (
        lambda made: (
            made["verity"][: -8 - len(trailer(made["verity"]))]
            + trailer(made["plain"])
            + size_of(trailer(made["plain"]))
        ),
        "error update.raucb: its signature is bad: it is of other content",
        False,
    ),
    "a bit of the signature": (
        lambda made: changed(made["plain"], len(made["plain"]) - 20),
        "error update.raucb: its signature is bad: it is not what CN=release,O=ACME signed",
        False,
    ),
    "a signature that cannot be read": (
        lambda made: (
            made["plain"][: -8 - len(trailer(made["plain"]))] + trailer(made["plain"])[:300] + size_of(bytes(300))
        ),
        "error update.raucb: its signature is bad: is no CMS signature that can be read",
        False,
    ),
    "the signed bytes shortened": (
        lambda made: made["plain"][:4096] + made["plain"][8192:],
        "error update.raucb: its signature is bad: it is of other content",
        False,
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_told(tmp_path: Path, made: dict[str, bytes], keys: Any, judged: Judged, attack: str) -> None:
    change, expected, taken = ATTACKS[attack]
    path = tmp_path / "update.raucb"
    path.write_bytes(change(made))
    _, said = judged(path, "", keys.pem("ca"))
    assert any(line.startswith(expected) for line in said), said
    assert taken or not rauc_takes(path, keys.pem("ca"))


def squashed(tmp_path: Path, manifest: str) -> bytes:
    if not shutil.which("mksquashfs"):
        pytest.skip("mksquashfs is not installed")
    content, image = tmp_path / "content", tmp_path / "content.squashfs"
    content.mkdir()
    (content / "rootfs.ext4").write_bytes(hashlib.shake_256(b"rootfs").digest(59_994))
    (content / "manifest.raucm").write_text(manifest)
    run("mksquashfs", content, image, "-quiet", "-no-progress", "-all-root")
    return image.read_bytes()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "sha256=" + "0" * 64,
            "error update.raucb!/rootfs.ext4: is not the payload that the manifest means: its SHA-256",
        ),
        ("size=5", "error update.raucb!/rootfs.ext4: has 59994 bytes, the manifest says 5"),
        ("sha256=abc", "error update.raucb!/rootfs.ext4: the manifest states for it not a SHA-256 digest"),
        ("[image.boot]\nfilename=boot.img", "error update.raucb!/boot.img: the manifest names this payload, and the"),
        ("[image.data]\nfilename=data.caidx", "error update.raucb!/data.caidx: is casync's index; what it installs"),
        (
            "[image.rootfs]",
            "error update.raucb: nothing is known of its payloads: manifest.raucm:",
        ),
        ("no section = 1\n=", "error update.raucb: nothing is known of its payloads: manifest.raucm:"),
        ("[image.hook]\nhooks=install", ""),
    ],
)
def test_a_manifest_that_lies_under_a_good_signature(
    tmp_path: Path, keys: Any, judged: Judged, lines: str, expected: str
) -> None:
    image = squashed(tmp_path, MANIFEST.format("plain") + lines + "\n")
    signature = keys.cms(image)
    _, said = judged(image + signature + size_of(signature), "update.raucb", keys.pem("ca"))
    assert [line[: len(expected)] for line in said[:1]] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        ("", "its manifest does not say which hash tree its content has: nothing signs the content"),
        ("verity-hash=00\nverity-salt=00\nverity-size=4096", "its content has the hash tree"),
        ("verity-hash=00\nverity-salt=zz\nverity-size=4096", "its manifest does not say which hash tree"),
        ("verity-hash=00\nverity-salt=00\nverity-size=-4096", "its hash tree of -4096 bytes cannot be that"),
        ("verity-hash=00\nverity-salt=00\nverity-size=99999999999999999999", "its hash tree of 9999"),
        (f"verity-hash=00\nverity-salt={'00' * 999}\nverity-size=0", "its hash tree of 0 bytes cannot be that"),
    ],
)
def test_a_signed_manifest_that_signs_no_content(
    tmp_path: Path, keys: Any, judged: Judged, bundle: str, expected: str
) -> None:
    image = squashed(tmp_path, "")
    manifest = MANIFEST.format("verity").replace("format=verity", f"format=verity\n{bundle}")
    signature = keys.cms(manifest.encode(), "-nodetach")
    _, said = judged(image + signature + size_of(signature), "update.raucb", keys.pem("ca"))
    assert any(line.startswith(f"error update.raucb: {expected}") for line in said), said


def test_a_plain_manifest_in_the_signature_is_no_bundle(tmp_path: Path, keys: Any, judged: Judged) -> None:
    image = squashed(tmp_path, "")
    signature = keys.cms(MANIFEST.format("plain").encode(), "-nodetach")
    _, said = judged(image + signature + size_of(signature), "update.raucb", keys.pem("ca"))
    assert any("its manifest stands in the signature, which that of a plain bundle must not" in line for line in said)


def test_an_encrypted_bundle_is_told(made: dict[str, bytes], keys: Any, judged: Judged) -> None:
    found, said = judged(made["sealed"], "update.raucb")
    assert (found.variant, found.payloads, said) == ("crypt", (), [])
    assert (found.signature.judgement, found.signature.why) == ("not judged", "it is encrypted")
    _, [line] = judged(made["sealed"], "update.raucb", keys.pem("ca"))
    assert line == "error update.raucb: its signature cannot be checked: it is encrypted"


def test_a_bundle_for_encryption_is_read_as_far_as_it_goes(made: dict[str, bytes], keys: Any, judged: Judged) -> None:
    found, said = judged(made["crypt"], "update.raucb", keys.pem("ca"))
    assert (found.variant, found.version, found.signature.judgement) == ("crypt", "2026.11", "good")
    assert said == [
        "error update.raucb: its content is encrypted: the payloads that its manifest names were not checked"
    ]


def test_cut_anywhere_it_raises_nothing_and_is_never_whole(tmp_path: Path, made: dict[str, bytes]) -> None:
    from firmbom.bundles.formats import read_bundle

    path = tmp_path / "update.raucb"
    whole = made["verity"]
    for length in [*range(0, len(whole), 130_001), *range(len(whole) - 3000, len(whole), 211)]:
        path.write_bytes(whole[:length])
        found, problems = read_bundle(path)
        assert found is None or any(one.severity == "error" for one in problems), length
