"""The exit statuses, which scripts rely on; docs/exit-status.md explains them."""

DONE = 0
FAILED = 1
USAGE = 2
NOTHING_FOUND = 3
INCOMPLETE = 4
REFUSED = 5
INTERRUPTED = 130
DRIFT = 32
"""Of audit --against; plus 1 absent, 2 unclaimed, 4 version, 8 changed."""
VERIFY_FAILED = 16
"""Plus 1 signature, 2 image, 4 release, 8 soundness, 32 policy."""
