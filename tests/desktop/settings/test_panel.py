"""The Settings room alone: each control is drawn from its declaration and tells one change."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.system import settings
from core.system.settings import Kind, Setting, Settings, declarations, declare
from core.values.device import Device
from desktop.settings.number_box import NumberBox
from desktop.settings.panel import SettingsPanel
from desktop.shell.rooms import COMMANDS
from desktop.widgets.controls import Combo


@dataclass(frozen=True, slots=True)
class More(Settings):
    """With a fraction and a unit that is the same for one and for many."""

    share: float = declare(
        Setting(0.5, "Share", "How much of it.", low=0, high=1, step=0.05, units=("GB", "GB"))
    )


class Drawn:
    """A panel and what it told."""

    def __init__(self, qtbot: QtBot, chosen: Settings) -> None:
        self.panel = SettingsPanel(chosen, COMMANDS)
        list(self.panel.slices())
        qtbot.addWidget(self.panel)
        self.told: list[Settings] = []
        self.panel.changed.connect(self.told.append)

    def control(self, name: str) -> QWidget:
        return self.panel._controls[name]

    def number(self, name: str) -> NumberBox:
        box = self.control(name)
        assert isinstance(box, NumberBox)
        return box

    def combo(self, name: str) -> Combo:
        combo = self.control(name)
        assert isinstance(combo, Combo)
        return combo

    def words(self, name: str) -> list[str]:
        combo = self.combo(name)
        return [combo.itemText(at) for at in range(combo.count())]


@pytest.fixture
def drawn(qtbot: QtBot) -> Drawn:
    return Drawn(qtbot, Settings())


def test_each_setting_has_its_control(drawn: Drawn) -> None:
    wanted = {
        Kind.SWITCH: QCheckBox,
        Kind.CHOICE: Combo,
        Kind.TEXT: QLineEdit,
        Kind.FOLDER: QWidget,
        Kind.WHOLE: NumberBox,
    }
    seen = {
        name: setting
        for name, setting in declarations().items()
        if not setting.hidden and setting.kind is not Kind.OWN
    }
    assert list(drawn.panel._controls) == list(seen)
    labels = [label.text() for label in drawn.panel.findChildren(QLabel)]
    for name, setting in seen.items():
        control = drawn.control(name)
        assert isinstance(control, wanted[setting.kind])
        assert setting.label in labels and setting.help in labels
        if setting.kind is Kind.FOLDER:
            control = control.findChild(QLineEdit)
        assert control.accessibleName() == setting.label
        assert setting.help in (control.whatsThis(), control.toolTip())
    assert not drawn.told


def test_a_number_has_range_step_and_unit(drawn: Drawn) -> None:
    box = drawn.number("trash_days")
    assert (box.minimum(), box.maximum(), box.text()) == (1, 365, "30 days")
    box.stepUp()
    assert drawn.told[-1] == Settings(trash_days=31)
    assert type(drawn.told[-1].trash_days) is int
    box.setValue(0)
    assert box.text() == "1 day" and drawn.told[-1].trash_days == 1
    box.setValue(1000)
    assert box.text() == "365 days" and drawn.told[-1].trash_days == 365


def test_a_number_is_told_once_it_is_typed(drawn: Drawn) -> None:
    box = drawn.number("trash_days")
    box.selectAll()
    QTest.keyClicks(box, "45")
    assert not drawn.told, "45 begins with a 4"
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert drawn.told == [Settings(trash_days=45)] and box.text() == "45 days"


def test_a_fraction_is_a_setting_too(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "Settings", More)
    drawn = Drawn(qtbot, More(share=0.123456))
    box = drawn.number("share")
    assert not drawn.told, "a rounded number on show changes nothing"
    assert box.cleanText() == f"{0.12:.2f}" and box.suffix() == " GB"
    box.setValue(0.25)
    box.stepUp()
    assert drawn.told[-1] == More(share=pytest.approx(0.3))
    drawn.panel._replace(More(), redraw=True)
    assert box.value() == 0.5 and drawn.told[-1] == More()


def test_the_wheel_turns_a_number_only_with_the_focus(drawn: Drawn, qtbot: QtBot) -> None:
    box = drawn.number("trash_days")
    drawn.panel.show()
    box.clearFocus()

    def turn() -> None:
        QApplication.sendEvent(
            box,
            QWheelEvent(
                QPointF(5, 5),
                QPointF(5, 5),
                QPoint(),
                QPoint(0, 120),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            ),
        )

    turn()
    assert box.value() == 30 and not drawn.told
    drawn.panel.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    turn()
    assert box.value() == 31 and drawn.told == [Settings(trash_days=31)]


def test_switches_choices_and_texts_tell_one_change(drawn: Drawn) -> None:
    box = drawn.control("previews")
    assert isinstance(box, QCheckBox)
    box.click()
    combo = drawn.combo("theme")
    combo.setCurrentIndex(2)
    combo.activated.emit(2)
    line = drawn.control("mirror")
    assert isinstance(line, QLineEdit)
    line.setText("  https://hub.example ")
    line.editingFinished.emit()
    line.editingFinished.emit()
    assert drawn.told == [
        Settings(previews=False),
        Settings(previews=False, theme="light"),
        Settings(previews=False, theme="light", mirror="https://hub.example"),
    ]


def test_a_folder_is_chosen_in_a_dialog(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: "/pictures")
    button = drawn.control("pictures_folder").findChild(QPushButton)
    assert button is not None and button.accessibleName() == "Choose: Pictures folder"
    button.click()
    assert drawn.told == [Settings(pictures_folder="/pictures")]


def test_a_device_that_is_not_here_is_shown_where_it_was_chosen(qtbot: QtBot) -> None:
    drawn = Drawn(qtbot, Settings(device="mps"))
    assert drawn.words("device") == ["Automatic", "CPU", "Apple (MPS) (not here)"]
    drawn.panel.use_devices([Device("cpu", "", 0, 0), Device("cuda:0", "", 0, 0)])
    assert drawn.words("device") == [
        "Automatic",
        "CPU",
        "NVIDIA or AMD (CUDA)",
        "Apple (MPS) (not here)",
    ]
    drawn.panel._replace(Settings(), redraw=True)
    assert drawn.words("device") == ["Automatic", "CPU", "NVIDIA or AMD (CUDA)"]


def test_a_value_taken_elsewhere_is_shown(drawn: Drawn) -> None:
    drawn.panel.take("weights", "8bit")
    drawn.panel.take("models_folder", "/models")
    line = drawn.control("models_folder").findChild(QLineEdit)
    assert line is not None and line.text() == "/models"
    assert drawn.combo("weights").currentText() == "8 bit"
    assert drawn.told[-1] == Settings(weights="8bit", models_folder="/models")
    drawn.panel._replace(Settings(), redraw=True)
    assert line.text() == "" and drawn.combo("weights").currentText() == "As they are"


def test_it_says_what_documents_and_start_pictures_take(drawn: Drawn) -> None:
    drawn.panel.show_kept(1, 2_000_000)
    drawn.panel.show_documents(12, 3_000_000_000)
    assert drawn.panel.kept.text() == "1 picture, 2 MB"
    assert drawn.panel.documents.text() == "12 documents, 3.0 GB"
    drawn.panel.show_documents(1, 1_000_000)
    assert drawn.panel.documents.text() == "1 document, 1 MB"
    drawn.panel.show_documents(0, 0)
    assert drawn.panel.documents.text() == "none"
