"""One part of a canvas on its way into the network and back."""

from __future__ import annotations

from dataclasses import dataclass

from core.engine.contract.box import Box
from core.engine.contract.extension import Pass, Side
from core.engine.diffusion.picture_inputs.colour_match import matched
from core.engine.diffusion.picture_inputs.composite import composite
from core.engine.diffusion.picture_inputs.masks import PixelRows, Plane, filled
from core.engine.diffusion.picture_inputs.resizing import LANCZOS, LINEAR, resized, with_edges

FILL = "fill"  # `mask_content`: colours of what lies around


@dataclass(frozen=True, slots=True, eq=False)
class Masking:
    """Two planes (h, w): where the network makes the picture anew (255, or the strength of each
    place), and by which alpha that is laid over the picture."""

    mask: Plane
    alpha: Plane

    def part(self, box: Box) -> Masking:
        """What of it lies in the box."""
        place = box.rows_and_columns
        return Masking(self.mask[place], self.alpha[place])


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What goes into the network: `pixels` (h, w, 3), `mask` (h, w) or None for all."""

    pixels: PixelRows
    mask: Plane | None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """`box` of the canvas is rendered as `content` (width, height) in a picture of `size`, with
    edges repeated to the right and below where that is larger. `masking` is of the box's size; None
    where all in it is made anew. `added` says which part of it an extending pass adds;
    `refined_by` is the denoising strength of a pass over what another one composed.
    """

    box: Box
    content: tuple[int, int]
    size: tuple[int, int]
    masking: Masking | None = None
    added: Pass | None = None
    refined_by: float | None = None

    def cut(self, pixels: PixelRows, mask_content: str = "original") -> Piece:
        """What the network starts from, out of the canvas's pixels (h, w, 3) as they are by now.
        `mask_content` other than "fill" leaves pixels as they are: the rest is for latents."""
        part = pixels[self.box.rows_and_columns]
        if self.added is not None:
            part = _with_edge_repeated(part, self.added)
        mask = None
        if self.masking is not None:
            mask = with_edges(resized(self.masking.mask, self.content, LINEAR), self.size)
            if mask_content == FILL:
                part = filled(part, self.masking.mask)
        return Piece(with_edges(resized(part, self.content, LANCZOS), self.size), mask)

    def put_back(self, pixels: PixelRows, made: PixelRows) -> PixelRows:
        """The canvas's pixels with what was made of this frame, (h, w, 3) of `size`, in them. Where
        the masking's alpha is 0 they are the same bit for bit; elsewhere the made ones come in by
        it, their colours matched."""
        width, height = self.content
        part = resized(made[:height, :width], self.box.size, LANCZOS)
        place = self.box.rows_and_columns
        if self.masking is not None:
            alpha = self.masking.alpha
            part = composite(pixels[place], matched(part, pixels[place], alpha), alpha)
        result = pixels.copy()
        result[place] = part
        return result


def _with_edge_repeated(part: PixelRows, added: Pass) -> PixelRows:
    """The box of a pass with its new part in the colours of the edge that it is added to."""
    result = part.copy()
    new = added.new.seen_from(added.box)
    rows, columns = new.rows_and_columns
    match added.side:
        case Side.RIGHT:
            edge = part[rows, new.left - 1 : new.left]
        case Side.LEFT:
            edge = part[rows, new.right : new.right + 1]
        case Side.BOTTOM:
            edge = part[new.top - 1 : new.top, columns]
        case Side.TOP:
            edge = part[new.bottom : new.bottom + 1, columns]
    result[rows, columns] = edge
    return result
