"""``firmbom audit`` of a root filesystem in each kind of image, against unpacking it and running syft on the folder.

The images are made of one root filesystem, which must hold more than a toy's files to say anything: that of a Debian
container or a Yocto build. Of a half of it another image is made, to see how time and memory grow. What unpacks an
image, or makes one, and is not installed leaves its rows out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from measure import INPUTS, Runs, below, machine, once, options, report

MEMORY, GROWTH = 350.0, 3.0
"""MB; and how many times longer twice the files may take."""


@dataclass
class Kind:
    """One kind of image; ``{root}``, ``{image}`` and ``{out}`` stand for the paths."""

    name: str
    make: str
    unpack: str
    target: float
    """So many times slower the peer should be."""
    program: str
    """What unpacks it."""


_SQUASHFS = "mksquashfs {root} {image} -noappend -no-progress -quiet -comp "
_UNSQUASHFS = "unsquashfs -q -n -d {out} {image}"
_UBIFS = "mkfs.ubifs -r {root} -m 2048 -e 126976 -c 8000 -o {image} -x "
KINDS = (
    Kind("squashfs-gzip", _SQUASHFS + "gzip", _UNSQUASHFS, 1.0, "unsquashfs"),
    Kind("squashfs-xz", _SQUASHFS + "xz", _UNSQUASHFS, 1.0, "unsquashfs"),
    Kind("squashfs-zstd", _SQUASHFS + "zstd", _UNSQUASHFS, 2.0, "unsquashfs"),
    Kind(
        "ext4",
        "mke2fs -q -t ext4 -d {root} {image} {size}",
        'mkdir {out}; debugfs -R "rdump / {out}" {image}',
        2.0,
        "debugfs",
    ),
    Kind("ubifs-lzo", _UBIFS + "lzo", "ubireader_extract_files -k -o {out} {image}", 2.0, "ubireader_extract_files"),
    Kind("jffs2", "mkfs.jffs2 -r {root} -l -e 128KiB -o {image}", "jefferson -f -d {out} {image}", 2.0, "jefferson"),
    Kind(
        "cpio-gzip",
        "cd {root} && find . | cpio -o -H newc --quiet | gzip -6 > {image}",
        "mkdir {out}; cd {out}; gzip -dc {image} | cpio -id --quiet --no-absolute-filenames",
        1.0,
        "cpio",
    ),
)


def main() -> int:
    """Measure; 1 when a target or a limit is not kept."""
    parser = options(__doc__, rounds=3)
    parser.add_argument("root", type=Path, help="folder of a root filesystem")
    parser.add_argument("--kind", action="append", choices=[kind.name for kind in KINDS], help="only this one")
    parser.add_argument("--syft", default="syft", help="the command to compare with (default: %(default)s)")
    parser.add_argument("--config", help="firmbom.toml to follow, as to which plugins run")
    args = parser.parse_args()
    os.environ["SYFT_CHECK_FOR_APP_UPDATE"] = "false"
    audit = [args.firmbom, "audit", "--quiet", *(["--config", str(Path(args.config).resolve())] if args.config else [])]
    print(machine())
    good = True
    for kind in KINDS:
        if args.kind and kind.name not in args.kind:
            continue
        image = INPUTS / f"root.{kind.name}"
        if not (shutil.which(kind.program) and _made(kind, args.root, image)):
            print(f"\n{kind.name}: left out, {kind.program} or what makes the image is not installed")
            continue
        found = _measured(kind, image, audit, args)
        good &= report(kind.name, found, {"unpack, syft": kind.target})
        good &= below("memory", found["firmbom"].peak, MEMORY, "MB")
        for name, runs in found.items():
            share = 100 * runs.processor / sum(runs.seconds)
            print(f"  processors of {name}: {share:.0f} %, {runs.processor / len(runs.seconds):.2f} s a run")
    half = INPUTS / "half.squashfs-zstd"
    if not args.kind and _made(KINDS[2], _half(args.root), half):
        good &= _grows(audit, half, INPUTS / "root.squashfs-zstd", args.rounds)
    return 0 if good else 1


def _measured(kind: Kind, image: Path, audit: list[str], args: argparse.Namespace) -> Mapping[str, Runs]:
    """Both in turn, each with its output written to a file."""
    out = INPUTS / "unpacked"
    paths = {"out": str(out), "image": str(image), "root": "", "size": ""}
    scan = f"{shutil.which(args.syft) or args.syft} scan dir:{out} -q -o cyclonedx-json={out}.json"
    peer = ["sh", "-c", f"{kind.unpack.format(**paths)}; {scan}"]
    found = {"firmbom": Runs(), "unpack, syft": Runs()}
    for number in range(args.rounds + 1):
        for name, command in (("firmbom", [*audit, str(image), "-o", f"{out}.cdx.json"]), ("unpack, syft", peer)):
            shutil.rmtree(out, ignore_errors=True)
            once(command, INPUTS, found[name] if number else Runs())
    shutil.rmtree(out, ignore_errors=True)
    return found


def _grows(audit: list[str], half: Path, whole: Path, rounds: int) -> bool:
    """How much more the whole costs than its half."""
    found = {}
    for name, image in (("half", half), ("whole", whole)):
        found[name] = Runs()
        for _ in range(rounds):
            once([*audit, str(image), "-o", str(INPUTS / "unpacked.cdx.json")], INPUTS, found[name])
        print(f"  {name}: {found[name].median:.2f} s, {found[name].peak:.0f} MB")
    return below("growth from the half", found["whole"].median / found["half"].median, GROWTH, "times")


def _half(root: Path) -> Path:
    """A folder with every second file of ``root``, made once; links and empty folders are left out."""
    half = (INPUTS / "half").resolve()
    if not half.exists():
        files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
        for path in files[::2]:
            copy = half / path.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return half


def _made(kind: Kind, root: Path, image: Path) -> bool:
    """The image, made once; False when what makes it is not installed or fails."""
    if not image.exists():
        INPUTS.mkdir(exist_ok=True)
        megabytes = sum(path.lstat().st_blocks for path in root.rglob("*")) * 512 // 1_000_000
        paths = {"root": str(root.resolve()), "image": str(image.resolve()), "out": "", "size": f"{megabytes * 2}M"}
        if subprocess.run(["sh", "-c", kind.make.format(**paths)], check=False).returncode:
            image.unlink(missing_ok=True)
    return image.exists()


if __name__ == "__main__":
    sys.exit(main())
