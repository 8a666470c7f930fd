"""Attack by attack on update bundles: what firmbom says, and what the format's own tool says of the same file.

``python benchmarks/bundle_attacks.py [--write]`` needs openssl, mksquashfs, rauc, swupdate, mender-artifact, gcab and
fwupdtool; ``--write`` puts the table into docs/bundles.md.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from firmbom.bundles import trust
from firmbom.bundles.formats import read_bundle

PAGE = Path(__file__).parents[1] / "docs/bundles.md"
TABLE = re.compile(r"(?<=<!-- attacks -->\n).*?(?=<!-- end of attacks -->)", re.DOTALL)
PAYLOAD = hashlib.shake_256(b"rootfs").digest(1 << 20)
EVIL = hashlib.shake_256(b"evil").digest(1 << 20)

Files = list[tuple[str, bytes]]
Attack = tuple[str, Callable[[], bytes]]


def run(*command: str | Path, cwd: Path | None = None) -> bytes:
    """What a program prints; it must succeed."""
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True).stdout


class Maker:
    """Keys, and honest bundles of every format, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("ca", "signer", "stranger"):
            run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", self.at(f"{name}.key"))
            issuer: list[str | Path] = ["-CA", self.at("ca.pem"), "-CAkey", self.at("ca.key")]
            authority = "CA:FALSE" if name == "signer" else "CA:TRUE"
            command = ["openssl", "req", "-x509", "-new", "-key", str(self.at(f"{name}.key")), "-subj", f"/CN={name}"]
            command += ["-days", "99", "-addext", f"basicConstraints=critical,{authority}"]
            run(*command, *(issuer if name == "signer" else ()), "-out", self.at(f"{name}.pem"))
            run("openssl", "pkey", "-in", self.at(f"{name}.key"), "-pubout", "-out", self.at(f"{name}.pub"))

    def at(self, name: str) -> Path:
        """A file in the folder."""
        return self.folder / name

    def cms(self, data: bytes, signer: str = "signer") -> bytes:
        """A detached signature."""
        self.at("data").write_bytes(data)
        command: list[str | Path] = ["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-in", self.at("data")]
        return run(*command, "-signer", self.at(f"{signer}.pem"), "-inkey", self.at(f"{signer}.key"))

    def rauc(self, variant: str) -> bytes:
        """A bundle as the tool makes it."""
        content, made = self.at(f"rauc-{variant}"), self.at(f"{variant}.raucb")
        content.mkdir(exist_ok=True)
        (content / "rootfs").write_bytes(PAYLOAD)
        text = f"[update]\ncompatible=x\n[bundle]\nformat={variant}\n[image.rootfs]\nfilename=rootfs\n"
        (content / "manifest.raucm").write_text(text)
        keys = [f"--cert={self.at('signer.pem')}", f"--key={self.at('signer.key')}", f"--keyring={self.at('ca.pem')}"]
        made.unlink(missing_ok=True)
        run("rauc", "bundle", *keys, content, made)
        return made.read_bytes()

    def mender(self) -> Files:
        """The parts of an Artifact as the tool makes it."""
        self.at("rootfs").write_bytes(PAYLOAD)
        command: list[str | Path] = [
            "mender-artifact",
            "write",
            "rootfs-image",
            "-t",
            "x",
            "-n",
            "r",
            "-f",
            self.at("rootfs"),
        ]
        run(*command, "-k", self.at("signer.key"), "-o", self.at("made.mender"))
        with tarfile.open(self.at("made.mender")) as archive:
            return [(one.name, file.read()) for one in archive if (file := archive.extractfile(one))]

    def cabinet(self, digest: str, *names: str) -> bytes:
        """A cabinet whose metainfo states this digest."""
        self.at("firmware.bin").write_bytes(PAYLOAD)
        checksum = f'<checksum type="sha256" target="content" filename="firmware.bin">{digest}</checksum>'
        self.at("firmware.metainfo.xml").write_text(
            '<component type="firmware"><id>x.y.firmware</id><name>n</name><summary>s</summary>'
            '<provides><firmware type="flashed">1ac48a1c-4e4a-4b3b-9c86-9d9b1e1a8e0f</firmware></provides>'
            f'<releases><release version="1" date="2026-01-01">{checksum}</release></releases></component>'
        )
        self.at("made.cab").unlink(missing_ok=True)
        run("gcab", "-c", "made.cab", "firmware.metainfo.xml", *names, cwd=self.folder)
        return self.at("made.cab").read_bytes()


