"""The Settings room: drawn from what core.system.settings.Settings declares, so that a new field is
a new line here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.system.settings import Choice, Kind, Setting, Settings, declarations
from core.values.device import Device
from desktop.settings.key_rows import KeyRows
from desktop.settings.number_box import NumberBox
from desktop.state.commands import Commands
from desktop.widgets import theme
from desktop.widgets.controls import Combo, row
from desktop.widgets.figures import size_words
from desktop.widgets.i18n import tr, tr_data

IN_A_SLICE = 6  # rows: some five milliseconds


class SettingsPanel(QScrollArea):
    """`changed` carries the new Settings; `shown` comes whenever a person comes here. Its controls
    come with `slices`."""

    changed = Signal(Settings)
    shown = Signal()

    def __init__(
        self, settings: Settings, commands: Commands, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.settings = settings
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName(tr("Settings"))
        self._page = QWidget()
        self._page.setObjectName("settingsPage")
        self.setWidget(self._page)
        self._controls: dict[str, QWidget] = {}
        self._found: tuple[str, ...] = ()  # types of the devices that are here
        self._outer = outer = QVBoxLayout(self._page)
        outer.setContentsMargins(32, 28, 32, 28)
        outer.setSpacing(theme.SPACE_4)
        title = QLabel(tr("Settings"))
        title.setObjectName("title")
        outer.addWidget(title)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(theme.SPACE_1)
        self._grid.setColumnStretch(1, 1)
        outer.addLayout(self._grid)
        self._heading = QLabel(tr("Shortcuts"))
        self._heading.setObjectName("heading")
        outer.addSpacing(theme.SPACE_2)
        outer.addWidget(self._heading)
        self.keys = KeyRows(settings.shortcuts, commands)
        self.keys.changed.connect(partial(self._set, "shortcuts"))
        outer.addWidget(self.keys)

    def slices(self) -> Iterator[None]:
        """Builds the controls, some before each `yield`."""
        for at, (name, setting) in enumerate(declarations().items()):
            if not (setting.hidden or setting.kind is Kind.OWN):
                self._add(name, setting)
            if at % IN_A_SLICE == IN_A_SLICE - 1:
                yield
        self._add_kept()
        yield from self.keys.slices(IN_A_SLICE)
        self._add_reset()

    def _add_reset(self) -> None:
        reset = QPushButton(tr("Reset all settings"))
        reset.setWhatsThis(
            tr("Puts every setting and every key back to what it was at the first start.")
        )
        reset.setToolTip(reset.whatsThis())
        reset.clicked.connect(lambda: self._replace(type(self.settings)(), redraw=True))
        self._outer.addWidget(row(reset, None))
        self._outer.addStretch(1)

    def _add(self, name: str, setting: Setting[Any]) -> None:
        control = self._controls[name] = self._control(name, setting)
        label = QLabel(tr_data(setting.label))
        label.setBuddy(control)
        self._place(label, control, tr_data(setting.help))
        self._show(name)

    def _add_kept(self) -> None:
        """What is no setting: the disk that start pictures and documents take."""
        self.kept = QLabel(tr("Looking..."))
        self.kept.setAccessibleName(tr("Disk use of start pictures"))
        self._place(
            QLabel(tr("Start pictures")),
            self.kept,
            tr(
                "Pictures that others were started from are kept, so that a job or a recipe finds "
                "them again. What nothing names any more goes by itself at a start."
            ),
        )
        self.documents = QLabel(tr("Looking..."))
        self.documents.setAccessibleName(tr("Disk use of documents"))
        self._place(
            QLabel(tr("Documents")),
            self.documents,
            tr(
                "What is open in Edit is kept with every step of its undo. A closed document can "
                "be opened again for 30 days, then it goes by itself."
            ),
        )

    def show_kept(self, count: int, size: int) -> None:
        """How many start pictures are kept, and their bytes."""
        words = tr("{n} pictures, {size}", n=f"{count:,}", size=size_words(size))
        if count == 1:
            words = tr("1 picture, {size}", size=size_words(size))
        self.kept.setText(words if count else tr("none"))

    def show_documents(self, count: int, size: int) -> None:
        """How many documents are kept, closed ones too, and their bytes."""
        words = tr("{n} documents, {size}", n=f"{count:,}", size=size_words(size))
        if count == 1:
            words = tr("1 document, {size}", size=size_words(size))
        self.documents.setText(words if count else tr("none"))

    def _place(self, label: QLabel, control: QWidget, help_text: str) -> None:
        """A line of the table, with its words below."""
        note = QLabel(help_text)
        note.setObjectName("dim")
        note.setWordWrap(True)
        note.setContentsMargins(0, 0, 0, theme.SPACE_2)
        at = self._grid.rowCount()
        self._grid.addWidget(label, at, 0)
        self._grid.addWidget(control, at, 1, Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(note, at + 1, 1)

    def _control(self, name: str, setting: Setting[Any]) -> QWidget:
        match setting.kind:
            case Kind.CHOICE:
                return self._combo(name, setting)
            case Kind.SWITCH:
                return self._box(name, setting)
            case Kind.TEXT:
                return self._line(name, setting, tr("the usual one"))
            case Kind.FOLDER:
                return self._folder(name, setting)
            case Kind.WHOLE | Kind.FRACTION:
                return self._number(name, setting)
            case Kind.OWN:
                raise ValueError(f"{name} has an editor of its own")

    def _combo(self, name: str, setting: Setting[Any]) -> QWidget:
        combo = Combo(tr_data(setting.label), tr_data(setting.help))
        combo.activated.connect(lambda _: self._set(name, combo.currentData()))
        combo.setFixedWidth(200)
        return combo

    def _box(self, name: str, setting: Setting[Any]) -> QWidget:
        box = QCheckBox(tr("On"))
        _explain(box, setting)
        box.toggled.connect(partial(self._set, name))
        return box

    def _number(self, name: str, setting: Setting[Any]) -> QWidget:
        box = NumberBox(setting)
        _explain(box, setting)
        box.edited.connect(partial(self._set, name))
        return box

    def _line(self, name: str, setting: Setting[Any], usual: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setMaxLength(max(4_096, len(getattr(self.settings, name))))
        _explain(edit, setting)
        edit.setPlaceholderText(usual)
        edit.setFixedWidth(300)
        edit.editingFinished.connect(lambda: self._set(name, edit.text().strip()))
        return edit

    def _folder(self, name: str, setting: Setting[Any]) -> QWidget:
        edit = self._line(name, setting, tr("the usual place"))
        label = tr_data(setting.label)
        browse = QPushButton(tr("Choose..."))
        browse.setAccessibleName(tr("Choose: {what}", what=label))
        browse.setWhatsThis(tr("Opens a dialog in which the folder is chosen."))

        def choose() -> None:
            chosen = QFileDialog.getExistingDirectory(self, label, edit.text())
            if chosen:
                edit.setText(chosen)
                self._set(name, chosen)

        browse.clicked.connect(choose)
        return row(edit, browse)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def show_keys(self) -> None:
        """Scroll to the shortcuts."""
        self.verticalScrollBar().setValue(self._heading.y() - theme.SPACE_4)
        next(iter(self.keys.edits.values())).setFocus()

    def use_devices(self, devices: list[Device]) -> None:
        """The engine says what computes on this machine: only that is offered, and what was chosen
        before, should it be gone."""
        self._found = tuple(dict.fromkeys(device.type for device in devices))
        for name, setting in declarations().items():
            combo = self._controls.get(name)
            if not isinstance(combo, Combo) or combo.view().isVisible():
                continue  # not under the hand of a person who is choosing
            if any(choice.needs_device for choice in setting.choices):
                self._show(name)

    def take(self, name: str, value: object) -> None:
        """A value that was chosen elsewhere."""
        self._set(name, value)
        self._show(name)

    def _set(self, name: str, value: object) -> None:
        if getattr(self.settings, name) != value:
            self._replace(self.settings.with_value(name, value))

    def _replace(self, settings: Settings, *, redraw: bool = False) -> None:
        self.settings = settings
        if redraw:
            for name in self._controls:
                self._show(name)
            self.keys.use(settings.shortcuts)
        self.changed.emit(settings)

    def _show(self, name: str) -> None:
        """The control shows what is set."""
        value = getattr(self.settings, name)
        control = self._controls[name]
        if isinstance(control, Combo):
            self._fill(control, declarations()[name].choices, value)
        elif isinstance(control, QCheckBox):
            control.setChecked(value)
        elif isinstance(control, NumberBox):
            control.show_value(value)
        elif (edit := _line_of(control)) is not None:
            edit.setText(value)

    def _fill(self, combo: Combo, choices: tuple[Choice, ...], value: str) -> None:
        combo.clear()
        for choice in choices:
            words = tr_data(choice.label)
            if choice.needs_device and choice.value not in self._found:
                if choice.value != value:
                    continue
                words = tr("{device} (not here)", device=words)
            combo.addItem(words, choice.value)
        combo.setCurrentIndex(combo.findData(value))


def _explain(control: QWidget, setting: Setting[Any]) -> None:
    control.setAccessibleName(tr_data(setting.label))
    control.setWhatsThis(tr_data(setting.help))


def _line_of(control: QWidget) -> QLineEdit | None:
    """The line itself, or the one beside a folder's button."""
    if isinstance(control, QLineEdit):
        return control
    return control.findChild(QLineEdit)
