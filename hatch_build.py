"""Packs the catalogue of binaries into the wheel, so that no command reads its TOML files."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Catalogue(BuildHookInterface[Any]):
    """Adds ``catalogue.msgpack`` to a wheel; an editable installation reads the files that are being edited."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See hatchling."""
        if version == "editable":
            return
        sys.path[:0] = [str(Path(self.root, folder)) for folder in ("src", "plugins")]
        from firmbom_elf.catalogue import load, packed

        self._made = tempfile.TemporaryDirectory()
        file = Path(self._made.name, Path(load.PACKED).name)
        file.write_bytes(packed.packed(load.listed()))
        build_data["force_include"][str(file)] = f"firmbom_elf/catalogue/{file.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """See hatchling."""
        if version != "editable":
            self._made.cleanup()
