from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from firmbom.errors import ToolError
from firmbom.git.checkout import Submodule, Tag, read
from firmbom.git.command import Repository

Git = Callable[..., str]


def _commit(git: Git, folder: Path, message: str = "more") -> str:
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def test_a_clean_checkout_with_tags(git: Git, checkout: Path) -> None:
    git(checkout, "tag", "light")
    git(checkout, "tag", "--annotate", "--message", "m", "noted")
    git(checkout, "remote", "add", "origin", "https://me:secret@git.example/a/b.git")
    state, problems = read(Repository(checkout))
    assert state.commit == git(checkout, "rev-parse", "HEAD")
    assert state.committed == 1700000000
    assert set(state.tags) == {Tag(name="light"), Tag(name="noted", annotated=True)}
    assert (state.nearest, state.changed, state.untracked, state.submodules) == ("", (), (), ())
    assert state.remote == "https://git.example/a/b.git"
    assert problems == []


def test_the_nearest_tag_has_a_commit_of_fixed_length(git: Git, checkout: Path) -> None:
    assert read(Repository(checkout))[0].nearest == ""
    git(checkout, "tag", "v1.0")
    _commit(git, checkout)
    head = _commit(git, checkout)
    assert read(Repository(checkout))[0].nearest == f"v1.0-2-g{head[:12]}"


def test_the_only_remote_serves_when_none_is_called_origin(git: Git, checkout: Path) -> None:
    git(checkout, "remote", "add", "up.stream", "git@git.example:a/b.git")
    assert read(Repository(checkout))[0].remote == "git@git.example:a/b.git"
    git(checkout, "remote", "add", "second", "git@git.example:c/d.git")
    assert read(Repository(checkout))[0].remote == ""


def test_a_subfolder_a_link_and_a_detached_head(git: Git, checkout: Path, tmp_path: Path) -> None:
    (checkout / "deep" / "er").mkdir(parents=True)
    head = git(checkout, "rev-parse", "HEAD")
    git(checkout, "checkout", "--quiet", "--detach")
    (checkout / "main.c").write_text("changed\n")
    (tmp_path / "link").symlink_to(checkout / "deep" / "er")
    for folder in (checkout / "deep" / "er", tmp_path / "link"):
        state, _ = read(Repository(folder))
        assert (state.commit, state.changed) == (head, ("main.c",))


