"""SRC_URI as it was meant: addresses with checksums and revisions, patches with the CVEs they name, files of the layer.

Nothing is fetched: a file of a layer is read where it lies; of anything else only what the recipe states is written.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any, Iterator

from .said import without_user

CHECKSUMS = ("md5", "sha1", "sha256", "sha384", "sha512")
KEPT = ("protocol", "branch", "tag", "subpath", "package", "version")
"""Parameters of an entry that say what is fetched, rather than where it is put."""
LARGEST = 16 << 20
"""Bytes of a file of a layer that is read."""
MOST_NAMED = 200
"""CVEs of one patch."""

_PATCH = re.compile(r"\.(?:patch|diff)(?:\.(?:gz|bz2|xz|Z))?\Z")
_NAMED = re.compile(r"CVE-\d{4}-\d{4,7}(?!\d)", re.IGNORECASE)
_TAG = re.compile(r"^CVE:[ \t]*(.*)$", re.MULTILINE)
_STATUS = re.compile(r"^Upstream-Status:[ \t]*(.*)$", re.MULTILINE)


def sources(d: Any, bb: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """What the recipe is made from: (sources, patches, files of the layer)."""
    remote: list[dict[str, Any]] = []
    patches: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    for url in (d.getVar("SRC_URI") or "").split():
        scheme, host, path, _, _, parameters = bb.fetch2.decodeurl(url)
        is_patch = parameters.get("apply", "") != "no" and (_PATCH.search(path) or parameters.get("apply") == "yes")
        if scheme == "file":
            (patches if is_patch else files).append(_local(url, path, d, bb))
            continue
        said = _remote(url, (scheme, host, path), parameters, d, bb)
        remote.append(said)
        if is_patch:
            patches.append(
                {"name": os.path.basename(path), "url": said["url"], "cves": _cves(os.path.basename(path), "")}
            )
    return remote, patches, files


def place(path: str, d: Any) -> str:
    """The path inside its layer, ``recipes-core/busybox/files/x.patch``; its name alone when it is in none."""
    found = [layer for layer in (d.getVar("BBLAYERS") or "").split() if path.startswith(layer.rstrip("/") + "/")]
    return os.path.relpath(path, max(found, key=len)) if found else os.path.basename(path)


def _remote(url: str, parts: tuple[str, str, str], parameters: dict[str, str], d: Any, bb: Any) -> dict[str, Any]:
    scheme, host, path = parts
    local = parameters.get("protocol") == "file" or not host
    said: dict[str, Any] = {
        "url": f"{scheme}://{host}{path}" if not local else f"file://{os.path.basename(path)}",
        "parameters": {key: parameters.get(key, "") for key in KEPT if not (local and key == "protocol")},
    }
    said["url"] = without_user(said["url"])
    try:
        fetched = bb.fetch2.FetchData(url, d)
    except Exception as error:  # noqa: BLE001, RUF100 - each fetcher raises its own, such as for AUTOREV without a network
        said["unknown"] = type(error).__name__
        return said
    said["digests"] = {name: getattr(fetched, name + "_expected", None) for name in CHECKSUMS}
    said["revision"] = _revision(fetched)
    return said


def _revision(fetched: Any) -> str:
    try:
        return str(getattr(fetched, "revision", "") or "")
    except Exception:  # noqa: BLE001, RUF100 - a fetcher may compute it from what is not there
        return ""


def _local(url: str, path: str, d: Any, bb: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"name": path.lstrip("/") if not path.startswith("/") else os.path.basename(path)}
    try:
        fetched = bb.fetch2.FetchData(url, d)
        fetched.setup_localpath(d)
        found = fetched.localpath or ""
    except Exception:  # noqa: BLE001, RUF100 - a file that is not there is told by do_fetch, not here
        found = ""
    if not os.path.isfile(found):
        return said
    said["path"] = place(found, d)
    if os.path.getsize(found) > LARGEST:
        return said
    with open(found, "rb") as stream:
        data = stream.read()
    said["sha256"] = hashlib.sha256(data).hexdigest()
    name = os.path.basename(path)
    if _PATCH.search(name):
        head = data.decode("utf-8", "replace")
        said["cves"] = _cves(name, head)
        said["status"] = next((match.strip()[:500] for match in _STATUS.findall(head)), "")
    elif name == "npm-shrinkwrap.json":
        said["text"] = data.decode("utf-8", "replace")
    return said


def _cves(name: str, content: str) -> list[str]:
    """The CVEs that a patch says it mends: in its name and in ``CVE:`` lines (Yocto's patch rules)."""
    return sorted(set(_each(name, content)))[:MOST_NAMED]


def _each(name: str, content: str) -> Iterator[str]:
    for piece in [name.replace("_", "-"), *_TAG.findall(content)]:
        for found in _NAMED.findall(piece):
            yield found.upper()
