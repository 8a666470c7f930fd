"""Writes the import map of an installed node_modules into index.html, so that a browser resolves names as Node would.

Import maps: HTML Standard, "Import maps"; package entry points: Node.js documentation, "Packages", section "exports".
"""

import json
import posixpath
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "<!-- importmap -->"
CONDITIONS = ("browser", "import", "module", "default")


def target(exports: Any) -> str:
    """The file that a browser's import gets from one value of ``exports``; empty when it gets none."""
    if isinstance(exports, str):
        return exports
    if not isinstance(exports, dict):
        return ""
    return next((found for key, value in exports.items() if key in CONDITIONS and (found := target(value))), "")


def entries(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The names under which a package can be imported, with the file of each."""
    exports = manifest.get("exports")
    if exports is None:
        main = str(manifest.get("module") or manifest.get("main") or "index.js")
        exports = main if main.endswith(("js", "mjs")) else f"{main}.js"
    if not isinstance(exports, dict) or not any(key.startswith(".") for key in exports):
        exports = {".": exports}
    for key, value in exports.items():
        file = target(value)
        if "*" not in key and file.endswith(("js", "mjs")):
            yield posixpath.normpath(posixpath.join(manifest["name"], key)), file


def import_map(ui: Path) -> dict[str, Any]:
    """``imports`` for the packages at the top, ``scopes`` for those nested in another."""
    imports: dict[str, str] = {}
    scopes: dict[str, dict[str, str]] = {}
    for path in sorted(ui.glob("node_modules/**/package.json")):
        folder = path.parent.relative_to(ui).as_posix()
        outer, _, name = folder.rpartition("node_modules/")
        manifest = json.loads(path.read_text("utf-8"))
        if manifest.get("name") != name:
            continue  # a package.json inside a package, which only sets the module type
        names = scopes.setdefault(f"./{outer}", {}) if outer else imports
        names.update((key, f"./{posixpath.normpath(posixpath.join(folder, file))}") for key, file in entries(manifest))
    return {"imports": imports, "scopes": scopes}


def main(ui: Path) -> None:
    """Put the import map of ``ui/node_modules`` where ``ui/index.html`` has its mark."""
    page = ui / "index.html"
    text = json.dumps(import_map(ui), indent=2, sort_keys=True)
    page.write_text(page.read_text("utf-8").replace(MARK, f'<script type="importmap">\n{text}\n    </script>'), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
