"""Does a tag still say today what a document said of it when it was made?"""

from __future__ import annotations

import re
from pathlib import Path

from firmbom.errors import printable
from firmbom.git.command import Repository
from firmbom.git.process import through_gitpython
from firmbom.git.signature import TagSignature, signature_of

_OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


def problems_of(repository: Path, *, tag: str, commit: str, built: TagSignature) -> tuple[str, ...]:
    """Why ``tag`` does not prove ``commit``, a line each; empty when it does.

    Args:
        repository: a clone.
        tag: as the document names it.
        commit: as the document names it.
        built: what was said of the tag's signature when the document was made.

    Raises:
        ToolError: the repository cannot be read, so nothing can be said.
    """
    if not commit:
        return ("the document names no commit, so no tag can prove it",)
    if not _OBJECT_NAME.match(commit):
        return (printable(f"the document's commit is not an object name: {commit[:80]}"),)
    opened = Repository(repository, through_gitpython)
    found = [_unknown(opened, commit), _moved(opened, tag, commit) or _signature(opened, tag, built)]
    return tuple(printable(line) for line in found if line)


def _unknown(repository: Repository, commit: str) -> str:
    if repository.run("cat-file", "-e", f"{commit}^{{commit}}")[0] == 0:
        return ""
    hint = "; the clone is shallow, fetch its whole history" if repository.shallow else ""
    return f"commit {commit} is not in this repository{hint}"


def _moved(repository: Repository, tag: str, commit: str) -> str:
    if not tag:
        return f"the document names no tag, so nothing ties commit {commit} to a release"
    now = repository.commit_of(tag)
    if not now:
        return f"tag {tag} is not in this repository (git fetch --tags)"
    return "" if now == commit else f"tag {tag} points at commit {now}, the document says {commit}"


def _signature(repository: Repository, tag: str, built: TagSignature) -> str:
    now, why = signature_of(repository, tag)
    if now.status == "bad":
        return f"the signature of tag {tag} is bad: {why}"
    if built.status != "good":
        return ""
    if now.status != "good":
        state = f"cannot be checked: {why}" if now.status == "unverified" else "is gone"
        return f"the signature of tag {tag} was good when the document was made, and now {state}"
    return (
        ""
        if now.signer == built.signer
        else f"tag {tag} is now signed by {now.signer}, the document says {built.signer}"
    )
