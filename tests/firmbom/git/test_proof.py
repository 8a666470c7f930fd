from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.errors import ToolError
from firmbom.git.proof import problems_of
from firmbom.git.signature import TagSignature
from firmbom.release import Release, tag_problems

Git = Callable[..., str]
UNSIGNED = TagSignature()


def test_the_tag_still_points_there(git: Git, checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    git(checkout, "tag", "light")
    git(checkout, "tag", "-a", "-m", "m", "noted")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "later")
    for tag in ("light", "noted"):
        assert tag_problems(checkout, Release(version=tag, tag=tag, commit=head)) == ()


@pytest.mark.parametrize(
    ("tag", "commit", "said"),
    [
        ("v1", "", "the document names no commit, so no tag can prove it"),
        ("v1", "HEAD", "the document's commit is not an object name: HEAD"),
        ("v1", "--version", "the document's commit is not an object name: --version"),
        ("v1", "A" * 40, f"the document's commit is not an object name: {'A' * 40}"),
        ("", "{head}", "the document names no tag, so nothing ties commit {head} to a release"),
        ("v9", "{head}", "tag v9 is not in this repository (git fetch --tags)"),
        ("moved", "{head}", "tag moved points at commit {first}, the document says {head}"),
        ("v1^{{}}", "{head}", "tag v1^{{}} is not in this repository (git fetch --tags)"),
        ("../heads/main", "{head}", "tag ../heads/main is not in this repository (git fetch --tags)"),
        ("*", "{head}", "tag * is not in this repository (git fetch --tags)"),
        ("a\nb\x1b", "{head}", "tag a\\nb\\x1b is not in this repository (git fetch --tags)"),
    ],
)
def test_what_is_not_proven(tag: str, commit: str, said: str, git: Git, checkout: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    git(checkout, "tag", "moved")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "second")
    git(checkout, "tag", "v1")
    head = git(checkout, "rev-parse", "HEAD")
    names = {"head": head, "first": first}
    found = problems_of(checkout, tag=tag.format(**names), commit=commit.format(**names), built=UNSIGNED)
    assert found == (said.format(**names),)


def test_a_commit_that_the_clone_does_not_hold(git: Git, checkout: Path, tmp_path: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "second")
    git(checkout, "tag", "v1")
    second = git(checkout, "rev-parse", "HEAD")
    git(tmp_path, "clone", "--quiet", "--depth=1", checkout.as_uri(), "clone")
    assert problems_of(tmp_path / "clone", tag="v1", commit=first, built=UNSIGNED) == (
        f"commit {first} is not in this repository; the clone is shallow, fetch its whole history",
        f"tag v1 points at commit {second}, the document says {first}",
    )
    assert problems_of(checkout, tag="v1", commit="0" * 40, built=UNSIGNED)[0].endswith("is not in this repository")


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no git repository"):
        problems_of(tmp_path, tag="v1", commit="0" * 40, built=UNSIGNED)


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
def test_a_signature_that_was_good_must_be_good_still(git: Git, checkout: Path, tmp_path: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    fingerprints = []
    for name in ("mine", "yours"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
        command = ["ssh-keygen", "-lf", str(tmp_path / f"{name}.pub")]
        listing = subprocess.run(command, check=True, capture_output=True, text=True)
        fingerprints.append(listing.stdout.split()[1])
    allowed = tmp_path / "allowed"
    allowed.write_text(
        "".join(f"{name}@x.example {(tmp_path / name).with_suffix('.pub').read_text()}" for name in ("mine", "yours"))
    )
    git(checkout, "config", "gpg.ssh.allowedSignersFile", str(allowed))

    def tag(*options: str) -> None:
        git(checkout, "-c", "gpg.format=ssh", "tag", "--force", *options, "-m", "m", "v1")

    def said(status: str = "good") -> tuple[str, ...]:
        built = TagSignature(status="good", kind="ssh", signer=fingerprints[0]) if status == "good" else UNSIGNED
        return problems_of(checkout, tag="v1", commit=head, built=built)

    tag("-u", str(tmp_path / "mine"))
    assert said() == said("none") == ()
    tag("-u", str(tmp_path / "yours"))
    assert said() == (f"tag v1 is now signed by {fingerprints[1]}, the document says {fingerprints[0]}",)
    assert said("none") == ()
    tag("-a")
    assert said() == ("the signature of tag v1 was good when the document was made, and now is gone",)
    tag("-u", str(tmp_path / "mine"))
    git(checkout, "config", "--unset", "gpg.ssh.allowedSignersFile")
    assert "and now cannot be checked: gpg.ssh.allowedSignersFile" in said()[0]
    git(checkout, "config", "gpg.ssh.allowedSignersFile", str(allowed))
    text = git(checkout, "cat-file", "tag", "v1").replace("tagger Tester", "tagger Somebody")
    (tmp_path / "object").write_text(text + "\n")
    made = git(checkout, "hash-object", "-t", "tag", "-w", "--literally", str(tmp_path / "object"))
    git(checkout, "update-ref", "refs/tags/v1", made)
    assert said("none") == ("the signature of tag v1 is bad: it does not fit the tag",)
