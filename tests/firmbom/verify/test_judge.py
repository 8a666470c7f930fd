"""The four questions, and every way to cheat at them."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmbom.errors import InputError
from firmbom.signing import jsf
from firmbom.signing.keys import PrivateKey, PublicKey, generate
from firmbom.verify import BITS, Answer, Verdict, line, verify

SMALL = json.loads((Path(__file__).parents[1] / "signing/data/small.json").read_text(encoding="utf-8"))
ED, ED2, EC = generate("Ed25519"), generate("Ed25519"), generate("P-256")
IMAGES = {"boot.bin": b"boot image\n", "root.bin": b"root image\n"}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def written(document: Any) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def signed(*keys: PrivateKey, **members: Any) -> dict[str, Any]:
    return jsf.sign(copy.deepcopy({**SMALL, **members}), keys or [ED])


def judge(document: Any, *keys: PrivateKey, **options: Any) -> Verdict:
    return verify(written(document), keys=[key.public for key in keys or [ED]], **options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the two images of SMALL."""
    for name, data in IMAGES.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


# --- the signature


def test_a_good_document_passes() -> None:
    verdict = judge(signed())
    assert verdict.exit_status == 0
    assert verdict.signature == Answer("passed", (str(ED.public),))
    assert verdict.soundness == Answer("passed", ("CycloneDX 1.6, 2 components",))
    assert (verdict.image.status, verdict.release.status) == ("not asked", "not asked")


def test_without_a_key_nothing_passes() -> None:
    verdict = verify(written(signed()), keys=[])
    assert verdict.signature == Answer("failed", ("no key was given, and the one in the document proves nothing",))
    assert verdict.exit_status == 17


def test_another_key_s_signature_fails() -> None:
    verdict = judge(signed(ED2))
    assert verdict.signature.status == "failed"
    assert verdict.signature.reasons == (f"no signature by {ED.public}", f"also signed by an unknown {ED2.public}")


def test_each_key_given_must_have_signed() -> None:
    assert judge(signed(ED, EC), ED, EC).exit_status == 0
    assert judge(signed(ED, EC), ED, EC, ED2).signature.reasons[0] == f"no signature by {ED2.public}"
    assert judge(signed(ED), ED, EC).exit_status == 17


def test_signatures_of_others_are_stated_and_do_not_count() -> None:
    verdict = judge(signed(ED, EC, ED2), EC)
    assert verdict.signature.status == "passed"
    assert verdict.signature.reasons == (
        f"ES256 by {EC.public}",
        f"also signed by an unknown {ED.public}",
        f"also signed by an unknown {ED2.public}",
    )


def test_an_invalid_signature_of_others_fails() -> None:
    document = signed(ED, EC)
    document["signature"]["signers"][1]["value"] = document["signature"]["signers"][0]["value"]
    verdict = judge(document, ED)
    assert verdict.signature.status == "failed"
    assert verdict.signature.reasons[0].startswith("signature 2 is not valid")


def test_a_signature_that_cannot_be_checked_is_stated() -> None:
    document = signed(ED, EC)
    foreign = {"algorithm": "Ed448", "keyId": "board\x1b[2J", "value": "AAAA"}
    document["signature"]["signers"].append(foreign)
    verdict = judge(document, ED)
    assert verdict.signature.status == "passed"
    assert "a signature by 'board\\x1b[2J' cannot be checked" in verdict.signature.reasons[-1]


def test_the_certificate_s_dates_are_said() -> None:
    key = PublicKey.of(ED.public.key, note="certificate of CN=Release, valid 2026-01-01 to 2027-01-01")
    verdict = verify(written(signed()), keys=[key])
    assert verdict.signature.reasons == (f"{ED.public} ({key.note})",)


def test_the_root_signature_must_be_there_whatever_nested_ones_remain() -> None:
    document = signed()
    entry = document.pop("signature")
    assert judge(document).signature == Answer("failed", ("the document carries no signature of its own",))
    document["components"][0]["signature"] = entry
    document["components"][1] = jsf.sign(document["components"][1], [ED])
    verdict = judge(document)
    assert verdict.signature.reasons == (
        "the document carries no signature of its own; 2 inside it cover only parts and do not count",
    )
    assert verdict.exit_status & 17 == 17


@pytest.mark.parametrize(
    "signature",
    [
        None,
        [],
        "x",
        {},
        {"signers": []},
        {"algorithm": "none", "value": ""},
        {"algorithm": "HS256", "value": "AAAA"},
        {"algorithm": "Ed25519"},
    ],
)
def test_no_signature_that_could_count(signature: Any) -> None:
    assert judge({**SMALL, "signature": signature}).exit_status & 17 == 17


