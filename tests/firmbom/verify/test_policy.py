"""Policies: what is asked, what is refused, and what cannot be asked."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
from authority import NOW, certificate

from firmbom.cli.main import main
from firmbom.errors import ConfigError, FirmbomError
from firmbom.signing import jsf
from firmbom.signing.keys import generate
from firmbom.verify import lines, policy, verify
from firmbom.verify.answer import Answer

SMALL = json.loads((Path(__file__).parents[1] / "signing/data/small.json").read_text(encoding="utf-8"))
MADE = datetime.datetime.fromisoformat(SMALL["metadata"]["timestamp"])
BUILD, QUALITY, OTHER = (generate() for _ in range(3))
CA = certificate("CA", ca=True)
TEAM = certificate("Team", CA)

SIGNERS = """
[[signers]]
name = "build"
key = "keys/build.pub"

[[signers]]
name = "quality"
key = "keys/quality.pub"

[[signers]]
name = "team"
ca = "keys/ca.pem"
subject = "CN=Team"
"""


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder, and beside it a folder ``given`` with keys, for policies; the document's images."""
    (tmp_path / "work").mkdir()
    (tmp_path / "given/keys").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    for name, data in (
        ("given/keys/build.pub", BUILD.public.pem()),
        ("given/keys/quality.pub", QUALITY.public.pem()),
        ("given/keys/ca.pem", CA.pem),
        ("work/boot.bin", b"boot image\n"),
        ("work/root.bin", b"root image\n"),
    ):
        (tmp_path / name).write_bytes(data)


def written(text: str) -> Path:
    path = Path("../given/policy.toml")
    path.write_text(text, encoding="utf-8")
    return path


def answered(text: str, document: Any = SMALL, at: datetime.datetime = MADE, **shown: Any) -> Answer:
    return policy.judge(policy.load(written(text)), document, at=at, **{"shown": (), "checked": False, **shown})


def signed(*keys: Any) -> str:
    Path("bom.json").write_text(json.dumps(jsf.sign(SMALL, keys)), encoding="utf-8")
    return "bom.json"


def release(**facts: str | None) -> dict[str, Any]:
    """SMALL with other facts of its release, or without some."""
    stated = {f"firmbom:release:{name.replace('_', '-')}": value for name, value in facts.items()}
    product = SMALL["metadata"]["component"]
    kept = [one for one in product["properties"] if one["name"] not in stated]
    new = [{"name": name, "value": value} for name, value in stated.items() if value is not None]
    return {**SMALL, "metadata": {**SMALL["metadata"], "component": {**product, "properties": [*kept, *new]}}}


