"""The editor of wildcards and what a prompt may become: nothing waits, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.models.files.families import FAMILIES
from core.system.paths import Places
from desktop.form.wildcards.acts import WildcardActs
from desktop.form.wildcards.dialog import WildcardsDialog
from desktop.form.wildcards.draws import DrawActs
from desktop.form.wildcards.text import AT_ONCE, WildcardText
from desktop.state.draft import Draft
from desktop.widgets.notices import NoticeBar
from tests.desktop.driving import until
from tests.desktop.parts import HeldTasks


class Bench:
    """The editor over a real folder."""

    def __init__(self, where: Places, qtbot: QtBot) -> None:
        self.folder = where.wildcards
        (self.folder / "warm").mkdir(parents=True)
        (self.folder / "warm" / "colour.txt").write_text("red\n")
        (self.folder / "animal.txt").write_text("cat\n")
        self.tasks = HeldTasks()
        self.window, self.notice = QWidget(), NoticeBar()
        for widget in (self.window, self.notice):
            qtbot.addWidget(widget)
        self.inserted: list[str] = []
        self.acts = WildcardActs(
            where, self.notice, self.window, self.inserted.append, tasks=self.tasks
        )

    def open(self) -> WildcardsDialog:
        self.acts.choose()
        self.tasks.run_all()
        assert self.acts.dialog is not None
        return self.acts.dialog

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def bench(where: Places, qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(where, qtbot)
    yield made
    made.acts.end()


def test_a_text_is_written_and_drawn(bench: Bench) -> None:
    dialog = bench.open()
    assert [dialog.list.index(at).data() for at in range(2)] == ["animal.txt", "warm/colour.txt"]
    dialog.mark("warm/colour.txt")
    bench.tasks.run_all()
    assert dialog.text.toPlainText() == "red\n" and set(dialog.draws.toPlainText().split()) == {
        "red"
    }
    dialog.text.setPlainText("blue\nblue __animal__\n")
    assert bench.read("warm/colour.txt") == "red\n"
    bench.acts.save()
    bench.tasks.run_all()
    assert bench.read("warm/colour.txt") == "blue\nblue __animal__\n"
    assert "2 values" in dialog.state.text() and "blue cat" in dialog.draws.toPlainText()
    dialog.put.click()
    assert bench.inserted == ["__warm/colour__"]
    dialog.text.setPlainText("green")
    dialog.mark("animal.txt")  # what was typed is not lost
    bench.tasks.run_all()
    assert bench.read("warm/colour.txt") == "green" and dialog.text.toPlainText() == "cat\n"
    dialog.text.setPlainText("dog")
    bench.acts.end()
    bench.tasks.run_all()
    assert bench.read("animal.txt") == "dog"


def test_files_are_made_renamed_deleted_and_brought_back(bench: Bench) -> None:
    dialog = bench.open()
    dialog.new.click()
    bench.tasks.run_all()
    assert dialog.current().name == "new.txt"  # type: ignore[union-attr]
    dialog.list.setData(dialog.view.currentIndex(), "cold/ice")
    bench.tasks.run_all()
    assert bench.read("cold/ice.txt") == "" and dialog.current().name == "cold/ice.txt"  # type: ignore[union-attr]
    dialog.list.setData(dialog.view.currentIndex(), "../away")
    bench.tasks.run_all()
    assert "no name for a wildcard" in bench.notice.top().text  # type: ignore[union-attr]
    dialog.mark("animal.txt")
    bench.tasks.run_all()
    QTest.keyClick(dialog.view, Qt.Key.Key_Delete)
    bench.tasks.run_all()
    assert not (bench.folder / "animal.txt").exists()
    bench.notice.button.click()
    bench.tasks.run_all()
    assert bench.read("animal.txt") == "cat\n" and dialog.current().name == "animal.txt"  # type: ignore[union-attr]


def test_what_another_program_writes_is_not_written_over(bench: Bench) -> None:
    dialog = bench.open()
    (bench.folder / "animal.txt").write_text("horse")
    bench.acts._look_outside()
    bench.tasks.run_all()
    assert dialog.text.toPlainText() == "horse"
    dialog.close()
    (bench.folder / "animal.txt").write_text("mule")
    bench.open()
    assert dialog.text.toPlainText() == "mule", "also while nobody looked"
    watched = bench.acts._watch._watcher  # type: ignore[union-attr]
    assert watched.files() == [str(bench.folder / "animal.txt")]
    assert set(watched.directories()) == {str(bench.folder), str(bench.folder / "warm")}
    dialog.text.setPlainText("mine")
    (bench.folder / "animal.txt").write_text("theirs")
    bench.acts.save()
    bench.tasks.run_all()
    assert bench.read("animal.txt") == "theirs" and not dialog.load.isHidden()
    dialog.keep.click()
    bench.tasks.run_all()
    assert bench.read("animal.txt") == "mine" and dialog.load.isHidden()
    dialog.text.setPlainText("mine again")
    (bench.folder / "animal.txt").write_text("theirs")
    dialog.mark("warm/colour.txt")
    bench.tasks.run_all()
    assert bench.read("animal.txt") == "theirs" and bench.read("animal 2.txt") == "mine again"


def test_our_own_write_is_no_other_programs(bench: Bench) -> None:
    dialog = bench.open()
    for text in ("dog", "dog\nhorse"):  # the second before the first is known to be written
        dialog.text.setPlainText(text)
        bench.acts.save()
    bench.tasks.run_all()
    assert bench.read("animal.txt") == "dog\nhorse" and dialog.load.isHidden()


def test_what_the_disk_refused_is_tried_again(bench: Bench) -> None:
    dialog = bench.open()
    animal = bench.folder / "animal.txt"
    animal.unlink()
    animal.mkdir()  # which no file replaces
    dialog.text.setPlainText("dog")
    dialog.mark("warm/colour.txt")
    bench.tasks.run_all()
    assert "animal.txt" in bench.notice.top().text  # type: ignore[union-attr]
    animal.rmdir()
    dialog.close()
    bench.tasks.run_all()
    assert bench.read("animal.txt") == "dog"


def test_a_text_that_two_changed_is_kept_when_the_window_closes(bench: Bench) -> None:
    dialog = bench.open()
    dialog.text.setPlainText("mine")
    (bench.folder / "animal.txt").write_text("theirs")
    dialog.close()
    bench.tasks.run_all()
    bench.acts.end()
    bench.tasks.run_all()
    assert bench.read("animal.txt") == "theirs" and bench.read("animal 2.txt") == "mine"


def test_a_bad_file_says_so_with_its_line(bench: Bench) -> None:
    (bench.folder / "bad.yaml").write_text("a: 1\nb: [c\nd: e\n")
    dialog = bench.open()
    dialog.mark("bad.yaml")
    bench.tasks.run_all()
    assert "no YAML in line 3" in dialog.state.text() and not dialog.put.isEnabled()
    dialog.text.setPlainText("a: 1\nb: [c]\n")
    bench.acts.save()
    bench.tasks.run_all()
    assert "2 values" in dialog.state.text()


def test_long_texts_come_in_by_portions(qtbot: QtBot) -> None:
    text = WildcardText()
    qtbot.addWidget(text)
    edits: list[None] = []
    text.edited.connect(lambda: edits.append(None))
    long = "\n".join(f"value {n}" for n in range(3 * AT_ONCE))
    text.fill(long)
    assert text.isReadOnly() and text.blockCount() == AT_ONCE
    until(lambda: not text.is_filling())
    assert text.toPlainText() == long and not text.isReadOnly() and not edits
    text.fill("a\r\n" * (AT_ONCE + 2))
    until(lambda: not text.is_filling())
    assert text.toPlainText() == "a\n" * (AT_ONCE + 2), "no lines more than the file has"
    text.fill("short")
    assert text.toPlainText() == "short"
    text.fill("x" * 30_000)
    assert text.isReadOnly() and not text.is_whole


def test_draws_are_made_one_at_a_time(where: Places, qtbot: QtBot) -> None:
    draft = Draft(FAMILIES["sd15"])
    window = QWidget()
    qtbot.addWidget(window)
    acts = DrawActs(draft, window, lambda: draft.request)
    acts.end()
    acts._errands = held = HeldTasks()  # type: ignore[assignment]
    acts.show()
    for text in ("a {b|c}", "x" * 100_001, "a {d|e}", "an {f|f}"):
        draft.set(prompt=text)
    assert len(held.held) == 1
    assert held.run_all() == 2, "what came between is not drawn"
    assert acts.dialog is not None and acts.dialog.list.item(9).text() == "an f"


def test_ten_draws_follow_the_form_and_are_taken_as_one_step(
    where: Places, qtbot: QtBot, tmp_path: Path
) -> None:
    draft = Draft(FAMILIES["sd15"])
    window = QWidget()
    qtbot.addWidget(window)
    acts = DrawActs(draft, window, lambda: draft.request)
    draft.set(prompt="a {red|blue} cat __gone__ <lora:ink:0.5>")
    acts.show()
    dialog = acts.dialog
    assert dialog is not None
    until(lambda: dialog.list.count() == 10)
    drawn = [dialog.list.item(at).text() for at in range(10)]
    assert set(drawn) == {"a red cat __gone__", "a blue cat __gone__"}
    assert 'no wildcard "gone"' in dialog.problems.text()
    draft.set(prompt="a {big|small} dog <lora:ink:0.5>")
    until(lambda: "dog" in dialog.list.item(0).text())
    first = [dialog.list.item(at).text() for at in range(10)]
    dialog.again.click()
    until(lambda: [dialog.list.item(at).text() for at in range(10)] != first)
    wanted = dialog.list.currentItem().text()
    dialog.take.click()
    assert draft.stored().prompt == f"{wanted} <lora:ink:0.5>"
    draft.undo()
    assert "{big|small}" in draft.stored().prompt
    acts.end()
