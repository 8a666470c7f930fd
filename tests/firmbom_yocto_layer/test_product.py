"""What the image's task gathers, which files it ties, what it runs, and what it says when that fails."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firmbom.git.command import NoRepositoryError, Repository
from firmbom.problems import Report
from firmbom_yocto import records

MAKE = Callable[..., Any]
FAKE = """#!/bin/sh
printf '%s\\n' "$@" > "$(dirname "$0")/arguments"
env > "$(dirname "$0")/environment"
find . | sort > "$(dirname "$0")/stage"
cat firmbom.toml > "$(dirname "$0")/toml" 2>/dev/null
while [ $# -gt 0 ]; do [ "$1" = -o ] && echo '{}' > "$2"; shift; done
echo 'components  5'
[ -f "$(dirname "$0")/says" ] && cat "$(dirname "$0")/says"
exit $(cat "$(dirname "$0")/status" 2>/dev/null || echo 0)
"""


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """What a build has deployed: an image, an initramfs, a boot loader, and sstate's lists of them."""
    deploy = tmp_path / "deploy"
    deploy.mkdir()
    control = tmp_path / "control"
    control.mkdir()

    def put(recipe: str, task: str, architecture: str, *files: str) -> None:
        for name in files:
            link, _, target = name.partition(" -> ")
            if target:
                (deploy / link).symlink_to(target)
            else:
                (deploy / link).write_text(f"{link}\n")
        listed = [str(deploy / name.partition(" -> ")[0]) for name in files]
        text = "\n".join([*listed, str(tmp_path / "elsewhere"), str(deploy / "gone")]) + "\n"
        (control / f"manifest-{architecture}-{recipe}.{task}").write_text(text)

    put(
        "img",
        "image_complete",
        "qemu",
        "img-1.ext4",
        "img.ext4 -> img-1.ext4",
        "img-1.manifest",
        "img.manifest -> img-1.manifest",
        "img.testdata.json",
    )
    put("img", "create_image_sbom_spdx", "qemu", "img.spdx.json")
    put("initrd", "image_complete", "qemu", "initrd.cpio.gz", "initrd.manifest")
    put("u-boot", "deploy", "qemu", "u-boot.bin")
    put("tool-native", "deploy", "qemu", "tool")
    (deploy / "img-1.manifest").write_text("libz1 core2 1.3-r0\nbusybox core2 1.36-r0\nghost core2 1-r0\n")
    (deploy / "initrd.manifest").write_text("busybox core2 1.36-r0\n")
    runtime, reverse = tmp_path / "pkgdata" / "runtime", tmp_path / "pkgdata" / "runtime-reverse"
    runtime.mkdir(parents=True)
    reverse.mkdir()
    for name, key, recipe in (("libz1", "zlib", "zlib"), ("busybox", "busybox", "busybox")):
        (runtime / key).write_text(f"PN: {recipe}\nPV: 1\n")
        (reverse / name).symlink_to(f"../runtime/{key}")
    for architecture, recipe in (("core2", "zlib"), ("qemu", "u-boot"), ("odd", "busybox"), ("core2", "unused")):
        folder = tmp_path / "records" / architecture
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{recipe}.json").write_text(json.dumps({"format": records.RECIPE, "name": recipe}))
    program = tmp_path / "bin" / "firmbom"
    program.parent.mkdir()
    program.write_text(FAKE)
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def variables(build: Path) -> dict[str, Any]:
    tasks = [
        ("img", "do_image_complete"), ("img", "do_firmbom"), ("img", "do_create_image_sbom_spdx"),
        ("initrd", "do_image_complete"), ("u-boot", "do_deploy"), ("tool-native", "do_deploy"),
        ("unused", "do_firmbom_record"), ("zlib", "do_firmbom_record"),
    ]  # fmt: skip
    return {
        "BB_TASKDEPDATA": {number: [*pair, "file"] for number, pair in enumerate(tasks)},
        "BB_ORIGENV": None,
        "BBLAYERS": str(build / "layer"),
        "DEPLOY_DIR_IMAGE": str(build / "deploy"),
        "DISTRO": "poky",
        "FIRMBOM_COMMAND": str(build / "bin" / "firmbom"),
        "FIRMBOM_EXCLUDE": "*.manifest *.testdata.json *.spdx.json",
        "FIRMBOM_KEY": "none",
        "FIRMBOM_PLUGINS": "yocto pip",
        "FIRMBOM_RECORDS": str(build / "records"),
        "FIRMBOM_RELEASE": "v1",
        "FIRMBOM_SPEC_VERSION": "1.6",
        "FIRMBOM_WORKDIR": str(build / "work"),
        "IMAGE_LINK_NAME": "img",
        "IMAGE_NAME": "img-1",
        "MACHINE": "qemu",
        "MACHINE_ARCH": "qemu",
        "PACKAGE_ARCHS": "all core2",
        "PATH": os.environ["PATH"],
        "PKGDATA_DIR": str(build / "pkgdata"),
        "PN": "img",
        "SSTATE_MANIFESTS": str(build / "control"),
        "SUMMARY": 'An "image"',
    }


def ran(build: Path) -> tuple[list[str], list[str]]:
    """The arguments after the program's name, and the base names of the images among them."""
    arguments = (build / "bin" / "arguments").read_text("utf-8").splitlines()
    images = [Path(one).name for before, one in pairwise(arguments) if before == "--image"]
    return arguments, images


def test_an_image(module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any]) -> None:
    library = bitbake("image")
    module("product").write(store(variables), library, "image")
    arguments, images = ran(build)
    assert arguments[0] == "build"
    assert Path(arguments[1]) == build / "work" / "stage" / "img"
    assert images == ["img.ext4", "u-boot.bin"]
    assert "--no-sign" in arguments
    assert [one for before, one in pairwise(arguments) if before == "--plugin"] == [
        "yocto",
        "pip",
    ]
    assert (build / "bin" / "toml").read_text("utf-8") == '[product]\nname = "img"\ndescription = "An \\"image\\""\n'
    output = build / "work" / "document"
    assert sorted(path.name for path in output.iterdir()) == [
        "img-1.cdx.json", "img-1.firmbom.json", "img.cdx.json", "img.firmbom.json"
    ]  # fmt: skip
    assert (output / "img.cdx.json").read_text("utf-8") == "{}\n"
    assert library.warnings == ["firmbom: package ghost is installed, and pkgdata does not know it"]


