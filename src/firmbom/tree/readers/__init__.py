"""One container format a module."""
