"""Palette and style sheet of the whole program."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from desktop.widgets import theme

OK = QDialogButtonBox.StandardButton.Ok


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    before = qapp.styleSheet()
    yield qapp
    qapp.setStyleSheet(before)


def test_a_theme_is_a_palette_and_a_sheet(app: QApplication) -> None:
    for choice, tokens in (("dark", theme.DARK), ("light", theme.LIGHT)):
        assert theme.apply(app, choice) is tokens
        assert app.palette().color(QPalette.ColorRole.Window).name() == tokens.window.lower()
        assert tokens.accent in app.styleSheet() and f"check-{choice}.svg" in app.styleSheet()


def test_what_was_built_under_one_theme_looks_in_another_as_if_built_there(
    app: QApplication,
) -> None:
    def built() -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        for part in (QLabel("words"), QLineEdit("text"), QDialogButtonBox(OK)):
            line.addWidget(part)
        box.show()
        return box

    theme.apply(app, "dark")
    before = built()
    dark = before.grab().toImage()
    theme.apply(app, "light")
    after = built()
    before.resize(after.size())
    assert before.sizeHint() == after.sizeHint() and dark != before.grab().toImage()
    assert before.grab().toImage() == after.grab().toImage()


def test_what_is_built_first_gets_the_sheet_at_the_end(app: QApplication) -> None:
    app.setStyleSheet("QLabel { color: #102030 }")
    with theme.sheet_comes_last(app):
        label = QLabel("words")
        label.ensurePolished()
        assert app.styleSheet() == ""
        assert label.palette().color(QPalette.ColorRole.WindowText).name() != "#102030"
    label.ensurePolished()
    assert label.palette().color(QPalette.ColorRole.WindowText).name() == "#102030"
    with pytest.raises(OSError), theme.sheet_comes_last(app):
        raise OSError
    assert "#102030" in app.styleSheet()
