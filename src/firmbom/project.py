"""firmbom.toml: what the project says of itself, read and checked."""

from __future__ import annotations

import datetime
import glob
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from firmbom import settings, spdx
from firmbom.cpe import is_name
from firmbom.errors import ConfigError
from firmbom.model import Party
from firmbom.plugin import Target
from firmbom.tree.base import Limits

NAME = "firmbom.toml"
LARGEST = 1 << 20
"""Bytes; a configuration written by people stays far below."""


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[product]``: the firmware itself."""

    name: str = ""
    """Default: what the repository behind ``origin`` is called, where the folder is a whole clone of it; else the
    folder's name."""
    group: str = ""
    """What stands before the name in CycloneDX ``group``: the vendor or the product line."""
    description: str = ""
    """One sentence for a reader of the SBOM."""
    licence: str = ""
    """An SPDX expression or ``LicenseRef-…``."""
    copyright: str = ""
    """The copyright notice."""
    cpe: str = ""
    """CPE 2.3 or 2.2 name of the product."""
    purl: str = ""
    """Default: ``pkg:generic/<name>@<release>``."""
    supplier: Party = Party()
    """Who hands the product to its users."""
    manufacturer: Party = Party()
    """Who makes the product, and so the SBOM; default: the supplier."""
    authors: tuple[Party, ...] = ()
    """Persons who answer for the SBOM."""
    security_txt: str = ""
    """Address of the RFC 9116 file."""
    download_url: str = ""
    """Where the image can be had."""
    source_url: str = ""
    """Where the source can be had; default: the git remote."""
    end_of_support: str = ""
    """``YYYY-MM-DD``; written as ``cdx:lifecycle:milestone:endOfSupport``."""


