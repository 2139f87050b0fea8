"""The import that goes on, as a strip over the gallery: what is done, how far it is, pause and
stop."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from desktop.pictures.importing.imports import Imports
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, row
from desktop.widgets.i18n import tr

PARTS = 1000  # of the bar
BAR_HEIGHT = 4  # pixels


class ImportStrip(QWidget):
    """Shown while somebody waits for an import, gone afterwards."""

    def __init__(self, imports: Imports, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._imports = imports
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.words = ElidedLabel("")
        self.words.setObjectName("dim")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(BAR_HEIGHT)
        self.bar.setAccessibleName(tr("Progress of the import"))
        self.pause = IconButton("pause", tr("Pause the import"))
        self.cross = IconButton("close", tr("Stop the import"), size=14)
        self.pause.clicked.connect(self._pause_or_go_on)
        self.cross.clicked.connect(imports.stop)
        head = row(self.title, self.words, self.pause, self.cross)
        head.layout().setStretch(1, 1)  # type: ignore[union-attr]
        box = QVBoxLayout(self)
        box.setContentsMargins(theme.SPACE_4, 0, theme.SPACE_4, theme.SPACE_2)
        box.setSpacing(theme.SPACE_1)
        box.addWidget(head)
        box.addWidget(self.bar)
        imports.progressed.connect(self.show_progress)
        self.show_progress()

    def _pause_or_go_on(self) -> None:
        progress = self._imports.progress
        if progress is not None:
            self._imports.pause(not progress.paused)

    def show_progress(self) -> None:
        """As it is now."""
        progress = self._imports.progress
        self.setVisible(progress is not None and not progress.quiet)
        if progress is None:
            return
        self.title.setText(progress.title())
        self.words.set_full(progress.words())
        if progress.total:
            self.bar.setRange(0, PARTS)
            self.bar.setValue(round(PARTS * progress.done / progress.total))
        else:
            self.bar.setRange(0, 0)  # which Qt draws as work without a known end
        self.pause.set_icon("resume" if progress.paused else "pause")
        name = tr("Go on with the import") if progress.paused else tr("Pause the import")
        self.pause.setAccessibleName(name)
        self.pause.setToolTip(name)
