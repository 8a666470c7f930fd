"""How ELF and PE files are laid out, and what stands where in them."""
