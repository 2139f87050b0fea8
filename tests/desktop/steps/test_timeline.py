"""The timeline by itself."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from desktop.steps.timeline import Timeline


def test_long_words_for_what_is_shown_make_no_room_wider(qapp: QApplication) -> None:
    timeline = Timeline()
    buttons = list(timeline.ways.values())
    for button in buttons:
        button.setText("In a language of long words")
    needed = sum(button.sizeHint().width() for button in buttons)
    timeline.resize(needed // 2, 300)
    timeline.show()
    qapp.processEvents()
    assert timeline.width() == needed // 2
    for button in buttons:
        right = button.mapTo(timeline, button.rect().topRight()).x()
        assert button.width() >= button.sizeHint().width() and right < timeline.width()
    timeline.resize(2 * needed, 300)
    qapp.processEvents()
    assert len({button.y() for button in buttons}) == 1, "in one line where there is room"
    timeline.deleteLater()