class Build(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[build]``: what to read."""

    images: tuple[str, ...] = ()
    """Paths beside firmbom.toml, or glob patterns."""
    exclude: tuple[str, ...] = ()
    """Path patterns not to read: ``tests/**``."""
    plugins: tuple[str, ...] = ()
    """Names; default: every installed plugin that reads files by itself."""
    omit: tuple[Literal["dev", "optional", "peer"], ...] = ()
    """Kinds of dependency that are not shipped."""
    known: tuple[str, ...] = ()
    """Databases of known files, made by ``firmbom learn``; paths beside firmbom.toml."""


class Bundles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[bundle]``: the update bundles among the images."""

    keys: tuple[str, ...] = ()
    """Public keys and certificates (PEM files beside firmbom.toml, or env:NAME), one of which must have signed."""


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[document]``: what to write."""

    spec_version: Literal["1.6", "1.7"] = "1.6"
    """CycloneDX version."""


class Project(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole firmbom.toml."""

    product: Product = Product()
    """The firmware itself."""
    build: Build = Build()
    """What to read."""
    bundle: Bundles = Bundles()
    """The update bundles among the images."""
    document: Document = Document()
    """What to write."""
    target: Target | None = None
    """The machine the firmware runs on; without it conditional dependencies are kept, their condition stated."""
    limits: Limits = Limits()
    """How much an input may ask for."""
    plugin: Mapping[str, Mapping[str, object]] = {}
    """``[plugin.<name>]``: options, checked by the plugin itself."""


def find(folder: Path) -> Path | None:
    """The ``firmbom.toml`` that lies in ``folder``, or None; parent folders are not searched."""
    path = folder / NAME
    return path if path.is_file() or path.is_symlink() else None  # a link to nowhere is meant, and told by load


def load(path: Path) -> Project:
    """Read and check a firmbom.toml.

    Raises:
        ConfigError: it cannot be read, holds an unknown key, a value of the wrong type, or one that makes no sense.
        InputError: it is not TOML, or not UTF-8.
    """
    from firmbom import parse

    raw = parse.toml(settings.read(path, LARGEST, "a configuration"), path=str(path))
    try:
        return decode(raw)
    except ConfigError as error:
        error.path = str(path)
        raise


def decode(raw: dict[str, Any]) -> Project:
    """Make a Project of parsed TOML.

    Raises:
        ConfigError: with the key path as its place, and without a file name.
    """
    product = raw.get("product")
    if isinstance(product, dict) and type(product.get("end_of_support")) is datetime.date:
        raw = {**raw, "product": {**product, "end_of_support": product["end_of_support"].isoformat()}}
    project = settings.convert(raw, Project)
    for place, value, expected, fits in _questions(project):
        if value and not fits(value):
            raise ConfigError(f"expected {expected}, got {value[:80]!r}", place=place)
    for field in msgspec.structs.fields(Limits):
        if not getattr(project.limits, field.name) > 0:  # "not above" rather than "below", for nan's sake
            raise ConfigError("expected a number above zero", place=f"limits.{field.name}")
    return project


def with_known(project: Project, config: Path | None, more: Sequence[Path]) -> Project:
    """The project with every database of known files named from here: its own ones, then ``more``.

    Args:
        project: what ``config`` says.
        config: the firmbom.toml that names databases beside it; None when there is none.
        more: databases that the command line names.

    Raises:
        ConfigError: there is no such file, or it is a folder.
    """
    beside = config.parent if config else Path()
    known = (*(str(beside / name) for name in project.build.known), *map(str, more))
    for name in known:
        if not Path(name).is_file():
            what = "a folder, not a database" if Path(name).is_dir() else "no such file"
            raise ConfigError(what, path=name, remedy="'firmbom learn' makes databases of known files")
    return msgspec.structs.replace(project, build=msgspec.structs.replace(project.build, known=known))


def with_bundle_keys(project: Project, config: Path | None, more: Sequence[str]) -> Project:
    """The project with every key for bundles named from here; those of the command line stand for its own ones.

    Args:
        project: what ``config`` says.
        config: the firmbom.toml that names keys beside it; None when there is none.
        more: keys that the command line names.
    """
    beside = config.parent if config else Path()
    own = [key if _SCHEME.match(key) else str(beside / key) for key in project.bundle.keys]
    return msgspec.structs.replace(project, bundle=Bundles(keys=tuple(more) or tuple(own)))


def images_of(project: Project, folder: Path, path: str = NAME) -> tuple[Path, ...]:
    """The files that ``[build] images`` names, sorted; ``folder`` is the one that firmbom.toml (``path``) lies in.

    ``**`` crosses folders; a pattern that is itself the name of a file means that file.

    Raises:
        ConfigError: a pattern fits no file.
    """
    found: set[Path] = set()
    for position, pattern in enumerate(project.build.images):
        literal = folder / pattern
        matches = [literal] if literal.is_file() else _globbed(pattern, folder)
        if not matches:
            raise ConfigError(
                f"no file fits {pattern!r}",
                path=path,
                place=f"build.images[{position}]",
                remedy="build the image first, or correct the pattern",
            )
        found.update(matches)
    return tuple(sorted(found, key=os.fsencode))


def _globbed(pattern: str, folder: Path) -> list[Path]:
    names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - Path.glob refuses absolute patterns
    return [folder / name for name in names if (folder / name).is_file()]


_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+\Z|[\w.-]+@[\w.-]+:[^\s<>\"{}|\\^`]+\Z")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_PYTHON = re.compile(r"\d+\.\d+(\.\d+)?\Z")

_Question = tuple[str, str, str, Callable[[str], object]]


def _questions(project: Project) -> Iterator[_Question]:
    """Each value that must make sense beyond its type: key path, value, what was expected, the test."""
    product = project.product
    yield "product.name", product.name, "a name that can be printed", lambda name: name.isprintable() and name.strip()
    yield "product.licence", product.licence, "an SPDX expression or LicenseRef-…", _is_licence
    yield "product.purl", product.purl, "a package URL (pkg:…)", _is_purl
    yield "product.cpe", product.cpe, "a CPE 2.3 or 2.2 name", is_name
    yield "product.end_of_support", product.end_of_support, "a date YYYY-MM-DD", _is_date
    for key in ("security_txt", "download_url", "source_url"):
        yield f"product.{key}", getattr(product, key), "an address such as https://…", _ADDRESS.match
    parties = [("supplier", product.supplier), ("manufacturer", product.manufacturer)]
    parties += [(f"authors[{i}]", author) for i, author in enumerate(product.authors)]
    for key, party in parties:
        yield f"product.{key}.url", party.url, "an address such as https://…", _ADDRESS.match
        yield f"product.{key}.email", party.email, "an e-mail address", _EMAIL.match
    if project.target:
        yield "target.python", project.target.python, "a version such as 3.11 or 3.11.4", _PYTHON.match
        yield "target.libc", project.target.libc, "glibc or musl", ("glibc", "musl").__contains__


def _is_licence(text: str) -> bool:
    return bool(spdx.canonical(text))


def _is_purl(text: str) -> bool:
    from firmbom.identity import canonical

    try:
        return bool(canonical(text))
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
