"""Buildroot builds: what ``make show-info``, ``make legal-info`` and the build itself wrote down."""
