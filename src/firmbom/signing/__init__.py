"""Bytes and keys: canonical JSON, JSF signatures, key files. Knows nothing of components."""
