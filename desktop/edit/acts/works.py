"""What the commands of rows.py do that need nothing more than the document: each is one
step, reckoned beside the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from core.service.editing.rasters import TileReader
from core.values.editing.document import Document
from desktop.edit.document import layer_steps, mask_steps, selection, sheet_steps
from desktop.edit.document.mask_steps import Combine

Change = tuple[Document, dict[str, bytes]]
Work = Callable[[Document, TileReader], Change]

# by the id of their command
NEED_MASK = frozenset(
    {
        "select-none",
        "select-invert",
        "select-grow",
        "select-feather",
        "mask-duplicate",
        "mask-delete",
    }
)
NEED_LAYERS = frozenset({"layer-delete", "layer-merge", "layer-raise", "layer-lower"})


def can(command_id: str, document: Document) -> bool:
    """Whether it changes anything in this state."""
    if command_id in NEED_MASK:
        return document.mask() is not None
    return command_id not in NEED_LAYERS or len(document.layers) > 1


def _plain(changed: Callable[[Document], Document]) -> Work:
    """Of a change that makes no new tiles."""
    return lambda document, tile: (changed(document), {})


def _without_active_mask(document: Document) -> Document:
    return mask_steps.without_mask(document, document.active_mask)


def _locked_or_free(document: Document) -> Document:
    layer = layer_steps.active(document)
    return layer_steps.with_locked(document, layer.id, not layer.locked)


def _shown_or_hidden(document: Document) -> Document:
    layer = layer_steps.active(document)
    return layer_steps.with_visible(document, layer.id, not layer.visible)


WORKS: dict[str, Work] = {
    "layer-add": _plain(layer_steps.with_paint_layer),
    "layer-duplicate": _plain(layer_steps.duplicated),
    "layer-delete": _plain(layer_steps.without_layer),
    "layer-merge": layer_steps.merged_down,
    "layer-raise": _plain(lambda document: layer_steps.raised(document, 1)),
    "layer-lower": _plain(lambda document: layer_steps.raised(document, -1)),
    "layer-show": _plain(_shown_or_hidden),
    "layer-lock": _plain(_locked_or_free),
    "layer-turn": lambda document, tile: sheet_steps.layer_turned(document, tile, 1),
    "layer-flip": sheet_steps.layer_flipped,
    "layer-flip-down": partial(sheet_steps.layer_flipped, upside_down=True),
    "sheet-turn": lambda document, tile: sheet_steps.turned(document, tile, 1),
    "sheet-turn-back": lambda document, tile: sheet_steps.turned(document, tile, 3),
    "sheet-flip": sheet_steps.flipped,
    "sheet-flip-down": partial(sheet_steps.flipped, upside_down=True),
    "selection-erase": selection.cut,
    "select-all": lambda document, tile: mask_steps.everything(document),
    "select-none": lambda document, tile: mask_steps.cleared(document),
    "select-invert": mask_steps.inverted,
    "select-alpha": partial(mask_steps.from_alpha, how=Combine.REPLACE),
    "mask-add": _plain(mask_steps.with_new_mask),
    "mask-duplicate": _plain(mask_steps.mask_duplicated),
    "mask-delete": _plain(_without_active_mask),
}
