"""What the panel of layers and masks does to the document that is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QMenu

from core.service.editing.rasters import small_rows
from core.system.recent import Recent
from core.values.editing.document import Document, Layer, Mask
from core.values.editing.raster import Raster
from desktop.edit.acts.rows import ACT_COMMANDS
from desktop.edit.acts.works import WORKS, can
from desktop.edit.document import layer_steps, mask_steps
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.panels.layers import LayersPanel
from desktop.edit.pixels.checks import on_checks
from desktop.edit.pixels.images import image_of
from desktop.state.services import Services
from desktop.widgets.i18n import tr, tr_data

LABELS = {command.id: command.label for command in ACT_COMMANDS}
OF_LAYERS = (
    "layer-duplicate",
    "layer-merge",
    "layer-raise",
    "layer-lower",
    "layer-show",
    "layer-lock",
    "select-alpha",
    "layer-delete",
)
OF_MASKS = ("mask-duplicate", "select-invert", "select-none", "mask-delete")
SIDE = 48  # device pixels of a thumbnail
MOST_SMALL = 200  # thumbnails in memory
SETTLED_MS = 400  # after the last step


class LayerActs(QObject):
    """Each act is one step of the document."""

    def __init__(self, panel: LayersPanel, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._panel = panel
        self._images = services.image_tasks
        self._open: OpenDocument | None = None
        self._id = ""  # of the document
        self._faded: Document | None = None  # with an opacity that is still being chosen
        self._small: Recent[Raster, QImage] = Recent(MOST_SMALL)
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self._draw_small)
        self._fading = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._fading.timeout.connect(self._settle_unless_held)
        panel.layer_chosen.connect(self._choose_layer)
        panel.mask_chosen.connect(self._choose_mask)
        panel.renamed.connect(self._rename)
        panel.ordered.connect(self._order)
        panel.shown.connect(self._show)
        panel.locked.connect(self._lock)
        panel.opaque.connect(self._fade)
        panel.settled.connect(self.settle)
        panel.asked.connect(self.act)
        panel.menu_asked.connect(self._show_menu)

    def use(self, document: OpenDocument | None, document_id: str = "") -> None:
        """Another document is shown, or none."""
        self.settle()
        if self._open is not None:
            self._open.interrupted.disconnect(self.settle)
            self._open.restructured.disconnect(self.refresh)
            self._open.stepped.disconnect(self._timer.start)
        self._open = document
        self._id = document_id
        if document is not None:
            document.restructured.connect(self.refresh)
            document.stepped.connect(self._timer.start)
            document.interrupted.connect(self.settle)
            self.refresh()

    def refresh(self) -> None:
        """Show its layers as they are now."""
        if self._open is not None:
            document = self._faded or self._open.document
            self._panel.show_document(document)
            for part in (*document.layers, *document.masks):
                if (image := self._small.get(part.raster)) is not None:
                    self._panel.show_picture(part.id, image)
            self._timer.start()

    # --- thumbnails ---

    def _draw_small(self) -> None:
        """Those of layers and masks whose pixels changed, beside the window."""
        if self._open is None:
            return
        document = self._open.document
        for part in (*document.layers, *document.masks):
            image = self._small.get(part.raster)
            if image is None:
                self._read_small(part)
            else:
                self._panel.show_picture(part.id, image)

    def _read_small(self, part: Layer | Mask) -> None:
        assert self._open is not None
        document_id, raster, read_tile = self._id, part.raster, self._open.tiles.read

        def read() -> QImage:
            rows = small_rows(raster, read_tile, SIDE)
            return image_of(rows)

        def there(image: QImage) -> None:
            self._small.keep(raster, _squared(image))
            if document_id == self._id:
                self._panel.show_picture(part.id, self._small.get(raster) or image)

        # a damaged tile has been told of already
        self._images.submit(read, there, lambda _: None)

    # --- acts ---

    def _step(self, text: str, changed: Callable[[Document], Document]) -> None:
        self.settle()
        if self._open is not None:
            self._open.step(text, changed(self._open.document))

    def _choose_layer(self, layer_id: int) -> None:
        self.settle()
        if self._open is not None:
            self._open.choose_layer(layer_id)

    def _choose_mask(self, mask_id: int) -> None:
        self._step(tr("Choose mask"), lambda document: replace(document, active_mask=mask_id))

    def _rename(self, part_id: int, name: str) -> None:
        def act(document: Document) -> Document:
            if document.layer(part_id) is not None:
                return layer_steps.renamed(document, part_id, name)
            return mask_steps.mask_renamed(document, part_id, name)

        self._step(tr("Rename"), act)
        self.refresh()  # an empty name was none

    def _order(self, ids: list[int]) -> None:
        self._step(tr("Move layer"), lambda document: layer_steps.ordered(document, ids))

    def _show(self, layer_id: int, shown: bool) -> None:
        text = tr("Show layer") if shown else tr("Hide layer")
        self._step(text, lambda document: layer_steps.with_visible(document, layer_id, shown))

    def _lock(self, layer_id: int, locked: bool) -> None:
        text = tr("Lock layer") if locked else tr("Unlock layer")
        self._step(text, lambda document: layer_steps.with_locked(document, layer_id, locked))

    def _fade(self, opacity: float) -> None:
        """Show it; one step once it is settled, however long the slider was held."""
        if self._open is not None and (self._faded is not None or not self._open.is_changing()):
            self._faded = layer_steps.with_opacity(self._open.document, opacity)
            self._open.show(self._faded, {}, None)
            self._fading.start()

    def _settle_unless_held(self) -> None:
        if self._panel.opacity.slider.isSliderDown():
            self._fading.start()
        else:
            self.settle()

    def settle(self) -> None:
        """What is being changed is a step now."""
        self._fading.stop()
        faded, self._faded = self._faded, None
        if self._open is not None and faded is not None:
            self._open.step(tr("Opacity"), faded)

    # --- commands ---

    def act(self, command_id: str) -> None:
        """Do what a command says, beside the window."""
        self.settle()
        if self._open is not None:
            read, work = self._open.tiles.read, WORKS[command_id]
            self._open.apply(tr_data(LABELS[command_id]), lambda document: work(document, read))

    def _show_menu(self, place: QPoint, of_masks: bool) -> None:
        self.menu(of_masks=of_masks).popup(place)

    def menu(self, *, of_masks: bool) -> QMenu:
        """What can be done with the layer, or the mask, that is chosen."""
        parts = self._panel.masks if of_masks else self._panel.layers
        menu = QMenu(self._panel)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Rename"), parts.rename)
        possible = self.possible()
        for command_id in OF_MASKS if of_masks else OF_LAYERS:
            action = menu.addAction(tr_data(LABELS[command_id]), partial(self.act, command_id))
            action.setEnabled(possible[command_id])
        return menu

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do."""
        return {command_id: partial(self.act, command_id) for command_id in WORKS}

    def possible(self) -> dict[str, bool]:
        """By id, which of all that change a document can do something now."""
        document = None if self._open is None else self._open.document
        return {
            command.id: document is not None and can(command.id, document)
            for command in ACT_COMMANDS
        }


def _squared(image: QImage) -> QImage:
    """In the middle of a clear square, so that rows line up."""
    square = QImage(SIDE, SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    square.fill(0)
    image = on_checks(image)
    painter = QPainter(square)
    painter.drawImage((SIDE - image.width()) // 2, (SIDE - image.height()) // 2, image)
    painter.end()
    return square
