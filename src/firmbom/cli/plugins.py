"""firmbom plugins: which plugins are installed, and which of them cannot be used."""

from __future__ import annotations

import argparse

from firmbom.cli.status import DONE, INCOMPLETE


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser("plugins", help="list the installed plugins", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line a plugin; status 4 when one cannot be used."""
    import msgspec

    from firmbom.cli.output import write_result
    from firmbom.discovery import discover
    from firmbom.plugin import FilePlugin

    found = list(discover())
    rows = [
        {
            "name": one.name,
            "version": one.plugin.version if one.plugin else "",
            "distribution": one.distribution,
            "runs": ("by default" if isinstance(one.plugin, FilePlugin) else "if named") if one.plugin else "never",
            "error": one.error,
        }
        for one in found
    ]
    if args.json:
        write_result(msgspec.json.format(msgspec.json.encode(rows)) + b"\n", None)
    else:
        lines = (
            f"{row['name']:<12} {row['version'] or '-':<10} {row['runs']:<11} {row['distribution']}"
            + (f"  cannot be used: {row['error']}" if row["error"] else "")
            for row in rows
        )
        write_result("".join(line.rstrip() + "\n" for line in lines).encode(), None)
    return INCOMPLETE if any(one.error for one in found) else DONE
