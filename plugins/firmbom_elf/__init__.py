"""The elf plugin: what binaries are, by their bytes."""
