"""What is edited: layers, masks and the frame that a model sees. Frozen: each step of undo is one
whole `Document`, which shares its tiles with the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from core.values.editing.raster import PixelKind, Raster
from core.values.editing.sheet import UNMOVED, Affine

MAX_SIDE = 8192  # pixels of a document
MAX_PIXELS = 2**26
MAX_LAYERS = 100
MAX_MASKS = 50
MAX_STEPS = 100  # that can be undone
LONGEST_NAME = 200

Box = tuple[int, int, int, int]  # left, top, width, height in pixels of the document


class LayerKind(StrEnum):
    """What a layer is for; values are stable ids kept in documents. Control and regions come
    later."""

    PICTURE = "picture"  # an opened file, a paste, an accepted candidate
    PAINT = "paint"


@dataclass(frozen=True, slots=True)
class Layer:
    """`id` stays the same over all steps. `left`, `top`: where its pixels begin in the document,
    in its pixels; they may lie partly beside it. `opacity` 0 to 1. `generated`: some of it was made
    by a model."""

    id: int
    name: str
    kind: LayerKind
    raster: Raster
    left: int = 0
    top: int = 0
    visible: bool = True
    opacity: float = 1.0
    locked: bool = False
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Mask:
    """A named selection of the document's size; 255 is selected, greys are partly."""

    id: int
    name: str
    raster: Raster

    def __post_init__(self) -> None:
        if self.raster.kind is not PixelKind.GREY:
            raise ValueError("a mask is grey")


@dataclass(frozen=True, slots=True)
class Document:
    """`layers` from the lowest, `masks` as they are listed. `active_layer` and `active_mask` are
    ids; mask 0: none, so nothing is selected. `frame`: the part that the model sees, None for all
    of it; `frame_locked`: it is not moved by accident. `next_id` is the id of what is added next.
    `sheet`: where what lay somewhere when it was opened lies now, as far as all of it was moved."""

    width: int
    height: int
    layers: tuple[Layer, ...]
    masks: tuple[Mask, ...] = ()
    active_layer: int = 1
    active_mask: int = 0
    frame: Box | None = None
    frame_locked: bool = False
    next_id: int = 2
    sheet: Affine = UNMOVED

    def layer(self, layer_id: int) -> Layer | None:
        """The layer of this id."""
        return next((layer for layer in self.layers if layer.id == layer_id), None)

    def mask(self) -> Mask | None:
        """The active mask."""
        return next((mask for mask in self.masks if mask.id == self.active_mask), None)

    @property
    def shows_generated(self) -> bool:
        """Whether any layer that is seen says that a model made some of it."""
        return any(
            layer.generated and layer.visible and layer.opacity > 0 and any(layer.raster.places())
            for layer in self.layers
        )

    @property
    def is_clear(self) -> bool:
        """Whether no layer that is seen has anything on it: it is made from words alone."""
        return not any(
            layer.visible and layer.opacity > 0 and any(layer.raster.places())
            for layer in self.layers
        )

    @property
    def is_made_in_part(self) -> bool:
        """Whether anything is selected, or the frame adds to a side: what is rendered then is made
        anew there, and laid into the rest."""
        mask = self.mask()
        if mask is not None and any(mask.raster.places()):
            return True
        left, top, width, height = self.frame or (0, 0, 0, 0)
        return min(left, top) < 0 or left + width > self.width or top + height > self.height

    def framed(self, frame: Box | None) -> Document:
        """With this frame; one around all of it is none."""
        return replace(self, frame=None if frame == (0, 0, self.width, self.height) else frame)

    def with_layer(self, changed: Layer) -> Document:
        """With this layer in place of the one of its id."""
        layers = tuple(changed if layer.id == changed.id else layer for layer in self.layers)
        return replace(self, layers=layers)

    def with_mask(self, changed: Mask) -> Document:
        """With this mask in place of the one of its id."""
        masks = tuple(changed if mask.id == changed.id else mask for mask in self.masks)
        return replace(self, masks=masks)

    def tile_names(self) -> frozenset[str]:
        """The names of all its tiles."""
        rasters = [layer.raster for layer in self.layers] + [mask.raster for mask in self.masks]
        return frozenset(name for raster in rasters for _, _, name in raster.places())
