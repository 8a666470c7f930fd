"""The second question: is a file one of the images?"""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from judging import ED, IMAGES, SMALL, judge, signed

from firmbom.errors import InputError
from firmbom.signing import jsf
from firmbom.verify import Answer


def test_images_are_told_by_their_digests(folder: Path) -> None:
    verdict = judge(signed(), images=[folder / "root.bin", folder / "boot.bin"])
    assert verdict.image == Answer("passed", ("root.bin", "boot.bin"))
    (folder / "root.bin").rename(folder / "download")
    verdict = judge(signed(), images=[folder / "download"])
    assert verdict.image == Answer("passed", ("download is image root.bin", "not shown: boot.bin"))


def test_a_changed_image_fails(folder: Path) -> None:
    (folder / "boot.bin").write_bytes(b"boot imagE\n")
    verdict = judge(signed(), images=[folder / "root.bin", folder / "boot.bin"])
    assert verdict.image.status == "failed"
    assert verdict.image.reasons[0] == "boot.bin is no image of the document (it names 2)"
    assert verdict.exit_status == 18


def test_all_images_must_be_shown_if_asked(folder: Path) -> None:
    both = [folder / name for name in IMAGES]
    assert judge(signed(), images=both, all_images=True).exit_status == 0
    assert judge(signed(), all_images=True).image.reasons == ("not shown: boot.bin", "not shown: root.bin")
    verdict = judge(signed(), images=both[:1], all_images=True)
    assert (verdict.exit_status, verdict.image.reasons[0]) == (18, "not shown: root.bin")


@pytest.mark.parametrize("algorithm", ["SHA-256", "SHA-512"])
def test_one_digest_is_not_enough(algorithm: str, folder: Path) -> None:
    document = copy.deepcopy(SMALL)
    for image in document["metadata"]["component"]["components"]:
        image["hashes"] = [one for one in image["hashes"] if one["alg"] == algorithm]
    assert judge(jsf.sign(document, [ED]), images=[folder / "boot.bin"]).exit_status == 18


@pytest.mark.parametrize("algorithm", ["SHA-256", "SHA-512"])
def test_both_digests_must_agree(algorithm: str, folder: Path) -> None:
    document = copy.deepcopy(SMALL)
    for image in document["metadata"]["component"]["components"]:
        for one in image["hashes"]:
            if one["alg"] == algorithm:
                one["content"] = one["content"][::-1]
    assert judge(jsf.sign(document, [ED]), images=[folder / "boot.bin"]).exit_status == 18


def test_a_document_without_images(folder: Path) -> None:
    document = copy.deepcopy(SMALL)
    del document["metadata"]["component"]["components"]
    document["dependencies"] = [one for one in document["dependencies"] if not one["ref"].startswith("image:")]
    verdict = judge(jsf.sign(document, [ED]), images=[folder / "boot.bin"])
    assert verdict.image == Answer("failed", ("the document names no image",))
    assert judge(jsf.sign(document, [ED]), all_images=True).image.status == "failed"


def test_an_image_that_cannot_be_read_is_no_answer(folder: Path) -> None:
    with pytest.raises(InputError, match=r"absent.bin: cannot be read"):
        judge(signed(), images=[folder / "absent.bin"])
    if Path("/dev/zero").exists():
        with pytest.raises(InputError, match=r"/dev/zero: cannot be read: it is a character device, not a file"):
            judge(signed(), images=[Path("/dev/zero")])
