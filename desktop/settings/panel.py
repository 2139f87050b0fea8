"""The Settings room: drawn from the fields of core.system.settings.Settings,
so that a new field is a new line here."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

from PySide6.QtCore import Qt, Signal
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

from core.system.settings import Settings
from core.values.device import Device
from desktop.settings.key_rows import KeyRows
from desktop.state.commands import Commands
from desktop.widgets import theme
from desktop.widgets.controls import Combo, row
from desktop.widgets.i18n import TRANSLATIONS, tr, tr_data

_CHOICES = {
    "system": "As the system",
    "dark": "Dark",
    "light": "Light",
    "en": "English",
    "auto": "Automatic",
    "cpu": "CPU",
    "cuda": "NVIDIA or AMD (CUDA)",
    "mps": "Apple (MPS)",
    "xpu": "Intel (XPU)",
    "full": "As they are",
    "8bit": "8 bit",
    "png": "PNG",
    "webp": "WebP",
    "jpeg": "JPEG",
    "avif": "AVIF",
}


class SettingsPanel(QScrollArea):
    """`changed` carries the new Settings."""

    changed = Signal(Settings)

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
        self._found: tuple[str, ...] = ()
        outer = QVBoxLayout(self._page)
        outer.setContentsMargins(32, 28, 32, 28)
        outer.setSpacing(theme.SPACE_4)
        title = QLabel(tr("Settings"))
        title.setObjectName("title")
        outer.addWidget(title)
        outer.addLayout(self._general())
        heading = QLabel(tr("Shortcuts"))
        heading.setObjectName("heading")
        outer.addSpacing(theme.SPACE_2)
        outer.addWidget(heading)
        self._heading = heading
        self.keys = KeyRows(settings.shortcuts, commands)
        self.keys.changed.connect(partial(self._set, "shortcuts"))
        outer.addWidget(self.keys)
        reset = QPushButton(tr("Reset all settings"))
        reset.setWhatsThis(
            tr("Puts every setting and every key back to what it was at the first start.")
        )
        reset.setToolTip(reset.whatsThis())
        reset.clicked.connect(lambda: self._replace(Settings(), redraw=True))
        outer.addWidget(row(reset, None))
        outer.addStretch(1)

    def _general(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(theme.SPACE_1)
        grid.setColumnStretch(1, 1)
        for field in fields(Settings):
            if field.name == "shortcuts" or (field.name == "language" and len(TRANSLATIONS) < 2):
                continue  # a choice between one language is none
            label = tr_data(field.metadata["label"])
            help_text = tr_data(field.metadata["help"])
            control = self._control(field.name, label, help_text, field.metadata["choices"])
            self._controls[field.name] = control
            note = QLabel(help_text)
            note.setObjectName("dim")
            note.setWordWrap(True)
            note.setContentsMargins(0, 0, 0, theme.SPACE_2)
            name = QLabel(label)
            name.setBuddy(control)
            at = grid.rowCount()
            grid.addWidget(name, at, 0)
            grid.addWidget(control, at, 1, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(note, at + 1, 1)
        return grid

    def _control(self, name: str, label: str, help_text: str, choices: tuple[str, ...]) -> QWidget:
        value = getattr(self.settings, name)
        if choices:
            combo = Combo(label, help_text)
            self._fill(combo, name, value)
            combo.activated.connect(lambda _: self._set(name, combo.currentData()))
            combo.setFixedWidth(200)
            return combo
        if isinstance(value, bool):
            box = QCheckBox(tr("On"))
            box.setAccessibleName(label)
            box.setWhatsThis(help_text)
            box.setChecked(value)
            box.toggled.connect(partial(self._set, name))
            return box
        if name.endswith("_folder"):
            return self._folder(name, label, help_text, value)
        return self._line(name, label, help_text, value)

    def _line(self, name: str, label: str, help_text: str, value: str) -> QWidget:
        edit = QLineEdit(value)
        edit.setMaxLength(max(4_096, len(value)))
        edit.setAccessibleName(label)
        edit.setWhatsThis(help_text)
        edit.setPlaceholderText(tr("the usual one"))
        edit.setFixedWidth(300)
        edit.editingFinished.connect(lambda: self._set(name, edit.text().strip()))
        return edit

    def _folder(self, name: str, label: str, help_text: str, value: str) -> QWidget:
        edit = QLineEdit(value)
        edit.setMaxLength(max(4_096, len(value)))
        edit.setAccessibleName(label)
        edit.setWhatsThis(help_text)
        edit.setPlaceholderText(tr("the usual place"))
        edit.setFixedWidth(300)
        browse = QPushButton(tr("Choose..."))
        browse.setAccessibleName(tr("Choose: {what}", what=label))
        browse.setWhatsThis(tr("Opens a dialog in which the folder is chosen."))

        def choose() -> None:
            chosen = QFileDialog.getExistingDirectory(self, label, edit.text())
            if chosen:
                edit.setText(chosen)
                self._set(name, chosen)

        browse.clicked.connect(choose)
        edit.editingFinished.connect(lambda: self._set(name, edit.text().strip()))
        return row(edit, browse)

    def show_keys(self) -> None:
        """Scroll to the shortcuts."""
        self.verticalScrollBar().setValue(self._heading.y() - theme.SPACE_4)
        next(iter(self.keys.edits.values())).setFocus()

    def use_devices(self, devices: list[Device]) -> None:
        """The engine says what computes on this machine: only that is offered, and what was chosen
        before, should it be gone."""
        self._found = tuple(dict.fromkeys(device.type for device in devices))
        combo = self._controls["device"]
        # while a person is choosing, not under their hand
        if isinstance(combo, Combo) and not combo.view().isVisible():
            combo.clear()
            self._fill(combo, "device", self.settings.device)

    def _fill(self, combo: Combo, name: str, value: str) -> None:
        choices = next(
            field.metadata["choices"] for field in fields(Settings) if field.name == name
        )
        for choice in choices:
            words = tr_data(str(_CHOICES.get(choice, choice)))
            if name == "device" and choice not in ("auto", "cpu", *self._found):
                if choice != value:
                    continue
                words = tr("{device} (not here)", device=words)
            combo.addItem(words, choice)
        combo.setCurrentIndex(combo.findData(value))

    def take(self, name: str, value: str) -> None:
        """A value that was chosen elsewhere."""
        control = self._controls[name]
        if isinstance(control, Combo):
            control.setCurrentIndex(control.findData(value))
        elif (edit := control.findChild(QLineEdit)) is not None:
            edit.setText(value)
        self._set(name, value)

    def _set(self, name: str, value: object) -> None:
        if getattr(self.settings, name) != value:
            self._replace(self.settings.with_value(name, value))

    def _replace(self, settings: Settings, *, redraw: bool = False) -> None:
        self.settings = settings
        if redraw:
            for name, control in self._controls.items():
                self._redraw(name, control)
            self.keys.use(settings.shortcuts)
        self.changed.emit(settings)

    def _redraw(self, name: str, control: QWidget) -> None:
        value = getattr(self.settings, name)
        if isinstance(control, Combo):
            control.clear()
            self._fill(control, name, value)
        elif isinstance(control, QCheckBox):
            control.setChecked(value)
        elif (edit := _line_of(control)) is not None:
            edit.setText(value)


def _line_of(control: QWidget) -> QLineEdit | None:
    """The line itself, or the one beside a folder's button."""
    if isinstance(control, QLineEdit):
        return control
    return control.findChild(QLineEdit)