@pytest.mark.parametrize(
    ("keys", "least", "said"),
    [
        ([BUILD, QUALITY, TEAM.key.certified([TEAM.der])], 0, ""),
        ([BUILD, TEAM.key.certified([TEAM.der])], 2, ""),
        ([BUILD, QUALITY], 2, ""),
        ([BUILD, QUALITY], 0, "no signature by team (a certificate of CN=Team)"),
        ([BUILD, OTHER], 2, "1 of the 2 signers asked for; no signature by quality (Ed25519 key"),
        ([TEAM.key, BUILD], 2, "1 of the 2 signers asked for"),
        ([OTHER], 1, "0 of the 1 signers asked for"),
    ],
)
def test_the_signers_of_a_policy(keys: Any, least: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    written((f"[signatures]\nleast = {least}\n" if least else "") + SIGNERS)
    status = main(["verify", signed(*keys), "--policy", "../given/policy.toml", "--at", NOW.isoformat()])
    assert status == (17 if said else 0)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("signature  failed" if said else "signature  passed")
    assert said in first
    assert [one.split()[0] for one in rest] == ["image", "release", "soundness", "policy"]


def test_the_time_decides_on_certificates(capsys: pytest.CaptureFixture[str]) -> None:
    bom = signed(TEAM.key.certified([TEAM.der]))
    assert main(["verify", bom, "--ca", "../given/keys/ca.pem", "--at", "2026-03-01"]) == 0
    assert "certificate of CN=Team, issued by CN=CA, valid 2026-01-30" in capsys.readouterr().out
    for at, said in (("2029-01-01", "expired on 2027-01-30"), ("2020-01-01T00:00:00+01:00", "not valid before 2026")):
        assert main(["verify", bom, "--ca", "../given/keys/ca.pem", "--at", at]) == 17
        assert said in capsys.readouterr().out


def test_keys_and_cas_are_both_asked_for() -> None:
    bom = signed(BUILD, TEAM.key.certified([TEAM.der]))
    both = ["--key", "../given/keys/build.pub", "--ca", "../given/keys/ca.pem", "--at", NOW.isoformat()]
    assert main(["verify", bom, *both]) == 0
    assert main(["verify", signed(BUILD), *both]) == 17
    assert main(["verify", signed(TEAM.key.certified([TEAM.der])), *both]) == 17


@pytest.mark.parametrize(
    ("text", "shown", "said"),
    [
        ('named = ["boot.bin", "*.bin"]', (), ()),
        ('named = ["*.swu"]', (), ("images: the document names none that fits '*.swu'",)),
        ('shown = ["*"]', ("boot.bin", "root.bin"), ()),
        ('shown = ["root.*"]', ("root.bin",), ()),
        ('shown = ["*"]', ("boot.bin",), ("images: root.bin was not shown (give it with --image)",)),
        ('shown = ["*.img"]', ("boot.bin",), ("images: the document names none that fits '*.img'",)),
    ],
)
def test_images(text: str, shown: tuple[str, ...], said: tuple[str, ...]) -> None:
    answer = answered(f"[images]\n{text}", shown=shown)
    assert answer == (Answer("failed", said) if said else Answer("passed", ("images as asked",)))


@pytest.mark.parametrize(
    ("text", "facts", "said"),
    [
        ('tag = "named"', {}, ""),
        ('tag = "named"', {"tag": None}, "release: the document names no tag"),
        ('tag = "signed"', {"tag_signature": "good"}, ""),
        ('tag = "signed"', {"tag_signature": "none"}, "release: tag v1.0.0 is not signed"),
        ('tag = "signed"', {"tag_signature": "bad"}, "release: tag v1.0.0 has a bad signature"),
        ('tag = "signed"', {"tag_signature": "unverified"}, "tag v1.0.0 is signed by a key the build did not"),
        (
            'signed_by = ["ABCD 1234"]',
            {"tag_signature": "good", "tag_signer": "abcd1234"},
            "",
        ),
        (
            'signed_by = ["SHA256:aB"]',
            {"tag_signature": "good", "tag_signer": "SHA256:ab"},
            "tag v1.0.0 is signed by SHA256:ab, who is not asked for",
        ),
        ("checked = true", {}, "tag v1.0.0 was not looked up, or does not stand (give --repo)"),
        ("clean = true", {"dirty": "true"}, "the build's working tree differed from the commit"),
        ("clean = true", {}, ""),
    ],
)
def test_the_release(text: str, facts: dict[str, str | None], said: str) -> None:
    answer = answered(f"[release]\n{text}", release(**facts))
    assert (answer.status == "failed") is bool(said), answer
    assert said in "; ".join(answer.reasons)
    if "checked" in text:
        assert answered(f"[release]\n{text}", release(**facts), checked=True).status == "passed"


@pytest.mark.parametrize(
    ("timestamp", "days", "said"),
    [
        (SMALL["metadata"]["timestamp"], 30, ""),
        (SMALL["metadata"]["timestamp"], 30.001, f"document: of {MADE:%Y-%m-%d}, 30 days old, more than 30"),
        (SMALL["metadata"]["timestamp"], -0.006, ""),
        (SMALL["metadata"]["timestamp"], -1, "UTC, which is in the future"),
        (None, 0, "document: has no timestamp, so its age is not known"),
        ("2026-01-01T00:00:00", 0, "document: has no timestamp, so its age is not known"),
        ("yesterday", 0, "document: has a timestamp that cannot be read"),
        ("0001-01-01T00:00:00+23:59", 0, "document: has a timestamp that cannot be read"),
        (7, 0, "document: has no timestamp"),
    ],
)
def test_the_age(timestamp: object, days: float, said: str) -> None:
    document = {**SMALL, "metadata": {**SMALL["metadata"], "timestamp": timestamp}}
    answer = answered("[document]\nmax_age_days = 30", document, at=MADE + datetime.timedelta(days=days))
    assert (answer.status == "failed") is bool(said), answer
    assert said in "; ".join(answer.reasons)


def test_a_document_without_metadata_has_no_age() -> None:
    answer = answered("[document]\nmax_age_days = 30", {"bomFormat": "CycloneDX"})
    assert answer.reasons == ("document: has no timestamp, so its age is not known",)


def test_each_broken_rule_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    written('[images]\nshown = ["*"]\n[release]\nchecked = true\n[document]\nmax_age_days = 1\n')
    options = ["--policy", "../given/policy.toml", "--key", "../given/keys/build.pub", "--image", "boot.bin"]
    assert main(["verify", signed(BUILD), *options]) == 48
    told = [one.split()[0] for one in capsys.readouterr().out.splitlines()]
    assert told == ["signature", "image", "release", "soundness", "policy", "policy", "policy"]
    assert main(["verify", signed(BUILD), *options, "--json"]) == 48
    facts = json.loads(capsys.readouterr().out)
    assert [one.split(":")[0] for one in facts["answers"]["policy"]["reasons"]] == ["images", "release", "document"]


def test_a_policy_that_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    written(SIGNERS.partition('[[signers]]\nname = "quality')[0] + '[images]\nshown = ["*"]\n')
    images = ["--image", "boot.bin", "--image", "root.bin"]
    assert main(["verify", signed(BUILD), "--policy", "../given/policy.toml", *images]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "policy     passed    images as asked"


def test_an_unreadable_document_fails_its_policy() -> None:
    asked = policy.load(written("[document]\nmax_age_days = 1"))
    verdict = verify(b"{", keys=[BUILD.public], policy=asked)
    assert verdict.policy == Answer("failed", ("the document cannot be read",))
    assert verdict.exit_status == 16 + 1 + 8 + 32


def test_without_a_policy_it_is_not_spoken_of() -> None:
    assert "policy" not in verify(b"{", keys=[BUILD.public]).answers
    assert lines("policy", Answer("failed", ("a", "b"))) == ["policy     failed    a", "policy     failed    b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"policy\.toml: asks for nothing"),
        ("[images]", "asks for nothing"),
        ("[image]\nshown = ['*']", "image: there is no such key; did you mean images"),
        ("[[signers]]\nkey = 'a'\nkid = 'b'", r"signers\[0\]\.kid: there is no such key"),
        ("[[signers]]\nname = 'a'", r"signers\[0\]: needs either key or ca"),
        ("[[signers]]\nkey = 'a'\nca = 'b'", r"signers\[0\]: needs either key or ca"),
        ("[[signers]]\nkey = 'a'\nsubject = 'CN=b'", r"signers\[0\]\.subject: goes with ca"),
        ("[signatures]\nleast = 1", r"signatures\.least: counts the signers, and none is named"),
        (f"[signatures]\nleast = 4\n{SIGNERS}", r"signatures\.least: expected 1 to 3, the number of signers"),
        (f"[signatures]\nleast = -1\n{SIGNERS}", r"signatures\.least: expected 1 to 3"),
        ("[document]\nmax_age_days = 0", r"document\.max_age_days: expected more than 0"),
        ("[document]\nmax_age_days = nan", r"document\.max_age_days: expected more than 0"),
        ("[document]\nmax_age_days = '30'", r"document\.max_age_days: expected a number, got text"),
        ("[release]\ntag = 'gpg'", r"release\.tag: expected .*'signed'.* got 'gpg'"),
        ("[images]\nshown = '*'", r"images\.shown: expected an array, got text"),
        ("a = ", "not TOML"),
        ("#" * ((1 << 20) + 1), "larger than 1048576 bytes"),
    ],
)
def test_files_that_are_no_policy(text: str, said: str) -> None:
    with pytest.raises(FirmbomError, match=said) as caught:
        policy.load(written(text))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("../given/policy.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[signers]]\nkey = 'absent.pub'", r"given/absent\.pub: cannot be read"),
        ("[[signers]]\nkey = 'env:ABSENT'", "variable 'ABSENT' is not set"),
        ("[[signers]]\nca = 'keys/build.pub'", "holds no certificate in PEM"),
        ("[[signers]]\nca = 'pkcs11:token=a;object=b'", "hands out no certificates"),
        (SIGNERS + "[[signers]]\nkey = 'keys/build.pub'", r"signers\[3\]\.key: this key stands twice"),
    ],
)
def test_keys_of_a_policy_that_cannot_be_used(text: str, said: str) -> None:
    path = written(text)
    with pytest.raises(ConfigError, match=said):
        policy.demand_of(policy.load(path), path, NOW)


def test_a_policy_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read"):
        policy.load(Path("absent.toml"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "who must have signed? give --key, --ca, or a --policy that names signers"),
        (["--policy", "../given/policy.toml", "--key", "../given/keys/build.pub"], "leave out --key and --ca"),
    ],
)
def test_wrong_usage(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    written(SIGNERS)
    with pytest.raises(SystemExit) as caught:
        main(["verify", signed(BUILD), *options])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", signed(BUILD), "--key", "../given/keys/build.pub", "--at", text]) == 1
    assert f"--at: {text!r} is no time (write it as 2026-03-31T12:00:00Z)" in capsys.readouterr().err


def test_the_example_in_the_documentation_is_understood() -> None:
    page = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
    [example] = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    found = policy.load(written(example))
    assert [bool(one.key) for one in found.signers] == [True, True, False]
    assert (found.signatures.least, found.release.tag, found.document.max_age_days) == (2, "signed", 90)
