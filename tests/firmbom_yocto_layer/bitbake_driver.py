"""Runs in a process of its own: parses a project with the real BitBake library and runs tasks of one recipe.

``python bitbake_driver.py PROJECT RECIPE TASK…`` prints JSON: the tasks of the recipe, with their dependencies and
flags, and what was said. PROJECT has ``conf/local.conf``, ``classes/base.bbclass`` and recipes.
"""

from __future__ import annotations

import json
import logging
import sys
import types
from pathlib import Path
from typing import Any


def _library() -> Any:
    """BitBake's library; the hash server's client, which PyPI's package lacks, is not needed for this."""
    for name in ("hashserv", "hashserv.client"):
        sys.modules[name] = types.ModuleType(name)
    from importlib import import_module

    for name in ("bb.build", "bb.cookerdata", "bb.data", "bb.event", "bb.fetch2", "bb.parse", "bb.codeparser"):
        import_module(name)
    return import_module("bb")


def _configured(bb: Any, project: Path, layer: Path) -> Any:
    d = bb.data.init()
    d.setVar("BBPATH", f"{project}:{layer}")
    d.setVar("TOPDIR", str(project))
    d.setVar("__bbclasstype", "global")
    d.setVar("BB_ORIGENV", bb.data.init())
    d.setVar("LAYERDIR", str(layer))
    d = bb.parse.handle(str(layer / "conf" / "layer.conf"), d, True)
    d.delVar("LAYERDIR")
    d = bb.parse.handle(str(project / "conf" / "local.conf"), d, True)
    for name in ("base", *(d.getVar("INHERIT") or "").split()):
        bb.parse.BBHandler.inherit(name, "configuration", 0, d)
    bb.parse.init_parser(d)
    for name in d.getVar("__BBHANDLERS", False) or []:
        handler = d.getVar(name, False)
        mask = (d.getVarFlag(name, "eventmask") or "").split()
        bb.event.register(name, handler, mask, "x", 0, data=d)
    bb.event.fire(bb.event.ConfigParsed(), d)
    return d


def main(project: Path, recipe: str, *tasks: str) -> dict[str, Any]:
    """What became of it."""
    from firmbom_yocto import layer

    bb = _library()
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    listener = Listener(logging.WARNING)
    logging.getLogger("BitBake").addHandler(listener)
    try:
        d = _configured(bb, project, layer.path())
        d.setVar("__bbclasstype", "recipe")
        d = bb.parse.handle(str(project / recipe), d.createCopy())[""]
        for task in tasks:
            Path(d.getVar("T")).mkdir(parents=True, exist_ok=True)
            bb.build.exec_func(task, d)
    except bb.BBHandledException:
        return {"failed": True, "said": said}
    found = d.getVar("__BBTASKS", False) or []
    flags = (
        "deps",
        "rdeptask",
        "recrdeptask",
        "noexec",
        "nostamp",
        "network",
        "file-checksums",
        "vardeps",
        "sstate-outputdirs",
    )
    return {
        "said": said,
        "tasks": {name: {flag: d.getVarFlag(name, flag) for flag in flags} for name in found},
        "dependencies": sorted(bb.data.generate_dependencies(d, set())[1].get("do_firmbom_record", ())),
        "depvalid": d.getVar("BB_SETSCENE_DEPVALID"),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), *sys.argv[2:])) + "\n")