def test_the_stage_holds_what_is_in_the_image_and_nothing_else(
    module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any]
) -> None:
    module("product").write(store(variables, {"FIRMBOM_SPDX": "1"}), bitbake("image"), "image")
    stage = build / "work" / "stage" / "img"
    assert sorted(str(path.relative_to(stage)) for path in stage.rglob("*") if not path.is_dir()) == [
        "deploy/firmbom/recipes/core2/zlib.json",
        "deploy/firmbom/recipes/odd/busybox.json",
        "deploy/firmbom/recipes/qemu/u-boot.json",
        "deploy/images/qemu/img.firmbom.json",
        "deploy/images/qemu/img.manifest",
        "deploy/images/qemu/img.spdx.json",
        "deploy/images/qemu/img.testdata.json",
        "deploy/images/qemu/initrd.firmbom.json",
        "deploy/images/qemu/initrd.manifest",
        "deploy/images/qemu/initrd.testdata.json",
        "firmbom.toml",
        "pkgdata/qemu/runtime-reverse/busybox",
        "pkgdata/qemu/runtime-reverse/libz1",
        "pkgdata/qemu/runtime/busybox",
        "pkgdata/qemu/runtime/zlib",
    ]
    data = (stage / "deploy" / "images" / "qemu" / "img.firmbom.json").read_bytes()
    product = records.product(data, "img.firmbom.json", Report())
    assert product is not None
    assert product.deployed == ("u-boot",)
    assert [(one.name, one.recipe) for one in product.artefacts] == [("img.ext4", "img"), ("u-boot.bin", "u-boot")]
    assert [one.name for one in product.images] == ["img", "initrd"]
    assert str(build) not in data.decode()


@pytest.mark.parametrize(
    ("bundled", "images"), [("0", ["img.ext4", "initrd.cpio.gz", "u-boot.bin"]), ("1", ["img.ext4", "u-boot.bin"])]
)
def test_an_initramfs_is_an_artefact_unless_the_kernel_carries_it(
    module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any], bundled: str, images: list[str]
) -> None:
    more = {"INITRAMFS_IMAGE": "initrd", "INITRAMFS_IMAGE_BUNDLE": bundled}
    module("product").write(store(variables, more), bitbake("image"), "image")
    assert ran(build)[1] == images


