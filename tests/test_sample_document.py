"""The main job on the sample, inside this process: what the document says is what the locks and the images hold."""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from firmbom.cli.main import main

SAMPLE = Path(__file__).parents[1] / "sample_firmware"
IMAGES = ("sensor-gateway-rootfs.tar.zst", "sensor-gateway.squashfs")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample alone, without a repository around it."""
    folder = tmp_path_factory.mktemp("sample") / "product"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("vendor", "node_modules"))
    return folder


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "sample.key"
    assert main(["keygen", "-o", str(path)]) == 0
    return path


def build(product: Path, key: Path, output: Path, *options: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1795219200")
        return main(["build", str(product), "--release", "v1.0.0", "--key", str(key), "-o", str(output), *options])


@pytest.fixture(scope="module")
def bom(product: Path, key: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bom") / "sample.cdx.json"
    assert build(product, key, path, "--strict") == 0
    return path


@pytest.fixture(scope="module")
def document(bom: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bom.read_bytes())
    return found


def locked() -> set[str]:
    """The purls of what is shipped, from the two locks as any reader of them would say."""
    npm = json.loads((SAMPLE / "ui" / "package-lock.json").read_bytes())["packages"]
    python = tomllib.loads((SAMPLE / "service" / "pdm.lock").read_text())["package"]
    shipped = {
        f"pkg:npm/{path.rpartition('node_modules/')[2]}@{one['version']}"
        for path, one in npm.items()
        if path and not one.get("dev")
    }
    shipped |= {f"pkg:pypi/{one['name']}@{one['version']}" for one in python if "default" in one["groups"]}
    return shipped | {"pkg:npm/sensor-gateway-ui@1.0.0", "pkg:pypi/sensor-gateway@1.0.0"}


def of_types(document: dict[str, Any], *types: str) -> list[dict[str, Any]]:
    return [one for one in document["components"] if one["purl"][4:].partition("/")[0] in types]


def test_it_names_exactly_what_the_locks_say_is_shipped(document: dict[str, Any]) -> None:
    assert sorted(one["purl"] for one in of_types(document, "npm", "pypi")) == sorted(locked())


def test_it_names_the_distribution_s_packages_that_the_image_holds(document: dict[str, Any]) -> None:
    assert sorted(one["name"] for one in of_types(document, "deb")) == ["libcjson1", "libsqlite3-0"]


def test_each_component_was_seen_in_a_lock_and_in_both_images(document: dict[str, Any]) -> None:
    for one in of_types(document, "npm", "pypi"):
        seen = [where["location"] for where in one["evidence"]["occurrences"]]
        for image in IMAGES:
            assert any(location.startswith(f"{image}!/") for location in seen), one["purl"]
        assert any("!/" not in location for location in seen), one["purl"]


def test_two_versions_of_one_package_are_two_components_with_their_own_users(document: dict[str, Any]) -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}
    refs = {one["purl"]: one["bom-ref"] for one in document["components"]}
    old, new = (
        next(purl for purl in refs if purl.startswith(prefix))
        for prefix in ("pkg:npm/d3-shape@1.", "pkg:npm/d3-shape@3.")
    )
    sankey = next(purl for purl in refs if purl.startswith("pkg:npm/d3-sankey@"))
    assert refs[old] in needs[refs[sankey]]
    assert refs[new] not in needs[refs[sankey]]
    assert refs[new] in needs[refs["pkg:npm/sensor-gateway-ui@1.0.0"]]


def test_the_images_are_tied_to_the_product_by_their_digests(document: dict[str, Any]) -> None:
    product = document["metadata"]["component"]
    assert (product["name"], product["version"], product["type"]) == ("sensor-gateway", "v1.0.0", "firmware")
    stated = {
        image["name"]: {digest["alg"]: digest["content"] for digest in image["hashes"]}
        for image in product["components"]
    }
    assert stated == {
        name: {
            "SHA-256": hashlib.sha256((SAMPLE / "images" / name).read_bytes()).hexdigest(),
            "SHA-512": hashlib.sha512((SAMPLE / "images" / name).read_bytes()).hexdigest(),
        }
        for name in IMAGES
    }


def test_it_is_verified_with_the_key_and_refused_with_another_image(
    bom: Path, key: Path, product: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [part for name in IMAGES for part in ("--image", str(product / "images" / name))]
    assert main(["verify", str(bom), "--key", f"{key}.pub", "--all-images", *images]) == 0
    assert capsys.readouterr().out.count("passed") == 3
    other = tmp_path / IMAGES[1]
    other.write_bytes((product / "images" / IMAGES[1]).read_bytes() + b"\0")
    assert main(["verify", str(bom), "--key", f"{key}.pub", "--image", str(other)]) == 16 + 2


def test_the_same_product_elsewhere_gives_the_same_bytes(bom: Path, product: Path, key: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "another" / "place"
    shutil.copytree(product, elsewhere)
    assert build(elsewhere, key, tmp_path / "again.json", "--quiet") == 0
    assert (tmp_path / "again.json").read_bytes() == bom.read_bytes()


def test_nothing_of_this_machine_is_in_it(bom: Path, product: Path) -> None:
    text = bom.read_text()
    assert str(product.parent) not in text
    assert str(Path.home()) not in text