def cpio(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A crc archive, in which names may stand twice."""
    made = b""
    for number, (name, data) in enumerate([*files, ("TRAILER!!!", b"")], 1):
        encoded = name.encode() + b"\0"
        sizes = (number, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), sum(data) & 0xFFFFFFFF)
        made += b"070702" + b"".join(b"%08X" % one for one in sizes) + encoded
        made += bytes(-len(made) % 4) + data
        made += bytes(-len(made) % 4)
    return made + bytes(-len(made) % 512)


def tar(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A plain archive."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def changed(data: bytes, place: int) -> bytes:
    """The same with one bit turned."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def swupdate(make: Maker) -> Iterator[Attack]:
    """Each with what it does."""
    digest = hashlib.sha256(PAYLOAD).hexdigest()
    entry = f'{{ filename = "rootfs"; device = "/dev/null"; type = "raw"; sha256 = "{digest}"; }}'
    text = f'software = {{ version = "1"; hardware-compatibility: [ "1.0" ]; images: ( {entry} ); }}\n'.encode()
    whole, signature, payload = ("sw-description", text), ("sw-description.sig", make.cms(text)), ("rootfs", PAYLOAD)
    evil = ("rootfs", EVIL)
    lied = text.replace(digest.encode(), hashlib.sha256(EVIL).hexdigest().encode())
    yield "nothing changed", lambda: cpio([whole, signature, payload])
    yield "another payload", lambda: cpio([whole, signature, evil])
    yield "no payload", lambda: cpio([whole, signature])
    yield "the payload twice, another one first", lambda: cpio([whole, signature, evil, payload])
    yield "the payload twice, another one last", lambda: cpio([whole, signature, payload, evil])
    yield "another payload and its digest", lambda: cpio([("sw-description", lied), signature, evil])
    yield "signed by a stranger", lambda: cpio([whole, ("sw-description.sig", make.cms(text, "stranger")), payload])
    yield "signature taken off", lambda: cpio([whole, payload])
    yield "signature cut short", lambda: cpio([whole, ("sw-description.sig", signature[1][:-9]), payload])


def rauc(make: Maker) -> Iterator[Attack]:
    """Each with what it does."""
    plain, verity = make.rauc("plain"), make.rauc("verity")
    sizes = [int.from_bytes(one[-8:], "big") for one in (plain, verity)]
    body = plain[: -8 - sizes[0]]
    strange = make.cms(body, "stranger")
    yield "nothing changed (plain)", lambda: plain
    yield "nothing changed (verity)", lambda: verity
    yield "a bit of the payload (plain)", lambda: changed(plain, 500_000)
    yield "a bit of the payload (verity)", lambda: changed(verity, 500_000)
    yield "a bit of the hash tree (verity)", lambda: changed(verity, len(verity) - 8 - sizes[1] - 4096)
    yield "signed by a stranger", lambda: body + strange + len(strange).to_bytes(8, "big")
    yield "signature taken off", lambda: body
    yield "another bundle's signature", lambda: body + verity[-8 - sizes[1] :]


def mender(make: Maker) -> Iterator[Attack]:
    """Each with what it does."""
    files = make.mender()
    evil = gzip.compress(tar([("rootfs", EVIL)]), mtime=0)
    ours, theirs = (hashlib.sha256(one).hexdigest().encode() for one in (PAYLOAD, EVIL))
    lied = dict(files)["manifest"].replace(ours, theirs)

    def with_(**parts: bytes) -> bytes:
        given = {name.replace("_", "."): data for name, data in parts.items()}
        return tar([(name, given.get(name.rpartition("/")[2], data)) for name, data in files])

    yield "nothing changed", lambda: tar(files)
    yield "another payload", lambda: with_(**{"0000.tar.gz": evil})
    yield "no payload", lambda: tar([one for one in files if not one[0].startswith("data/")])
    yield "another payload and its digest", lambda: with_(**{"0000.tar.gz": evil, "manifest": lied})
    yield "another signature", lambda: with_(manifest_sig=b"A" * 86 + b"==")
    yield "signature taken off", lambda: tar([one for one in files if one[0] != "manifest.sig"])


def cabinet(make: Maker) -> Iterator[Attack]:
    """Each with what it does."""
    digest = hashlib.sha256(PAYLOAD).hexdigest()
    yield "nothing changed", lambda: make.cabinet(digest, "firmware.bin")
    yield "another payload", lambda: make.cabinet(hashlib.sha256(EVIL).hexdigest(), "firmware.bin")
    yield "no payload", lambda: make.cabinet(digest)


def verdicts(make: Maker) -> Iterator[tuple[str, str, bool, str, str, bool]]:
    """Format, attack, whether firmbom takes it, what it says, the tool, whether that takes it."""
    ca, pub = make.at("ca.pem"), make.at("signer.pub")
    groups: list[tuple[str, Callable[[Maker], Iterator[Attack]], str, list[str | Path], list[Path]]] = [
        ("SWUpdate", swupdate, ".swu", ["swupdate", "-c", "-H", "x:1.0", "-k", ca, "-i"], [ca]),
        ("RAUC", rauc, ".raucb", ["rauc", "info", f"--keyring={ca}"], [ca]),
        ("Mender", mender, ".mender", ["mender-artifact", "validate", "-k", pub], [pub]),
        ("fwupd", cabinet, ".cab", ["fwupdtool", "get-details", "--json"], []),
    ]
    for title, attacks, ending, command, keys in groups:
        anchors = trust.load([str(key) for key in keys])
        for name, made in attacks(make):
            path = make.at(f"update{ending}")
            path.write_bytes(made())
            _, problems = read_bundle(path, anchors=anchors)
            errors = [one.message for one in problems if one.severity == "error"]
            done = subprocess.run([*command, path], check=False, capture_output=True, timeout=60)
            told = done.stdout + done.stderr
            takes = not done.returncode and b"checksum invalid" not in told and b"[ERROR]" not in told
            yield title, name, not errors, errors[0] if errors else "", str(command[0]), takes


def table(make: Maker) -> Iterator[str]:
    """The rows as Markdown."""
    yield "| format | attack | firmbom | what it says | the format's tool |\n|---|---|---|---|---|\n"
    for title, name, ours, said, tool, theirs in verdicts(make):
        line = re.sub(r"\b[0-9a-f]{12,}\b", "…", said)
        their = f"{tool}: {'accepted' if theirs else 'refused'}"
        yield f"| {title} | {name} | {'accepted' if ours else 'refused'} | {line} | {their} |\n"


def main() -> int:
    """Print the table, and write it if asked to."""
    with tempfile.TemporaryDirectory() as folder:
        made = "".join(table(Maker(Path(folder))))
    sys.stdout.write(made)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(TABLE.sub(lambda _: made, PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
