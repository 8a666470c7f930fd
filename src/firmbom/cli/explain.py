"""firmbom explain: why a document says what it says of a component."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import DONE, NOTHING_FOUND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from firmbom.explain import Explained
    from firmbom.model import Claim

_MOST = 20
"""Lines of one kind, unless all are asked for."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "explain",
        help="say why a document names a component",
        description="Say why a component's version is stated, or none is, and print every claim that the component "
        "rests on: the file, the place in it, what is written there, the kind of evidence and how sure it is; then "
        "what disagreed, and who needs the component.",
    )
    parser.add_argument("bom", metavar="BOM", help="CycloneDX JSON document; - reads stdin")
    parser.add_argument(
        "component", metavar="COMPONENT", help="name, name@version, purl, bom-ref, CPE or path of a file; * and ? fit"
    )
    parser.add_argument("--all", action="store_true", help=f"print more than {_MOST} claims, files or neighbours")
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what is known; status 3 when the document has no such component."""
    import msgspec

    from firmbom.cli.document import load_document
    from firmbom.cli.output import say, write_result
    from firmbom.errors import printable
    from firmbom.explain import explain, near

    document = load_document(args.bom)
    found = explain(document, args.component, location=Path(args.bom).name)
    if args.json:
        write_result(msgspec.json.format(msgspec.json.encode(found)) + b"\n", None)
    else:
        lines = _lines(found, None if args.all else _MOST)
        write_result("".join(printable(line) + "\n" for line in lines).encode(), None)
    if not found:
        path = "/" in args.component and not args.component.startswith("pkg:")
        remedy = "a file counts by its own path, not by a link's; " if path else ""
        nearest = near(document, args.component, location=Path(args.bom).name)
        remedy += printable(nearest) or "try a part of the name between asterisks"
        say(f"firmbom: {args.bom}: no component {args.component!r} ({remedy})")
        return NOTHING_FOUND
    return DONE


def _lines(found: Sequence[Explained], most: int | None) -> Iterator[str]:
    from firmbom.explain import shown_ref

    for number, each in enumerate(found):
        one = each.component
        yield from [""] if number else []
        yield f"{one.name} {one.version or '(version not known)'}"
        yield f"  {one.ref}"
        yield from (f"  {cpe}" for cpe in one.cpes)
        licences = sorted(f"{licence.value} ({licence.acknowledgement})" for licence in one.licences)
        yield from _section("licence", licences, most)
        yield from _section("version", list(each.version), None)
        reasons = {_reason(claim): each.supports(claim) for claim in each.claims}
        yield from _section("because", [reason for reason, supports in reasons.items() if supports], most)
        others = [reason for reason, supports in reasons.items() if not supports]
        yield from _section("read too, and not stated", others, most)
        yield from _section("in dispute", [f"{field}: {text}" for field, text in each.conflicts], most)
        yield from _section("packaging of", list(one.upstream), most)
        yield from _section("holds", list(each.holds), most)
        yield from _section("installed", list(each.files), most)
        yield from _section("needed by", [shown_ref(ref) for ref in each.needed_by], most)
        yield from _section("needs", [shown_ref(ref) for ref in each.needs], most)


def _section(title: str, lines: Sequence[str], most: int | None) -> Iterator[str]:
    if lines:
        yield f"  {title}"
        yield from (f"    {line}" for line in lines[:most])
        if most is not None and len(lines) > most:
            yield f"    and {len(lines) - most} more (--all prints them)"


def _reason(claim: Claim) -> str:
    where = claim.location
    place = where.path or "(no file)"
    if where.line:
        place += f" line {where.line}"
    if where.offset >= 0:
        place += f" at byte {where.offset}"
    if where.symbol:
        place += f" in {where.symbol}"
    text = f': "{where.text}"' if where.text else ""
    value = f" {claim.field} {claim.value}" if claim.value else ""
    return f"{claim.confidence:.2f} {claim.basis}{value}, {place}{text} ({claim.plugin or 'unknown plugin'})"
