"""The processes that examine files, and how they are asked."""
