"""firmbom audit: what an image holds, and how it differs from what a document claims."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import DRIFT, NOTHING_FOUND, ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from firmbom.audit import Audited
    from firmbom.drift import Row


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    from firmbom.cli.sign import add_bundle_key

    parser = subparsers.add_parser(
        "audit",
        help="say what an image holds, and how it differs from a document",
        description="Open an image, as deep as its containers go, and list the components in it; with --against, list "
        "what differs from a CycloneDX document. Nothing in the image is run, nothing is mounted or unpacked to disk.",
    )
    parser.add_argument("image", metavar="IMAGE", type=Path, help="image file, archive or root filesystem folder")
    parser.add_argument("--against", metavar="BOM", help="document to compare with; - reads stdin")
    parser.add_argument("-o", "--output", metavar="BOM", help="write what was found as a CycloneDX document")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="of the list on stdout")
    parser.add_argument("--config", metavar="FILE", type=Path, help="firmbom.toml to follow")
    parser.add_argument(
        "--known", metavar="DB", action="append", type=Path, default=[], help="database of 'firmbom learn'; repeatable"
    )
    add_bundle_key(parser)
    parser.add_argument("--allow-empty", action="store_true", help="exit 0 when no component is found")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no problems on stderr")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Audit, compare, report; see docs/exit-status.md."""
    import os

    from firmbom import memory
    from firmbom.audit import against, audit
    from firmbom.cli.document import load_document
    from firmbom.cli.output import Progress, check_targets, say, write_pieces, write_result
    from firmbom.project import Project, load, with_bundle_keys, with_known

    check_targets(args.output)
    project = with_known(load(args.config) if args.config else Project(), args.config, args.known)
    project = with_bundle_keys(project, args.config, args.bundle_key)
    document = load_document(args.against) if args.against else None
    progress = Progress(quiet=args.quiet)
    try:
        audited = audit(args.image, project, environment=os.environ, progress=progress)
    finally:
        progress.clear()
    from firmbom.cli.summary import bundle_lines, bundles, problem_lines
    from firmbom.drift import BITS

    rows = against(audited, document, name=Path(args.against).name) if document is not None else None
    inventory = audited.inventory
    bits = sum({BITS[row.kind] for row in rows or ()})
    compared = rows is not None and bool(inventory.files)  # an image of plain files is what the document says of them
    allow_empty = args.allow_empty or compared
    status = DRIFT + bits if bits else ended(inventory.problems, inventory.components, allow_empty=allow_empty)
    if args.output and status != NOTHING_FOUND:
        from firmbom.cyclonedx import write

        made = write.packed(inventory, audited.release, project, phase="post-build")
        write_pieces(write.pieces(made), args.output)
        memory.hold(audited, made)
    if args.output != "-":
        write_result(_listing(audited, rows, args.format), None)
    if not args.quiet:
        for line in (*bundle_lines(bundles(audited.release)), *problem_lines(inventory.problems)):
            say(line)
    if status == NOTHING_FOUND:
        say(f"firmbom: {args.image}: no component found (--allow-empty accepts that)")
    return status


def _listing(audited: Audited, rows: Sequence[Row] | None, form: str) -> bytes:
    if form == "json":
        import msgspec

        return msgspec.json.format(msgspec.json.encode(_facts(audited, rows))) + b"\n"
    lines = _components(audited) if rows is None else _differences(rows)
    return "".join(line.rstrip() + "\n" for line in lines).encode()


def _facts(audited: Audited, rows: Sequence[Row] | None) -> dict[str, Any]:
    from firmbom.cli.summary import bundles

    facts: dict[str, Any] = {
        "components": [
            {
                "purl": one.component.purl,
                "within": one.component.within,
                "name": one.component.name,
                "version": one.component.version,
                "locations": sorted({claim.location.path for claim in one.component.claims}),
            }
            for one in audited.inventory.components
        ],
        "bundles": bundles(audited.release),
        "problems": audited.inventory.problems,
    }
    return facts if rows is None else {"drift": rows, **facts}


def _components(audited: Audited) -> Iterator[str]:
    from firmbom.errors import printable

    rows = []
    for one in audited.inventory.components:
        paths = {claim.location.path for claim in one.component.claims}
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        kind = one.component.purl[4:].partition("/")[0]
        rows.append((kind, one.component.name, one.component.version or "unknown", min(paths) + more))
    widths = [min(40, max((len(row[column]) for row in rows), default=0)) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield printable("  ".join([*cells, row[3]]))


def _differences(rows: Sequence[Row]) -> Iterator[str]:
    from firmbom.errors import printable

    for row in rows:
        change = " -> ".join(part[:20] for part in (row.claimed or "-", row.found or "-"))
        yield printable(f"{row.kind:<10} {row.subject:<50}  {change}  [{'; '.join(row.evidence[:2])}]")
    if not rows:
        yield "no difference"
