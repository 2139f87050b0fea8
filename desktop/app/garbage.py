"""Python's search for garbage, in the window's own thread alone.

Left to itself, Python searches in whichever thread happens to allocate. A QObject that is found
there dies in another thread than its own, with its timers and file handles, and may take the
process with it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000


class GarbageCollection(QObject):
    """Searches once a second, where Python would have done so meanwhile, until `end`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(search)
        self._timer.start()

    def end(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()


def spare_what_is_here() -> None:
    """What lives now, which before the window is built are mostly modules, is searched no more:
    that took most of the time of a search of everything, for which the window stood still."""
    gc.freeze()


def search() -> None:
    """As deep as Python would have searched by now: the young, those that outlived a search or two,
    or everything."""
    young, middle, old = gc.get_count()
    for_young, for_middle, for_old = gc.get_threshold()
    if young <= for_young:
        return
    if middle <= for_middle:
        gc.collect(0)
    elif old <= for_old:
        gc.collect(1)
    else:
        gc.collect()
