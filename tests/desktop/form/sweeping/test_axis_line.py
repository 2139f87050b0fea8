"""The list in which values of an axis of a sweep are ticked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from desktop.form.sweeping.axis_line import AxisLine
from desktop.form.sweeping.panel import SweepPanel
from desktop.widgets.i18n import PseudoTranslator

VALUES = tuple((f"v{number}", f"Value {number}") for number in range(40))


@pytest.fixture
def line(qapp: QApplication) -> AxisLine:
    line = AxisLine("X")
    line.offer_values(VALUES)
    return line


def opened(line: AxisLine) -> tuple[QMenu, QMenu]:
    """The list, and the one of all within it."""
    menu = line.choose_values.menu()
    menu.aboutToShow.emit()
    inner = menu.actions()[-1].menu()
    assert isinstance(inner, QMenu)
    return menu, inner


def named(menu: QMenu, name: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == name)


def test_a_value_is_ticked_in_both_lists_or_in_none(line: AxisLine) -> None:
    menu, inner = opened(line)
    named(menu, "Value 3").trigger()
    assert named(inner, "Value 3").isChecked()
    named(inner, "Value 3").trigger()
    assert not named(menu, "Value 3").isChecked() and line.typed() == ""


def test_a_list_that_is_opened_often_keeps_nothing_of_before(line: AxisLine) -> None:
    for _ in range(4):
        opened(line)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    menu, _ = opened(line)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert len(menu.findChildren(QMenu)) == 1
    assert len(menu.findChildren(QAction)) < 2 * len(VALUES)


def test_the_tab_key_goes_from_the_parameter_to_its_values(qapp: QApplication) -> None:
    panel = SweepPanel()
    line = panel.lines[0]
    stops: list[QWidget] = [line.kind]
    while stops[-1] is not panel.name:
        after = stops[-1].nextInFocusChain()
        while not after.focusPolicy() & Qt.FocusPolicy.TabFocus or after.isHidden():
            after = after.nextInFocusChain()
        stops.append(after)
    # the button that takes the axis away comes last of it: a blank typed too soon would press it
    own = [stop for stop in stops if line.isAncestorOf(stop) and stop is not line.kind.lineEdit()]
    assert own == [line.kind, line.values, line.remove]


def test_values_that_hold_commas_are_ticked_as_one(line: AxisLine) -> None:
    line.offer_values((("Street, 35 mm", "Street, 35 mm"), ("Noir", "Noir")))
    menu = line.choose_values.menu()
    menu.aboutToShow.emit()
    named(menu, "Street, 35 mm").trigger()
    named(menu, "Noir").trigger()
    assert line.typed() == '"Street, 35 mm", Noir'
    menu.aboutToShow.emit()
    assert named(menu, "Street, 35 mm").isChecked()
    named(menu, "Street, 35 mm").trigger()
    assert line.typed() == "Noir"


def test_an_axis_that_is_added_has_nothing_of_an_earlier_sweep(qapp: QApplication) -> None:
    panel = SweepPanel()
    panel.fill((("steps", ("1", "2")), ("guidance", ("3", "4"))), "")
    panel.fill((("seed", ("5", "6")),), "")
    panel.add.click()
    assert panel.axes() == (("seed", "5, 6"),)
    panel.fill((("steps", ("1", "2")), ("guidance", ("3", "4"))), "")
    panel.fill((("seed", ("5", "6")),), "")
    panel.lines[0].remove.click()
    assert panel.axes() == ()


def test_an_axis_in_the_place_of_a_file_of_prompts_has_none_of_its_lines(
    qapp: QApplication,
) -> None:
    panel = SweepPanel()
    two = (("steps", ("1", "2")), ("guidance", ("3", "4")))
    panel.fill((*two, ("line", ("a cat", "a dog"))), "")
    line = panel.vary("seed")
    assert line.name() == "seed" and line.typed() == "" and not line.values.isReadOnly()


def test_a_name_keeps_its_ampersand_in_the_list(line: AxisLine) -> None:
    line.offer_values((("b&w", "Black & white"), ("Noir", "Noir")))
    menu = line.choose_values.menu()
    menu.aboutToShow.emit()
    named(menu, "Black && white").trigger()
    assert line.typed() == "b&w"


def test_names_that_differ_in_their_letters_size_are_two(line: AxisLine) -> None:
    line.offer((("lora:Ink", "LoRA Ink"), ("lora:ink", "LoRA ink")))
    line.choose("lora:ink")
    assert line.name() == "lora:ink"
    line.choose("lora:Ink")
    assert line.name() == "lora:Ink"
    line.kind.setEditText("lora INK")
    assert line.name() == "lora:Ink"


def test_the_example_of_values_is_translated_as_all_words_are(qapp: QApplication) -> None:
    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    try:
        line = AxisLine("X")
        line.offer_values((), "red, blue, green")
        assert line.values.placeholderText().startswith("[red, blue, green~")
    finally:
        qapp.removeTranslator(translator)
