"""How a document looks now, with what is still being made of it: its pixels at several sizes, kept
and made anew where they changed, and where that takes long, little by little."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from core.service.editing.rasters import pixels_in
from core.system.errors import KnownError
from core.values.editing.document import Box, Document
from desktop.edit.document.layer_stack import LayerStack, composed
from desktop.edit.document.tile_cache import TileCache
from desktop.edit.pixels.pyramid import Pixels, Pyramid

PICTURE_LIMIT = 160 * 2**20  # bytes of flattened pixels that are kept
MASK_LIMIT = 48 * 2**20
SOON = 0.012  # seconds of processor time for which what is missing is made before one paints
_BLACK, _NOTHING = b"\x00\x00\x00\xff" * (256 * 256), bytes(256 * 256)


class Looks:
    """`shown` is the state that is looked at. `is_live`: tiles change while they are looked at.
    `damaged` is told of what cannot be read, once."""

    def __init__(self, shown: Document, tiles: TileCache, damaged: Callable[[str], object]) -> None:
        self.shown = shown
        self.is_live = False
        self.is_moving = False  # a layer lies elsewhere for now, between the others
        self._landing = False  # it lies there for good, and that is not flattened everywhere yet
        self._tiles = tiles
        self._damaged = damaged
        self._damage = ""
        self._until = 0.0
        self._is_first = False
        self._stack = LayerStack(self.readable)
        self._picture = Pyramid(self._read_picture, PICTURE_LIMIT)
        self._mask = Pyramid(self._read_mask, MASK_LIMIT)

    # --- it changes ---

    def turn_to(self, shown: Document, picture: Box | None, mask: Box | None) -> None:
        """Another state, which looks otherwise in these boxes."""
        before, self.shown = self.shown, shown
        self._damage = ""
        self._landing = False
        if (before.width, before.height) != (shown.width, shown.height):
            self._picture.clear()
            self._mask.clear()
        for pyramid, box in ((self._picture, picture), (self._mask, mask)):
            if box is not None:
                pyramid.changed(box)

    def picture_changed(self, box: Box) -> None:
        """These pixels of its layers are others now."""
        self._picture.changed(box)

    def mask_changed(self, box: Box) -> None:
        """The same of the mask."""
        self._mask.changed(box)

    def prepare_move(self, level: int) -> bool:
        """Make some of what moving the active layer needs at a level; whether all is there."""
        until = time.thread_time() + SOON / 2
        return self._stack.prepare(self.shown, level, lambda: time.thread_time() < until)

    def move_to(self, shown: Document) -> None:
        """For now the active layer lies as it does in this state, and nothing else differs."""
        self.shown, self.is_moving = shown, True

    def put_back(self, shown: Document) -> None:
        """What was moved lies as it did before that, in this state."""
        self.shown, self.is_moving = shown, False
        self._stack.set_down()

    def can_land(self, shown: Document) -> bool:
        """Whether this state, in which only the active layer lies elsewhere, can be looked at
        before it is flattened."""
        return self._stack.is_ready(shown)

    def land(self, shown: Document, picture: Box | None) -> None:
        """What was moved lies there for good."""
        self.is_moving = False
        self.turn_to(shown, picture, None)
        self._landing = True

    # --- it is looked at ---

    def seen(self, level: int, box: Box) -> Pixels:
        """Pixels (h, w, 4) of a box at a level, premultiplied as Qt keeps them: see Pyramid."""
        if self.is_moving:
            return self._stack.moved(self.shown, level, box)
        return self._picture.region(level, box)

    def hurry(self) -> None:
        """From now on there is little time for `seen_soon`."""
        self._until = time.thread_time() + SOON
        self._is_first = True
        self._picture.unfinished = None

    def seen_soon(self, level: int, box: Box) -> Pixels:
        """The same as far as it can be made since `hurry`; what is missing then stands in
        `unfinished`, and looks as it did before or coarser, or is clear."""
        if self.is_moving:
            return self._stack.moved(self.shown, level, box)
        pixels = self._picture.region(level, box, self._may_make)
        if self._landing and self._picture.unfinished is not None:
            return self._stack.moved(self.shown, level, box)
        return pixels

    def _may_make(self) -> bool:
        """Whether there is time left; for one tile always, so that it comes to an end."""
        first, self._is_first = self._is_first, False
        return first or time.thread_time() < self._until

    @property
    def unfinished(self) -> Box | None:
        """Around what `seen_soon` could not make since `hurry`, in the document."""
        return self._picture.unfinished

    def mask_seen(self, level: int, box: Box) -> Pixels:
        """The active mask likewise, (h, w)."""
        return self._mask.region(level, box)

    def _read_picture(self, box: Box) -> Pixels:
        if self.is_live:
            return self._stack.flattened(self.shown, box)
        seen = [one for one in self.shown.layers if one.visible and one.opacity > 0]
        return composed(seen, self.readable, box)

    def _read_mask(self, box: Box) -> Pixels:
        mask = self.shown.mask()
        if mask is None:
            return np.zeros((box[3], box[2]), np.uint8)
        return pixels_in(mask.raster, self.readable, box)

    def readable(self, name: str) -> bytes:
        """A tile as it is looked at: what cannot be read is black and said once."""
        try:
            return self._tiles.read(name)
        except KnownError as error:
            if str(error) != self._damage:
                self._damage = str(error)
                self._damaged(self._damage)
            mask = self.shown.mask()
            is_grey = mask is not None and name in mask.raster.tiles
            return _NOTHING if is_grey else _BLACK

    # --- its memory ---

    def rest(self) -> None:
        """What could be made again is given back."""
        self._landing = False
        self._picture.clear()
        self._mask.clear()
        self._stack.clear()

    def bytes_used(self) -> tuple[int, int]:
        """Bytes of pixels and masks that could be made again."""
        return self._picture.bytes_used() + self._stack.bytes_used(), self._mask.bytes_used()
