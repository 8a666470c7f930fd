"""Whose each file is and of which release, once all are seen."""
