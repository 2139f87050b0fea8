"""Where a step is seen: in a viewer of its own, or as two pictures beside each other."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QStackedWidget

from desktop.pictures.comparing.viewer import ComparingViewer
from desktop.pictures.viewer import Viewer
from desktop.widgets.i18n import tr


class StepStage(QStackedWidget):
    """`zoomed` the size and zoom of what is seen, in words."""

    zoomed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
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

    def compare(self, first: QImage, second: QImage, words: str) -> ComparingViewer:
        """A picture left of the line and another right of it; `words` say what they are."""
        self._drop()
        viewer = ComparingViewer(first, _as_large(second, first))
        viewer.zoomed.connect(self.zoomed)
        viewer.describe(words)
        viewer.setToolTip(tr("Drag the line, or move it with the arrow keys."))
        self.addWidget(viewer)
        self.setCurrentWidget(viewer)
        return viewer

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
        other = self.currentWidget()
        if other is not None and other is not self.viewer:
            self.removeWidget(other)
            other.deleteLater()


def _as_large(image: QImage, like: QImage) -> QImage:
    if like.isNull() or image.size() == like.size():
        return image
    return image.scaled(
        like.size(),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
