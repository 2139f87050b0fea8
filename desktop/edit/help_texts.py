"""A sentence for each control of Edit that has none of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.widgets.controls import scrolling

if TYPE_CHECKING:
    from desktop.edit.desk import EditDesk

_OF_LAYERS = {
    "layer-add": "Adds an empty layer above the active one, to paint on.",
    "layer-duplicate": "Adds a copy of the active layer above it.",
    "layer-merge": "Makes one layer of the active one and the one below it.",
    "layer-delete": "Takes the active layer out of the document; Undo brings it back.",
    "mask-add": "Adds an empty mask, which is what tools select from then on.",
    "mask-delete": "Takes the active mask out of the document; Undo brings it back.",
}


def help_texts(desk: EditDesk) -> Iterable[tuple[QWidget, str]]:
    """Each control with its sentence."""
    hidden = desk.form.prompt.start
    yield from (row for row in desk.form.help_texts() if row[0] is not hidden)
    yield hidden, "Chooses a picture to start from; in Edit that is the document itself."
    yield from _around(desk)
    yield from _of_results(desk)
    for bar in (desk.tabs, desk.side.tabs):
        yield from scrolling(bar)


def _around(desk: EditDesk) -> Iterator[tuple[QWidget, str]]:
    layers, tools, empty = desk.side.layers, desk.tools, desk.page.empty
    buttons = layers.buttons | layers.mask_buttons
    for command_id, sentence in _OF_LAYERS.items():
        yield buttons[command_id], sentence
    yield layers.no_mask, "Selects nothing: what is asked for then is the whole picture or frame."
    yield layers.opacity.slider, "How much of the active layer is seen, in percent."
    yield layers.opacity.field, "How much of the active layer is seen, in percent."
    yield desk.side.tabs, "Shows the document's layers and masks, or the newest pictures."
    yield tools.swatches, "Chooses the colour that tools paint with; X swaps it with the second."
    yield desk.canvas, "The picture: tools draw on it, and arrow keys move with the tool in hand."
    yield (
        desk.side.history.grid,
        "The newest pictures: E opens one here, right-click for what can be done with it.",
    )
    yield empty.open, "Opens a picture or a layered file of any program as a document."
    yield empty.paste, "Opens the picture that is on the clipboard as a document."
    yield empty.new, "Begins with an empty sheet in the size that the model draws best."
    yield empty.reopen, "Opens the document again that was closed last."


def _of_results(desk: EditDesk) -> Iterator[tuple[QWidget, str]]:
    line = desk.line
    yield line.previous, "Shows the result before this one over the canvas."
    yield line.next, "Shows the next result over the canvas."
    yield line.accept, "Takes this result into the active layer, or above all that covers it."
    yield line.as_layer, "Takes the result that is shown as a layer of its own."
    yield line.keep, "Puts this result away without taking it; it stays in the Gallery."
    yield line.discard, "Moves the result that is shown to the trash."
    yield line.discard_all, "Moves all results that lie over the canvas to the trash."
    yield line.again, "Lays results over the canvas again that were put away."
    yield line.progress.stop, "Stops the picture being made; its menu stops after it, or all."
