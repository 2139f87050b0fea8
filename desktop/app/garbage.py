"""Python's search for garbage, in the window's own thread alone.

Left to itself, Python searches in whichever thread happens to allocate. A QObject that is found
there dies in another thread than its own, with its timers and file handles, and may take the
process with it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

EVERY_MS = 1000
SETTLES = 3  # seconds in which the modules of a start come
PATIENCE = 20  # seconds for which a held button keeps a search waiting


class GarbageCollection(QObject):
    """Searches once a second, where Python would have done so meanwhile, until `end`; not while a
    button of the mouse is held, as in a stroke: to search everything takes long enough to be seen
    in it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._is_alone = False  # the only window of a process
        self._settles = 0  # seconds for which nothing is searched
        self._held = 0  # searches that a held button kept waiting
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._search)
        self._timer.start()

    def spare_start(self) -> None:
        """What the first seconds bring is searched no more: the window, and more modules. For a
        process that has one window alone, since of others nothing would ever be found."""
        self._is_alone = True
        self._settles = SETTLES

    def spare_new_part(self) -> None:
        """As that, where a part of the window was just built, which stays as long as it."""
        if self._is_alone:
            self._settles = max(self._settles, 1)

    def _search(self) -> None:
        if self._settles:
            self._settles -= 1
            spare_what_is_here()
        elif QGuiApplication.mouseButtons() and self._held < PATIENCE:
            self._held += 1
        else:
            self._held = 0
            search()

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
