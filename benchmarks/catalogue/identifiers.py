"""Holds the catalogue's CPEs against a copy of the CPE dictionary: what it lacks, and what it has by now.

A dictionary is any text, plain or packed by gzip, with CPE names in it (NVD's feeds of products and of vulnerabilities)
or with lines ``"vendor","product"`` and nothing else.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1] / "plugins"), str(HERE.parents[1] / "src")]

from firmbom_elf.catalogue import load  # noqa: E402  # found by the line above
from firmbom_elf.catalogue.entry import Entry  # noqa: E402  # same

_NAME = re.compile(r"cpe:2\.3:[aoh]:((?:\\.|[^:\\\"])+):((?:\\.|[^:\\\"])+):")
_PAIR = re.compile(r'^"([^"]+)","([^"]+)"$', re.MULTILINE)
PACKED = b"\x1f\x8b"


def known(text: str) -> Iterator[str]:
    """Yield each ``vendor:product`` that a text names."""
    for line in text.splitlines():
        plain = line.replace("\\\\", "\\")  # JSON doubles them
        for vendor, product in _NAME.findall(plain) or _PAIR.findall(plain):
            yield f"{vendor}:{product}"


def absent(entries: Iterable[Entry], dictionary: frozenset[str]) -> Iterator[str]:
    """Yield the CPEs of entries that the dictionary does not have."""
    for entry in entries:
        for cpe in entry.cpe:
            if re.sub("^[oh]:", "", cpe) not in dictionary:
                yield f"not there: {entry.name} {cpe}"


def offered(entries: Iterable[Entry], dictionary: frozenset[str]) -> Iterator[str]:
    """Yield for entries without CPE what the dictionary has of their name; it may be another thing called so."""
    by_name: Mapping[str, list[str]] = defaultdict(list)
    for cpe in sorted(dictionary):
        by_name[_spelt(cpe.rpartition(":")[2])].append(cpe)
    for entry in entries:
        if not entry.cpe and (found := by_name.get(_spelt(entry.name))):
            yield f"perhaps: {entry.name} {' '.join(found)}"


def _spelt(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _read(file: Path) -> str:
    data = file.read_bytes()
    return (gzip.decompress(data) if data.startswith(PACKED) else data).decode("utf-8", "replace")


def main() -> int:
    """Exits 1 when the dictionary lacks a CPE that an entry states."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("dictionary", type=Path, nargs="+", help="files that make up the dictionary")
    dictionary = frozenset(cpe for file in parser.parse_args().dictionary for cpe in known(_read(file)))
    entries = load.listed()
    missing = list(absent(entries, dictionary))
    stated = sum(1 for entry in entries if entry.cpe)
    print(*missing, *offered(entries, dictionary), sep="\n")
    print(f"{len(entries)} entries, {stated} with CPE; {len(dictionary)} products in the dictionary")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