def test_a_bundle(module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any]) -> None:
    (build / "deploy" / "update.raucb").write_text("bundle")
    (build / "control" / "manifest-qemu-update.deploy").write_text(f"{build / 'deploy' / 'update.raucb'}\n")
    tasks = variables["BB_TASKDEPDATA"] | {99: ["update", "do_deploy", "file"]}
    more = {"PN": "update", "BB_TASKDEPDATA": tasks, "BUNDLE_LINK_NAME": "update", "BUNDLE_NAME": "update"}
    library = bitbake("bundle")
    module("product").write(store(variables, more), library, "image")
    assert ran(build)[1] == ["update.raucb"]
    assert sorted(path.name for path in (build / "work" / "document").iterdir()) == [
        "update.cdx.json",
        "update.firmbom.json",
    ]
    said = json.loads((build / "work" / "document" / "update.firmbom.json").read_text("utf-8"))
    assert said["kind"] == "bundle"
    assert [one["name"] for one in said["images"]] == ["img", "initrd"]
    stage = build / "work" / "stage" / "update" / "deploy" / "images" / "qemu"
    assert json.loads((stage / "img.firmbom.json").read_text("utf-8"))["deployed"] == ["u-boot"]


def test_an_sdk(module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any]) -> None:
    sdk = build / "sdk"
    sdk.mkdir()
    (sdk / "oe-1.sh").write_text("sdk")
    (sdk / "oe-1.target.manifest").write_text("libz1 core2 1.3-r0\n")
    more = {"SDK_DEPLOY": str(sdk), "TOOLCHAIN_OUTPUTNAME": "oe-1"}
    module("product").write(store(variables, more), bitbake("image"), "sdk")
    assert ran(build)[1] == ["oe-1.sh"]
    assert {"oe-1.cdx.json", "oe-1.firmbom.json"} <= {path.name for path in sdk.iterdir()}


def test_the_checkout_around_the_build_folder_is_not_the_products(
    module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", build], check=True)
    module("product").write(store(variables), bitbake("image"), "image")
    stage = Path(ran(build)[0][1])
    assert Repository(stage).top == build
    given = dict(line.split("=", 1) for line in (build / "bin" / "environment").read_text("utf-8").splitlines())
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", given["GIT_CEILING_DIRECTORIES"])
    with pytest.raises(NoRepositoryError):
        Repository(stage)


def test_the_checkout_that_is_named_is_where_the_release_is_read(
    module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any]
) -> None:
    more = {"FIRMBOM_REPOSITORY": str(build), "FIRMBOM_RELEASE": ""}
    module("product").write(store(variables, more), bitbake("image"), "image")
    arguments, _ = ran(build)
    assert ("--repo", str(build)) in set(pairwise(arguments))
    assert "--release" not in arguments


@pytest.mark.parametrize("name", ["img.json", "img.vex.json", "img.sbom-cve-check.yocto.json"])
def test_a_vulnerability_report_is_read_and_is_no_artefact(
    name: str, module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any]
) -> None:
    (build / "deploy" / name).write_text("{}")
    with (build / "control" / "manifest-qemu-img.image_complete").open("a") as stream:
        stream.write(f"{build / 'deploy' / name}\n")
    module("product").write(store(variables, {"FIRMBOM_VEX": "cyclonedx"}), bitbake("image"), "image")
    assert (build / "work" / "stage" / "img" / "deploy" / "images" / "qemu" / name).read_text("utf-8") == "{}"
    arguments, images = ran(build)
    assert ("--vex", str(build / "work" / "document" / "img-1.vex.cdx.json")) in set(pairwise(arguments))
    assert name not in images


@pytest.mark.parametrize(("time", "written"), [("", False), ("1", True)])
def test_openvex_is_left_out_without_a_time(
    time: str, written: bool, module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    more = {"FIRMBOM_VEX": "openvex cyclonedx", "FIRMBOM_TIMESTAMP": time}
    module("product").write(store(variables, more), bitbake("image"), "image")
    assert ("--openvex" in ran(build)[0]) is written


def test_nothing_is_deployed(module: MAKE, store: MAKE, bitbake: MAKE, variables: dict[str, Any]) -> None:
    library = bitbake("image")
    module("product").write(store(variables, {"BB_TASKDEPDATA": None, "FIRMBOM_NATIVE": "1"}), library, "image")
    assert library.warnings == ["firmbom: nothing of img is deployed, so the SBOM names no image"]


def test_a_record_that_is_missing_is_told(
    module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any]
) -> None:
    (build / "records" / "core2" / "zlib.json").unlink()
    library = bitbake("image")
    module("product").write(store(variables), library, "image")
    assert "firmbom: no record of 1 recipes: zlib" in library.warnings


