"""Words of files for completion: read when they are wanted, and again when they have changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.models.files.families import FAMILIES
from core.system.paths import Places
from core.system.settings import Settings
from core.values.request_parts.chosen_style import ChosenStyle
from desktop.form.completion import word_sources
from desktop.form.completion.completing import Completing
from desktop.form.prompt.panel import PromptPanel
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.notices import NoticeBar
from tests.desktop.driving import until


class Parts:
    """A form's texts with completion over a data folder."""

    def __init__(self, where: Places) -> None:
        self.draft = Draft(FAMILIES["starter"])
        self.panel = PromptPanel(self.draft, theme.DARK)
        self.notice = NoticeBar()
        self.completing = Completing(
            self.panel, self.draft, places=where, settings=Settings(), notice=self.notice
        )
        self.panel.show()
        self.panel.prompt.setFocus()

    def offered(self) -> list[str]:
        """What the list of the prompt shows."""
        completion = self.panel.prompt.completion
        model = completion.completer.completionModel()
        rows = range(model.rowCount()) if completion.is_open() else ()
        return [model.index(row, 0).data() for row in rows]


@pytest.fixture
def parts(qapp: QApplication, where: Places, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.setattr(word_sources, "AGAIN_S", 0.0)
    where.create()
    made = Parts(where)
    yield made
    made.panel.prompt.completion.popup.hide()
    made.completing.end()
    made.panel.end()


def test_files_are_read_when_they_are_wanted_and_again_when_changed(
    parts: Parts, where: Places
) -> None:
    where.tags.mkdir()
    where.wildcards.mkdir()
    (where.wildcards / "colour.txt").write_text("red\ngreen\n")
    (where.tags / "mine.csv").write_text("hat_rack,0,10,\n")
    (where.tags / "bad.csv").write_text('hat,0,1,"\n')
    editor = parts.panel.prompt
    QTest.keyClicks(editor, "ha")
    until(lambda: parts.offered() == ["hat rack"])
    assert "bad.csv" in parts.notice.text.text()
    parts.completing.use_settings(Settings(tag_spaces=False))
    assert parts.offered() == ["hat_rack"], "where the list is open it follows"
    sources = parts.completing._sources
    until(lambda: sources is not None and not sources._looking)
    (where.tags / "mine.csv").write_text("hat_stand,0,10,\nhat_rack,0,3,\n")
    QTest.keyClicks(editor.completion.popup, "t")
    until(lambda: parts.offered() == ["hat_stand", "hat_rack"])
    QTest.keyClicks(editor.completion.popup, "; __")
    until(lambda: parts.offered() == ["__colour__"])


def test_a_style_stands_among_those_of_the_form_as_one_step(parts: Parts, where: Places) -> None:
    where.styles.mkdir()
    (where.styles / "mine.csv").write_text(
        'name,prompt,negative_prompt\nZinc,"zinc plate of {prompt}, etched",colour\n'
    )
    editor = parts.panel.prompt
    parts.draft.set(prompt="a house\n", negative_prompt="fog")
    editor.setFocus()
    QTest.keyClicks(editor, "zin")
    until(lambda: parts.offered() == ["Zinc"])
    QTest.keyClick(editor.completion.popup, Qt.Key.Key_Tab)
    request = parts.draft.request
    assert request.prompt == editor.toPlainText() == "a house\n"
    (style,) = request.styles
    assert (style.name, style.prompt) == ("Zinc", "zinc plate of {prompt}, etched")
    assert style.negative == "colour" and style.counts
    parts.draft.undo()
    assert (
        parts.draft.request.prompt == "a house\nzin"
        and parts.draft.request.negative_prompt == "fog"
        and parts.draft.request.styles == ()
    )
    parts.draft.set(styles=(ChosenStyle("ZINC", "as it was"), ChosenStyle("Ink", "in ink")))
    editor.completion.style_taken.emit("Zinc", 3)
    names = [one.name for one in parts.draft.request.styles]
    assert names == ["Zinc", "Ink"], "of one name there is one"
