"""Help > How fast is this machine: the table fills, waits for pictures, gives way to them, and
can be stopped."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.machine_speed import PARTS
from core.values.measurement import Part
from core.values.request import Request
from desktop.app.app import Application
from desktop.shell.dialogs.machine_speed import MachineSpeedDialog
from tests.desktop.driving import Open, pump, until

SLOW = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.3))
STEPS = 4


def opened(application: Application) -> MachineSpeedDialog:
    application.window.actions_by_id["machine-speed"].trigger()
    dialog = application.window.help.machine_speed
    assert dialog is not None and dialog.isVisible()
    return dialog


def cells(dialog: MachineSpeedDialog, part: Part) -> list[str]:
    return dialog.text().splitlines()[list(Part).index(part) + 1].split("\t")


def test_it_fills_part_by_part_and_can_be_copied(open_app: Open) -> None:
    dialog = opened(open_app())
    until(lambda: dialog.state.text() == "Measured.")
    assert cells(dialog, Part.STEP) == [
        PARTS[Part.STEP],
        "1 s",
        "2 s",
        "2.00x",
        "arithmetic: 50 % (4 GFLOP at 8 GFLOP/s)",
    ]
    assert cells(dialog, Part.SAVE)[1] and not cells(dialog, Part.START)[1]
    assert dialog.again.isEnabled() and not dialog.halt.isEnabled()
    dialog.copy.click()
    assert QApplication.clipboard().text().splitlines()[0].startswith("Part\tCalotype\tPlain")
    dialog.again.click()
    assert not dialog.again.isEnabled() and cells(dialog, Part.STEP)[1] == ""
    until(lambda: dialog.state.text() == "Measured.")


def test_pictures_go_first(open_app: Open) -> None:
    application = open_app(SLOW)
    service = application.service
    request = Request(prompt="one", steps=STEPS, width=64, height=64)
    service.submit(request.check())
    until(lambda: service.current is not None)
    dialog = opened(application)
    assert "begins after them" in dialog.state.text()
    until(lambda: bool(cells(dialog, Part.TEXT)[1]))
    assert service.current is None and "Measuring with Starter" in dialog.state.text()
    made = len(application.window.newest.ids())
    service.submit(request.check())
    until(lambda: "goes first" in dialog.state.text())
    until(lambda: len(application.window.newest.ids()) == made + 1)


def test_closing_it_ends_the_measurement(open_app: Open) -> None:
    application = open_app(SLOW)
    ends: list[bool] = []
    application.service.measuring_ended.connect(lambda end: ends.append(end.whole))
    dialog = opened(application)
    until(lambda: bool(cells(dialog, Part.TEXT)[1]))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    until(lambda: ends == [False])
    assert not dialog.isVisible() and dialog.state.text() == "Stopped."


def test_a_model_that_is_not_here_is_said(open_app: Open) -> None:
    application = open_app()
    application.draft.set(model="no such model")
    pump(50)
    dialog = opened(application)
    assert "is not here" in dialog.state.text() and dialog.again.isEnabled()


def test_the_keyboard_reaches_the_table_and_every_button(open_app: Open) -> None:
    dialog = opened(open_app())
    until(lambda: dialog.state.text() == "Measured.")
    dialog.table.setFocus()
    seen: list[str] = []
    for _ in range(6):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        seen.append(focus.text() if isinstance(focus, QPushButton) else type(focus).__name__)
    assert {"Close", "Copy", "Measure again", "QTableWidget"} <= set(seen)
