"""Every word of the window can be translated, and no row of buttons is cut."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QSpinBox

from desktop.widgets.flow_layout import wrap_row

ROOT = Path(__file__).parents[3]


SHOWN_BY = {
    "setText",
    "setToolTip",
    "setAccessibleName",
    "setPlaceholderText",
    "setWindowTitle",
    "addAction",
    "addMenu",
    "QLabel",
    "QPushButton",
    "QAction",
    "say",
    "set_full",
    "show_message",
    "addButton",
    "QCheckBox",
    "setTitle",
}


def untranslated(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            literal = node.args[0] if name in SHOWN_BY and node.args else None
            if (
                isinstance(literal, ast.Constant)
                and isinstance(literal.value, str)
                and any(c.isalpha() for c in literal.value)
                and literal.value not in ("Calotype", "x")
            ):
                found.append(f"{path.name}:{node.lineno} {literal.value!r}")
    return found


def test_no_untranslated_literal() -> None:
    found = [line for path in (ROOT / "desktop").rglob("*.py") for line in untranslated(path)]
    assert not found, found


def test_a_translated_word_is_found_by_the_scan(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("label.setText('Hello')\nlabel.setText(tr('Hello'))\n")
    assert len(untranslated(tmp_path / "x.py")) == 1


def test_qt_calls_lose_no_references(qapp: QApplication) -> None:
    """PySide6 6.12.0 on Python 3.11 loses a reference to None in nearly every call and
    then aborts the process."""
    label, box, view = QLabel(), QSpinBox(), QLineEdit()
    calls = [
        lambda: label.setText("x"),
        lambda: label.update(),
        lambda: label.setVisible(False),
        lambda: box.setValue(3),
        lambda: box.hasFocus(),
        lambda: view.setEnabled(True),
        lambda: view.text(),
        lambda: label.parentWidget(),
    ]
    for call in calls:
        for constant in (None, True, False):
            before = sys.getrefcount(constant)
            for _ in range(2000):
                call()
            assert abs(sys.getrefcount(constant) - before) < 500, call


def test_buttons_of_a_narrow_card_wrap(qapp: object) -> None:
    parts = [QPushButton(word * 3) for word in ("check ", "folder ", "defaults ", "remove ")]
    holder = wrap_row(*parts)
    for width in (900, 300, holder.minimumSizeHint().width()):
        holder.resize(width, holder.heightForWidth(width))
        holder.show()
        QApplication.processEvents()
        assert all(
            part.geometry().right() < width and part.geometry().bottom() < holder.height()
            for part in parts
        )
        assert all(
            not a.geometry().intersects(b.geometry()) for a in parts for b in parts if a is not b
        )
    parts[0].hide()
    assert holder.heightForWidth(holder.width()) < holder.height()
