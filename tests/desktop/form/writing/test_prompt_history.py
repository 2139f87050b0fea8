"""The history of prompts by keyboard: found, taken, pinned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.service.stores import Stores
from core.store.prompts.pinned_prompts import PinnedPrompts
from core.store.prompts.prompt_history import PromptHistory, PromptPair
from desktop.form.past_prompts import dialog as dialog_module
from desktop.form.past_prompts.dialog import PromptHistoryDialog
from desktop.form.past_prompts.pair_list import PAIR
from tests.desktop.parts import HeldTasks, put_picture, put_rows

CONTROL = Qt.KeyboardModifier.ControlModifier


@dataclass
class Opened:
    """The dialog over a gallery, with tasks that run when the test says so."""

    stores: Stores
    looking: HeldTasks = field(default_factory=HeldTasks)
    writing: HeldTasks = field(default_factory=HeldTasks)
    taken: list[PromptPair] = field(default_factory=list)
    parent: QWidget = field(default_factory=QWidget)

    def __post_init__(self) -> None:
        self.dialog = PromptHistoryDialog(
            PromptHistory(self.stores.gallery.index),
            PinnedPrompts(self.stores.places.pinned_prompts),
            looking=self.looking,
            writing=self.writing,
            take=self.taken.append,
            parent=self.parent,
        )
        self.dialog.open()
        self.looking.run_all()

    def prompts(self) -> list[str]:
        """What the list shows."""
        model = self.dialog.model
        return [model.index(at, 0).data(PAIR).prompt for at in range(model.rowCount())]

    def type(self, words: str) -> None:
        """Look for words."""
        self.dialog.field.setText(words)
        self.dialog._timer.stop()
        self.dialog._look()
        self.looking.run_all()


@pytest.fixture
def opened(qapp: QApplication, stores: Stores) -> Iterator[Opened]:
    for prompt in ("a house by the sea", "a red tree", "a house by the sea", "a red house"):
        put_picture(stores, prompt)
    one = Opened(stores)
    yield one
    one.parent.deleteLater()


def test_return_takes_what_is_marked(opened: Opened) -> None:
    assert opened.prompts() == ["a red house", "a house by the sea", "a red tree"]
    opened.type("hou")
    assert opened.prompts() == ["a red house", "a house by the sea"]
    assert opened.dialog.whole.toPlainText() == "a red house"
    QTest.keyClick(opened.dialog.field, Qt.Key.Key_Down)
    QTest.keyClick(opened.dialog.field, Qt.Key.Key_Return)
    assert opened.taken == [PromptPair("a house by the sea")] and not opened.dialog.isVisible()


def test_return_takes_of_what_was_typed_before_it(opened: Opened) -> None:
    QTest.keyClicks(opened.dialog.field, "tree")
    QTest.keyClick(opened.dialog.field, Qt.Key.Key_Return)
    assert opened.taken == [] and opened.dialog.isVisible(), "what is marked is of other words"
    opened.looking.run_all()
    assert opened.taken == [PromptPair("a red tree")] and not opened.dialog.isVisible()


def test_pins_come_first_and_delete_takes_only_them_away(opened: Opened) -> None:
    for _ in range(2):
        QTest.keyClick(opened.dialog.field, Qt.Key.Key_Down)
    QTest.keyClick(opened.dialog.field, Qt.Key.Key_Delete)
    assert not opened.writing.held and "belongs to its pictures" in opened.dialog.note.text()
    QTest.keyClick(opened.dialog.field, Qt.Key.Key_P, CONTROL)
    opened.writing.run_all()
    assert opened.prompts() == ["a red tree", "a red house", "a house by the sea"]
    assert opened.dialog.current() == PromptPair("a red tree"), "what was marked stays marked"
    assert opened.dialog.pin.text() == "Unpin"
    opened.type("house")
    assert opened.prompts() == ["a red house", "a house by the sea"], "pins are looked through too"
    opened.dialog.reject()

    again = Opened(opened.stores)
    assert again.prompts()[0] == "a red tree"
    again.type("red")
    again.dialog.field.selectAll()
    QTest.keyClick(again.dialog.field, Qt.Key.Key_Delete)
    assert again.dialog.field.text() == "" and not again.writing.held, "words go, no pin"
    again.type("")
    QTest.keyClick(again.dialog.list, Qt.Key.Key_Delete)
    again.writing.run_all()
    assert again.prompts() == ["a red house", "a house by the sea", "a red tree"]
    assert PinnedPrompts(again.stores.places.pinned_prompts).all() == ()
    again.parent.deleteLater()


def test_more_come_when_the_end_is_seen_and_late_answers_are_none(
    qapp: QApplication, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_rows(stores, 200)
    pages = PromptHistory.page
    monkeypatch.setattr(
        PromptHistory, "page", lambda self, words, below=None: pages(self, words, below, rows=30)
    )
    opened = Opened(stores)
    assert len(opened.prompts()) == 60 >= dialog_module.ENOUGH
    opened.dialog.list.doItemsLayout()  # which Qt puts off
    bar = opened.dialog.list.verticalScrollBar()
    bar.setValue(bar.maximum())
    opened.looking.run_all()
    assert len(opened.prompts()) == 90 and len(set(opened.prompts())) == 90
    opened.dialog.field.setText("picture 7")
    opened.dialog._look()
    opened.dialog.field.setText("picture 19")
    opened.dialog._look()
    opened.looking.run_next()
    assert len(opened.prompts()) == 90, "an answer to earlier words is none"
    opened.looking.run_all()
    assert set(opened.prompts()) == {f"picture {n}" for n in (19, *range(190, 200))}
    opened.type("nowhere")
    assert opened.prompts() == [] and not opened.dialog.taking.isEnabled()
    QTest.keyClick(opened.dialog.field, Qt.Key.Key_Return)
    assert opened.taken == [] and opened.dialog.note.isVisible()
    opened.dialog.field.setText("")
    opened.dialog._look()
    opened.dialog.reject()
    opened.looking.run_all()  # the answer meets a dialog that is going
    opened.parent.deleteLater()
