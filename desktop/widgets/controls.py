"""Small controls that several panels use: a slider with its number, an icon button,
a labelled row, an eliding label, a menu of ticks."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDialogButtonBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.i18n import tr

DETAIL_ROLE = Qt.ItemDataRole.UserRole + 7
WIDEST_LIST = 640  # pixels of a combo box's list that is wider than its box
CHIP_EDGES = 26  # pixels: padding and border of #chip in theme.py, and 4 to spare
LINK_EDGES = 14  # of #link


class WheelGuard(QObject):
    """Wheel events over a control without focus go to the panel behind it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QWheelEvent) or not isinstance(watched, QWidget):
            return False
        if watched.hasFocus():
            return False
        event.ignore()
        return True


def guard_wheel(widget: QWidget) -> None:
    """Install a WheelGuard on `widget`."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(WheelGuard(widget))


class DetailDelegate(QStyledItemDelegate):
    """Draws an item's DETAIL_ROLE text dim at the right end of its line."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        if detail := index.data(DETAIL_ROLE):
            painter.save()
            painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))  # type: ignore[attr-defined]
            space = option.rect.adjusted(0, 0, -theme.SPACE_3, 0)  # type: ignore[attr-defined]
            painter.drawText(
                space, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, detail
            )
            painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        hint = super().sizeHint(option, index)
        detail = index.data(DETAIL_ROLE)
        if not detail:
            return hint
        width = option.fontMetrics.horizontalAdvance(detail)  # type: ignore[attr-defined]
        return QSize(hint.width() + width + 4 * theme.SPACE_3, hint.height())


class ShortDetailDelegate(DetailDelegate):
    """The same in a list as wide as its window: a long text is shortened, and leaves the detail its
    room."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        metrics, rect = option.fontMetrics, option.rect  # type: ignore[attr-defined]
        taken = metrics.horizontalAdvance(index.data(DETAIL_ROLE) or "") + 4 * theme.SPACE_3
        if not option.icon.isNull():  # type: ignore[attr-defined]
            taken += option.decorationSize.width()  # type: ignore[attr-defined]
        room = max(rect.width() - taken, 4 * theme.SPACE_3)
        option.text = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, room)  # type: ignore[attr-defined]


class Combo(QComboBox):
    """A combo box that ignores the wheel unless focused and shows a chevron of our own."""

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setAccessibleDescription(help_text)
        self.setToolTip(help_text)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        guard_wheel(self)
        self._mark = QLabel("▾", self)
        self._mark.setObjectName("dim")
        self._mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def showPopup(self) -> None:
        needed = self.view().sizeHintForColumn(0) + theme.SPACE_4
        self.view().setMinimumWidth(max(self.width(), min(needed, WIDEST_LIST)))
        super().showPopup()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._mark.sizeHint()
        self._mark.setGeometry(
            self.width() - size.width() - 10,
            (self.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )


class IconButton(QToolButton):
    """A button with one of our icons; `name` is its accessible name and the
    first line of its tooltip."""

    def __init__(
        self, icon: str, name: str, help_text: str = "", *, checkable: bool = False, size: int = 18
    ) -> None:
        super().__init__()
        self._icon_name = icon
        self._size = size
        self.setAccessibleName(name)
        self.setToolTip(f"{name}: {help_text}" if help_text else name)
        self.setCheckable(checkable)
        self.setIconSize(QSize(size, size))
        self._draw()

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon_name = icon
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        colour = self.palette().windowText().color().name()
        self.setIcon(theme.icon(self._icon_name, colour, self._size))


class FieldLabel(QLabel):
    """A parameter's name with a dot while it differs from the default; a double click asks for the
    default, where there is one (`resets`)."""

    reset_asked = Signal()

    def __init__(self, text: str, help_text: str, *, resets: bool = True) -> None:
        super().__init__(text)
        self._text = text
        self._resets = resets
        way_back = " " + tr("Double-click for the model's default.") if resets else ""
        self.setToolTip(help_text + way_back)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)

    def mark(self, differs: bool) -> None:
        """Show or hide the dot."""
        words = f"{self._text} •" if differs else self._text
        if words != self.text():  # else all that stands beside it would be laid out anew
            self.setText(words)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._resets:
            self.reset_asked.emit()


class SliderField(QWidget):
    """A slider and a number field that hold one value; `scale` slider ticks make one unit."""

    edited = Signal(float)

    def __init__(
        self,
        name: str,
        help_text: str,
        low: float,
        high: float,
        *,
        usual: tuple[float, float] | None = None,
        step: float = 1,
        decimals: int = 0,
    ) -> None:
        """The field goes from `low` to `high`, by `step` with the arrow keys; the slider over what
        is `usual` of that."""
        super().__init__()
        self._scale = 10**decimals
        least, most = usual or (low, high)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(least * self._scale), round(most * self._scale))
        self.field: QSpinBox | QDoubleSpinBox = QDoubleSpinBox() if decimals else QSpinBox()
        if isinstance(self.field, QDoubleSpinBox):
            self.field.setDecimals(decimals)
            self.field.setSingleStep(step)
            self.field.setRange(low, high)
        else:
            self.field.setSingleStep(round(step))
            self.field.setRange(round(low), round(high))
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.field.setFixedWidth(64)
        self.field.setKeyboardTracking(False)
        for control, what in ((self.slider, tr("{name} slider", name=name)), (self.field, name)):
            control.setAccessibleName(what)
            control.setToolTip(help_text)
            guard_wheel(control)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_3)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        self.setFocusProxy(self.field)
        self.slider.valueChanged.connect(self._slid)
        self.field.valueChanged.connect(self._typed)

    def set_value(self, value: float) -> None:
        """Show `value` without announcing it."""
        for control in (self.slider, self.field):
            control.blockSignals(True)
        self.slider.setValue(round(value * self._scale))
        self._fill(value)
        for control in (self.slider, self.field):
            control.blockSignals(False)

    def _slid(self, ticks: int) -> None:
        self._fill(ticks / self._scale)

    def _fill(self, value: float) -> None:
        if isinstance(self.field, QDoubleSpinBox):
            self.field.setValue(value)
        else:
            self.field.setValue(round(value))

    def _typed(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(value * self._scale))
        self.slider.blockSignals(False)
        self.edited.emit(float(value))


class ElidedLabel(QLabel):
    """A one-line label that shortens its text to fit and shows all of it as a tooltip."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._full = text
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.set_full(text)

    def set_full(self, text: str) -> None:
        """The whole text."""
        self._full = text
        self.setToolTip(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        line = self._full.replace("\n", " ")
        width = max(20, self.contentsRect().width())  # an ellipsis has room in it
        self.setText(self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, width))


