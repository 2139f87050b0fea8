"""The start picture above the prompt: what it is, how much of it is made anew, and the way to do
without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap, QStandardItemModel
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QVBoxLayout, QWidget

from desktop.form.parameters.lines import ChoiceLine, NumberLine
from desktop.form.parameters.rows import ParameterRows
from desktop.form.start.choice import StartChoice, is_of_shape
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton, column, row
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from desktop.state.starting import StartSight

SIDE = 48  # pixels of the thumbnail


class StartChip(QFrame):
    """There while the form has a start picture, or one is being kept for it. `left`: it went while
    the focus was in it."""

    left = Signal()

    def __init__(self, draft: Draft, choice: StartChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startChip")
        self.setAccessibleName(tr("Start picture"))
        self._draft = draft
        self._choice = choice
        self._drawn: tuple[StartSight | None, float] = (None, 0.0)
        self.strength = NumberLine(draft, "start.strength")
        self.fit = ChoiceLine(draft, "start.fit")
        self._build()
        choice.changed.connect(self.refresh)
        draft.changed.connect(self._follow)
        self.refresh()

    def _build(self) -> None:
        self.thumbnail = QLabel()
        self.thumbnail.setObjectName("startThumbnail")
        self.thumbnail.setFixedSize(SIDE, SIDE)
        self.thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = ElidedLabel()
        self.name.setObjectName("strong")
        self.detail = ElidedLabel()
        self.detail.setObjectName("dim")
        self.why = QLabel()
        self.why.setObjectName("dim")
        self.why.setWordWrap(True)
        self.remove = IconButton("close", tr("Take the start picture away"), size=14)
        self.remove.setWhatsThis(
            tr("Takes the start picture out of the form: pictures begin with noise alone again.")
        )
        self.remove.clicked.connect(self._choice.take_away)
        words = column(self.name, self.detail, spacing=0)
        head = row(self.thumbnail, words, self.remove, wide=words)
        head.layout().setAlignment(self.remove, Qt.AlignmentFlag.AlignTop)  # type: ignore[union-attr]
        self._rows = ParameterRows(self._draft)
        self._rows.add(self.strength)
        self._rows.add(self.fit)
        inner = QVBoxLayout(self)
        inner.setContentsMargins(theme.SPACE_2, theme.SPACE_2, theme.SPACE_2, theme.SPACE_2)
        inner.setSpacing(theme.SPACE_2)
        inner.addWidget(head)
        inner.addWidget(self.why)
        inner.addLayout(self._rows)

    def controls(self) -> list[QWidget]:
        """All that takes the focus, as it is read."""
        number = self.strength.number
        return [self.remove, number.slider, number.field, self.fit.combo]

    # --- what there is to show ---

    def _follow(self, names: frozenset[str]) -> None:
        if names & {"start", "model", "width", "height"}:
            self.refresh()

    def refresh(self) -> None:
        """Show the picture that the form starts from now."""
        choice = self._choice
        self._appear(bool(choice.address or choice.keeping))
        self.strength.refresh()
        self.fit.refresh()
        self._rows.mark()
        self._name()
        self._draw()
        self._open()

    def _appear(self, shown: bool) -> None:
        if shown and self.parentWidget() is None:  # alone it would be a window
            return
        focus = QApplication.focusWidget()
        if not shown and focus is not None and self.isAncestorOf(focus):
            self.left.emit()
        self.setVisible(shown)

    def _name(self) -> None:
        choice = self._choice
        name = choice.keeping or choice.name() or tr("Start picture")
        detail = self._detail()
        self.name.set_full(name)
        self.detail.set_full(detail)
        self.setAccessibleDescription(f"{name}, {detail}" if detail else name)

    def _detail(self) -> str:
        """Its size, and what is done with it beside changing all of it."""
        if self._choice.keeping:
            return tr("Being kept...")
        sight = self._choice.sight()
        if sight is None:
            return ""
        start = self._draft.stored().start
        words = [f"{sight.width} x {sight.height}"]
        if start.mask:
            words.append(tr("with a mask"))
        if start.is_extended:
            words.append(tr("extended"))
        return " · ".join(words)

    def _draw(self) -> None:
        """The thumbnail, anew only where it is another one or the screen is."""
        sight = None if self._choice.keeping else self._choice.sight()
        drawn = (sight, self.devicePixelRatioF())
        if drawn != self._drawn:
            self._drawn = drawn
            self.thumbnail.setPixmap(_square(sight.jpeg, drawn[1]) if sight else QPixmap())

    def _open(self) -> None:
        """Controls are open where they do something; else a sentence says why not."""
        why = self._choice.problem or self._why_not()
        self.why.setText(why)
        self.why.setToolTip(self._choice.trouble if self._choice.problem else "")
        self.why.setVisible(bool(why))
        _, slider, field, combo = self.controls()
        for control, line in ((slider, self.strength), (field, self.strength), (combo, self.fit)):
            control.setEnabled(not (why or self._choice.keeping))
            control.setToolTip(why or tr_data(line.declared.help))
        self._rows.show_line(self.fit, self._has_another_shape())
        self._open_own_size()

    def _open_own_size(self) -> None:
        """Not every picture can be made in its own size."""
        items = self.fit.combo.model()
        assert isinstance(items, QStandardItemModel)
        why = self._choice.why_not_own_size()
        item = items.item(self.fit.combo.findData("source"))
        item.setEnabled(not why)
        item.setToolTip(why)

    def _why_not(self) -> str:
        if self._draft.family.pipeline and self._choice.address:
            return tr("This model takes no picture: it makes them from words alone.")
        return ""

    def _has_another_shape(self) -> bool:
        """Whether it matters how the picture comes to the size asked for."""
        sight = self._choice.sight()
        request = self._draft.stored()
        if sight is None or self._choice.keeping:
            return False
        if request.start.fit == "source":
            return True
        return not is_of_shape((sight.width, sight.height), (request.width, request.height))


def _square(jpeg: bytes, ratio: float) -> QPixmap:
    """The middle of a picture, as a square with round corners for a screen of so many device
    pixels in one."""
    side = round(SIDE * ratio)
    image = QImage.fromData(jpeg).scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    square = QPixmap(side, side)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    corners = QPainterPath()
    radius = (theme.RADIUS - 2) * ratio
    corners.addRoundedRect(QRectF(0, 0, side, side), radius, radius)
    painter.setClipPath(corners)
    painter.drawImage((side - image.width()) // 2, (side - image.height()) // 2, image)
    painter.end()
    square.setDevicePixelRatio(ratio)
    return square
