"""The command `calotype`: a window without arguments, a command line with them."""

from __future__ import annotations

import multiprocessing
import sys


def main() -> int:
    """Exit code of the whole program. Qt is imported only for the window,
    the command line only when asked for."""
    multiprocessing.freeze_support()
    from core.system.arguments import makes_pictures, wants_window

    arguments = sys.argv[1:]
    if wants_window(arguments):
        from desktop.__main__ import main as window

        return window(arguments)
    if makes_pictures(arguments):
        from core.engine import open_engine
        from core.engine.ahead import start_ahead

        start_ahead(open_engine)
    from core.cli.main import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
