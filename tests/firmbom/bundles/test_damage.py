"""Bundles that are damaged at random: nothing but problems comes of it, and no damage to what is signed passes."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from firmbom.bundles import trust
from firmbom.bundles.formats import read_bundle

Swu = Callable[[Sequence[tuple[str, bytes]]], bytes]

ROUNDS = 120
PAYLOAD = bytes(range(256)) * 16
DIGEST = hashlib.sha256(PAYLOAD).hexdigest()
SHARED = Path(__file__).parents[4] / "shared/corpus/images"


def run(*command: str | Path, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


def swupdate(folder: Path, keys: Any, swu: Swu) -> bytes:
    text = f'software = {{ version = "1"; images: ( {{ filename = "a"; sha256 = "{DIGEST}"; }} ); }}'.encode()
    return swu([("sw-description", text), ("sw-description.sig", keys.cms(text)), ("a", PAYLOAD)])


def rauc(folder: Path, keys: Any, swu: Swu) -> bytes:
    (folder / "content/manifest.raucm").write_text(
        "[update]\ncompatible=x\n[bundle]\nformat=plain\n[image.rootfs]\nfilename=a\n" + f"sha256={DIGEST}\n"
    )
    run("mksquashfs", "content", "made", "-quiet", "-no-progress", cwd=folder)
    image = (folder / "made").read_bytes()
    signature = bytes(keys.cms(image))
    return image + signature + len(signature).to_bytes(8, "big")


def mender(folder: Path, keys: Any, swu: Swu) -> bytes:
    command = ["mender-artifact", "write", "rootfs-image", "-t", "board", "-n", "r", "-f", "content/a", "-o", "made"]
    run(*command, cwd=folder)
    return (folder / "made").read_bytes()


def cabinet(folder: Path, keys: Any, swu: Swu) -> bytes:
    checksum = f'<checksum type="sha256" filename="a">{DIGEST}</checksum>'
    text = f'<component type="firmware"><id>x</id><releases><release version="1">{checksum}</release></releases>'
    (folder / "a.metainfo.xml").write_text(text + "</component>")
    run("gcab", "-c", "-n", "made", "a.metainfo.xml", "content/a", cwd=folder)
    return (folder / "made").read_bytes()


MAKERS = {
    "swupdate": (swupdate, "openssl"),
    "rauc": (rauc, "mksquashfs"),
    "mender": (mender, "mender-artifact"),
    "cabinet": (cabinet, "gcab"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_damage_anywhere_raises_nothing_and_never_passes_for_whole(
    tmp_path: Path, keys: Any, swu: Swu, name: str
) -> None:
    make, tool = MAKERS[name]
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    (tmp_path / "content").mkdir()
    (tmp_path / "content/a").write_bytes(PAYLOAD)
    whole = make(tmp_path, keys, swu)
    path = tmp_path / "damaged"
    path.write_bytes(whole)
    found, problems = read_bundle(path)
    assert found is not None
    assert (found.format, problems) == (name, ())
    chance = random.Random(name)
    anchors = trust.load([str(keys.pem("ca"))]) if found.signature.kind else ()
    for round_ in range(ROUNDS):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 8, 64))):
            place = chance.randrange(len(data))
            data[place] = chance.choice((0, 0xFF, data[place] ^ (1 << chance.randrange(8)), chance.randrange(256)))
        path.write_bytes(data)
        seen, problems = read_bundle(path, anchors=anchors)
        assert not [one for one in problems if one.message.startswith("unexpected")], (round_, problems)
        payloads = [] if seen is None else [one.digests[0].value for one in seen.payloads]
        wrong = any(one.severity == "error" for one in problems)
        assert seen is None or wrong or payloads in ([], [DIGEST]), round_


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize(
    ("name", "format_", "judgement"),
    [("update.swu", "swupdate", "good"), ("update.plain.raucb", "rauc", "good"), ("update.mender", "mender", "none")],
)
def test_bundles_of_others_hold_the_root_filesystem_that_was_put_in(name: str, format_: str, judgement: str) -> None:
    import gzip

    rootfs = hashlib.sha256(gzip.decompress((SHARED / "rootfs.ext4.gz").read_bytes())).hexdigest()
    anchors = trust.load([str(SHARED / "signing-cert.pem")]) if judgement == "good" else ()
    found, problems = read_bundle(SHARED / name, anchors=anchors)
    assert found is not None
    assert (found.format, found.signature.judgement, problems) == (format_, judgement, ())
    [payload] = found.payloads
    assert rootfs in {payload.digests[0].value, *(one.digests[0].value for one in payload.unpacked)}
