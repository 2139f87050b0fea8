"""The commands that ask for something first: a number, a colour, a file, a place. Then one step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QInputDialog, QWidget

from core.system.errors import WorldError
from core.values.editing.document import MAX_SIDE, Document
from desktop.edit.acts.works import Change, Work
from desktop.edit.canvas.canvas import Canvas
from desktop.edit.document import mask_steps, sheet_steps
from desktop.edit.document.mask_steps import Combine
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.panels.region_dialog import RegionDialog
from desktop.widgets.drop_target import PATTERNS
from desktop.widgets.i18n import tr

WIDEST_GROW = 500  # pixels
MOST_DEGREES = 45.0
USUAL_TOLERANCE = 24

Sized = Callable[[Document, object, int, int], Change]


class AskingActs:
    """`window` is what its dialogs belong to."""

    def __init__(self, canvas: Canvas, window: QWidget) -> None:
        self._canvas = canvas
        self._window = window

    @property
    def _open(self) -> OpenDocument | None:
        return self._canvas.document()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do."""
        return {
            "layer-resize": self._resize_layer,
            "layer-straighten": partial(
                self._straighten, tr("Straighten layer"), sheet_steps.layer_straightened
            ),
            "sheet-resize": self._resize_sheet,
            "sheet-straighten": partial(
                self._straighten, tr("Straighten document"), sheet_steps.straightened
            ),
            "select-region": self._region,
            "select-grow": self._grow,
            "select-feather": self._feather,
            "select-colour": self._by_colour,
            "select-file": self._from_file,
        }

    def _apply(self, words: str, work: Work) -> None:
        document = self._open
        if document is not None:
            read = document.tiles.read
            document.apply(words, lambda state: work(state, read))

    # --- numbers ---

    def _width(self, words: str, width: int) -> int:
        """What was typed; 0 where it was cancelled."""
        label = tr("Width in pixels; the height follows:")
        number, accepted = QInputDialog.getInt(self._window, words, label, width, 1, MAX_SIDE)
        return number if accepted else 0

    def _resize_sheet(self) -> None:
        if self._open is None:
            return
        state = self._open.document
        words = tr("Resize document")
        if width := self._width(words, state.width):
            height = max(1, round(state.height * width / state.width))
            self._apply(words, lambda at, tile: sheet_steps.resized(at, tile, width, height))

    def _resize_layer(self) -> None:
        if self._open is None:
            return
        state = self._open.document
        layer = state.layer(state.active_layer)
        words = tr("Resize layer")
        if layer is not None and (width := self._width(words, layer.raster.width)):
            height = max(1, round(layer.raster.height * width / layer.raster.width))
            self._apply(words, lambda at, tile: sheet_steps.layer_resized(at, tile, width, height))

    def _straighten(
        self, words: str, work: Callable[[Document, Callable[[str], bytes], float], Change]
    ) -> None:
        label = tr("Degrees, clockwise; below 0 the other way:")
        degrees, accepted = QInputDialog.getDouble(
            self._window, words, label, 1.0, -MOST_DEGREES, MOST_DEGREES, 1
        )
        if accepted and degrees:
            self._apply(words, lambda at, tile: work(at, tile, degrees))

    def _grow(self) -> None:
        words = tr("Grow or shrink selection")
        label = tr("Pixels; below 0 shrinks it:")
        by, accepted = QInputDialog.getInt(self._window, words, label, 8, -WIDEST_GROW, WIDEST_GROW)
        if accepted and by:
            self._apply(words, lambda at, tile: mask_steps.grown(at, tile, by))

    def _feather(self) -> None:
        words = tr("Feather selection")
        label = tr("How soft its edge becomes, in pixels:")
        by, accepted = QInputDialog.getDouble(self._window, words, label, 8, 0.5, 250, 1)
        if accepted:
            self._apply(words, lambda at, tile: mask_steps.feathered(at, tile, by))

    # --- colours, files, places ---

    def _by_colour(self) -> None:
        options = self._canvas.options()
        words = tr("Select by colour")
        chosen = QColorDialog.getColor(QColor(*options.colour), self._window, words)
        if not chosen.isValid():
            return
        label = tr("How far colours may differ, 0 to 255:")
        tolerance, accepted = QInputDialog.getInt(
            self._window, words, label, USUAL_TOLERANCE, 0, 255
        )
        if accepted:
            colour = (chosen.red(), chosen.green(), chosen.blue())
            self._apply(
                words,
                lambda at, tile: mask_steps.by_colour(at, tile, colour, tolerance, Combine.REPLACE),
            )

    def _from_file(self) -> None:
        words = tr("Select from file")
        kinds = tr("Pictures") + f" ({PATTERNS})"
        name, _ = QFileDialog.getOpenFileName(self._window, words, "", kinds)
        if name:
            self.select_file(Path(name))

    def select_file(self, path: Path) -> None:
        """What is white in a picture, or opaque where it is clear elsewhere, is selected."""

        def work(state: Document, tile: object) -> Change:
            import numpy as np

            from core.store.sources.opening import mask_of, open_start_picture

            mask = mask_of(open_start_picture(path))
            if (mask.width, mask.height) != (state.width, state.height):
                raise WorldError(
                    tr(
                        "The picture has {w} x {h} pixels, and the document {wide} x {high}.",
                        w=mask.width,
                        h=mask.height,
                        wide=state.width,
                        high=state.height,
                    ),
                    tr("Choose one of the same size."),
                )
            grey = np.frombuffer(mask.data, np.uint8).reshape(mask.height, mask.width)
            return mask_steps.with_mask_pixels(state, grey)

        self._apply(tr("Select from file"), work)

    def _region(self) -> None:
        if self._open is None:
            return
        dialog = RegionDialog(self._open, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
