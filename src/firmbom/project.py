"""firmbom.toml: what the project says of itself, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from firmbom.model import Party
from firmbom.plugin import Target
from firmbom.tree.base import Limits


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[product]``: the firmware itself."""

    name: str = ""
    """Default: the folder's name."""
    group: str = ""
    description: str = ""
    licence: str = ""
    """An SPDX expression or ``LicenseRef-…``."""
    copyright: str = ""
    cpe: str = ""
    purl: str = ""
    """Default: ``pkg:generic/<name>@<release>``."""
    supplier: Party = Party()
    manufacturer: Party = Party()
    """Who makes the product, and so the SBOM; default: the supplier."""
    authors: tuple[Party, ...] = ()
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


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[document]``: what to write."""

    spec_version: Literal["1.6", "1.7"] = "1.6"


class Project(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole firmbom.toml."""

    product: Product = Product()
    build: Build = Build()
    document: Document = Document()
    target: Target | None = None
    limits: Limits = Limits()
    plugin: Mapping[str, Mapping[str, object]] = {}
    """``[plugin.<name>]``: options, checked by the plugin itself."""
