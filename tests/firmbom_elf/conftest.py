"""Binaries to examine: what gcc makes of a few lines, and what is left of it without section headers."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmbom_elf.catalogue import load
from firmbom_elf.catalogue.entry import Entry, Version
from firmbom_elf.catalogue.load import Catalogue
from firmbom_elf.deciding import decide, identify, owning
from firmbom_elf.rules import landmarks, sightings

Compiled = Callable[..., bytes]
Cut = Callable[[bytes], bytes]

# By class: where e_phoff, e_shoff, e_phentsize and e_shentsize stand; a program header; its p_offset and p_filesz.
_LAYOUT = {
    1: ("I", 28, 32, 42, 46, "8I", 1, 4),
    2: ("Q", 32, 40, 54, 58, "IIQQQQQQ", 2, 5),
}


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """What gcc makes of a source with some options; each is made once."""
    folder = tmp_path_factory.mktemp("compiled")
    made: dict[tuple[str, ...], bytes] = {}

    def compiled(source: str, *options: str, files: tuple[tuple[str, str], ...] = ()) -> bytes:
        key = (source, *options)
        if key not in made:
            (folder / "source.c").write_text(source)
            for name, text in files:
                (folder / name).write_text(text)
            subprocess.run(["gcc", "-o", "made", "source.c", *options], cwd=folder, check=True)
            made[key] = Path(folder, "made").read_bytes()
        return made[key]

    return compiled


@pytest.fixture(scope="session")
def without_sections() -> Cut:
    """What ``sstrip`` leaves: no section headers, and nothing after what a segment holds."""

    def cut(data: bytes) -> bytes:
        made = bytearray(data)
        order = "<" if data[5] == 1 else ">"
        word, programs, sections, program_size, section_size, layout, offset, size = _LAYOUT[data[4]]
        (start,) = struct.unpack_from(order + word, data, programs)
        each, count = struct.unpack_from(f"{order}HH", data, program_size)
        headers = [struct.unpack_from(order + layout, data, start + each * number) for number in range(count)]
        struct.pack_into(order + word, made, sections, 0)
        struct.pack_into(f"{order}HHH", made, section_size, 0, 0, 0)
        return bytes(made[: max(start + each * count, *(one[offset] + one[size] for one in headers))])

    return cut


@pytest.fixture
def seen_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Catalogue], None]]:
    """Has single files looked at with another catalogue."""

    def forget() -> None:
        landmarks.automaton.cache_clear()
        sightings._index.cache_clear()

    def use(known: Catalogue) -> None:
        monkeypatch.setattr(landmarks, "catalogue", lambda: known)
        monkeypatch.setattr(sightings, "catalogue", lambda: known)
        forget()

    yield use
    forget()


@pytest.fixture
def no_entries(seen_with: Callable[[Catalogue], None]) -> None:
    """The catalogue is empty, so that only the general rules speak."""
    seen_with(Catalogue([]))


@pytest.fixture
def few_identified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the components of the tests are known when files are looked at together."""
    further = [
        Entry(name="suite", type="application", version=(Version(string=r"suite (\d.*)$", inside=True),)),
        Entry(
            name="engine",
            type="application",
            sonames=("libengine.so.*",),
            version=(Version(string=r"engine (\d.*)$", inside=True),),
        ),
        Entry(name="shy", sonames=("libshy.so.*",), misleads=(r"^Version: 0\.1",)),
        Entry(name="gopher", purl="pkg:golang/example.org/gopher", files=("gopher",)),
        Entry(name="tool", purl="pkg:npm/%40a/tool?x=1", cpe=("o:some:tool",), files=("tool",)),
    ]
    known = Catalogue([*load.read(Path(__file__).parent / "data" / "entries.toml"), *further])
    monkeypatch.setattr(identify, "catalogue", lambda: known)
    monkeypatch.setattr(decide, "catalogue", lambda: known)
    monkeypatch.setattr(owning, "catalogue", lambda: known)
