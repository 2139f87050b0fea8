"""F1 says a sentence about whatever has the focus; what is known before a picture is made stands
under the prompt; examples fold."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLabel,
    QMenu,
    QMenuBar,
    QToolTip,
    QWidget,
)

from core.values.request import Request
from desktop.shell.help_texts import LEAST, is_sentence, sentence_of
from desktop.shell.rooms import ROOMS
from desktop.widgets.filter_dialog import CommandPalette
from tests.desktop.driving import (
    Open,
    create_of,
    form_of,
    gallery_of,
    pump,
    take_down,
    until,
)


def of_another(widget: QWidget) -> bool:
    """Qt's own inner parts: what they belong to speaks for them. A text that can
    be selected is no control."""
    inside = isinstance(widget.parent(), QAbstractSpinBox | QComboBox | QKeySequenceEdit)
    return (
        inside
        or "QComboBox" in type(widget.parent()).__name__
        or isinstance(widget, QMenu | QMenuBar)
        or type(widget) is QLabel
    )


def test_every_control_has_a_sentence_of_its_own(open_app: Open) -> None:
    application = open_app()
    window = application.window
    form_of(window).prompt.prompt.replace_text("a red house <lora:glow:0.8>")
    form_of(window).parameters.more.setChecked(True)  # makes the lines under it
    application.service.pause(True)
    application.service.submit(Request(prompt="one", steps=1))
    create_of(window).stage.drawer.toggle.setChecked(True)
    until(lambda: create_of(window).stage.drawer.list.count() == 1 and form_of(window).loras.lines)
    mute = []
    for widget in window.findChildren(QWidget):
        if (
            widget.focusPolicy() == Qt.FocusPolicy.NoFocus
            or of_another(widget)
            or widget.window() is not window
        ):
            continue
        own = [
            text
            for text in (widget.whatsThis(), widget.toolTip(), widget.accessibleDescription())
            if is_sentence(text, widget.accessibleName())
        ]
        holder = widget.parentWidget()
        # a job's buttons: the list speaks for them
        rows = holder is not None and create_of(window).stage.drawer.list.isAncestorOf(holder)
        if not own and not rows:
            mute.append(
                f"{type(widget).__name__} {widget.accessibleName()!r} {widget.toolTip()!r} in "
                f"{type(holder).__name__}"
            )
        words = sentence_of(widget)
        assert (
            len(words.split()) >= LEAST
            and words.rstrip()[-1] in ".!?"
            and words != widget.accessibleName()
        )
    assert not mute, "\n".join(mute)


def test_f1_says_it_beside_the_control(open_app: Open) -> None:
    window = open_app().window
    said = []
    for widget in (
        form_of(window).prompt.prompt,
        form_of(window).parameters.control("steps").field,
        form_of(window).parameters.control("sampler"),
        gallery_of(window).grid,
    ):
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_F1)
        until(QToolTip.isVisible)
        said.append(QToolTip.text())
        QToolTip.hideText()
        until(lambda: not QToolTip.isVisible())
        if widget is form_of(window).parameters.control("sampler"):
            window.go("gallery")
    assert (
        "Describe what the picture shall show" in said[0]
        and "refined" in said[1]
        and len(set(said)) >= 3
    )


def test_remarks_stand_in_one_line_under_the_prompt(open_app: Open) -> None:
    window = open_app().window
    line, prompt = form_of(window).prompt.remarks, form_of(window).prompt.prompt
    prompt.replace_text("a ) house ]")
    until(line.isVisible)
    assert line.sentences == ('This ")" closes nothing.', 'This "]" closes nothing.')
    assert line._full == 'This ")" closes nothing. (and 1 more)' and line.toolTip().count("\n") == 1
    assert not window.notice.isVisible()
    prompt.replace_text("a house")
    until(lambda: not line.isVisible() and not line.sentences)


def test_examples_stand_between_the_prompts_and_fold_away(open_app: Open) -> None:
    first = open_app()
    window, examples = first.window, form_of(first.window).prompt.examples
    window.resize(1440, 900)
    until(lambda: examples.chips[0].isVisible())
    window.resize(1024, 640)
    until(lambda: not examples.chips[0].isVisible())
    examples.toggle.setChecked(True)
    order: list[QWidget] = []
    part: QWidget = form_of(window).prompt.prompt
    while part is not form_of(window).prompt.negative and len(order) < 400:
        order.append(part)
        part = part.nextInFocusChain()
    assert [
        one for one in order if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisible()
    ] == [form_of(window).prompt.prompt, examples.toggle, *examples.chips]
    examples.toggle.setChecked(False)
    below = form_of(window).side.scroll_area.viewport().height()
    inside = form_of(window).side.scroll_area.widget()
    for part in (
        form_of(window).parameters.model,
        form_of(window).parameters.size_fields.choice,
        form_of(window).parameters.control("steps"),
    ):
        until(lambda: part.mapTo(inside, part.rect().bottomLeft()).y() < below, 10)  # noqa: B023
    QTest.mouseClick(examples.toggle, Qt.MouseButton.LeftButton)
    assert examples.choice == "open" and examples.chips[0].isVisible()
    examples.choose("")
    first.draft.set(prompt="a red house")
    form_of(window).generate()
    until(lambda: examples.choice == "folded" and not examples.chips[0].isVisible())
    until(lambda: len(window.newest.ids()) == 1)
    window.draft.set(steps=3)
    pump(800)
    take_down(first)
    assert form_of(open_app().window).prompt.examples.choice == "folded"


def test_loras_come_in_the_tab_order_as_read(open_app: Open) -> None:
    window = open_app().window
    form_of(window).prompt.prompt.replace_text("a <lora:glow:0.8> <lora:sketch:1>")
    until(lambda: len(form_of(window).loras.lines) == 2)
    order: list[QWidget] = []
    part: QWidget = form_of(window).prompt.negative
    while part is not form_of(window).parameters.model and len(order) < 400:
        order.append(part)
        part = part.nextInFocusChain()
    places = [
        order.index(one)
        for one in (
            form_of(window).loras.lines[0].on,
            form_of(window).loras.lines[0].remove,
            form_of(window).loras.lines[0].weight.field,
            form_of(window).loras.lines[1].on,
            form_of(window).loras.add,
        )
    ]
    assert places == sorted(places)


def test_the_palette_finds_the_fields_other_words_and_lists_what_can_be_done(
    open_app: Open,
) -> None:
    window = open_app().window
    window.command_states.refresh()
    palette = CommandPalette(list(window.actions_by_id.values()), window)
    palette.field.setText("txt2img")
    assert palette.list.item(0).text().startswith("Generate")
    palette.field.setText("")
    listed = {
        palette.list.item(at).data(Qt.ItemDataRole.UserRole) for at in range(palette.list.count())
    }
    assert listed == {action for action in window.actions_by_id.values() if action.isEnabled()}
    palette.deleteLater()
    assert all(window.rooms[row.id] for row in ROOMS) and window.rooms.count() == len(ROOMS)
