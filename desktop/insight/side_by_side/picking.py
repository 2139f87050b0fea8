"""A window in which pictures of the gallery are chosen to stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelection, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from core.values.picture import Picture
from desktop.pictures.grid import PictureGrid
from desktop.pictures.picture_model import PictureModel
from desktop.widgets import theme
from desktop.widgets.controls import row, search_field
from desktop.widgets.i18n import tr

SIZE = (720, 560)  # pixels


class PicturePicker(QDialog):
    """`picked` carries the paths of one to `most` pictures. Gone once it is closed."""

    picked = Signal(tuple)

    def __init__(self, model: PictureModel, most: int, parent: QWidget) -> None:
        """Over a model that outlives it: thumbnails may still be on their way when it closes."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(tr("Pictures to compare"))
        self.resize(*SIZE)
        self._most = most
        self._over = False
        self.model = model
        self.grid = PictureGrid(tr("Pictures"), cell=120)
        self.grid.setModel(self.model)
        self.grid.setWhatsThis(tr("Chooses pictures; several with Ctrl or Shift."))
        self.search = search_field(
            tr("Search prompts and models"), tr("Search the pictures to compare"), 200
        )
        self.hint = QLabel()
        self.hint.setObjectName("dim")
        self.hint.setWordWrap(True)
        self.answers = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.take = self.answers.addButton(tr("Compare"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.take.setObjectName("primary")
        self.take.setDefault(True)
        self._build()
        self._count(QItemSelection(), QItemSelection())
        self.model.search()
        self.grid.setFocus()

    def _build(self) -> None:
        lines = QVBoxLayout(self)
        lines.setSpacing(theme.SPACE_3)
        lines.addWidget(row(self.search, None))
        lines.addWidget(self.grid, 1)
        lines.addWidget(self.hint)
        lines.addWidget(self.answers)
        self.search.textChanged.connect(lambda words: self.model.search(words))
        self.grid.selectionModel().selectionChanged.connect(self._count)
        self.grid.activated.connect(lambda _: self._take())
        self.answers.accepted.connect(self._take)
        self.answers.rejected.connect(self.reject)

    def _chosen(self) -> int:
        return sum(map(len, self.grid.chosen_rows()))

    def _count(self, chosen: QItemSelection, left: QItemSelection) -> None:
        count = self._chosen()
        self.take.setEnabled(0 < count <= self._most)
        words = tr("Choose up to {n} pictures, several with Ctrl or Shift.", n=self._most)
        if count > self._most:
            words = tr("{count} are chosen; {n} have room.", count=count, n=self._most)
        self.hint.setText(words)

    def _take(self) -> None:
        if 0 < self._chosen() <= self._most:
            self.grid.take_selected(self._done)

    def done(self, result: int) -> None:
        self._over = True
        super().done(result)

    def _done(self, pictures: Sequence[Picture]) -> None:
        if self._over:  # it was closed before they were read
            return
        self.picked.emit(tuple(Path(picture.path) for picture in pictures))
        self.accept()
