"""What builds keep for themselves: folders that a walk does not enter, or offers to the one plugin that knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from firmbom import contract
from firmbom.model import Problem
from firmbom.plugin import BuildPlugin, Plugin, Use
from firmbom.tree.base import FileTree, shown


class _Builder(NamedTuple):
    """A plugin that knows a kind of build."""

    plugin: Plugin
    use_of: Callable[[str, FileTree], Use]


class Workplaces:
    """Asks the plugins that know builds about each folder of one tree, before it is entered."""

    def __init__(self, tree: FileTree, plugins: Iterable[Plugin], tell: Callable[[Problem], None]) -> None:
        """Args: ``tell`` is told what goes wrong in a plugin."""
        self._builders = [_Builder(one, one.use_of) for one in plugins if isinstance(one, BuildPlugin)]
        self._tree, self._tell = tree, tell
        self._readers: dict[str, _Builder] = {}
        """Who alone is offered what is in a folder."""
        self._passed: dict[tuple[str, str], list[str]] = {}
        """(folder, plugin) → those in it that are not entered, or only for the plugin's records."""
        if self._builders:
            tree.enters = self._enters

    def reader(self, path: str) -> Plugin | None:
        """The plugin that alone is offered the file at ``path``; None where all are."""
        found = self._readers.get(path.rpartition("/")[0]) if self._readers else None
        return found and found.plugin

    def notes(self) -> Iterator[Problem]:
        """What was passed by."""
        for (folder, plugin), inside in self._passed.items():
            names = ", ".join(sorted(inside))
            message = f"nothing but the build's own records was read where it works: {names}"
            yield Problem("note", message, folder or ".", plugin)

    def _enters(self, folder: str) -> bool:
        above, _, name = folder.rpartition("/")
        reader = self._readers.get(above)
        for builder in (reader,) if reader else tuple(self._builders):
            use = self._use(builder, folder)
            if use != "product" and not reader:
                self._passed.setdefault((self._tree.place(above), builder.plugin.name), []).append(shown(name))
            if use == "scratch":
                return False
            if use == "records":
                self._readers[folder] = builder
                return True
        if reader:
            self._readers[folder] = reader
        return True

    def _use(self, builder: _Builder, folder: str) -> Use:
        """What the plugin says; one that fails is not asked again."""
        if builder not in self._builders:
            return "product"
        said: list[Use] = []
        wrong: list[str] = []
        with contract.contained(wrong.append, folder):
            said.append(contract.use(builder.use_of(folder, self._tree)))
        for told in wrong:
            self._tell(Problem("error", told, self._tree.place(folder), builder.plugin.name))
            self._builders = [one for one in self._builders if one is not builder]
        return said[0] if said else "product"
