"""What F1 says of each control: one sentence in the craft's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from desktop.shared.room import BuiltRoom
    from desktop.shell.main_window import MainWindow

LEAST = 5  # words of a sentence


def _of_the_window(window: MainWindow) -> Iterable[tuple[QWidget, str]]:
    """Each control that stands in no room, and its sentence."""
    notice = window.notice
    answers = "Does what its words say, and closes the notice."
    return (
        (
            notice,
            "Says what was done or went wrong, with a button that does something about it.",
        ),
        (notice.text, "Says what was done or went wrong; the text can be selected and copied."),
        (notice.button, answers),
        (notice.other, answers),
        (notice.more, "Shows all of a long notice, or only its beginning again."),
        (notice.waiting, "Shows the next of the notices that wait behind this one."),
        (notice.cross, "Closes this notice and changes nothing else."),
        (
            window.fit.button,
            "Says whether the picture fits into memory and how long it takes; press it for more, "
            "or to make it fit.",
        ),
        (
            window.fit.refine,
            "Lets hires fix choose a small size to compose the picture in, and refine it large.",
        ),
    )


def is_sentence(text: str, name: str = "") -> bool:
    """Whether a text is help, and no mere name."""
    return len(text.split()) >= LEAST and text.rstrip().endswith((".", "!", "?")) and text != name


def sentence_of(widget: QWidget) -> str:
    """The help of a control: its own words, else those of what it is a part of."""
    part: QWidget | None = widget
    while part is not None and not part.isWindow():
        for text in (part.whatsThis(), part.toolTip(), part.accessibleDescription()):
            if is_sentence(text, part.accessibleName()):
                return text
        part = part.parentWidget()
    return tr("Press F1 on a control to read here what it does.")


def explain(window: MainWindow) -> None:
    """Give each control of the window its words; a button that has no
    tooltip shows them there too."""
    for widget, text in _of_the_window(window):
        _give(widget, text)
    for room in window.rooms.built.values():
        explain_room(window, room)


def explain_room(window: MainWindow, room: BuiltRoom) -> None:
    """Give each control of a room its words."""
    for widget, text in room.help_texts():
        _give(widget, text)
    _name_keys_in(window, room)


def name_keys(window: MainWindow) -> None:
    """Buttons that are commands show the command's present key."""
    for room in window.rooms.built.values():
        _name_keys_in(window, room)


def _name_keys_in(window: MainWindow, room: BuiltRoom) -> None:
    for button, command_id, text in room.buttons():
        shortcut = window.actions_by_id[command_id].shortcut()
        key = shortcut.toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(f"{tr_data(text)} ({key})" if key else tr_data(text))


def _give(widget: QWidget, text: str) -> None:
    widget.setWhatsThis(tr_data(text))
    explained = is_sentence(widget.toolTip(), widget.accessibleName())
    if isinstance(widget, QAbstractButton) and not explained:
        widget.setToolTip(tr_data(text))