def test_a_linked_worktree(git: Git, checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    head = _commit(git, tmp_path / "side")
    (tmp_path / "side" / "main.c").write_text("changed\n")
    state, _ = read(Repository(tmp_path / "side"))
    assert (state.commit, state.changed) == (head, ("main.c",))
    assert read(Repository(checkout))[0].changed == ()


def test_a_bare_repository_and_the_folder_of_git_itself(git: Git, checkout: Path, tmp_path: Path) -> None:
    git(checkout, "tag", "v1")
    git(tmp_path, "clone", "--quiet", "--bare", str(checkout), "bare.git")
    for folder in (tmp_path / "bare.git", checkout / ".git"):
        repository = Repository(folder)
        state, problems = read(repository)
        assert (repository.top, [tag.name for tag in state.tags], state.changed, problems) == (None, ["v1"], (), [])


def test_a_shallow_clone(git: Git, checkout: Path, tmp_path: Path) -> None:
    git(checkout, "tag", "v1")
    head = _commit(git, checkout)
    git(tmp_path, "clone", "--quiet", "--depth=1", checkout.as_uri(), "clone")
    state, _ = read(Repository(tmp_path / "clone"))
    assert (state.commit, state.shallow, state.nearest, state.remote) == (head, True, "", "")


def test_before_the_first_commit(git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    state, problems = read(Repository(tmp_path))
    assert state.commit == ""
    assert [one.message for one in problems] == ["the git repository has no commit yet"]


def test_the_commit_at_head_is_lost(git: Git, checkout: Path) -> None:
    shutil.rmtree(checkout / ".git" / "objects" / git(checkout, "rev-parse", "HEAD")[:2])
    with pytest.raises(ToolError, match="cannot read the commit at HEAD"):
        read(Repository(checkout))


def test_the_index_is_broken(checkout: Path) -> None:
    (checkout / ".git" / "index").write_bytes(b"DIRC\x00\x00")
    state, problems = read(Repository(checkout))
    assert state.commit
    assert [one.severity for one in problems] == ["error"]
    assert "the working tree was not compared with the commit" in problems[0].message


def test_long_object_names(git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256")
    assert read(Repository(tmp_path))[0].commit == ""
    _commit(git, tmp_path)
    assert len(read(Repository(tmp_path))[0].commit) == 64


def test_what_differs_from_the_commit(git: Git, checkout: Path) -> None:
    for name in ("staged", "deleted", "renamed with blank", "mode"):
        (checkout / name).write_text(f"{name}\n" * 9)
    (checkout / ".gitignore").write_text("*.o\n")
    git(checkout, "add", ".")
    _commit(git, checkout)
    (checkout / "staged").write_text("new")
    git(checkout, "add", "staged")
    (checkout / "deleted").unlink()
    git(checkout, "mv", "renamed with blank", "new\nname")
    (checkout / "mode").chmod(0o755)
    (checkout / "main.o").touch()
    (checkout / b"\xff.txt".decode("utf-8", "surrogateescape")).touch()
    state, _ = read(Repository(checkout))
    assert set(state.changed) == {"staged", "deleted", "renamed with blank", "new\nname", "mode"}
    assert state.untracked == ("\udcff.txt",)


def test_an_unmerged_path(git: Git, checkout: Path) -> None:
    blob = git(checkout, "rev-parse", "HEAD:main.c")
    entries = f"0 {'0' * 40} 0\tmain.c\n" + "".join(f"100644 {blob} {stage}\tmain.c\n" for stage in (1, 2, 3))
    (checkout / ".git" / "entries").write_text(entries)
    with (checkout / ".git" / "entries").open() as stdin:
        subprocess.run(["git", "-C", checkout, "update-index", "--index-info"], stdin=stdin, check=True)
    assert read(Repository(checkout))[0].changed == ("main.c",)


def test_what_the_run_writes_itself_is_no_news(git: Git, checkout: Path) -> None:
    (checkout / "out" / "deep").mkdir(parents=True)
    outputs = [checkout / "bom.json", checkout / "out" / "deep" / "image.bin"]
    for output in outputs:
        output.touch()
    assert read(Repository(checkout), outputs)[0].untracked == ()
    assert read(Repository(checkout))[0].untracked == ("bom.json", "out/")
    (checkout / "out" / "stray").touch()
    assert read(Repository(checkout / "out"), outputs)[0].untracked == ("out/stray",)


@pytest.fixture
def superproject(git: Git, checkout: Path, tmp_path: Path) -> Path:
    """``checkout`` with the submodule ``libs/lib``, which has the submodule ``inner``."""
    for name in ("lib", "inner"):
        (tmp_path / name).mkdir()
        git(tmp_path / name, "init", "--quiet")
        (tmp_path / name / "file").write_text(name)
        git(tmp_path / name, "add", "file")
        _commit(git, tmp_path / name)
    git(tmp_path / "lib", "submodule", "--quiet", "add", str(tmp_path / "inner"), "inner")
    _commit(git, tmp_path / "lib")
    git(checkout, "submodule", "--quiet", "add", "--name", "the = lib", str(tmp_path / "lib"), "libs/lib")
    git(checkout, "config", "--file", ".gitmodules", "submodule.the = lib.url", "../lib.git")
    git(checkout, "add", ".gitmodules")
    _commit(git, checkout)
    git(checkout, "remote", "add", "origin", "https://git.example/a/product.git")
    git(checkout, "submodule", "--quiet", "update", "--init", "--recursive")
    return checkout


def test_submodules_are_named_with_commit_and_address(git: Git, superproject: Path, tmp_path: Path) -> None:
    lib, inner = (git(tmp_path / name, "rev-parse", "HEAD") for name in ("lib", "inner"))
    state, problems = read(Repository(superproject))
    assert state.submodules == (
        Submodule(path="libs/lib", commit=lib, url="https://git.example/a/lib.git"),
        Submodule(path="libs/lib/inner", commit=inner),
    )
    assert (state.changed, problems) == ((), [])


def test_a_changed_file_or_another_commit_in_a_submodule(git: Git, superproject: Path) -> None:
    (superproject / "libs" / "lib" / "inner" / "file").write_text("changed")
    assert read(Repository(superproject))[0].changed == ("libs/lib/inner/file",)
    git(superproject / "libs" / "lib" / "inner", "checkout", "--quiet", "file")
    _commit(git, superproject / "libs" / "lib")
    assert read(Repository(superproject))[0].changed == ("libs/lib",)


def test_a_submodule_that_is_not_checked_out(git: Git, superproject: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(superproject), "clone")
    state, problems = read(Repository(tmp_path / "clone"))
    assert [one.path for one in state.submodules] == ["libs/lib"]
    assert [(one.severity, one.path) for one in problems] == [("warning", "libs/lib")]
    assert "not checked out" in problems[0].message


def test_submodules_of_a_bare_repository(git: Git, superproject: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(superproject), "bare.git")
    state, problems = read(Repository(tmp_path / "bare.git"))
    assert ([one.path for one in state.submodules], problems) == (["libs/lib"], [])


def test_a_submodule_that_cannot_be_read(superproject: Path) -> None:
    (superproject / "libs" / "lib" / ".git").write_text("gitdir: nowhere\n")
    _, problems = read(Repository(superproject))
    assert ("warning", "libs/lib") in [(one.severity, one.path) for one in problems]


def test_a_submodule_behind_a_link_is_not_entered(superproject: Path, tmp_path: Path) -> None:
    shutil.rmtree(superproject / "libs")
    (superproject / "libs").symlink_to(tmp_path)
    state, problems = read(Repository(superproject))
    assert "libs/lib" in [one.path for one in problems]
    assert [one.path for one in state.submodules] == ["libs/lib"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[submodule", "the submodules cannot be read: .gitmodules is not a git configuration"),
        ("[submodule 'x']\n path = main.c\n url = x\n", ""),
        ("[submodule 'x']\n url = x\n", ""),
        ("", ""),
    ],
)
def test_a_gitmodules_file_that_names_none(git: Git, checkout: Path, text: str, said: str) -> None:
    text = text.replace("'", '"')
    (checkout / ".gitmodules").write_text(text)
    blob = git(checkout, "hash-object", "-w", ".gitmodules")
    git(checkout, "update-index", "--add", "--cacheinfo", f"100644,{blob},.gitmodules")
    tree = git(checkout, "write-tree")
    git(checkout, "reset", "--quiet", "--soft", git(checkout, "commit-tree", tree, "-p", "HEAD", "-m", "modules"))
    state, problems = read(Repository(checkout))
    assert state.submodules == ()
    assert [one.message for one in problems] == ([said] if said else [])


def test_an_uncommitted_gitmodules_file_says_nothing(checkout: Path) -> None:
    (checkout / ".gitmodules").write_text('[submodule "x"]\n path = x\n url = y\n')
    state, problems = read(Repository(checkout))
    assert (state.submodules, state.untracked, problems) == ((), (".gitmodules",), [])
