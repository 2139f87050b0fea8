"""Where a step is seen: in a viewer of its own, or as two pictures beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QStackedWidget

from desktop.pictures.viewer import Viewer
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.pictures.comparing.compared import ComparedPicture
    from desktop.pictures.comparing.panel import ComparingPanel


class StepStage(QStackedWidget):
    """`zoomed` the size and zoom of what is seen, in words."""

    zoomed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._panel: ComparingPanel | None = None
        self.viewer = Viewer()
        self.viewer.setAccessibleName(tr("Picture of a step"))
        self.viewer.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.viewer.zoomed.connect(self.zoomed)
        self.addWidget(self.viewer)

    def is_beside(self) -> bool:
        """Whether two pictures stand beside each other."""
        return self.currentWidget() is not self.viewer

    def show_image(self, image: QImage, like: QImage) -> None:
        """A picture of a step, as large as the finished one."""
        self.viewer.show_image(_as_large(image, like), developing=True)

    def compare(
        self, pictures: Sequence[ComparedPicture], words: str, tasks: SerialTasks
    ) -> ComparingPanel:
        """Two pictures in all ways to compare them; `words` say what they are."""
        from desktop.pictures.comparing.panel import ComparingPanel

        self._drop()
        self._panel = panel = ComparingPanel(tasks)
        panel.viewer.zoomed.connect(self.zoomed)
        panel.show_pictures(pictures, about=words)
        self.addWidget(panel)
        self.setCurrentWidget(panel)
        return panel

    def go_back(self) -> bool:
        """From both to the picture of a step. Whether there were both."""
        if not self.is_beside():
            return False
        had_focus = self.isAncestorOf(QApplication.focusWidget() or self)
        self._drop()
        if had_focus:
            self.viewer.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _drop(self) -> None:
        if self._panel is not None:
            self._panel.halt()
            self.removeWidget(self._panel)
            self._panel.deleteLater()
            self._panel = None


def _as_large(image: QImage, like: QImage) -> QImage:
    if like.isNull() or image.size() == like.size():
        return image
    return image.scaled(
        like.size(),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