def test_a_public_key_used_as_a_shared_secret_proves_nothing() -> None:
    import hashlib
    import hmac

    from firmbom.signing import base64url, jcs

    entry = {"algorithm": "HS256", "keyId": ED.key_id}
    mac = hmac.digest(ED.public.pem(), jcs.canonical({**SMALL, "signature": entry}), hashlib.sha256)
    verdict = judge({**SMALL, "signature": {**entry, "value": base64url.encode(mac)}})
    assert verdict.signature.status == "failed"


@pytest.mark.parametrize("option", ["excludes", "extensions"])
def test_unsigned_and_unknown_members_are_refused(option: str) -> None:
    document = signed()
    document["signature"][option] = ["components"]
    verdict = judge(document)
    assert verdict.signature.status == "failed"
    assert "is refused" in verdict.signature.reasons[0]


# --- every change is caught


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside, containers too."""
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from places(child, (*path, step))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(document)
    at(made, path[:-1])[path[-1]] = value
    return made


def others(value: Any) -> Iterator[Any]:
    """Values near ``value``: for a text, one with each of its characters changed or gone, and one more."""
    if isinstance(value, str):
        for index, character in enumerate(value):
            yield value[:index] + ("x" if character != "x" else "y") + value[index + 1 :]
            yield value[:index] + value[index + 1 :]
        yield value + "x"
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, -value, str(value), bool(value))
    elif isinstance(value, dict):
        yield from ({**value, "x": 1}, list(value))
    else:
        yield from ([*value, *(value[:1] or [None])], value[::-1])
    yield None


DOCUMENT = signed()
KEYS = [ED.public]


def signature_passes(document: Any) -> bool:
    """The signature's answer alone; the others are asked elsewhere."""
    try:
        checked = jsf.verify(document, KEYS)
    except InputError:
        return False
    return all(one.valid and one.trusted for one in checked)


def test_every_change_of_every_value_is_caught() -> None:
    assert signature_passes(DOCUMENT)
    accepted = [
        (path, other)
        for path in places(DOCUMENT)
        for other in others(at(DOCUMENT, path))
        if repr(other) != repr(at(DOCUMENT, path)) and signature_passes(changed(DOCUMENT, path, other))
    ]
    assert accepted == []


def test_every_removal_of_a_member_is_caught() -> None:
    for path in places(DOCUMENT):
        document = copy.deepcopy(DOCUMENT)
        del at(document, path[:-1])[path[-1]]
        assert not signature_passes(document), path


def test_every_member_added_is_caught() -> None:
    for path in [(), *places(DOCUMENT)]:
        if isinstance(at(DOCUMENT, path), dict):
            document = copy.deepcopy(DOCUMENT)
            at(document, path)["note"] = ""
            assert not signature_passes(document), path


TEXT = written(DOCUMENT)


@given(st.integers(0, len(TEXT) - 1), st.binary(max_size=3), st.integers(0, 3))
@settings(max_examples=600, deadline=None)
def test_changed_bytes_are_caught_unless_they_say_the_same(place: int, new: bytes, gone: int) -> None:
    data = TEXT[:place] + new + TEXT[place + gone :]
    verdict = verify(data, keys=KEYS)
    if verdict.signature.status == "passed":
        assert json.loads(data) == DOCUMENT


@given(
    st.binary(max_size=60) | st.sampled_from([b"", b"[]", b"5", b"null", b'"x"', b"{}", b'{"a":1,"a":1}', b"[" * 9000])
)
@settings(deadline=None)
def test_what_is_no_document_fails(data: bytes) -> None:
    verdict = verify(data, keys=KEYS, path="bom.json")
    assert verdict.exit_status & 25 == 25
    assert all("\n" not in reason for answer in verdict.answers.values() for reason in answer.reasons)


def test_a_name_that_stands_twice_is_refused() -> None:
    twice = TEXT.replace(b'"version": 1,', b'"version": 2, "version": 1,', 1)
    assert json.loads(twice) == DOCUMENT
    assert "stands twice" in verify(twice, keys=KEYS).signature.reasons[0]


def test_an_unreadable_document_fails_whatever_is_asked(folder: Path) -> None:
    verdict = verify(TEXT[:-9], keys=KEYS, images=[folder / "boot.bin"], repository=folder)
    assert verdict.exit_status == 31
    assert verdict.image == Answer("failed", ("the document cannot be read",))


