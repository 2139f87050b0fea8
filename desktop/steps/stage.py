"""Where a step is seen: in a viewer of its own, or as two pictures beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from desktop.pictures.comparing.viewer import ComparingViewer
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
        self._other: ComparingViewer | ComparingPanel | None = None
        self.viewer = Viewer()
        self.viewer.setAccessibleName(tr("Picture of a step"))
        self.viewer.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.viewer.setWhatsThis(
            tr(
                "Shows one step of the picture: arrow keys go from step to step, the backslash "
                "held shows the finished picture."
            )
        )
        self.viewer.zoomed.connect(self.zoomed)
        self.addWidget(self.viewer)

    def is_beside(self) -> bool:
        """Whether two pictures stand beside each other."""
        return self.currentWidget() is not self.viewer

    def show_image(self, image: QImage, like: QImage) -> None:
        """A picture of a step, as large as the finished one."""
        self.viewer.show_image(_as_large(image, like), developing=True)

    def set_beside(self, first: QImage, second: QImage, words: str) -> None:
        """A picture left of the line and another, which develops, right of it; `words` say what
        they are."""
        viewer = ComparingViewer(first, _as_large(second, first))
        viewer.zoomed.connect(self.zoomed)
        viewer.describe(words)
        viewer.setToolTip(tr("Drag the line, or move it with the arrow keys."))
        self._put(viewer, viewer)

    def compare(self, pictures: Sequence[ComparedPicture], words: str, tasks: SerialTasks) -> None:
        """Two pictures in all ways to compare them; `words` say what they are."""
        from desktop.pictures.comparing.panel import ComparingPanel

        panel = ComparingPanel(tasks)
        panel.viewer.zoomed.connect(self.zoomed)
        panel.show_pictures(pictures, about=words)
        self._put(panel, panel.first_focus())

    def _put(self, other: ComparingViewer | ComparingPanel, focus: QWidget) -> None:
        """In the place of the picture of a step, or of what stood there."""
        had_focus = self._has_focus()
        self._drop()
        self._other = other
        self.addWidget(other)
        self.setCurrentWidget(other)
        if had_focus:  # nobody who types is interrupted
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_second(self, second: QImage, like: QImage) -> None:
        """The one right of the line, as it develops."""
        viewer = self.currentWidget()
        if isinstance(viewer, ComparingViewer):
            viewer.show_second(_as_large(second, like))

    def go_back(self) -> bool:
        """From both to the picture of a step. Whether there were both."""
        if not self.is_beside():
            return False
        had_focus = self._has_focus()
        self._drop()
        if had_focus:
            self.viewer.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def front(self) -> Viewer:
        """The one that is seen."""
        if self._other is None:
            return self.viewer
        return self._other if isinstance(self._other, Viewer) else self._other.first_focus()

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _drop(self) -> None:
        if self._other is not None:
            if not isinstance(self._other, Viewer):
                self._other.halt()
            self.removeWidget(self._other)
            self._other.deleteLater()
            self._other = None


def _as_large(image: QImage, like: QImage) -> QImage:
    if like.isNull() or image.size() == like.size():
        return image
    return image.scaled(
        like.size(),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
