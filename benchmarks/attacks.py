"""Lays every attack of ``tests/forgery`` before firmbom and other verifiers, and writes the table of docs/red-team.md.

The others are asked only what they answer: does this signature fit this key? openssl gets the document in canonical
form, as docs/verify.md does it by hand; the reference is the JSF library of the format's author
(github.com/cyberphone/openkeystore, compiled here); cdx-verify gets the same attack on a document that cdx-sign signed,
because its form is another. What is not there is left out of the table.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "forgery"))

import attempts  # noqa: E402 - the path is set above
import rfc8785  # noqa: E402 - same
from attacks import GROUPS  # noqa: E402 - same
from attempts import Attack, Attempt, lay  # noqa: E402 - same
from authority import NOW, certificate  # noqa: E402 - same
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: E402 - same

from firmbom.signing import algorithms, base64url, jsf  # noqa: E402 - same
from firmbom.signing.keys import PrivateKey, generate  # noqa: E402 - same
from firmbom.signing.loading import load_public  # noqa: E402 - same

PAGE = ROOT / "docs" / "red-team.md"
BEGIN, END = "<!-- written by benchmarks/attacks.py -->\n", "<!-- end of what it writes -->"
CONTROL = Attack("no attack", "leaves the document as it was signed", lambda: Attempt(_good()), "signature  passed", "")

Verdict = str
"""``refused``, ``accepted``, or empty: it cannot be asked."""


def _good() -> bytes:
    return attempts.text(attempts.signed()).encode()


def by_openssl(folder: Path) -> Verdict:
    """The recipe by hand: take ``value`` out, write the canonical form, verify with the key that one has.

    Where there is a CA, ``openssl verify`` is asked about the certificates first.
    """
    key = load_public(str(folder / "release.pub"))
    try:
        if kind_of(folder) == "attestation":
            return _envelope_by_openssl(folder)
        bom = json.loads((folder / "bom.json").read_bytes())
        holder = bom["signature"].get("signers", [bom["signature"]])
        bom["signature"] = {"signers": holder[:1]} if "signers" in bom["signature"] else bom["signature"]
        raw = base64url.decode(holder[0].pop("value"), "value")
        (folder / "data").write_bytes(rfc8785.dumps(bom))
    except Exception:  # whatever is wrong with the document, there is nothing to verify
        return "refused"
    if (folder / "ca.pem").exists() and _chain_by_openssl(holder[0], folder) == "refused":
        return "refused"
    options = ["-digest", "sha256"]
    if key.kind == "RSA":
        options += ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]
    elif len(raw) == 64:
        raw = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    (folder / "raw").write_bytes(raw)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "release.pub", "-rawin", "-in", "data"]
    return _verdict([*command, "-sigfile", "raw", *options], folder)


def _chain_by_openssl(entry: dict[str, Any], folder: Path) -> Verdict:
    """Do the certificates lead to the CA? Purposes and usages are not asked about, which ``openssl`` knows for TLS."""
    for place, text in enumerate(entry["certificatePath"]):
        lines = textwrap.fill(base64.b64encode(base64url.decode(text, "certificate")).decode(), 64)
        with (folder / ("rest" if place else "leaf")).open("a") as file:
            file.write(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    rest = ["-untrusted", "rest"] if (folder / "rest").exists() else []
    at = ["-attime", str(int(NOW.timestamp()))]
    return _verdict(["openssl", "verify", "-no-CApath", "-no-CAstore", "-CAfile", "ca.pem", *at, *rest, "leaf"], folder)


def _envelope_by_openssl(folder: Path) -> Verdict:
    """DSSE by hand: the first signature, of the first line, over the pre-authentication encoding."""
    first = json.loads((folder / "bom.json").read_bytes().splitlines()[0])
    envelope = first.get("dsseEnvelope", first)
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    (folder / "data").write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
    (folder / "raw").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    command = ["openssl", "dgst", "-sha256", "-verify", "release.pub", "-signature", "raw", "data"]
    return _verdict(command, folder)


def by_reference(classes: str, folder: Path) -> Verdict:
    """The library of the format's author; it knows no envelopes."""
    if kind_of(folder) == "attestation":
        return ""
    return _verdict(["java", "-cp", classes, "JsfReference", "bom.json", "release.pub"], folder)


def by_cdx_verify(folder: Path) -> Verdict:
    """The signature of the root alone; it reads no chain of certificates."""
    return _verdict(["cdx-verify", "-i", "bom.json", "--public-key", "release.pub", "--no-deep"], folder)


def kind_of(folder: Path) -> str:
    """What lies there: an ``attestation`` or a ``document``."""
    return "attestation" if b'"payloadType"' in (folder / "bom.json").read_bytes() else "document"


def _verdict(command: Sequence[str], folder: Path) -> Verdict:
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    return "refused" if done.returncode else "accepted"


@contextmanager
def signed_by(make: Callable[..., dict[str, Any]]) -> Iterator[None]:
    """Let ``make`` sign all that the attempts sign."""
    attempts.sign = make
    try:
        yield
    finally:
        attempts.sign = jsf.sign


def cdx_sign(document: dict[str, Any], signers: Sequence[PrivateKey], **_: object) -> dict[str, Any]:
    """The document, signed in the form of cdx-sign."""
    if document.get("bomFormat") != "CycloneDX":
        raise ValueError("cdx-sign signs whole documents")
    for signer in signers:
        mode = "signers" if len(signers) > 1 else "replace"
        document = json.loads(_cdx_signed(json.dumps(document), signer.pem(), signer.algorithm, mode))
    return document


