"""By what each reader of declarations is told that a file has something for it: cheap, for most files declare nothing.

The readers themselves are loaded for the first file that has something for them.
"""

from __future__ import annotations

from firmbom_elf.declarations.subject import Subject

GO = b"\xff Go buildinf:"
"""What Go's build information begins with."""
OWNER = b"FDO\0"
"""Whose the notes about packages are."""
CONFIGURATION = b"IKCFG_ST\x1f\x8b"
"""What the configuration begins with that a kernel carries."""
BANNER = b"Linux version "
"""In the banner of each kernel."""
LOADERS = (
    b"U-Boot ",
    b"Built : ",
    b" aarch64",
    b" arm",
    b"OpenSBI v",
    b"barebox ",
    b"COREBOOT_VERSION",
    b"SeaBIOS (version ",
    b"SeaVGABIOS (version ",
    b"GNU GRUB  version %s",
    b"Syslinux/",
    b"OpenBIOS ",
    b"FW Version = ",
)
"""In the banner of each boot loader or firmware, see :data:`firmbom_elf.declarations.boot.BANNERS`."""
RUNTIMES = (b"---- Bun! ----", b"d3n0l4nd", b"nodejs.org/download/")
"""In each runtime of JavaScript."""
SMALLEST_RUNTIME = 8 << 20
"""Bytes; no runtime is smaller, and most files are, so that they need not be searched."""
TEXTS = (*LOADERS, BANNER, *RUNTIMES, b"Bun v", b"Deno/", b"NODE_SEA_FUSE_", b"PAYLOAD_POSITION")
"""ASCII that every file is searched for, so that neither what is here nor the readers need."""


def of_package_note(subject: Subject) -> bool:
    """ELF with a note of that owner, or PE with the section."""
    if subject.tables:
        data, parts = subject.data, subject.tables.notes
        owned = any(data.find(OWNER, offset, offset + size) >= 0 for offset, size, _ in parts)
        return owned or subject.section(".note.package") is not None
    return subject.kind == "pe" and subject.section(".pkgnote") is not None


def of_go(subject: Subject) -> bool:
    """Has a section for it, or no sections that could tell."""
    if subject.section(".go.buildinfo"):
        return True
    if subject.kind == "elf" and subject.has_sections():
        return False
    return subject.kind != "" and GO in subject.data


def of_crates(subject: Subject) -> bool:
    """Has the section; or has lost its section headers and was compiled by rustc."""
    if subject.section(".dep-v0"):
        return True
    lost = subject.kind == "elf" and not subject.has_sections()
    return lost and b"/rustc/" in subject.data


def of_kernel_module(subject: Subject) -> bool:
    """A relocatable file with the section; a kernel has ``.modinfo`` too, of what is built into it."""
    return (subject.elf is None or subject.elf.kind == "object") and subject.section(".modinfo") is not None


def of_portable_executable(subject: Subject) -> bool:
    """PE; or ELF from which a PE file is made, which has its sections already."""
    return subject.kind == "pe" or subject.section(".sbat") is not None


def of_runtime(subject: Subject) -> bool:
    """Large enough, a program or library, and with what only a runtime has."""
    return len(subject.data) >= SMALLEST_RUNTIME and subject.kind != "" and any(map(subject.holds, RUNTIMES))


def of_kernel(subject: Subject) -> bool:
    """No loader is needed to run it, and it has a banner, a configuration, or a header of bzImage or uImage.

    Module files have their own reader.
    """
    if not subject.bare or (subject.elf and subject.elf.kind == "object"):
        return False
    data = subject.data
    headed = data[0x202:0x206] == b"HdrS" or data[:4] == b"\x27\x05\x19\x56"
    return headed or subject.holds(BANNER) or CONFIGURATION in data


def of_firmware_volumes(subject: Subject) -> bool:
    """A firmware volume begins near the start of the file."""
    return subject.elf is None and b"_FVH" in subject.data[: 1 << 20]


def of_loader(subject: Subject) -> bool:
    """No loader is needed to run it, and it has a text of a banner; text files have no NUL bytes."""
    return subject.bare and b"\0" in subject.data[: 1 << 16] and any(map(subject.holds, LOADERS))
