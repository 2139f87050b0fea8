"""A try of one's own: the few fields that a stop lets change, and the picture that comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.values.declared.limits import MAX_PROMPT, MAX_SEED
from core.values.declared.parameter import parameters
from core.values.insight.lesson import OwnTry
from core.values.request import Request
from desktop.insight.tour.shots import HEIGHT, LARGE, ShotCard, ShotSight
from desktop.widgets import theme
from desktop.widgets.controls import Combo, SliderField
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr, tr_data

MOST_STEPS = 30  # so that the answer comes soon
MOST_GUIDANCE = 30.0
SIDES = (96, 128, 192, 256, 320, 384, 512)  # pixels
WIDEST = 560  # pixels of the fields
SIDE_NAMES = {"width": "Width", "height": "Height"}


class OwnTryPart(QWidget):
    """`asked` carries the Request of the picture that a person wants to see, `stopped` that it is
    not wanted any more, `taken` a request that goes into the form of Create."""

    asked = Signal(Request)
    stopped = Signal()
    taken = Signal(Request)

    def __init__(self) -> None:
        super().__init__()
        self._request = Request()
        self.fields: dict[str, QWidget] = {}
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self._holder = QWidget()
        self._holder.setMaximumWidth(WIDEST)
        self._grid = QGridLayout(self._holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE_3)
        self._grid.setVerticalSpacing(theme.SPACE_2)
        self.make = QPushButton(tr("Make it"))
        self.make.setWhatsThis(tr("Makes the picture that these fields describe, or stops that."))
        self.take = QPushButton(tr("Go on with it in Create"))
        self.take.setWhatsThis(tr("Puts these words and values into the form of Create."))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of your picture"))
        self.card = ShotCard()
        self._is_busy = False
        self.make.clicked.connect(self._press)
        self.take.clicked.connect(lambda: self.taken.emit(self.request()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_3)
        for part in (self.words, self._holder, wrap_row(self.make, self.take), self.bar):
            column.addWidget(part)
        column.addWidget(self.card, 0, Qt.AlignmentFlag.AlignLeft)

    def open(self, own: OwnTry, request: Request) -> None:
        """What may be tried, begun with this request."""
        self._request = request
        self.words.setText(own.words)
        while (item := self._grid.takeAt(0)) is not None:
            if (part := item.widget()) is not None:
                part.hide()
                part.deleteLater()
        self.fields = {}
        for line, name in enumerate(own.fields):
            field = self._field(name)
            label = QLabel(_label(name))
            label.setObjectName("dim")
            label.setBuddy(field)
            self._grid.addWidget(label, line, 0)
            self._grid.addWidget(field, line, 1)
            self.fields[name] = field
            label.show()
            field.show()
        self._grid.setColumnStretch(1, 1)
        self.show_busy(False)

    def _field(self, name: str) -> QWidget:
        value = getattr(self._request, name)
        declared = parameters(Request)[name]
        label, help_text = _label(name), tr_data(declared.help)
        if name in ("steps", "guidance"):
            most = MOST_STEPS if name == "steps" else MOST_GUIDANCE
            field = SliderField(
                label, help_text, 1, most, step=declared.step or 1, decimals=declared.decimals
            )
            field.set_value(min(value, most))
            return field
        if name in ("schedule", "width", "height"):
            return _combo(label, help_text, _options(name, value), value)
        line = QLineEdit("" if value is None else str(value))
        line.setMaxLength(len(str(MAX_SEED)) if name == "seed" else MAX_PROMPT)
        line.setAccessibleName(label)
        line.setToolTip(help_text)
        line.setWhatsThis(tr("{help} Return makes the picture.", help=help_text))
        line.returnPressed.connect(self._press)
        return line

    def in_order(self) -> list[QWidget]:
        """All that can have the keys, as it stands there."""
        parts: list[QWidget] = []
        for field in self.fields.values():
            parts += (field.slider, field.field) if isinstance(field, SliderField) else (field,)
        return [*parts, self.make, self.take, self.card, self.card.film]

    def request(self) -> Request:
        """As the fields say."""
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            if isinstance(field, SliderField):
                value = field.field.value()
                values[name] = float(value) if name == "guidance" else round(value)
            elif isinstance(field, Combo):
                values[name] = field.currentData()
            elif isinstance(field, QLineEdit):
                values[name] = _seed(field.text()) if name == "seed" else field.text()
        return replace(self._request, **values)

    def _press(self) -> None:
        if self._is_busy:
            self.stopped.emit()
        else:
            self.asked.emit(self.request())

    def show_busy(self, busy: bool) -> None:
        """Whether the picture is being made."""
        self._is_busy = busy
        self.make.setText(tr("Stop") if busy else tr("Make it"))
        self.bar.setVisible(busy)
        if busy:
            self.bar.setRange(0, 0)

    def show_progress(self, step: int, steps: int) -> None:
        """Of the picture being made."""
        self.bar.setRange(0, steps)
        self.bar.setValue(step)

    def show_picture(self, image: QImage, *, large: bool) -> None:
        """The picture that came of it; a null one for none."""
        self.card.setVisible(not image.isNull())
        if not image.isNull():
            shape = image.width() / image.height()
            sight = ShotSight(tr("Your picture"), shape, image)
            self.card.show_sight(sight, LARGE if large else HEIGHT)


def _seed(text: str) -> int | None:
    """Of a field; None for a random one."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _label(name: str) -> str:
    declared = parameters(Request)[name]
    return tr_data(SIDE_NAMES.get(name, declared.label))


def _options(name: str, value: object) -> dict[object, str]:
    """What a list offers, with what stands there though it is not usual."""
    if name == "schedule":
        labels = parameters(Request)[name].choices or {}
        return {each: tr_data(words) for each, words in labels.items()}
    return {side: str(side) for side in sorted({*SIDES, int(str(value))})}


def _combo(label: str, help_text: str, options: dict[object, str], value: object) -> Combo:
    box = Combo(label, help_text)
    for each, words in options.items():
        box.addItem(words, each)
    box.setCurrentIndex(list(options).index(value))
    return box
