"""firmbom collect: what one plugin says of a folder, an archive or a file, as a component set."""

from __future__ import annotations

import argparse
from pathlib import Path

from firmbom.cli.status import NOTHING_FOUND, ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmbom.project import Project
    from firmbom.tree.base import FileTree


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command's options."""
    parser = subparsers.add_parser(
        "collect",
        help="run one plugin and write what it says as a component set",
        description="Run one plugin over a folder, an archive or one file, and write what it says as a component set, "
        "which 'firmbom merge' joins with others, on this machine or another.",
    )
    parser.add_argument("plugin", metavar="PLUGIN", help="name of the plugin; 'firmbom plugins' lists them")
    parser.add_argument("path", metavar="PATH", type=Path, help="folder, archive, or single file")
    parser.add_argument("-o", "--output", metavar="SET", help="write to this file instead of stdout")
    parser.add_argument("--config", metavar="FILE", type=Path, help="firmbom.toml to follow")
    parser.add_argument("--allow-empty", action="store_true", help="exit 0 when nothing is found")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no problems on stderr")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Collect, write, report; see docs/exit-status.md."""
    from contextlib import closing

    from firmbom import sets
    from firmbom.build import contexts_of
    from firmbom.cli.output import Progress, check_targets, say, write_result
    from firmbom.cli.summary import problem_lines
    from firmbom.collect import collect
    from firmbom.discovery import select
    from firmbom.project import Project, load

    check_targets(args.output)
    project = load(args.config) if args.config else Project()
    plugins, _ = select([args.plugin])
    progress = Progress(quiet=args.quiet)
    with closing(_tree(args.path, project)) as tree:
        found = collect(tree, plugins, contexts_of(project, plugins), progress)
    progress.clear()
    if not args.quiet:
        for line in problem_lines(found.problems):
            say(line)
    status = ended(found.problems, found.components, allow_empty=args.allow_empty)
    if status == NOTHING_FOUND:
        say(f"firmbom: {args.path}: {args.plugin} found nothing (--allow-empty writes the empty set)")
    else:
        write_result(sets.encode(found), args.output)
    return status


def _tree(path: Path, project: Project) -> FileTree:
    from firmbom.errors import InputError
    from firmbom.tree.folder import FolderTree
    from firmbom.tree.open import nested, open_tree
    from firmbom.tree.single import SingleFile

    if path.is_dir():
        return FolderTree(path, exclude=project.build.exclude, limits=project.limits)
    try:
        return nested(open_tree(path, limits=project.limits))
    except InputError:
        if not path.is_file():
            raise
        return SingleFile(path, limits=project.limits)
