"""A build history alone: what its lists of an image add to the ``latest`` files of recipes and packages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from firmbom.model import Component, ComponentSet
from firmbom.problems import Report
from firmbom.tree.folder import FolderTree
from firmbom_yocto import history_image

FOLDER = "buildhistory/images/board_x/glibc/small-image"
LISTS = {
    "installed-package-names.txt": "libz1\ntool\nkernel-6.1.80-a+b-c\n",
    "installed-packages.txt": (
        "libz1_1.3.1-r0_cortexa57.ipk\ntool_2.0-r0_all.ipk\nkernel-6.1.80-a+b-c_6.1.80+git0+a_b-r0.2_board_x.ipk\n"
    ),
    "installed-package-info.txt": (
        "libz1 zlib zlib 1.3.1 12\ntool tool tool 2.0 8\nkernel-6.1.80-a+b-c kernel linux-sample 6.1.80+git 0\n"
    ),
    "depends.dot": (
        'digraph depends {\n    node [shape=plaintext]\n"tool" -> "libz1"\n'
        '"tool" -> "libz1" [label="virtual-z"] [style=dashed]\n"libz1" -> "tool" [style=dotted]\n}\n'
    ),
    "image-info.txt": "DISTRO = sample\nDISTRO_VERSION = 4.2\nIMAGESIZE = 42\n",
    "build-id.txt": 'board-x: small-image configured\n\nMACHINE              = "board-x"\n',
}


def image(build: Any, **changed: str) -> None:
    for name, text in (LISTS | {name.replace("_", "-") + ".txt": text for name, text in changed.items()}).items():
        build.write(f"{FOLDER}/{name}", text)


def by_name(found: ComponentSet) -> Mapping[str, Component]:
    return {one.name: one for one in found.components if not one.purl.startswith("pkg:yocto")}


def edges(found: ComponentSet) -> set[tuple[str, str]]:
    refs = {one.ref: one.name for one in by_name(found).values()}
    return {(refs[one.source], refs[one.target]) for one in found.edges if one.source in refs}


def test_an_image_whose_packages_have_no_files_of_their_own(new_build: Any, said: Any) -> None:
    image(new_build())
    found = said()
    made = by_name(found)
    assert {name: str(one.purl) for name, one in made.items()} == {
        "libz1": "pkg:generic/libz1@1.3.1-r0?arch=cortexa57",
        "tool": "pkg:generic/tool@2.0-r0?arch=all",
        "kernel-6.1.80-a+b-c": "pkg:generic/kernel-6.1.80-a%2Bb-c@6.1.80%2Bgit0%2Ba_b-r0.2?arch=board_x",
    }
    assert made["libz1"].upstream == ("pkg:yocto/zlib@1.3.1",)
    assert made["kernel-6.1.80-a+b-c"].upstream == ("pkg:yocto/linux-sample@6.1.80%2Bgit",)
    assert edges(found) == {("tool", "libz1")}
    assert all(one.claims for one in found.components)
    [own] = [one for one in found.components if one.type == "firmware"]
    assert own.purl == "pkg:yocto/small-image?machine=board-x"


@pytest.mark.parametrize(
    ("files", "purls"),
    [
        (
            "libz1_1.3.1-r0_arm64.deb\ntool_2.0-r0_all.deb\n",
            ("pkg:deb/openembedded/libz1@1.3.1-r0?arch=arm64", "pkg:deb/openembedded/tool@2.0-r0?arch=all"),
        ),
        (
            "libz1-1.3.1-r0.cortexa57.rpm\ntool-2.0-r0.noarch.rpm\n",
            ("pkg:rpm/libz1@1.3.1-r0?arch=cortexa57", "pkg:rpm/tool@2.0-r0?arch=noarch"),
        ),
        ("no file\n../x_1_y.ipk\nlibz1.deb\nlibz1-1.rpm\n", ("pkg:generic/libz1", "pkg:generic/tool")),
    ],
)
def test_package_files_tell_version_and_package_manager(
    files: str, purls: tuple[str, ...], new_build: Any, said: Any
) -> None:
    names = {"installed_package_names": "libz1\ntool\n", "installed_package_info": ""}
    image(new_build(), installed_packages=files, **names)
    assert {str(one.purl) for one in by_name(said()).values()} == set(purls)


def test_the_epoch_stands_in_the_packages_own_history(new_build: Any, said: Any) -> None:
    build = new_build()
    image(build)
    latest = "PE = 2\nPV = 1.3.1\nPR = r0\nPKG = libz1\nPKGE = 3\n"
    build.write("buildhistory/packages/cortexa57-oe-linux/zlib/zlib/latest", latest)
    assert by_name(said())["libz1"].version == "3:1.3.1-r0"


def test_a_machine_has_its_own_kernel_and_architectures(new_build: Any, said: Any) -> None:
    build = new_build()
    image(build)
    for folder, version in (("board_x-oe-linux", "6.1.80+git"), ("other-oe-linux", "5.4")):
        recipe = f"PV = {version}\nPR = r0\nPACKAGES = kernel\nLAYER = {folder.partition('-')[0]}\nLICENSE = MIT\n"
        build.write(f"buildhistory/packages/{folder}/linux-sample/latest", recipe)
    for folder, version, needs in (
        ("armv7a-oe-linux-gnueabi", "1.2", "kernel"),
        ("cortexa57-oe-linux", "1.3.1", "tool"),
        ("cortexa57-neon-oe-linux", "1.3.1", "kernel"),
    ):
        recipe = f"PV = {version}\nPR = r0\nPACKAGES = zlib\nLICENSE = Zlib\n"
        package = f"PV = {version}\nPR = r0\nPKG = libz1\nRDEPENDS = {needs}\n"
        build.write(f"buildhistory/packages/{folder}/zlib/latest", recipe)
        build.write(f"buildhistory/packages/{folder}/zlib/zlib/latest", package)
    found = said()
    assert by_name(found)["kernel-6.1.80-a+b-c"].upstream == ("pkg:yocto/board_x/linux-sample@6.1.80%2Bgit",)
    assert edges(found) == {("tool", "libz1"), ("libz1", "tool")}
    assert [one.value for one in by_name(found)["libz1"].licences] == ["Zlib"]


def test_what_was_built_after_the_image_says_little_of_it(new_build: Any, said: Any) -> None:
    build = new_build()
    image(build)
    folder = "buildhistory/packages/cortexa57-oe-linux/zlib"
    sources = "SRC_URI = https://example.org/zlib-9.tar.gz"
    build.write(f"{folder}/latest", f"PV = 9\nPR = r0\nPACKAGES = zlib\nLAYER = core\nLICENSE = Zlib\n{sources}\n")
    build.write(f"{folder}/zlib/latest", "PV = 9\nPR = r0\nPKG = libz1\nRDEPENDS = tool\nFILELIST = /new\n")
    found = said()
    [recipe] = [one for one in found.components if one.name == "zlib"]
    assert (str(recipe.purl), recipe.references) == ("pkg:yocto/core/zlib@1.3.1", ())
    assert edges(found) == {("tool", "libz1")}
    assert not [one for one in found.ownership if one.path.endswith("/new")]


def test_histories_of_two_builds_are_kept_apart(new_build: Any, said: Any) -> None:
    build = new_build()
    for top, needs in (("one", "tool"), ("two", "libz1")):
        for name, text in LISTS.items():
            build.write(f"{top}/{FOLDER}/{name}", text)
        build.write(
            f"{top}/buildhistory/packages/a-oe-linux/zlib/zlib/latest",
            f"PV = 1.3.1\nPR = r0\nPKG = libz1\nRDEPENDS = {needs}\n",
        )
        build.write(
            f"{top}/buildhistory/packages/a-oe-linux/zlib/latest",
            f"PV = 1.3.1\nPR = r0\nPACKAGES = zlib\nLAYER = {top}\n",
        )
    found = said()
    assert {str(one.purl) for one in found.components if one.name == "zlib"} == {
        "pkg:yocto/one/zlib@1.3.1",
        "pkg:yocto/two/zlib@1.3.1",
    }


def test_two_histories_that_may_both_be_the_images(new_build: Any, said: Any) -> None:
    build = new_build().manifest()
    for top in ("one", "two"):
        build.write(f"{top}/packages/a-oe-linux/zlib/latest", "PV = 1.3.1\nPR = r0\nPACKAGES = zlib\nLICENSE = Zlib\n")
    assert any("build histories of several builds" in one.message for one in said().problems)


def test_the_halves_of_an_sdk_are_no_images(new_build: Any, said: Any) -> None:
    build = new_build()
    image(build)
    for half in ("host", "target"):
        build.write(f"buildhistory/sdk/sdk-x/small-image/{half}/installed-package-names.txt", "gcc\n")
    assert "gcc" not in by_name(said())


def test_lines_that_are_no_names_are_told(tmp_path: Path) -> None:
    listed = tmp_path / "installed-package-names.txt"
    listed.write_bytes(b"libz1\n\xff\xfe two words\n\n")
    with FolderTree(tmp_path) as tree:
        report = Report()
        [file] = tree.walk()
        found = history_image.read(file, report)
        assert found is not None and set(found.installed) == {"libz1"}
        assert {(one.severity, one.message.partition(":")[0]) for one in report.problems()} == {
            ("warning", "not UTF-8; what is not is replaced"),
            ("error", "not the name of a package; not read"),
        }


def test_a_package_has_its_recipes_licence_without_a_warning(new_build: Any, said: Any) -> None:
    build = new_build()
    image(build, installed_package_names="libz1\n")
    recipe = "PV = 1.3.1\nPR = r0\nPACKAGES = zlib\nLICENSE = Zlib\n"
    build.write("buildhistory/packages/cortexa57-oe-linux/zlib/latest", recipe)
    found = said()
    assert [one.value for one in by_name(found)["libz1"].licences] == ["Zlib"]
    assert [one.severity for one in found.problems if "licence" in one.message] == ["note"]


def test_a_history_without_an_image_is_told(new_build: Any, said: Any) -> None:
    build = new_build()
    build.write("packages/a-oe-linux/zlib/latest", "PV = 1.3.1\nPR = r0\nPACKAGES = zlib\n")
    found = said()
    assert found.components == ()
    assert ["nothing that tells what is installed" in one.message for one in found.problems] == [True]
