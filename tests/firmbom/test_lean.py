"""A process of firmbom's own loads msgspec alone; whoever wants the rest still gets it."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
from firmbom import lean
lean.load()
assert "msgspec" in sys.modules
told = sorted({"inspect", "typing_extensions"} & sys.modules.keys())
try:
    import typing_extensions
except ModuleNotFoundError:
    pass
else:
    assert typing_extensions.get_type_hints
lean.load()
print(told)
"""


def test_what_it_does_not_load_is_not_kept_from_others() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
