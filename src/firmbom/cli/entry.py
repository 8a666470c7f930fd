"""Where the program begins: Ctrl-C while it is still being loaded ends it as it does later, without a traceback."""

import sys


def main() -> int:
    """Load the command line and run it; returns the exit status.

    Loading takes most of the time of a short command, and nothing heeds signals before it. There is nothing to tidy up
    yet, and nothing is imported here that would take time itself.
    """
    try:
        from firmbom.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        from firmbom.cli.status import INTERRUPTED

        if sys.stderr is not None:  # print would take stdout in its place
            print("firmbom: interrupted", file=sys.stderr)
        return INTERRUPTED
