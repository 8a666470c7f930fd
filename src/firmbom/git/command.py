"""Runs git on a repository that may be hostile: nothing it configures is executed, fetched or written."""

from __future__ import annotations

import os
import re
from itertools import takewhile
from pathlib import Path

from firmbom.errors import ToolError
from firmbom.git.process import Start, direct

_TRUSTED_SCOPES = frozenset({"system", "global", "command"})
"""Configuration scopes that belong to the user, not to the repository."""

_RUNS_PROGRAM = re.compile(r"(?:filter|lfs\.extension)\..*\.(?:clean|smudge|process|required)\Z", re.DOTALL)
"""Keys with a free name inside that make the commands used here start a program (gitattributes(5), git-lfs-config)."""

_VERIFIERS = {"gpg.openpgp.program": "gpg", "gpg.x509.program": "gpgsm", "gpg.ssh.program": "ssh-keygen"}
"""Programs that check signatures, and git's defaults for them (git-config(1), ``gpg.<format>.program``)."""

_ABSOLUTE = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?[/\\][^\s'\":]*[/\\]")


class NoRepositoryError(ToolError):
    """The folder is in no git repository."""


class Repository:
    """The repository that a folder belongs to.

    Args:
        folder: any folder of a work tree, or a bare repository.
        start: how git is started.

    Raises:
        NoRepositoryError: there is none.
        ToolError: there is one, and git refuses it, cannot read it, or is not installed.
    """

    def __init__(self, folder: Path, start: Start = direct) -> None:
        if not _may_be_repository(folder):
            raise NoRepositoryError("no git repository")
        self._start = start
        self._folder = os.path.realpath(folder)
        self._options = [
            "--no-pager",
            "--literal-pathspecs",
            "-c",
            "core.fsmonitor=false",
            "-c",
            f"core.hooksPath={os.devnull}",
        ]
        questions = ("--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--show-cdup")
        bare, inside, shallow, *up = self.ask("rev-parse", *questions).decode().split("\n")
        self.bare = bare == "true"
        self.shallow = shallow == "true"
        self.top = Path(os.path.normpath(Path(self._folder, *up))) if inside == "true" else None
        """The root of the work tree; None when there is none."""
        self.config: dict[str, str] = {}
        """What the configuration says, the last value of each key; keys as git spells them."""
        self.silenced: tuple[str, ...] = ()
        """Programs that the repository's own configuration names and that are therefore not run."""
        self._configure()

    def ask(self, *arguments: str) -> bytes:
        """What git prints on stdout, without the last newline.

        Raises:
            ToolError: git fails.
        """
        status, output, complaint = self.run(*arguments)
        if status:
            raise ToolError(_meaning(complaint), remedy=_remedy(complaint))
        return output

    def run(self, *arguments: str) -> tuple[int, bytes, str]:
        """Exit status, stdout without its last newline, stderr.

        Raises:
            ToolError: git cannot be started.
        """
        status, output, complaint = self._start(["-C", self._folder, *self._options, *arguments])
        return status, output, complaint.decode("utf-8", "replace")

    def commit_of(self, tag: str) -> str:
        """The object name that ``refs/tags/<tag>`` leads to, annotations followed; empty when there is no such tag."""
        status, output, _ = self.run("show-ref", "--verify", "--dereference", f"refs/tags/{tag}")
        return output.decode("ascii", "replace").split("\n")[-1].partition(" ")[0] if status == 0 else ""

    def _configure(self) -> None:
        """Read the configuration, and set against each program the repository names what the user's own scopes say."""
        trusted: dict[str, str] = {}
        named: dict[str, None] = {}
        fields = iter(self.ask("config", "--list", "-z", "--show-scope").decode("utf-8", "replace").split("\0"))
        for scope, entry in zip(fields, fields, strict=False):
            key, _, value = entry.partition("\n")
            self.config[key] = value
            if scope in _TRUSTED_SCOPES:
                trusted[key] = value
            elif _RUNS_PROGRAM.match(key):
                named[key] = None
        default = {**_VERIFIERS, "gpg.openpgp.program": trusted.get("gpg.program", "gpg")}
        safe = {key: trusted.get(key, program) for key, program in default.items()}
        for key in named:
            if "=" in key or "\n" in key:
                raise ToolError(f"the repository configures a program under a name that cannot be overridden: {key!r}")
            safe[key] = trusted.get(key, "false" if key.endswith(".required") else "")
        self.silenced = tuple(sorted({key.rpartition(".")[0] for key in named}))
        for key, value in safe.items():
            self._options += ["-c", f"{key}={value}"]


def _may_be_repository(folder: Path) -> bool:
    """A cheap look, so that a folder without history costs no process; it ends where git's own would."""
    real = Path(os.path.realpath(folder))
    ends = {os.path.realpath(one) for one in os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep) if one}
    above = takewhile(lambda one: str(one) not in ends, real.parents)
    return any(os.path.lexists(one / ".git") or (one / "HEAD").is_file() for one in (real, *above))


def _meaning(complaint: str) -> str:
    """What git complains of, as part of a sentence, without paths of this machine."""
    if _is_refusal(complaint):
        return "git refuses the repository, because another user owns it"
    lines = [line.partition(": ")[2] or line for line in complaint.splitlines() if line.strip()]
    return "git cannot read the repository: " + _ABSOLUTE.sub("", lines[0] if lines else "no reason given")[:200]


def _remedy(complaint: str) -> str:
    if _is_refusal(complaint):
        return "if you trust it, add its path to safe.directory: git config --global --add safe.directory PATH"
    return ""


def _is_refusal(complaint: str) -> bool:
    return "dubious ownership" in complaint or "unsafe repository" in complaint
