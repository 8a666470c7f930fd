"""From the paths that a database lists to the files that a tree holds: links to folders followed, nothing else kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from firmbom.tree.base import FileTree

LONGEST_PATH = 4096
"""Linux's PATH_MAX."""

LOOKED_AT, IN_ONE_FOLDER = 128, 32
"""So many names below a link are looked at to find out where it leads."""


class WalkedFiles:
    """The regular files of a tree by path, and where the folders that databases name really lie.

    A database of a system with a merged ``/usr`` lists ``/lib/x`` while the tree holds ``usr/lib/x``, because ``lib``
    is a link there. A tree does not tell which names are links, but it follows them when asked for a file.
    """

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._paths = {file.path for file in tree.walk()}
        self._real = {"": ""}
        """By folder as named: the folder it is, the same where it is no link."""
        for path in self._paths:
            folder = path.rpartition("/")[0]
            while folder not in self._real:
                self._real[folder] = folder
                folder = folder.rpartition("/")[0]

    def among(self, base: str, listed: Iterable[str]) -> Iterator[str]:
        """The paths in the tree of those listed files that it holds.

        Args:
            base: of the root, empty or with a slash at its end.
            listed: paths from the root without leading slash, of files, folders and links alike.
        """
        paths, real = self._paths, self._real
        for entry in listed:
            path = base + entry
            if path in paths:
                yield path
                continue
            folder, _, name = path.rpartition("/")
            found = real.get(folder)
            if found is None:
                found = self._folder(folder)
            if found != folder and (path := f"{found}/{name}" if found else name) in paths:
                yield path

    def _folder(self, named: str) -> str:
        """Where the folder ``named`` really lies; itself when there is no such folder."""
        known, missing = named, []
        while known not in self._real:
            known, _, part = known.rpartition("/")
            missing.append(part)
        here = self._real[known]
        for part in reversed(missing):
            known = f"{known}/{part}" if known else part
            here = f"{here}/{part}" if here else part
            if here not in self._real:
                self._real[here] = self._followed(here)
            here = self._real[known] = self._real[here]
        return here

    def _followed(self, link: str) -> str:
        """Where a name leads that no walked file has in its path: asks for what is below it until a file answers."""
        pending, left = [""], LOOKED_AT
        names = self._tree.list(link)
        while pending and names and left > 0:
            below = pending.pop(0)
            inside = [f"{below}/{name}" for name in self._tree.list(link + below)[:IN_ONE_FOLDER]]
            left -= len(inside)
            for path in inside:
                file = self._tree.get(link + path)
                if file is None:
                    pending.append(path)
                elif file.path.endswith(path):
                    real = file.path.removesuffix(path)
                    if real != link and real in self._real and self._tree.list(real) == names:
                        return real
        return link


def entries(text: str) -> tuple[list[str], list[str]]:
    """The paths of a list of absolute paths, one a line, without their leading slash; and the lines that are unfit.

    Unfit is what would leave the root or cannot be a path: ``..``, NUL, relative, longer than :data:`LONGEST_PATH`.
    """
    text = text.removeprefix("/.\n")
    lines = text.split("\n")
    if "/." not in text and "//" not in text and "\0" not in text and all(map(_plain, lines)):
        return [line[1:] for line in lines if line], []
    good, unfit = [], []
    for line in lines:
        if line in ("", "/", "/."):
            continue
        if _fits(line):
            good.append(line[1:])
        else:
            unfit.append(line)
    return good, unfit


def _plain(line: str) -> bool:
    return not line or (line[0] == "/" and len(line) < LONGEST_PATH)


def _fits(line: str) -> bool:
    return (
        len(line) < LONGEST_PATH
        and line[0] == "/"
        and "\0" not in line
        and not any(part in ("", ".", "..") for part in line[1:].split("/"))
    )
