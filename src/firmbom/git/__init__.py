"""What git says of a checkout, asked through GitPython: commit, tags, signatures, changes, submodules."""
