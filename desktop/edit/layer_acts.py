"""What the panel of layers and masks does to the document that is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QRect

from core.values.editing.document import Document, Layer
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.panels.layers import LayersPanel
from desktop.widgets.i18n import tr

SIDE = 48  # device pixels of a thumbnail


class LayerActs(QObject):
    """Each act is one step of the document."""

    def __init__(self, panel: LayersPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._panel = panel
        self._open: OpenDocument | None = None
        panel.layer_chosen.connect(self._choose_layer)
        panel.mask_chosen.connect(self._choose_mask)
        panel.renamed.connect(self._rename)
        panel.ordered.connect(self._order)
        panel.shown.connect(self._show)
        panel.locked.connect(self._lock)
        panel.opaque.connect(self._fade)

    def use(self, document: OpenDocument | None) -> None:
        """Another document is shown, or none."""
        if self._open is not None:
            self._open.restructured.disconnect(self.refresh)
            self._open.painted.disconnect(self._repaint)
        self._open = document
        if document is not None:
            document.restructured.connect(self.refresh)
            document.painted.connect(self._repaint)
            self.refresh()

    def refresh(self) -> None:
        """Show its layers as they are now."""
        if self._open is not None:
            self._panel.show_document(self._open.document)

    def _repaint(self, _: QRect) -> None:
        """Thumbnails."""

    # --- acts ---

    def _step(self, text: str, changed: Callable[[Document], Document]) -> None:
        if self._open is not None:
            self._open.step(text, changed(self._open.document))

    def _of_layer(self, text: str, layer_id: int, changed: Callable[[Layer], Layer]) -> None:
        def act(document: Document) -> Document:
            layer = document.layer(layer_id)
            return document if layer is None else document.with_layer(changed(layer))

        self._step(text, act)

    def _choose_layer(self, layer_id: int) -> None:
        self._step(tr("Choose layer"), lambda document: replace(document, active_layer=layer_id))

    def _choose_mask(self, mask_id: int) -> None:
        self._step(tr("Choose mask"), lambda document: replace(document, active_mask=mask_id))

    def _rename(self, part_id: int, name: str) -> None:
        def act(document: Document) -> Document:
            layer = document.layer(part_id)
            if layer is not None:
                return document.with_layer(replace(layer, name=name or layer.name))
            mask = next((one for one in document.masks if one.id == part_id), None)
            if mask is None:
                return document
            return document.with_mask(replace(mask, name=name or mask.name))

        self._step(tr("Rename"), act)

    def _order(self, ids: list[int]) -> None:
        def act(document: Document) -> Document:
            places = {layer_id: at for at, layer_id in enumerate(ids)}
            layers = tuple(sorted(document.layers, key=lambda layer: places.get(layer.id, 0)))
            return replace(document, layers=layers)

        self._step(tr("Move layer"), act)

    def _show(self, layer_id: int, shown: bool) -> None:
        text = tr("Show layer") if shown else tr("Hide layer")
        self._of_layer(text, layer_id, lambda layer: replace(layer, visible=shown))

    def _lock(self, layer_id: int, locked: bool) -> None:
        text = tr("Lock layer") if locked else tr("Unlock layer")
        self._of_layer(text, layer_id, lambda layer: replace(layer, locked=locked))

    def _fade(self, opacity: float) -> None:
        if self._open is not None:
            active = self._open.document.active_layer
            self._of_layer(
                tr("Opacity"), active, lambda layer: replace(layer, opacity=round(opacity, 2))
            )

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do."""
        return {}

    def possible(self) -> dict[str, bool]:
        """By id, which can do something now."""
        return {}
