"""What the catalogue and the general rules read in one file."""
