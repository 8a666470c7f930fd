"""firmbom learn: makes a database of known files from packages and builds."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import ended


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "learn",
        help="make a database of known files from packages or a build",
        description="Read the binaries in packages (.deb, .ipk, .apk, .rpm), in folders of such, in Buildroot's output "
        "folder or a Yocto build's TMPDIR, and write a database by which 'audit --known' and 'build --known' recognise "
        "them later, also when they were stripped or linked anew.",
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="package, folder of packages, or build")
    parser.add_argument("-o", "--output", metavar="DB", required=True, help="write to this file")
    parser.add_argument("--plugin", metavar="NAME", help="the plugin that learns, where several can")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no problems on stderr")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Learn and write; status 4 when a part could not be read."""
    import errno
    import os

    from firmbom.cli.output import Progress, check_targets, say, write_result
    from firmbom.cli.summary import problem_lines
    from firmbom.discovery import discover, select
    from firmbom.errors import ConfigError, InputError
    from firmbom.plugin import LearningPlugin

    plugins = select([args.plugin])[0] if args.plugin else [one.plugin for one in discover() if one.plugin]
    able: dict[str, LearningPlugin] = {one.name: one for one in plugins if isinstance(one, LearningPlugin)}
    if len(able) != 1:
        if not able:
            raise ConfigError("no plugin that can learn is installed")
        raise ConfigError(f"several plugins can learn: {', '.join(able)}", remedy="name one with --plugin")
    check_targets(args.output)
    for path in args.paths:
        if not os.access(path, os.R_OK):
            why = errno.EACCES if path.exists() else errno.ENOENT
            raise InputError(f"cannot be read: {os.strerror(why)}", path=str(path))
    (learner,) = able.values()
    progress = Progress(quiet=args.quiet)
    try:
        database, problems = learner.learn(args.paths, progress)
    finally:
        progress.clear()
    write_result(database, args.output)
    if not args.quiet:
        for line in problem_lines(problems):
            say(line)
    return ended(problems)
