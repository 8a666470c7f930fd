"""The kernel's release and configuration, from its recipe's record and from TMPDIR."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from firmbom.model import Component, ComponentSet
from firmbom_yocto import records

HEADING = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/arm64 6.6.30 Kernel Configuration\n#\n"
CONFIG = HEADING + "CONFIG_USB=m\nCONFIG_A=y\n"
DIGEST = hashlib.sha256(CONFIG.encode()).hexdigest()
ARTIFACTS = "work-shared/qemuarm64/kernel-build-artifacts"


@pytest.fixture
def build(new_build: Any) -> Any:
    """With an image that holds a kernel, and its headers beside it."""
    made = new_build()
    made.linked("manifest", "kernel-image-6.6.30-acme qemuarm64 6.6.30-r0\nlinux-libc-headers-dev cortexa57 6.6-r0\n")
    for key, name, recipe, version in (
        ("kernel-image", "kernel-image-6.6.30-acme", "linux", "6.6.30"),
        ("linux-libc-headers-dev", "linux-libc-headers-dev", "linux-libc-headers", "6.6"),
    ):
        text = f"PN: {recipe}\nPV: {version}\nPKGV: {version}\nPKGR: r0\nLICENSE: GPLv2\nPKG:{key}: {name}\n"
        made.write(made.tmp / f"pkgdata/qemuarm64/runtime/{key}", text)
    return made


def linux(found: ComponentSet) -> tuple[dict[str, str], list[Component]]:
    recipe = next(one for one in found.components if one.purl.startswith("pkg:yocto/linux@"))
    said = {one.name.rpartition(":")[2]: one.value for one in recipe.properties if one.name.startswith("firmbom:linux")}
    return said, [one for one in found.components if one.within == recipe.ref]


def test_from_tmpdir(build: Any, said: Any) -> None:
    build.write(build.tmp / f"{ARTIFACTS}/.config", CONFIG)
    build.write(build.tmp / f"{ARTIFACTS}/kernel-abiversion", "6.6.30-acme\n")
    build.write(build.tmp / "work-shared/other/kernel-build-artifacts/.config", CONFIG + "CONFIG_B=y\n")
    properties, [config] = linux(said())
    assert properties == {"release": "6.6.30-acme", "config-sha256": DIGEST}
    assert (config.name, config.version, config.type) == ("linux-config", "6.6.30-acme", "data")
    assert [one.value for one in config.properties] == ["A=y USB=m"]
    assert DIGEST in [one.value for one in config.digests]


def test_from_the_record(build: Any, said: Any) -> None:
    build.write(build.tmp / f"{ARTIFACTS}/.config", CONFIG + "CONFIG_B=y\n")
    config = {"sha256": DIGEST, "sha512": "no digest", "options": "A=y USB=m"}
    kernel = {"release": "6.6.30-acme", "config": config}
    record = {"format": records.RECIPE, "name": "linux", "version": "6.6.30", "kernel": kernel}
    build.write(build.tmp / "deploy/firmbom/recipes/qemuarm64/linux.json", record)
    properties, [made] = linux(said())
    assert properties == {"release": "6.6.30-acme", "config-sha256": DIGEST}
    assert [one.value for one in made.properties] == ["A=y USB=m"]


@pytest.mark.parametrize("options", ["A=y  USB=m", "A=y USB=m ", "<script>", "A=y " * 100_000])
def test_options_that_are_none_are_left_out(build: Any, said: Any, options: str) -> None:
    kernel = {"config": {"sha256": DIGEST, "options": options}}
    record = {"format": records.RECIPE, "name": "linux", "version": "6.6.30", "kernel": kernel}
    build.write(build.tmp / "deploy/firmbom/recipes/qemuarm64/linux.json", record)
    _, [made] = linux(said())
    assert made.properties == ()


@pytest.mark.parametrize("config", ["", "CONFIG_A=y\n", CONFIG + "#" * (4 << 20)])
def test_a_file_that_is_no_configuration(build: Any, said: Any, config: str) -> None:
    build.write(build.tmp / f"{ARTIFACTS}/.config", config)
    found = said()
    assert linux(found) == ({}, [])
    assert any("not read" in one.message for one in found.problems) is (len(config) > 1_000)


def test_from_an_spdx_document(build: Any, said: Any) -> None:
    """As oe-core's kernel.bbclass writes it with SPDX_INCLUDE_KERNEL_CONFIG."""
    base, kind = "http://spdx.org/spdxdocs/linux", "build_Build"
    pairs = {"CONFIG_USB": "m", "CONFIG_A": "y", "CONFIG_HZ": "250", "CONFIG_CMDLINE": "y y"}
    parameters = [{"type": "DictionaryEntry", "key": key, "value": value} for key, value in pairs.items()]
    recipe = "http://openembedded.org/bitbake/do_create_spdx/recipe"
    install = {"software_primaryPurpose": "install", "software_packageVersion": "6.6.30"}
    graph = [
        {"type": kind, "spdxId": f"{base}/build", "build_buildType": recipe, "name": "linux:do_create_spdx:recipe"},
        {
            "type": kind,
            "spdxId": f"{base}/kernel-config",
            "build_buildType": "https://openembedded.org/kernel-configuration",
            "build_parameter": parameters,
        },
        {"type": "software_Package", "spdxId": f"{base}/p", "name": "kernel-image-6.6.30-acme", **install},
        {"type": "Relationship", "from": f"{base}/build", "relationshipType": "hasOutput", "to": [f"{base}/p"]},
        {
            "type": "Relationship",
            "from": f"{base}/build",
            "relationshipType": "ancestorOf",
            "to": [f"{base}/kernel-config"],
        },
    ]
    build.linked("spdx.json", {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})
    properties, [config] = linux(said())
    assert (properties, config.digests) == ({}, ())
    assert [one.value for one in config.properties] == ["A=y USB=m"]