@cache
def _cdx_signed(document: str, key: bytes, algorithm: str, mode: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "bom.json").write_text(document, encoding="utf-8")
        (path / "key").write_bytes(key)
        parts = [f"--no-sign-{part}" for part in ("components", "services", "annotations")]
        command = ["cdx-sign", "-i", "bom.json", "-o", "out.json", "-k", "key", "-a", algorithm, "-m", mode, *parts]
        subprocess.run(command, cwd=path, capture_output=True, check=True, timeout=120)
        return (path / "out.json").read_bytes()


def by_firmbom(attack: Attack, attempt: Attempt, folder: Path) -> tuple[Verdict, str]:
    """The verdict, and the line that says why; ends the script where that is not what the list says."""
    command = [str(Path(sys.executable).with_name("firmbom")), "verify", "bom.json", *attempt.options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    wanted = f"{attack.question:<10} failed" if attack.question else "signature "
    line = next((one for one in done.stdout.splitlines() if one.startswith(wanted)), "")
    if not re.search(attack.said, line) or bool(attack.question) is not bool(
        done.returncode & (8 if attack.question == "soundness" else 35)
    ):
        sys.exit(f"{attack.name}: exit {done.returncode}, not as the list says\n{done.stdout}{done.stderr}")
    why = line[len("signature  passed    ") :].partition("; ")[0]
    return ("refused" if attack.question else "accepted"), re.sub(r"\b[0-9a-f]{16}\b", "…", why)


def row(attack: Attack, others: dict[str, Callable[[Path], Verdict]]) -> list[str]:
    """The cells of an attack."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        attempt = attack.make()
        lay(attempt, folder)
        verdict, why = by_firmbom(attack, attempt, folder)
        found = [other(folder) for other in others.values()]
    if shutil.which("cdx-verify"):
        found.append(_cdx(attack))
    why = why if attack.question else f"passes: {attack.instead}" if attack.instead else "as it should"
    return [attack.name, attack.does, f"**{verdict}**" if attack.instead else verdict, why, *found]


def _cdx(attack: Attack) -> Verdict:
    try:
        with signed_by(cdx_sign), tempfile.TemporaryDirectory() as folder:
            attempt = attack.make()
            if "--ca" in attempt.options or "policy.toml" in attempt.options:
                return ""
            lay(attempt, Path(folder))
            return by_cdx_verify(Path(folder)) if kind_of(Path(folder)) == "document" else ""
    except (KeyError, ValueError, subprocess.CalledProcessError):
        return ""


def compiled(sources: Path, classes: str) -> str:
    """The reference and its caller, compiled into ``classes``."""
    library = [str(path) for path in sorted((sources / "library/src/org/webpki/json").glob("*.java"))]
    command = ["javac", "-nowarn", "-d", classes, "-sourcepath", str(sources / "library/src"), *library]
    subprocess.run([*command, str(ROOT / "benchmarks/JsfReference.java")], check=True, capture_output=True)
    return classes


def accepted_by_reference(classes: str) -> str:
    """A sentence on what firmbom signs and the reference accepts; ends the script where it refuses."""
    keys = {kind: generate(kind) for kind in {row.key for row in algorithms.TABLE.values()} - {"RSA"}}
    keys["RSA"] = generate("RSA-2048")
    holder = certificate("Release", certificate("CA", ca=True))
    made = {name: [keys[row.key].using(name)] for name, row in algorithms.TABLE.items()}
    made["several signers"] = [keys["P-256"], keys["Ed25519"]]
    made["certificates"] = [holder.key.certified([holder.der])]
    for name, signers in made.items():
        with tempfile.TemporaryDirectory() as folder:
            bom = attempts.text(jsf.sign(attempts.document(), signers)).encode()
            lay(Attempt(bom, files={"release.pub": signers[-1].public.pem()}), Path(folder))
            if by_reference(classes, Path(folder)) != "accepted":
                sys.exit(f"the reference does not accept {name}")
    *most, last = made
    return f"\nThe JSF reference accepts what firmbom signs with {', '.join(most)} and {last}.\n"


def table(others: dict[str, Callable[[Path], Verdict]]) -> str:
    """Every attack, as Markdown."""
    names = [*others, *(["cdx-verify"] if shutil.which("cdx-verify") else [])]
    lines: list[str] = []
    for group, attacks in GROUPS.items():
        head = ["attack", "what is done", "firmbom", "why", *names]
        lines += [f"### {group}\n", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
        for attack in [CONTROL, *attacks] if group == next(iter(GROUPS)) else attacks:
            cells = [cell.replace("|", "\\|").replace("\n", " ") for cell in row(attack, others)]
            lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |"))
            print(lines[-1], flush=True)
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Run all, print the table, and write it into the page when asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--openkeystore", type=Path, help="a checkout of github.com/cyberphone/openkeystore")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    args = parser.parse_args()
    others: dict[str, Callable[[Path], Verdict]] = {"openssl": by_openssl} if shutil.which("openssl") else {}
    with tempfile.TemporaryDirectory() as classes:
        if args.openkeystore:
            others["JSF reference"] = partial(by_reference, compiled(args.openkeystore, classes))
        made = table(others)
        made += accepted_by_reference(classes) if args.openkeystore else ""
    if args.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{made}{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
