"""The document before and after, compared from Edit."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from desktop.pictures.comparing.dialog import ComparingDialog
from tests.desktop.driving import Open, until
from tests.desktop.edit.rooms import desk_of, photo


def test_what_was_opened_stands_beside_what_became_of_it(open_app: Open, tmp_path: Path) -> None:
    window = open_app().window
    act = window.actions_by_id["document-compare"]
    assert not act.isEnabled()
    desk = desk_of(window)
    window.signals.edit_file.emit(photo(tmp_path))
    until(lambda: desk.documents.current is not None)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    window.actions_by_id["layer-flip"].trigger()
    document = tab.open
    until(lambda: document.position == 1)
    window.command_states.refresh()
    act.trigger()
    until(lambda: window.findChildren(ComparingDialog))
    (dialog,) = window.findChildren(ComparingDialog)
    until(lambda: "differ by" in dialog.panel.said.text())
    before, now = dialog.panel.pictures
    assert (before.name, now.name) == ("Before", "Now")
    assert now.image.flipped(Qt.Orientation.Horizontal) == before.image
    dialog.close()
