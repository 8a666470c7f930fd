"""What git says of a checkout: commit, tags, signatures, changes, submodules."""
