"""What a right click on the canvas, or the Menu key, offers: of its commands those that belong to
what lies there."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from desktop.edit.canvas.canvas import Canvas

# ids of commands, in groups; those of a group that cannot do anything now are left out where they
# belong to a result
RESULT = (
    "result-accept",
    "result-accept-layer",
    "result-next",
    "result-previous",
    "result-keep",
    "result-discard",
)
GROUPS = (
    ("selection-cut", "selection-copy", "selection-copy-all", "document-paste", "selection-erase"),
    ("select-all", "select-none", "select-invert", "select-grow", "paint-target", "mask-tint"),
    ("layer-add", "layer-duplicate", "layer-merge", "layer-delete"),
)


class CanvasMenu(QObject):
    """Of the commands whose keys work on the canvas, which the window has given it."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        canvas.customContextMenuRequested.connect(self._open)

    def _open(self, at: QPoint) -> None:
        if self._canvas.document() is not None and not self._canvas.is_busy():
            self.menu().popup(self._canvas.mapToGlobal(at))

    def menu(self) -> QMenu:
        """It, gone when it closes."""
        menu = QMenu(self._canvas)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        there = {action.objectName(): action for action in self._canvas.actions()}
        results = [one for one in _of(there, RESULT) if one.isEnabled()]
        for group in (results, *(_of(there, group) for group in GROUPS)):
            if group and menu.actions():
                menu.addSeparator()
            menu.addActions(group)
        return menu


def _of(there: dict[str, QAction], ids: tuple[str, ...]) -> list[QAction]:
    return [there[command_id] for command_id in ids if command_id in there]