def test_settings_become_options(
    module: MAKE, store: MAKE, bitbake: MAKE, build: Path, variables: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {
        "FIRMBOM_KEY": "/a.key /b.key",
        "FIRMBOM_PASSPHRASE": "/pw",
        "FIRMBOM_CONFIG": "/firmbom.toml",
        "FIRMBOM_STRICT": "1",
        "FIRMBOM_TIMESTAMP": "1700000000",
        "BB_ORIGENV": store({"GITHUB_ACTIONS": "true", "GITHUB_SHA": "ab", "SECRET": "s", "HOME": "/h"}),
    }
    monkeypatch.setenv("LEAK", "1")
    module("product").write(store(variables, more), bitbake("image"), "image")
    arguments = " ".join(ran(build)[0])
    assert "--key /a.key --key /b.key --passphrase-file /pw --strict" in arguments
    assert "--config /firmbom.toml" in arguments
    environment = (build / "bin" / "environment").read_text("utf-8")
    assert "SOURCE_DATE_EPOCH=1700000000" in environment
    assert "GITHUB_SHA=ab" in environment
    assert "SECRET" not in environment
    assert "LEAK" not in environment


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (4, ("  error    one\n  error    two", "components may be missing: one (and 1 more in the task's log)", "")),
        (4, ("  error    one", "components may be missing: one", "")),
        (1, ("firmbom: /a.key: holds no private key", "", "(exit status 1): firmbom: /a.key: holds no private key")),
        (5, ("firmbom: refused", "", "(exit status 5): firmbom: refused")),
    ],
)
def test_what_came_of_it_is_one_line(
    module: MAKE,
    store: MAKE,
    bitbake: MAKE,
    build: Path,
    variables: dict[str, Any],
    status: int,
    told: tuple[str, str, str],
) -> None:
    says, warned, fatal = told
    (build / "bin" / "status").write_text(str(status))
    (build / "bin" / "says").write_text(f"{says}\n")
    library = bitbake("image")
    if fatal:
        with pytest.raises(Exception, match="no SBOM") as caught:
            module("product").write(store(variables), library, "image")
        assert str(caught.value).endswith(fatal)
    else:
        module("product").write(store(variables), library, "image")
        assert library.warnings[-1].endswith(warned)


def test_a_program_that_went_away(module: MAKE, store: MAKE, bitbake: MAKE, variables: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="no program '/gone'"):
        module("product").write(store(variables, {"FIRMBOM_COMMAND": "/gone"}), bitbake("image"), "image")


def test_a_program_that_does_not_start_is_told_in_one_line(
    module: MAKE, store: MAKE, bitbake: MAKE, tmp_path: Path, variables: dict[str, Any]
) -> None:
    program = tmp_path / "firmbom"
    program.write_text("#!/gone/python\n")
    program.chmod(0o755)
    with pytest.raises(Exception, match="does not start: No such file or directory") as caught:
        module("product").write(store(variables, {"FIRMBOM_COMMAND": str(program)}), bitbake("image"), "image")
    assert str(caught.value).startswith(f"firmbom: {program} ")


def test_git_is_not_the_wrapper_of_oe_core(
    module: MAKE,
    store: MAKE,
    bitbake: MAKE,
    build: Path,
    variables: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "scripts").mkdir()
    wrapper = tmp_path / "scripts" / "git"
    wrapper.write_text(f"#!/bin/sh\ntouch '{tmp_path}/called'\n")
    wrapper.chmod(0o755)
    path = f"{wrapper.parent}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    module("product").write(store({**variables, "PATH": path}), bitbake("image"), "image")
    assert not (tmp_path / "called").exists()
    given = (build / "bin" / "environment").read_text("utf-8").splitlines()
    assert f"PATH={os.environ['PATH'].removeprefix(f'{wrapper.parent}:')}:{wrapper.parent}" in given
    assert f"GIT_CEILING_DIRECTORIES={build / 'work' / 'stage'}" in given
