"""Attestations: signed statements about files, made and read. Knows DSSE and documents, and judges nothing."""
