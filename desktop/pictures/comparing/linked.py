"""Several pictures side by side, each in a viewer of its own: what is zoomed or moved in one is in
all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop.pictures.comparing.compared import LETTERS, ComparedPicture
from desktop.pictures.viewer import Place, Viewer
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.i18n import tr

SMALLEST = (150, 110)  # pixels of a picture's room
IN_A_LINE = 3  # pictures, where there are more than four


class Cell(QWidget):
    """A picture under its letter and its name."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.name = ElidedLabel()
        self.name.setContentsMargins(theme.SPACE_2, theme.SPACE_1, theme.SPACE_2, theme.SPACE_1)
        self.viewer = Viewer()
        self.viewer.setMinimumSize(*SMALLEST)
        self.viewer.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.name)
        lines.addWidget(self.viewer, 1)

    def show_picture(self, picture: ComparedPicture, place: Place) -> None:
        """This one, at this place."""
        words = tr("{letter}: {name}", letter=LETTERS[self.number], name=picture.name)
        self.name.set_full(words)
        self.viewer.file = lambda: str(picture.path or "")
        self.viewer.show_image(picture.image)
        self.viewer.setAccessibleName(words)
        self.viewer.take_place(place)


class LinkedViewers(QWidget):
    """`picked` carries the number of a picture that somebody turned to; `moved` and `zoomed` are
    those of the viewer in which that was done."""

    picked = Signal(int)
    moved = Signal()
    zoomed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[Cell] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)

    def show_pictures(self, pictures: Sequence[ComparedPicture], place: Place) -> None:
        """These, each at this place."""
        while len(self.cells) > len(pictures):
            cell = self.cells.pop()
            self._grid.removeWidget(cell)
            cell.hide()  # at once: deleting waits for the event loop
            cell.deleteLater()
        while len(self.cells) < len(pictures):
            self.cells.append(self._new_cell(len(self.cells)))
        wide = len(pictures) if len(pictures) < IN_A_LINE else 2
        if len(pictures) > 4:
            wide = IN_A_LINE
        for number, (cell, picture) in enumerate(zip(self.cells, pictures, strict=True)):
            self._grid.addWidget(cell, number // wide, number % wide)
            cell.show_picture(picture, place)

    def place(self) -> Place:
        """What is seen of all of them."""
        return self.cells[0].viewer.place() if self.cells else Place(None, 0.5, 0.5)

    def take_place(self, place: Place) -> None:
        """Show this of all of them."""
        for cell in self.cells:
            cell.viewer.take_place(place)

    def focus(self, number: int) -> None:
        """Turn to this picture."""
        self.cells[number].viewer.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            for cell in self.cells:
                if cell.viewer is watched:
                    self.picked.emit(cell.number)
        return False

    def _new_cell(self, number: int) -> Cell:
        cell = Cell(number)
        cell.viewer.moved.connect(partial(self._follow, cell))
        cell.viewer.stepped.connect(partial(self._step, cell))
        cell.viewer.zoomed.connect(partial(self._tell, cell))
        cell.viewer.installEventFilter(self)
        return cell

    def _follow(self, moved: Cell) -> None:
        place = moved.viewer.place()
        for cell in self.cells:
            if cell is not moved:
                cell.viewer.take_place(place)
        self.moved.emit()

    def _step(self, cell: Cell, by: int) -> None:
        self.focus(min(max(cell.number + by, 0), len(self.cells) - 1))

    def _tell(self, cell: Cell, words: str) -> None:
        if cell.number == 0:
            self.zoomed.emit(words)
