"""A try of one's own: the few fields that a stop lets change, and the pictures that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.values.insight.lesson import OwnTry
from core.values.request import Request
from desktop.insight.tour.sheet.own_fields import fault_of, field_of, label_of, value_of
from desktop.insight.tour.sheet.shots import ShotRow, ShotSight
from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.controls import SliderField
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr

WIDEST = 560  # pixels of the fields


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
        self.words = _text()
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
        self.fault = _text("bad")
        self.note = _text("dim")
        self.shots = ShotRow()
        self._is_busy = False
        self.make.clicked.connect(self._press)
        self.take.clicked.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_3)
        for part in (self.words, self._holder, self.fault, wrap_row(self.make, self.take)):
            column.addWidget(part)
        for part in (self.bar, self.note, self.shots):
            column.addWidget(part)

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
            field = field_of(name, getattr(request, name))
            if isinstance(field, QLineEdit):
                field.returnPressed.connect(self._press)
                field.textEdited.connect(lambda _: self._say_fault(""))
            elif isinstance(field, SliderField):
                field.edited.connect(lambda _: self._say_fault(""))
                field.slider.valueChanged.connect(lambda _: self._say_fault(""))
            label = QLabel(label_of(name))
            label.setObjectName("dim")
            label.setBuddy(field)
            self._grid.addWidget(label, line, 0)
            self._grid.addWidget(field, line, 1)
            self.fields[name] = field
            label.show()
            field.show()
        self._grid.setColumnStretch(1, 1)
        self._say_fault("")
        self.say("")
        self.show_busy(False)

    def in_order(self) -> list[QWidget]:
        """All that can have the keys, as it stands there."""
        parts: list[QWidget] = []
        for field in self.fields.values():
            parts += (field.slider, field.field) if isinstance(field, SliderField) else (field,)
        return [*parts, self.make, self.take, *self.shots.in_order()]

    def request(self) -> Request:
        """As the fields say."""
        values: dict[str, Any] = {n: value_of(n, field) for n, field in self.fields.items()}
        return replace(self._request, **values)

    def _press(self) -> None:
        if self._is_busy:
            self.stopped.emit()
        elif self._is_right():
            self.asked.emit(self.request())

    def _take(self) -> None:
        if self._is_right():
            self.taken.emit(self.request())

    def _is_right(self) -> bool:
        """Whether the fields can be made a picture of; the first that cannot says so."""
        for name, field in self.fields.items():
            if words := fault_of(name, field):
                self._say_fault(words)
                announce(self.fault, words, urgent=True)
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return False
        self._say_fault("")
        return True

    def _say_fault(self, words: str) -> None:
        self.fault.setText(words)
        self.fault.setVisible(bool(words))

    def say(self, words: str) -> None:
        """Something worth knowing about the picture that is made."""
        self.note.setText(words)
        self.note.setVisible(bool(words))

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

    def show_pictures(self, sights: Sequence[ShotSight], height: int) -> None:
        """The last pictures that came of it, each as high as those of the experiment."""
        self.shots.setVisible(bool(sights))
        self.shots.show_sights(sights, height)


def _text(style: str = "") -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(style)
    return label