def test_numbers_without_canonical_form_fail() -> None:
    for number in ("NaN", "1e999", "9007199254740993"):
        data = TEXT.replace(b'"version": 1,', f'"version": {number},'.encode(), 1)
        assert verify(data, keys=KEYS).signature.status == "failed"


# --- the images


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


# --- the release


def git(folder: Path, *arguments: str) -> str:
    options = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *options, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose tag v1.0.0 is its only commit."""
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    git(folder, "tag", "v1.0.0")
    return folder


def released(commit: str, **properties: str) -> dict[str, Any]:
    """SMALL, signed, as built from ``commit``."""
    document = copy.deepcopy(SMALL)
    for one in document["metadata"]["component"]["properties"]:
        name = one["name"].removeprefix("firmbom:release:")
        one["value"] = commit if name == "commit" else properties.get(name, one["value"])
    return jsf.sign(document, [ED])


def test_a_tag_that_still_stands(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    verdict = judge(released(commit), repository=repository)
    assert verdict.release == Answer("passed", (f"tag v1.0.0 is still commit {commit[:12]}", "tag not signed"))
    assert verdict.exit_status == 0


def test_a_build_from_a_changed_tree_is_said(repository: Path) -> None:
    document = released(git(repository, "rev-parse", "HEAD"), dirty="true")
    assert "working tree differed" in judge(document, repository=repository).release.reasons[1]


def test_a_tag_that_was_moved(repository: Path) -> None:
    document = released(git(repository, "rev-parse", "HEAD"))
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    git(repository, "tag", "-f", "v1.0.0")
    verdict = judge(document, repository=repository)
    assert (verdict.release.status, verdict.exit_status) == ("failed", 20)
    assert "v1.0.0" in verdict.release.reasons[0]


def test_a_commit_that_is_not_there(repository: Path) -> None:
    assert judge(released(COMMIT), repository=repository).exit_status == 20


# --- soundness, and the whole


def test_components_that_stand_in_another_are_counted() -> None:
    document = copy.deepcopy(SMALL)
    document["components"][0]["components"] = [
        {"type": "library", "name": "zlib", "components": [{"type": "library", "name": "crc"}]}
    ]
    assert judge(jsf.sign(document, [ED])).soundness == Answer("passed", ("CycloneDX 1.6, 4 components",))


def test_an_unsound_document_fails_though_its_signature_is_good() -> None:
    document = signed(dependencies=[{"ref": "nothing"}])
    verdict = judge(document)
    assert verdict.signature.status == "passed"
    assert (verdict.soundness.status, verdict.exit_status) == ("failed", 24)


@pytest.mark.parametrize(
    "member",
    ["metadata", "components", "dependencies", "compositions", "specVersion", "bomFormat", "serialNumber", "$schema"],
)
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [None], {"component": []}, {"component": {"components": 5}}])
def test_wrong_types_anywhere_are_answered(member: str, value: Any, folder: Path) -> None:
    verdict = judge(jsf.sign({**SMALL, member: value}, [ED]), images=[folder / "boot.bin"])
    assert verdict.signature.status == "passed"
    assert verdict.image.status == ("failed" if member == "metadata" else "passed")


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"component": []}, {"component": {"properties": [5, {}]}}])
def test_metadata_of_a_wrong_type_names_no_release(value: Any, repository: Path) -> None:
    document = jsf.sign({**SMALL, "metadata": value}, [ED])
    assert "names no commit" in judge(document, repository=repository).release.reasons[0]


def test_bits_add_up() -> None:
    failed, passed = Answer("failed", ("x",)), Answer("passed")
    assert Verdict(signature=failed, image=failed, release=failed, soundness=failed).exit_status == 31
    assert Verdict(signature=passed, image=failed).exit_status == 18
    assert Verdict(signature=passed).exit_status == 0
    assert Verdict(signature=passed, policy=failed).exit_status == 48
    assert (
        list(BITS)
        == [*Verdict(signature=passed).answers, "policy"]
        == list(Verdict(signature=passed, policy=failed).answers)
    )


def test_a_line_is_one_line() -> None:
    many = Answer("failed", ("a\nb", "c\x1b[1m", "d", "e", "f"))
    assert line("soundness", many) == "soundness  failed    a\\nb; c\\x1b[1m; d; and 2 more"
    assert line("image", Answer("not asked")) == "image      not asked"
