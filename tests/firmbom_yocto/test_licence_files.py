"""The text of licences that SPDX does not list, from the files that a build gathered."""

from __future__ import annotations

from typing import Any

import pytest

from firmbom.model import ComponentSet, LicenceText


def texts(found: ComponentSet) -> dict[str, tuple[LicenceText, ...]]:
    recipes = [one for one in found.components if one.purl.startswith("pkg:yocto/")]
    return {one.name: one.licence_texts for one in recipes if one.licence_texts}


@pytest.mark.parametrize("architecture", ["", "cortexa57/"])
def test_the_text_is_told_by_the_name_of_the_licence(new_build: Any, said: Any, architecture: str) -> None:
    build = new_build().manifest().pkgdata()
    for recipe, files in {
        "shell": {"generic_GPL-2.0-only": "GPL\n", "generic_bzip2-1.0.4": "bzip2\n", "LICENSE": "both\n"},
        "tool": {"generic_MIT": "MIT\n", "LICENSE": "closed\n"},
        "zlib": {"generic_Zlib": "Zlib\n"},
    }.items():
        folder = build.tmp / f"deploy/licenses/{architecture}{recipe}"
        licence = {"shell": "GPLv2 & bzip2-1.0.4", "tool": "MIT | CLOSED", "zlib": "Zlib"}[recipe]
        build.write(folder / "recipeinfo", f"LICENSE: {licence}\nPR: r0\nPV: 1\n")
        for name, content in files.items():
            build.write(folder / name, content)
    assert texts(said()) == {"shell": (LicenceText("LicenseRef-bzip2-1.0.4", "bzip2\n"),)}


def test_of_an_only_licence_it_is_all_that_is_there(new_build: Any, said: Any) -> None:
    build = new_build()
    build.linked("manifest", "tool cortexa57 2.0-r0\n")
    build.write(build.tmp / "pkgdata/qemuarm64/runtime/tool", "PN: tool\nPV: 2.0\nPKGV: 2.0\nPKGR: r0\nLICENSE: Acme\n")
    for name, content in {"recipeinfo": "LICENSE: Acme\n", "EULA": "Pay.\n", "NOTICE": "\n\nNotice.\n"}.items():
        build.write(build.tmp / f"deploy/licenses/tool/{name}", content)
        build.write(f"other/licenses/tool/{name}", f"not {content}")
    assert texts(said()) == {"tool": (LicenceText("LicenseRef-Acme", "Pay.\n\nNotice.\n"),)}
