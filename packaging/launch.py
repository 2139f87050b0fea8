"""The entry of the frozen program: the same as `python -m core`."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # before anything else: the engine's process starts here too
    from core.__main__ import main

    sys.exit(main())
