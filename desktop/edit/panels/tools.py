"""The column of tools with what they paint on and with which colour, and the line of what the tool
in hand is set to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QColorDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSpinBox,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from desktop.edit.canvas.canvas import Canvas
from desktop.edit.document.mask_steps import Combine
from desktop.edit.document.painting import Target
from desktop.edit.tools.table import SIZES, TOOLS, ToolOptions, row_of
from desktop.widgets import theme
from desktop.widgets.controls import Combo, IconButton, guard_wheel
from desktop.widgets.i18n import tr, tr_data

PERCENT = 100
VIEW = 60  # pixels for zoom and angle
MORE = 40  # for what opens the options that have no room
NARROWEST = 160
SWATCH = 20  # pixels
FIELD = 60  # pixels of a number
RATIOS: tuple[tuple[str, float], ...] = (
    ("free", 0.0),
    ("1 : 1", 1.0),
    ("4 : 3", 4 / 3),
    ("3 : 2", 3 / 2),
    ("16 : 9", 16 / 9),
    ("3 : 4", 3 / 4),
    ("2 : 3", 2 / 3),
    ("9 : 16", 9 / 16),
)


class Swatches(QAbstractButton):
    """The colour in hand over the second one: a press chooses the first."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self._canvas = canvas
        self.setFixedSize(SWATCH + 12, SWATCH + 12)
        self.setAccessibleName(tr("Colour"))
        self.setToolTip(tr("Choose the colour that tools paint with; X swaps it with the second"))
        canvas.options_changed.connect(self.update)
        self.clicked.connect(self._choose)

    def sizeHint(self) -> QSize:
        return QSize(SWATCH + 12, SWATCH + 12)

    def _choose(self) -> None:
        options = self._canvas.options()
        chosen = QColorDialog.getColor(QColor(*options.colour), self.window(), tr("Colour"))
        if chosen.isValid():
            colour = (chosen.red(), chosen.green(), chosen.blue())
            self._canvas.set_options(replace(self._canvas.options(), colour=colour))

    def paintEvent(self, event: QPaintEvent) -> None:
        options = self._canvas.options()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.palette().color(self.palette().ColorRole.PlaceholderText)
        if self.hasFocus():
            line = self.palette().color(self.palette().ColorRole.Highlight)
        painter.setPen(QPen(line, 1))
        for colour, at in ((options.second, 10), (options.colour, 1)):
            painter.setBrush(QColor(*colour))
            painter.drawRoundedRect(QRect(at, at, SWATCH, SWATCH), 4, 4)
        painter.end()


