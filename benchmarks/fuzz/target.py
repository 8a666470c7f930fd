"""An Atheris fuzz target: whatever the bytes, opening and reading them raises nothing but our own errors.

    pip install atheris
    python benchmarks/fuzz/target.py squashfs -max_total_time=600 CORPUS

The first argument is a format of src/firmbom/tree/formats.py, whose samples are where the fuzzer begins; what follows
are libFuzzer's options and folders of inputs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found] # optional: pip install atheris

with atheris.instrument_imports(include=["firmbom.tree"]):
    from mutate import exercise, samples


def main() -> None:
    """Fuzz until told to stop."""
    name, *options = sys.argv[1:]
    folder = tempfile.TemporaryDirectory()
    corpus = Path(folder.name, "corpus")
    corpus.mkdir()
    for number, data in enumerate(samples(name)):
        (corpus / f"{number:03}").write_bytes(data)
    path = Path(folder.name, "input")

    def one(data: bytes) -> None:
        path.write_bytes(data)
        if said := exercise(path):
            raise RuntimeError(said[0])

    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
