"""The command `calotype`: a window without arguments, a command line with them."""

from __future__ import annotations

import sys


def main() -> int:
    """Exit code of the whole program. Qt is imported only for the window,
    the command line only when asked for."""
    if getattr(sys, "frozen", False):  # else there is nothing for it to do
        import multiprocessing

        multiprocessing.freeze_support()
    from core.system.arguments import makes_pictures, wants_window

    arguments = sys.argv[1:]
    if wants_window(arguments):
        from desktop.__main__ import main as window

        return window(arguments)
    if not makes_pictures(arguments):
        return _command(arguments)
    from core.engine import open_engine
    from core.engine.ahead import started_ahead

    with started_ahead(open_engine):
        return _command(arguments)


def _command(arguments: list[str]) -> int:
    from core.cli.main import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
