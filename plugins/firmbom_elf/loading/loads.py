"""Which files of a tree a program ends up with when it is loaded, told by SONAMEs alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from firmbom_elf.facts import Examined


class Loads:
    """Follows NEEDED from file to file; any file of the SONAME or base name counts, wherever it stands."""

    def __init__(self, files: Sequence[Examined]) -> None:
        self._by_name: dict[str, list[Examined]] = defaultdict(list)
        for file in files:
            if file.elf and file.elf.kind == "library":
                for name in {file.elf.soname, file.path.rpartition("/")[2]} - {""}:
                    self._by_name[name].append(file)

    def of(self, file: Examined) -> set[str]:
        """Paths of what ``file`` loads, directly or not."""
        found: set[str] = set()
        waiting = [file]
        while waiting:
            elf = waiting.pop().elf
            for needed in elf.needed if elf else ():
                for library in self._by_name.get(needed, ()):
                    if library.path not in found:
                        found.add(library.path)
                        waiting.append(library)
        return found
