"""Debug information: which sources a file was compiled from."""
