"""Which files the elf plugin asks for: executables by their first bytes, firmware and metadata by their names."""

from __future__ import annotations

from firmbom.plugin import Wants

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
        "*.fw",
        "*.hex",
        "*.img",
        "*.la",
        "*.pc",
        "*.rom",
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
        "tee*",
        "u-boot*",
        "uImage*",
        "vmlinu*",
        "zImage*",
    ),
)
"""What has no magic of its own is told by the name that its build gives it."""
