"""Both guesses of a step and their difference, beside one another."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from desktop.insight.guidance.step_pictures import StepPair
from desktop.pictures.viewer import Viewer
from desktop.widgets import theme
from desktop.widgets.i18n import tr

SMALLEST = QSize(180, 150)  # pixels of a picture
LINES = 3  # of what is said below a picture


class Pane:
    """A picture, its name above it, and what it is below it; `Panes` lays them out."""

    def __init__(self, name: str) -> None:
        self.viewer = Viewer()
        self.viewer.setMinimumSize(SMALLEST)
        self.viewer.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.heading = QLabel()
        self.heading.setObjectName("strong")
        self.said = QLabel()
        self.said.setObjectName("dim")
        for label in (self.heading, self.said):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.said.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        # nothing moves when one has a line more, and none asks for what a narrow column would take
        self.heading.setMinimumHeight(self.heading.fontMetrics().lineSpacing())
        self.said.setMinimumHeight(LINES * self.said.fontMetrics().lineSpacing())
        self.tell(name, "")

    def tell(self, name: str, words: str) -> None:
        """What the picture is."""
        self.heading.setText(name)
        self.said.setText(words)
        self.viewer.setAccessibleName(name)
        self.viewer.describe(words)

    def show_image(self, image: QImage, like: QImage) -> None:
        """As large as the finished picture; a null image shows none."""
        if image.isNull():
            self.viewer.clear()
            return
        if not like.isNull() and image.size() != like.size():
            image = image.scaled(
                like.size(),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        self.viewer.show_image(image, developing=True)


class Panes(QWidget):
    """`stepped`: so many steps on or back, asked for by keys in one of them."""

    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.with_prompt = Pane(tr("With the prompt"))
        self.against = Pane(tr("Against it"))
        self.difference = Pane(tr("Difference"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_4)
        grid.setVerticalSpacing(theme.SPACE_1)
        grid.setRowStretch(1, 1)
        for at, pane in enumerate(self.all()):
            for line, part in enumerate((pane.heading, pane.viewer, pane.said)):
                grid.addWidget(part, line, at)
            grid.setColumnStretch(at, 1)
            pane.viewer.stepped.connect(self.stepped)
            pane.viewer.moved.connect(partial(self._follow, pane))

    def all(self) -> tuple[Pane, ...]:
        """From left to right."""
        return self.with_prompt, self.against, self.difference

    def _follow(self, moved: Pane) -> None:
        """What is zoomed or moved in one is in all."""
        for pane in self.all():
            if pane is not moved:
                pane.viewer.take_place(moved.viewer.place())

    def show_pair(self, pair: StepPair | None, like: QImage) -> None:
        """The pictures of a step, as large as the finished one; None while there are none."""
        images = (
            (QImage(), QImage(), QImage())
            if pair is None
            else (pair.with_prompt, pair.against, pair.difference)
        )
        for pane, image in zip(self.all(), images, strict=True):
            pane.show_image(image, like)