class ToolColumn(QWidget):
    """One button a tool; below them what they paint on, and the colours."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.setObjectName("tools")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._canvas = canvas
        self.buttons: dict[str, IconButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_1, theme.SPACE_1, theme.SPACE_1, theme.SPACE_2)
        column.setSpacing(2)
        group = QButtonGroup(self)
        for row in TOOLS:
            button = IconButton(row.icon, tr_data(row.name), checkable=True)
            button.setToolTip(f"{tr_data(row.name)} ({row.key})")
            button.setWhatsThis(tr_data(row.help))
            button.clicked.connect(partial(canvas.set_tool, row.id))
            group.addButton(button)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
            self.buttons[row.id] = button
        column.addStretch(1)
        targets = QButtonGroup(self)
        self.targets: dict[Target, IconButton] = {}
        for target, icon, name, help_text in (
            (Target.MASK, "mask", tr("Paint on the mask"), tr("Tools select what is made anew.")),
            (
                Target.LAYER,
                "layers",
                tr("Paint on the layer"),
                tr("Tools paint on the active layer of the picture."),
            ),
        ):
            button = IconButton(icon, name, checkable=True)
            button.setToolTip(name)
            button.setWhatsThis(help_text)
            button.clicked.connect(partial(canvas.set_target, target))
            targets.addButton(button)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
            self.targets[target] = button
        column.addSpacing(theme.SPACE_2)
        self.swatches = Swatches(canvas)
        column.addWidget(self.swatches, 0, Qt.AlignmentFlag.AlignHCenter)
        canvas.tool_changed.connect(self.refresh)
        canvas.target_changed.connect(self.refresh)
        self.refresh()

    def command_buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        """Those that are a command, each with the words of its tooltip."""
        for target, words in (
            (Target.MASK, "Paint on the mask"),
            (Target.LAYER, "Paint on the layer"),
        ):
            yield self.targets[target], "paint-target", words

    def refresh(self) -> None:
        """What is in hand now."""
        self.buttons[self._canvas.tool()].setChecked(True)
        self.targets[self._canvas.target()].setChecked(True)


@dataclass(frozen=True, slots=True)
class _Option:
    """A control, its label ("" where it says so itself), and what shows the present value."""

    control: QWidget
    label: str
    show: Callable[[ToolOptions], object]


class ToolOptionsLine(QWidget):
    """Built anew for each tool: its first options in the line, the others behind its end."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.setObjectName("toolOptions")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Options of the tool"))
        self.setFixedHeight(36)
        self.setMinimumWidth(NARROWEST)
        self._canvas = canvas
        self._filling = False
        self._options: dict[str, _Option] = {}
        self._line = QHBoxLayout(self)
        self._line.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        self._line.setContentsMargins(theme.SPACE_2, 2, theme.SPACE_2, 2)
        self._line.setSpacing(theme.SPACE_2)
        self.view = QLabel()  # size and zoom
        self.view.setObjectName("dim")
        self._parts: list[QWidget] = []
        self._widths: list[int] = []
        self._beside = 0
        canvas.tool_changed.connect(self.rebuild)
        canvas.options_changed.connect(self.refresh)
        canvas.zoomed.connect(self._say_zoom)
        self._line.addStretch(1)
        self._line.addWidget(self.view)
        self.rebuild()

    def rebuild(self) -> None:
        """The options of the tool in hand."""
        for part in self._parts:
            self._line.removeWidget(part)
            part.hide()
            part.deleteLater()
        names = [name for name in row_of(self._canvas.tool()).options if name != "colour"]
        self._options = {name: self._made(name) for name in names}
        labelled = [self._labelled(option) for option in self._options.values()]
        self._widths = [part.sizeHint().width() + theme.SPACE_2 for part in labelled]
        self._beside = self._fitting()
        self._parts = labelled[: self._beside]
        if rest := labelled[self._beside :]:
            self._parts.append(self._more(rest))
        for at, part in enumerate(self._parts):
            self._line.insertWidget(at, part)
        self.refresh()

    def _fitting(self) -> int:
        """How many options have room beside each other, and the others behind the end."""
        room = self.width() - 2 * theme.SPACE_2 - VIEW
        if sum(self._widths) <= room:
            return len(self._widths)
        sums = accumulate(self._widths)
        return sum(1 for width in sums if width <= room - MORE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitting() != self._beside:
            self.rebuild()

    def refresh(self) -> None:
        """What they are set to now."""
        self._filling = True
        options = self._canvas.options()
        for option in self._options.values():
            option.show(options)
        self._filling = False

    def _say_zoom(self, words: str) -> None:
        """Zoom and angle; the size stands above the frame."""
        self.view.setText(words.partition(" · ")[2])
        self.view.setToolTip(words)

    def _labelled(self, option: _Option) -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.SPACE_1)
        if option.label:
            label = QLabel(option.label)
            label.setObjectName("dim")
            label.setBuddy(option.control)
            line.addWidget(label)
        line.addWidget(option.control)
        return box

    def _more(self, parts: Iterable[QWidget]) -> QWidget:
        button = IconButton("settings", tr("More options"), size=16)
        button.setWhatsThis(tr("Shows what else the tool in hand can be set to."))
        button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for part in parts:
            action = QWidgetAction(menu)
            part.layout().setContentsMargins(  # type: ignore[union-attr]
                theme.SPACE_3, theme.SPACE_1, theme.SPACE_3, theme.SPACE_1
            )
            action.setDefaultWidget(part)
            menu.addAction(action)
        button.setMenu(menu)
        return button

    def _set(self, name: str, value: object) -> None:
        if not self._filling:
            changed = replace(self._canvas.options(), **{name: value})  # type: ignore[arg-type]
            self._canvas.set_options(changed)

    # --- one control an option ---

    def _made(self, name: str) -> _Option:
        match name:
            case "size":
                return self._number(
                    name,
                    tr("Size"),
                    SIZES,
                    tr("px"),
                    tr("The brush's diameter, in the document's pixels."),
                )
            case "feather":
                return self._number(
                    name, tr("Feather"), (0, 250), tr("px"), tr("How softly what is selected ends.")
                )
            case "tolerance":
                return self._number(
                    name, tr("Tolerance"), (0, 255), "", tr("How far colours may differ.")
                )
            case "hardness":
                return self._share(name, tr("Hardness"), tr("How hard the brush's edge is."))
            case "opacity":
                return self._share(name, tr("Opacity"), tr("How much a stroke covers."))
            case "smoothing":
                return self._share(name, tr("Smoothing"), tr("How calmly the line follows."))
            case "curve":
                return self._curve()
            case "combine":
                return self._combine()
            case "ratio":
                return self._ratio()
            case _:
                return self._switch(name)

    def _number(
        self, name: str, label: str, limits: tuple[float, float], unit: str, help_text: str
    ) -> _Option:
        field = QSpinBox()
        field.setRange(round(limits[0]), round(limits[1]))
        field.setSuffix(f" {unit}" if unit else "")
        self._dress(field, label, help_text)
        whole = isinstance(getattr(ToolOptions(), name), int)
        field.valueChanged.connect(lambda value: self._set(name, value if whole else float(value)))
        return _Option(field, label, lambda options: field.setValue(round(getattr(options, name))))

    def _share(self, name: str, label: str, help_text: str) -> _Option:
        field = QSpinBox()
        field.setRange(0, PERCENT)
        field.setSuffix(" %")
        self._dress(field, label, help_text)
        field.valueChanged.connect(lambda value: self._set(name, value / PERCENT))
        return _Option(
            field, label, lambda options: field.setValue(round(PERCENT * getattr(options, name)))
        )

    def _curve(self) -> _Option:
        field = QDoubleSpinBox()
        field.setRange(0.2, 5.0)
        field.setSingleStep(0.1)
        field.setDecimals(1)
        label = tr("Pressure curve")
        self._dress(
            field, label, tr("Below 1 a pen answers to a light touch, above to a firm one.")
        )
        field.valueChanged.connect(lambda value: self._set("curve", value))
        return _Option(field, label, lambda options: field.setValue(options.curve))

    def _dress(self, field: QSpinBox | QDoubleSpinBox, label: str, help_text: str) -> None:
        field.setAccessibleName(label)
        field.setToolTip(help_text)
        field.setFixedWidth(FIELD)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setKeyboardTracking(False)
        field.lineEdit().returnPressed.connect(self._canvas.setFocus)  # on with the tool
        guard_wheel(field)

    def _combine(self) -> _Option:
        words = {
            Combine.ADD: tr("Add"),
            Combine.SUBTRACT: tr("Subtract"),
            Combine.REPLACE: tr("Replace"),
            Combine.INTERSECT: tr("Intersect"),
        }
        combo = Combo(tr("Selection"), tr("What a new selection does with the one there is."))
        for value, name in words.items():
            combo.addItem(name, value)
        combo.activated.connect(lambda _: self._set("combine", Combine(combo.currentData())))
        return _Option(
            combo, "", lambda options: combo.setCurrentIndex(combo.findData(options.combine))
        )

    def _ratio(self) -> _Option:
        combo = Combo(tr("Ratio"), tr("Width by height."))
        for name, value in RATIOS:
            combo.addItem(tr_data(name), value)
        combo.activated.connect(lambda _: self._set("ratio", combo.currentData()))
        return _Option(
            combo,
            tr("Ratio"),
            lambda options: combo.setCurrentIndex(max(0, combo.findData(options.ratio))),
        )

    def _switch(self, name: str) -> _Option:
        words, help_text = {
            "pressure_sizes": (tr("Pressure sizes"), tr("A pen's pressure changes the size.")),
            "pressure_covers": (tr("Pressure covers"), tr("A pen's pressure changes the opacity.")),
            "contiguous": (tr("Connected"), tr("Only what is joined to the place of the click.")),
            "merged": (tr("All layers"), tr("Looks at all layers, not only at the active one.")),
            "to_clear": (tr("To nothing"), tr("Ends clear, not in the second colour.")),
            "within_mask": (tr("Within mask"), tr("Paints only where something is selected.")),
        }[name]
        box = QCheckBox(words)
        box.setAccessibleName(words)
        box.setToolTip(help_text)
        box.toggled.connect(partial(self._set, name))
        return _Option(box, "", lambda options: box.setChecked(getattr(options, name)))
