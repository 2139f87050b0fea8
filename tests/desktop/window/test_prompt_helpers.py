"""What helps with prompts, in the whole window: its keys, what it changes as one step, and that
nothing typed is lost."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.store.prompts.prompt_history import PromptPair
from core.system.paths import Places
from desktop.form.past_prompts.dialog import PromptHistoryDialog
from desktop.state import session
from tests.desktop.driving import Open, form_of, gallery_of, pump, until
from tests.desktop.parts import put_picture

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_find_is_the_prompts_where_it_has_the_focus(open_app: Open) -> None:
    application = open_app()
    window, form = application.window, form_of(application.window)
    form.prompt.prompt.replace_text("a red house, a red tree")
    form.prompt.prompt.setFocus()
    window.actions_by_id["find"].trigger()
    finder = form.helpers._finder
    assert finder is not None and finder.is_open() and window.rooms.shown == "create"
    QTest.keyClicks(finder.bar.field, "red")
    window.actions_by_id["find-next"].trigger()
    assert form.prompt.prompt.textCursor().selectionStart() == 15
    window.actions_by_id["replace"].trigger()
    assert finder.bar.replacement.isVisible()
    QTest.keyClick(finder.bar.field, Qt.Key.Key_Escape)
    form.side.generate.setFocus()
    window.actions_by_id["find"].trigger()
    assert not finder.is_open() and gallery_of(window).search.hasFocus()

    put_picture(application.stores, "a lighthouse")
    window.go("create")
    before = application.draft.request
    window.actions_by_id["prompt-history"].trigger()
    dialog = window.findChild(PromptHistoryDialog)
    assert isinstance(dialog, PromptHistoryDialog)
    until(lambda: dialog.current() == PromptPair("a lighthouse"))
    dialog.use()
    assert form.prompt.prompt.toPlainText() == "a lighthouse"
    application.draft.undo()
    assert application.draft.request == before and form.prompt.prompt.toPlainText() == before.prompt


def test_what_is_typed_without_a_pause_is_there_after_a_kill(open_app: Open, where: Places) -> None:
    application = open_app()
    prompt = form_of(application.window).prompt.prompt
    prompt.replace_text("")
    prompt.setFocus()
    for _ in range(80):  # keys with never as long between them as a save waits
        QTest.keyClicks(prompt, "w ")
        pump(40)
        if session.load(where.session).request.prompt.startswith("w w"):
            break
    kept = session.load(where.session).request.prompt
    assert kept.startswith("w w") and prompt.toPlainText().startswith(kept)
