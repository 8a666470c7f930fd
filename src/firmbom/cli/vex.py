"""The VEX documents beside an SBOM: the options that name them, what goes into them, and what is said of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from firmbom.inventory import Inventory
    from firmbom.signing.keys import SigningKey

OPTIONS = ("vex", "openvex")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options; :func:`checked`, :func:`contents` and :func:`write` follow them."""
    parser.add_argument(
        "--vex", metavar="FILE", help="write what the build knows of vulnerabilities as a CycloneDX VEX document"
    )
    parser.add_argument("--openvex", metavar="FILE", help="write the same as an OpenVEX document, which is not signed")


def checked(args: argparse.Namespace) -> list[str]:
    """The files that are asked for.

    Raises:
        ConfigError: one is stdout, or the same as another output.
    """
    named = [(f"--{option}", name) for option in OPTIONS if (name := getattr(args, option))]
    taken = {Path(args.output).resolve()} if args.output else set()
    for option, name in named:
        if name == "-":
            raise ConfigError("stdout is for the SBOM", path=option, remedy="name a file")
        if Path(name).resolve() in taken:
            raise ConfigError("another document goes there", path=name, place=option)
        taken.add(Path(name).resolve())
    return [name for _, name in named]


def contents(
    args: argparse.Namespace, inventory: Inventory, sbom: Mapping[str, Any], signers: Sequence[SigningKey]
) -> dict[str, bytes | None]:
    """What goes into each file; None for OpenVEX without any statement, which the format does not allow.

    Raises:
        ConfigError: OpenVEX needs a time that there is not.
    """
    from firmbom.cyclonedx.write import encode
    from firmbom.signing.jsf import sign
    from firmbom.vex import cyclonedx, openvex

    made: dict[str, bytes | None] = {}
    if args.openvex:
        statements = openvex.document(inventory, sbom)
        made[args.openvex] = openvex.encode(statements) if statements else None
    if args.vex:
        document = cyclonedx.document(inventory, sbom)
        made[args.vex] = encode(sign(document, signers) if signers else document)
    return made


def write(made: Mapping[str, bytes | None]) -> None:
    """Write each file whole. Where there is nothing to write, one of an earlier run does not stay."""
    from firmbom.cli.output import write_result

    for name, content in made.items():
        if content is not None:
            write_result(content, name)
        elif Path(name).is_file():
            Path(name).unlink()


def facts(inventory: Inventory, made: Mapping[str, bytes | None]) -> dict[str, Any]:
    """What is known, for a script: the number of statements by status, how many are contradicted, and the files."""
    from collections import Counter
    from typing import get_args

    from firmbom.reason import Status

    counts = Counter(one.chosen.reason.status for one in inventory.assessments)
    return {
        **{status: counts[status] for status in get_args(Status)},
        "contradicted": sum(bool(one.rejected) for one in inventory.assessments),
        "written to": [name for name, content in made.items() if content is not None],
    }


def lines(inventory: Inventory, made: Mapping[str, bytes | None]) -> Iterator[str]:
    """What is known, and where it is written, as a person reads it."""
    from collections import Counter

    from firmbom.errors import printable

    known = inventory.assessments
    if not known and not made:
        return
    counts = Counter(one.chosen.reason.status for one in known)
    each = ", ".join(f"{status.replace('_', ' ')} {counts[status]}" for status in sorted(counts))
    yield f"known CVEs  {len(known)}" + (f" ({each})" if each else "")
    for one in [one for one in known if one.rejected][:_MOST_LINES]:
        others = ", ".join(sorted({rejected.reason.status for rejected in one.rejected}))
        yield printable(f"  {one.vulnerability} in {one.ref}: {one.chosen.reason.status}; other sources say {others}")
    if not made:
        yield "  not in the SBOM; --vex FILE writes them"
    for name, content in made.items():
        yield printable(f"  written to {name}" if content is not None else f"  not written to {name}: no statement")


_MOST_LINES = 20
