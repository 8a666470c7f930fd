"""SRC_URI entries as references and patches; nothing of the build machine's own file system passes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import quote, unquote

from firmbom.address import without_user
from firmbom.model import Digest, ExternalReference, Patch

CVE = re.compile(r"CVE-\d{4}-\d{4,7}\Z")
_CVE = re.compile(r"CVE[-_](\d{4})[-_](\d{4,7})(?!\d)", re.IGNORECASE)
_PATCH = re.compile(r"\.(?:patch|diff)(?:\.(?:gz|bz2|xz|Z))?\Z")
_SCHEMES = frozenset(
    {
        "http",
        "https",
        "ftp",
        "ftps",
        "sftp",
        "git",
        "gitsm",
        "svn",
        "hg",
        "npm",
        "crate",
        "gomod",
        "ssh",
        "s3",
        "az",
        "gs",
    }
)
LONGEST = 2_000
"""Characters of an address."""


def source(address: str, digests: Iterable[tuple[str, str]] = ()) -> ExternalReference | None:
    """A place that sources were fetched from; None for what lies on the build machine (``file:``) or nowhere."""
    address = address.strip()
    scheme = urlsplit_scheme(address)
    if not scheme or len(address) > LONGEST:
        return None
    return ExternalReference("source-distribution", without_user(address), tuple(sorted(_known(digests))))


def urlsplit_scheme(address: str) -> str:
    """The scheme, if it leads to another machine; ``git+https`` counts as its parts do."""
    scheme, colon, rest = address.partition("://")
    fit = colon and rest[:1] not in ("", "/") and set(scheme.lower().split("+")) <= _SCHEMES
    return scheme.lower() if fit else ""


def patch(name: str) -> Patch | None:
    """A patch by its name, with the CVEs that the name tells; None when it is none."""
    base = posixpath.basename(unquote(name.partition(";")[0]))
    if not _PATCH.search(base):
        return None
    found = sorted({f"CVE-{year}-{number}" for year, number in _CVE.findall(base)})
    return Patch("backport" if found else "unofficial", base, tuple(found))


def from_uri(text: str) -> tuple[tuple[ExternalReference, ...], tuple[Patch, ...]]:
    """The references and patches in a SRC_URI as a recipe writes it: addresses with ``;name=value`` parameters."""
    references: dict[ExternalReference, None] = {}
    patches: dict[Patch, None] = {}
    for entry in text.split():
        address, *parameters = entry.split(";")
        found = patch(address) if "apply=no" not in parameters else None
        if found:
            patches[found] = None
        elif one := source(_with_protocol(address, parameters), _checksums(parameters)):
            references[one] = None
    return tuple(sorted(references)), tuple(sorted(patches))


def _checksums(parameters: list[str]) -> list[tuple[str, str]]:
    """Those that stand in the entry itself: ``;sha256sum=…``."""
    pairs = (part.partition("=") for part in parameters)
    return [(key.removesuffix("sum"), value) for key, _, value in pairs if key.endswith("sum")]


def _with_protocol(address: str, parameters: list[str]) -> str:
    """``git://host/path;protocol=https`` as ``git+https://host/path``, with the revision where one is stated."""
    values = dict(part.partition("=")[::2] for part in parameters)
    if address.startswith("npm://") and values.get("package") and values.get("version"):
        return f"{address.rstrip('/')}/@{quote(values['package'], safe='/')}@{values['version']}"
    if address.startswith("gomod://") and values.get("version"):
        return f"{address}@{values['version']}"
    scheme, colon, rest = address.partition("://")
    if colon and scheme in ("git", "gitsm", "svn", "hg") and values.get("protocol"):
        scheme = f"{scheme.removesuffix('sm')}+{values['protocol']}"
    revision = values.get("rev") or values.get("tag") or ""
    return f"{scheme}{colon}{rest}" + (f"@{revision}" if revision and scheme.startswith("git") else "")


def _known(digests: Iterable[tuple[str, str]]) -> Iterable[Digest]:
    for algorithm, value in digests:
        with suppress(ValueError):  # an algorithm that CycloneDX has no name for
            yield Digest.named(algorithm, value)
