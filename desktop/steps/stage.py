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
    """`zoomed` the size and zoom of what is seen, in words. A `small` one leaves its room to the
    pictures."""

    zoomed = Signal(str)

    def __init__(self, *, small: bool = False) -> None:
        super().__init__()
        self._small = small
        self._panel: ComparingPanel | None = None
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
        self.viewer.show_image(as_large(image, like), developing=True)

    def compare(
        self, pictures: Sequence[ComparedPicture], words: str, tasks: SerialTasks
    ) -> ComparingPanel:
        """Two pictures in all ways to compare them; `words` say what they are."""
        from desktop.pictures.comparing.panel import ComparingPanel

        had_focus = self._has_focus()
        if self._panel is None:
            self._panel = ComparingPanel(tasks)
            self._panel.viewer.zoomed.connect(self.zoomed)
            for part in (self._panel.said, self._panel.bar.scale):
                part.setVisible(not self._small)
            self.addWidget(self._panel)
        panel = self._panel
        panel.show_pictures(pictures, about=words)
        self.setCurrentWidget(panel)
        if had_focus:  # nobody who types is interrupted
            panel.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)
        return panel

    def show_second(self, second: QImage, like: QImage) -> None:
        """The one right of the line, as it develops."""
        if self._panel is not None:
            self._panel.viewer.show_second(as_large(second, like))

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
        return self.viewer if self._panel is None else self._panel.first_focus()

    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _drop(self) -> None:
        if self._panel is not None:
            self._panel.halt()
            self.removeWidget(self._panel)
            self._panel.deleteLater()
            self._panel = None


def as_large(image: QImage, like: QImage) -> QImage:
    """A picture as large as another one, where that is there."""
    if like.isNull() or image.size() == like.size():
        return image
    return image.scaled(
        like.size(),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
