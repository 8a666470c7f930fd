"""Which records of meta-firmbom's class are read, where several builds and machines have left theirs."""

from __future__ import annotations

from typing import Any

import pytest

from firmbom.model import ComponentSet
from firmbom_yocto import records


def recipe(version: str, **more: Any) -> dict[str, Any]:
    package = {"key": "tool", "name": "tool", "version": version, "revision": "r0", "licence": "MIT"}
    return {
        "format": records.RECIPE,
        "name": "tool",
        "version": version,
        "layer": "core",
        "packages": [package],
        **more,
    }


def product(build: Any, revision: str, **more: Any) -> dict[str, Any]:
    layers = [{"name": "core", "revision": revision}]
    return {"format": records.PRODUCT, "name": build.link, "recipe": build.image, "layers": layers, **more}


def recipes(found: ComponentSet) -> list[str]:
    return sorted({one.purl for one in found.components if one.purl.startswith("pkg:yocto/core/")})


def test_the_record_of_the_newest_build_tells_the_layers(new_build: Any, said: Any) -> None:
    build = new_build()
    build.linked("manifest", "tool cortexa57 2.0-r0\n")
    build.write(build.tmp / "deploy/firmbom/recipes/cortexa57/tool.json", recipe("2.0"))
    for date, revision in (("20260101000000", "old"), ("20260103000000", "new"), ("20260102000000", "mid")):
        build.linked("firmbom.json", product(build, revision, deployed=[f"{revision}-boot"]), date)
    found = said()
    assert recipes(found) == ["pkg:yocto/core/tool@2.0?layer_version=mid"]
    assert [one for one in found.problems if one.severity != "note"] == []
    (build.deployed / f"{build.link}.firmbom.json").unlink()
    found = said()
    assert recipes(found) == ["pkg:yocto/core/tool@2.0?layer_version=new"]


def test_the_recipes_of_another_machine_are_not_the_images(new_build: Any, said: Any) -> None:
    for machine, version in (("qemuarm64", "2.0"), ("qemux86-64", "3.0")):
        build = new_build(machine=machine)
        build.linked("manifest", f"tool {machine.replace('-', '_')} {version}-r0\nlib all 1-r0\n")
        build.linked("firmbom.json", product(build, "ab12"))
        folder = build.tmp / "deploy/firmbom/recipes"
        build.write(folder / machine.replace("-", "_") / "tool.json", recipe(version))
    for architecture, version in (("allarch", "1"), ("aaa", "9")):
        package = {"key": "lib", "version": version}
        one = recipe(version, name="lib", packages=[package])
        build.write(folder / architecture / "lib.json", one)
    found = said()
    lib, *tools = recipes(found)
    assert tools == ["pkg:yocto/core/tool@2.0?layer_version=ab12", "pkg:yocto/core/tool@3.0?layer_version=ab12"]
    assert lib == "pkg:yocto/core/lib@1?layer_version=ab12"


def test_each_configuration_has_its_own_records(new_build: Any, said: Any) -> None:
    for tmp, version in (("tmp", "2.0"), ("tmp-musl", "3.0")):
        build = new_build(tmp=tmp)
        build.linked("manifest", f"tool cortexa57 {version}-r0\n")
        build.write(build.tmp / "deploy/firmbom/recipes/cortexa57/tool.json", recipe(version))
    assert recipes(said()) == ["pkg:yocto/core/tool@2.0", "pkg:yocto/core/tool@3.0"]


def test_records_of_builds_that_are_not_the_images_are_told(new_build: Any, said: Any) -> None:
    build = new_build()
    build.linked("manifest", "tool cortexa57 2.0-r0\n")
    for place in ("one", "two"):
        build.write(f"{place}/deploy/firmbom/recipes/cortexa57/tool.json", recipe("2.0"))
    found = said()
    assert recipes(found) == []
    assert any("records of several builds" in one.message for one in found.problems)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"format": records.PRODUCT, "layers": 1}, ["not a record of meta-firmbom"]),
        ({"format": "firmbom-yocto-image-9"}, ["no record in a form that this firmbom knows"]),
        ({"a": 1}, []),
    ],
)
def test_a_record_of_an_image_that_is_none(new_build: Any, said: Any, content: dict[str, Any], told: list[str]) -> None:
    build = new_build().manifest().pkgdata()
    build.linked("firmbom.json", content)
    found = said()
    assert [one.message[: len(told[0])] for one in found.problems if one.severity == "error"] == told
    assert len(found.components) == 8
