"""The middle of Create: the picture developing, how far it is, Stop,
and the queue in a drawer below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.values.events import Preview
from desktop.pictures.viewer import Viewer
from desktop.queue.drawer import QueueDrawer
from desktop.queue.progress import Progress
from desktop.state.job_service import JobService
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.making.runner import Outcome


class StagePanel(QWidget):
    """`follow_asked` asks for the newest picture; `progress` is the share done in percent, for the
    title, -1 when nothing is being made."""

    follow_asked = Signal()
    progress = Signal(int)

    def __init__(self, service: JobService, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.scale = QLabel()
        self.scale.setObjectName("dim")
        self._progress = Progress(service, self)
        self.status = self._progress.status
        self.bar = self._progress.bar
        self.stop = self._progress.stop
        self.follow = QToolButton()
        self.follow.setText(tr("Follow"))
        self.follow.setAccessibleName(tr("Follow"))
        self.follow.setToolTip(tr("Show the picture being made"))
        self.follow.clicked.connect(self.follow_asked)
        self.follow.hide()
        self.drawer = QueueDrawer(service)
        self._build()
        self.following = True
        self._progress.share.connect(self.progress)
        self._progress.warming.connect(self._warm_up)
        self._progress.preview.connect(self._preview)
        service.finished.connect(self._finished)

    def _build(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_3, theme.SPACE_2)
        line.setSpacing(theme.SPACE_3)
        line.addWidget(self.status, 1)
        for part in (self.follow, self.scale, self.stop):
            line.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.viewer, 1)
        column.addWidget(self.bar)
        column.addLayout(line)
        column.addWidget(self.drawer)
        self.viewer.zoomed.connect(self.scale.setText)

    def fit_picture(self) -> None:
        """The whole picture in the viewer."""
        self.viewer.set_zoom(None)

    def set_following(self, on: bool) -> None:
        """Whether new previews and pictures replace what is shown."""
        self.following = on
        self.follow.setVisible(not on)

    def _warm_up(self, words: str) -> None:
        if self.following and not self.viewer.has_image():
            self.viewer.show_message(words)

    def _preview(self, preview: Preview) -> None:
        if self.following:
            self.viewer.show_image(_image(preview), developing=True)

    def _finished(self, outcome: Outcome) -> None:
        if outcome.picture is None and self.following:
            if self.viewer.is_developing():
                self.viewer.clear()
            if not self.viewer.has_image():
                self.viewer.show_message(tr("No picture this time."))


def _image(preview: Preview) -> QImage:
    return QImage(
        preview.rgb, preview.width, preview.height, preview.width * 3, QImage.Format.Format_RGB888
    ).copy()