class Chip(QPushButton):
    """A rounded suggestion that shortens its text to the width it gets;
    the tooltip has all of it. `edges`: the pixels of its width that are not the text's."""

    def __init__(self, text: str, edges: int = CHIP_EDGES) -> None:
        super().__init__()
        self.full = text
        self._edges = edges
        self.setObjectName("chip")
        self.setToolTip(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.width() - self._edges
        self.setText(self.fontMetrics().elidedText(self.full, Qt.TextElideMode.ElideRight, width))


def search_field(placeholder: str, name: str, narrowest: int) -> QLineEdit:
    """Where a room's words to look for are typed, at least `narrowest` pixels wide."""
    field = QLineEdit()
    field.setMaxLength(1_000)
    field.setPlaceholderText(placeholder)
    field.setAccessibleName(name)
    field.setClearButtonEnabled(True)
    field.setMinimumWidth(narrowest)
    field.setMaximumWidth(420)
    return field


def column(*parts: QWidget, spacing: int = theme.SPACE_2, margins: int = 0) -> QWidget:
    """Widgets under one another."""
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setSpacing(spacing)
    for part in parts:
        layout.addWidget(part)
    return box


def row(
    *parts: QWidget | None, spacing: int = theme.SPACE_2, wide: QWidget | None = None
) -> QWidget:
    """Widgets side by side; None is a stretch. `wide`, one of them, takes the room that is left,
    beside a stretch twice its share."""
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        else:
            layout.addWidget(part, 2 if part is wide else 0)
    return box


def answers(go: QPushButton, cancel: QPushButton) -> QDialogButtonBox:
    """What goes on and what leaves a dialog, in the order of the system."""
    box = QDialogButtonBox()
    box.addButton(go, QDialogButtonBox.ButtonRole.AcceptRole)
    box.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole)
    return box


def scrolling(bar: QTabBar) -> Iterator[tuple[QWidget, str]]:
    """Qt's own buttons for tabs that have no room, and their help."""
    for button in bar.findChildren(QToolButton):
        if button.accessibleName().startswith("Scroll"):
            yield button, "Brings the tabs into sight that have no room beside the others."


def menu_words(words: str, longest: int = 60) -> str:
    """A text that somebody wrote, as a line of a menu: its beginning, and no letter marked."""
    line = " ".join(words.split())
    short = line if len(line) <= longest else f"{line[: longest - 1]}…"
    return short.replace("&", "&&")


class TickMenu(QMenu):
    """Stays open while things are ticked in it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._tick(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_choosing = event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not (is_choosing and self._tick(self.activeAction())):
            super().keyPressEvent(event)

    def _tick(self, action: QAction | None) -> bool:
        if action is None or not action.isCheckable() or not action.isEnabled():
            return False
        action.trigger()
        return True
