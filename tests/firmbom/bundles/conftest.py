"""Keys, certificates and signatures made by openssl, and bundles put together from parts, honest ones and others."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from firmbom.bundles import trust
from firmbom.bundles.bundle import Bundle
from firmbom.bundles.formats import read_bundle

ROOTFS = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(3000))
"""What the bundles install."""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, cwd=cwd).stdout.decode()


class Keys:
    """A CA, one that it vouches for through another, and a stranger; ``<name>.key`` and ``<name>.pem`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._request("ca", "/CN=Update CA", "ec:P-256", extensions="basicConstraints=critical,CA:TRUE")
        self._request("below", "/CN=Line CA", "ec:P-384", "ca", "basicConstraints=critical,CA:TRUE,pathlen:0")
        self._request("signer", "/O=ACME/CN=release", "rsa:2048", "ca", "keyUsage=digitalSignature")
        self._request("line", "/O=ACME/CN=line", "ec:P-256", "below", "keyUsage=digitalSignature")
        self._request("sealer", "/CN=sealer", "ec:P-256", "ca", "keyUsage=keyEncipherment")
        self._request("stranger", "/CN=stranger", "ec:P-256")
        self._request("edwards", "/CN=edwards", "ed25519")

    def _request(self, name: str, subject: str, kind: str, issuer: str = "", extensions: str = "") -> None:
        algorithm, _, size = kind.partition(":")
        options = {"ec": ["-pkeyopt", f"ec_paramgen_curve:{size}"], "rsa": ["-pkeyopt", f"rsa_keygen_bits:{size}"]}
        key = self.folder / f"{name}.key"
        run("openssl", "genpkey", "-algorithm", algorithm, *options.get(algorithm, []), "-out", key)
        command: list[str | Path] = ["openssl", "req", "-x509", "-new", "-key", key, "-subj", subject, "-days", "3650"]
        command += ["-out", self.pem(name), "-config", self._configuration(name, extensions), "-extensions", "own"]
        if issuer:
            command += ["-CA", self.pem(issuer), "-CAkey", self.folder / f"{issuer}.key"]
        run(*command)
        run("openssl", "pkey", "-in", key, "-pubout", "-out", self.folder / f"{name}.pub")

    def _configuration(self, name: str, extensions: str) -> Path:
        path = self.folder / f"{name}.cnf"
        lines = ["[req]", "distinguished_name=name", "[name]", "[own]", "subjectKeyIdentifier=hash", extensions]
        path.write_text("\n".join(lines) + "\n")
        return path

    def pem(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def pub(self, name: str) -> Path:
        return self.folder / f"{name}.pub"

    def cms(self, data: bytes, *options: str | Path, signer: str = "signer") -> bytes:
        """A detached CMS signature as SWUpdate's documentation makes it; ``options`` are openssl's."""
        source, made = self.folder / "data", self.folder / "data.cms"
        source.write_bytes(data)
        command: list[str | Path] = [
            "openssl",
            "cms",
            "-sign",
            "-binary",
            "-in",
            source,
            "-out",
            made,
            "-outform",
            "DER",
        ]
        run(*command, "-signer", self.pem(signer), "-inkey", self.folder / f"{signer}.key", *options)
        return made.read_bytes()

    def raw(self, data: bytes, *options: str, signer: str = "signer") -> bytes:
        """A signature that is nothing but the number."""
        source, made = self.folder / "data", self.folder / "data.sig"
        source.write_bytes(data)
        run("openssl", "dgst", "-sha256", "-sign", self.folder / f"{signer}.key", *options, "-out", made, source)
        return made.read_bytes()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    return Keys(tmp_path_factory.mktemp("keys"))


Judged = Callable[..., tuple[Bundle, list[str]]]


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """``judged(data, "update.swu", *keys)``: the bundle, and what is said, a line each."""

    def judge(data: bytes | Path, name: str = "update.bin", *anchors: Path) -> tuple[Bundle, list[str]]:
        path = data if isinstance(data, Path) else tmp_path / name
        if isinstance(data, bytes):
            path.write_bytes(data)
        found, problems = read_bundle(path, anchors=trust.load([str(one) for one in anchors]))
        assert found is not None
        return found, [f"{one.severity} {one.path}: {one.message}" for one in problems]

    return judge


def cpio(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A newc archive, in which names may stand twice."""
    made = b""
    for number, (name, data) in enumerate([*files, ("TRAILER!!!", b"")], 1):
        encoded = name.encode() + b"\0"
        numbers = (number, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        made += b"070701" + b"".join(b"%08X" % one for one in numbers) + encoded
        made += bytes(-len(made) % 4) + data
        made += bytes(-len(made) % 4)
    return made


@pytest.fixture
def swu() -> Callable[[Sequence[tuple[str, bytes]]], bytes]:
    return cpio


@pytest.fixture
def rootfs() -> bytes:
    return ROOTFS
