"""What is dragged over the window: targets say by name what letting go there will do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.widgets import theme
from desktop.widgets.i18n import tr

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".avif")
LAYERED = (".ora",)
WORDS = (".csv", ".json")  # styles and presets
LESSONS = (".lesson",)
PATTERNS = " ".join(f"*{ending}" for ending in PICTURES)  # for dialogs
# what a drop does
RECIPE = "recipe"
START = "start"
EDIT = "edit"
LAYER = "layer"
OPEN = "open"
IMPORT = "import"
EDGE = 24  # pixels around all targets
LARGEST = 0.66  # of the height, for the room's own target
TINT = 48  # of 255: how much of the accent lies over the one under the pointer


@dataclass(frozen=True, slots=True)
class Target:
    """Its words, what a drop there `does`, and where it is drawn."""

    does: str
    words: str
    area: QRect


def dragged_file(data: QMimeData) -> Path | None:
    """The first file that is being dragged, if there is one."""
    for url in data.urls():
        if url.isLocalFile() and (name := url.toLocalFile()):
            return Path(name)
    return None


def accept_copy(event: QDropEvent) -> None:
    """Take what is dragged, whatever its program offers: told that it was moved, some would delete
    the file."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


class DropTargets(QWidget):
    """Lie over the rooms while something is dragged, and let the drop through to the window.
    `models` are the endings of their files."""

    def __init__(self, models: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._models = models
        self._covered = parent
        self._under: Target | None = None  # the pointer
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.targets: tuple[Target, ...] = ()
        self.hide()

    def offer(self, file: Path, own: str = RECIPE) -> None:
        """Say what dropping this file does; `own` is what the room in front does with a picture.
        Told by its name alone: nothing is read while it is dragged."""
        self.setGeometry(self._covered.rect())
        self.targets = self._placed(self._offers(file, own))
        self.setAccessibleName(", ".join(target.words for target in self.targets))
        self._under = None
        self.show()
        self.raise_()
        self.update()

    def _offers(self, file: Path, own: str) -> list[tuple[str, str]]:
        """What a drop of it can do, with the words for it; the room's own first."""
        ending = file.suffix.lower()
        if ending in LAYERED:
            return [(EDIT, tr("Edit"))]
        if ending in WORDS:
            return [(OPEN, tr("Take its styles or presets"))]
        if ending in LESSONS:
            return [(OPEN, tr("Open this lesson"))]
        if ending in PICTURES:
            ways = [
                (RECIPE, tr("Take its recipe")),
                (START, tr("Use as start")),
                (EDIT, tr("Edit")),
            ]
            if own == LAYER:
                ways.append((LAYER, tr("Put it on as a layer")))
            return sorted(ways, key=lambda offer: offer[0] != own)
        if not ending:  # a folder of either kind; which one, nobody looks while it is dragged
            ways = [(OPEN, tr("Use this model")), (IMPORT, tr("Import its pictures"))]
            return sorted(ways, key=lambda offer: offer[0] != own)
        if ending in self._models:
            return [(OPEN, tr("Use this model"))]
        return [(OPEN, tr("Open {name}", name=file.name[:60]))]

    def _placed(self, offers: list[tuple[str, str]]) -> tuple[Target, ...]:
        """The first is largest; the others share what is left below it."""
        whole = self.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        (first, words), *others = offers
        if not others:
            return (Target(first, words, whole),)
        large = QRect(whole)
        large.setHeight(round(whole.height() * LARGEST))
        top = large.bottom() + theme.SPACE_4
        width = (whole.width() + theme.SPACE_4) // len(others)
        rest = [
            Target(
                does,
                said,
                QRect(whole.left() + at * width, top, width - theme.SPACE_4, whole.bottom() - top),
            )
            for at, (does, said) in enumerate(others)
        ]
        return (Target(first, words, large), *rest)

    def at(self, point: QPoint) -> Target:
        """The one at a point of this widget; the room's own where there is none."""
        return next((one for one in self.targets if one.area.contains(point)), self.targets[0])

    def point_at(self, point: QPoint) -> None:
        """The pointer is there: show what letting go would do."""
        under = self.at(point)
        if under is not self._under:
            self._under = under
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self.palette().color(self.palette().ColorRole.Window)
        ground.setAlpha(225)
        painter.fillRect(self.rect(), ground)
        for target in self.targets:
            self._draw(painter, target, is_under=target is self._under)
        painter.end()

    def _draw(self, painter: QPainter, target: Target, *, is_under: bool) -> None:
        palette = self.palette()
        accent = palette.color(palette.ColorRole.Highlight)
        line = accent if is_under else palette.color(palette.ColorRole.PlaceholderText)
        painter.setPen(QPen(line, 2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if is_under:
            painter.setBrush(QColor(accent.red(), accent.green(), accent.blue(), TINT))
        painter.drawRoundedRect(target.area, 8, 8)
        font = painter.font()
        font.setPixelSize(20)
        painter.setFont(font)
        painter.setPen(palette.color(palette.ColorRole.WindowText))
        painter.drawText(
            target.area.adjusted(EDGE, 0, -EDGE, 0),
            Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
            target.words,
        )
