"""Which files the elf plugin asks for: executables by their first bytes, firmware and metadata by their names."""

from __future__ import annotations

from firmbom.plugin import Wants
from firmbom.tree.base import HEAD, File
from firmbom.tree.formats import Contents, recognise

WANTS = Wants(
    magics=(b"\x7fELF", b"MZ"),
    names=(
        "*.bin",
        "*.bl1",
        "*.bl2",
        "*.bl31",
        "*.dtbo",
        "*.efi",
        "*.elf",
        "*.fd",
        "*.fw",
        "*.hex",
        "*.img",
        "*.itb",
        "*.la",
        "*.lid",
        "*.pc",
        "*.rom",
        "*.ub",
        "Image",
        "Image-*",
        "SPL",
        "MLO",
        "bl1*",
        "bl2*",
        "bl31*",
        "fip*",
        "fitImage*",
        "fw_dynamic*",
        "fw_jump*",
        "fw_payload*",
        "atf*",
        "firmware",
        "kernel",
        "kernel-*",
        "kernel@*",
        "kernel_*",
        "optee*",
        "part-*",
        "second",
        "standalone",
        "tee-*",
        "tee@*",
        "u-boot*",
        "uImage*",
        "uboot*",
        "vmlinu*",
        "zImage*",
    ),
    paths=("tee",),  # in a FIT; elsewhere that is a program
)
"""What has no magic of its own is told by the name that its build gives it, or the container that it is in."""


def holds_files(file: File) -> bool:
    """Is it a file system, an archive or compressed, so that what is in it is offered by itself?

    Not so if that is recognised and not opened, such as a UEFI firmware volume: then its bytes are all there is.
    """
    head = file.head(HEAD)
    if head.startswith(WANTS.magics):
        return False
    found = recognise(Contents(file.size, lambda offset, length: head[offset : offset + length]), head)
    return found is not None and found.kind != "closed" and (found.kind == "stream" or found.holds == "files")
