"""What of a canvas is rendered in one go, and at which size: all of it, what lies around the mask,
a given frame, or the passes that extend a picture."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt

import numpy as np

from core.engine.contract.box import Box
from core.engine.contract.extension import (
    REFINED_BY,
    Pass,
    Side,
    Windows,
    is_composed_smaller,
    is_usual,
    passes,
)
from core.engine.diffusion.picture_inputs.canvas import Canvas
from core.engine.diffusion.picture_inputs.frame import Frame, Masking
from core.engine.diffusion.picture_inputs.masks import (
    Plane,
    blur_reach,
    blurred,
    bounds,
    grown,
    hard,
)
from core.system.errors import InvalidRequest
from core.values.declared.limits import MIN_SIZE
from core.values.request_parts.start_picture import StartPicture

# of a mask's neighbourhood: enlarged more than eight times, a latent is less than a pixel of it
MOST_ENLARGED = 8
ALIKE = 1.03  # shapes whose ratio differs by less are taken for the same
# of a soft mask: up to this grey the picture before shows through, above it what was made
SOFT_SHOWS = 64


def frames_of(
    canvas: Canvas,
    start: StartPicture,
    size: tuple[int, int],
    *,
    windows: Windows | None = None,
    multiple: int = 8,
) -> tuple[Frame, ...]:
    """What is rendered for a request of this (width, height), in this order: each frame is cut from
    what the ones before it left. None where a mask leaves nothing to be made anew.

    `windows` are those of the passes that extend a picture: without them the request's size. Sides
    of what is rendered are multiples of `multiple`. Raises InvalidRequest for a frame outside the
    picture.
    """
    masking = _masking(canvas, start)
    if start.area == "frame":
        return tuple(_given_frame(canvas, start, size, masking, multiple))
    if canvas.is_extended and start.area == "whole":
        inside = _masked_area(canvas.known, start, size, masking, multiple)
        return (*inside, *_extending(canvas, start, windows or Windows(size, size), multiple))
    if canvas.is_extended:
        masking = _with_margins(masking, canvas, start)
    if masking is None:
        return (_whole(canvas, None, multiple),)
    if start.area == "masked":
        return tuple(_masked_area(Box.of(canvas.size), start, size, masking, multiple))
    if bounds(masking.mask) is None:
        return ()
    return (_whole(canvas, masking, multiple),)


def _masking(canvas: Canvas, start: StartPicture) -> Masking | None:
    """The given mask grown and blurred as asked for."""
    if canvas.mask is None:
        return None
    if start.mask_soft:
        strengths = blurred(grown(canvas.mask, start.mask_grow), start.mask_blur)
        shown = np.minimum(strengths.astype(np.uint16) * 255 // SOFT_SHOWS, 255)
        return Masking(strengths, shown.astype(np.uint8))
    mask = grown(hard(canvas.mask), start.mask_grow)
    return Masking(mask, blurred(mask, start.mask_blur))


def _whole(canvas: Canvas, masking: Masking | None, multiple: int) -> Frame:
    size = _up_to(canvas.size, multiple)
    return Frame(Box.of(canvas.size), canvas.size, size, masking)


def _up_to(size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """The sides raised to multiples, and to what is rendered at least."""
    width, height = (max(-(-side // multiple) * multiple, MIN_SIZE) for side in size)
    return width, height


def _masked_area(
    whole: Box,
    start: StartPicture,
    size: tuple[int, int],
    masking: Masking | None,
    multiple: int,
) -> Iterator[Frame]:
    """What lies around the mask in the shape of `size`, as far as `whole` has it."""
    if masking is None or bounds(masking.mask) is None:
        return
    touched = bounds(np.maximum(masking.mask, masking.alpha))
    assert touched is not None
    box = _shaped(touched.grown(start.padding).within(whole), size, whole)
    at = _rendered_as(box.size, size, multiple)
    yield Frame(box, at, at, masking.part(box))


def _shaped(box: Box, shape: tuple[int, int], whole: Box) -> Box:
    """The box enlarged to the shape of (width, height), around its middle, moved to lie inside
    `whole`; of another shape where the picture ends."""
    width = max(box.width, ceil(shape[0] / MOST_ENLARGED))
    height = max(box.height, ceil(shape[1] / MOST_ENLARGED))
    width = max(width, ceil(height * shape[0] / shape[1]))
    height = max(height, ceil(width * shape[1] / shape[0]))
    width, height = min(width, whole.width), min(height, whole.height)
    left = (box.left + box.right - width) // 2
    top = (box.top + box.bottom - height) // 2
    left = min(max(left, whole.left), whole.right - width)
    top = min(max(top, whole.top), whole.bottom - height)
    return Box(left, top, left + width, top + height)


def _rendered_as(box: tuple[int, int], size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """The size that a box is rendered at: `size` where that has its shape, else as many pixels in
    the box's shape."""
    ratio = box[0] * size[1] / (box[1] * size[0])
    if 1 / ALIKE < ratio < ALIKE:
        return _up_to(size, multiple)
    scale = sqrt(size[0] * size[1] / (box[0] * box[1]))
    # a strip's short side is what is rendered at least, and its long one the shorter for it
    longest = size[0] * size[1] // MIN_SIZE // multiple * multiple
    width, height = (
        min(max(round(side * scale / multiple) * multiple, MIN_SIZE), longest) for side in box
    )
    return width, height


def _given_frame(
    canvas: Canvas,
    start: StartPicture,
    size: tuple[int, int],
    masking: Masking | None,
    multiple: int,
) -> Iterator[Frame]:
    """The frame, as far as it lies in the picture. Without a mask all in it is made anew, or, of an
    extended picture, what is added."""
    assert start.frame is not None
    left, top, width, height = start.frame
    box = Box(left, top, left + width, top + height).within(Box.of(canvas.size))
    if box.is_empty:
        raise InvalidRequest(
            "frame",
            f"The frame lies outside the picture of {canvas.size[0]} x {canvas.size[1]}.",
            "Choose one inside it.",
        )
    if canvas.is_extended:
        masking = _with_margins(masking, canvas, start)
    inside = _rim(box, canvas.size, start.mask_blur)
    if masking is None:
        within = Masking(np.full_like(inside, 255), inside)
    else:
        part = masking.part(box)
        within = Masking(part.mask, np.minimum(part.alpha, inside))
    if bounds(within.mask) is None:
        return
    at = _rendered_as(box.size, size, multiple)
    yield Frame(box, at, at, within)


def _rim(box: Box, canvas: tuple[int, int], sigma: float) -> Plane:
    """255 in a frame, falling to 0 at those of its sides where the picture goes on, all of the
    feather inside. A small frame has a narrow one."""
    sigma = min(sigma, min(box.size) / 16)
    reach = blur_reach(sigma)
    whole = Box.of(canvas)
    inner = Box(
        box.left + (reach if box.left > whole.left else 0),
        box.top + (reach if box.top > whole.top else 0),
        box.right - (reach if box.right < whole.right else 0),
        box.bottom - (reach if box.bottom < whole.bottom else 0),
    )
    plane = np.zeros((box.height, box.width), np.uint8)
    plane[inner.seen_from(box).rows_and_columns] = 255
    return blurred(plane, sigma)


def _with_margins(masking: Masking | None, canvas: Canvas, start: StartPicture) -> Masking:
    """What is added to the picture, beside what is masked in it."""
    outside = np.full(canvas.size[::-1], 255, np.uint8)
    outside[canvas.known.rows_and_columns] = 0
    added = _added(outside, canvas.known, start)
    if masking is None:
        return added
    return Masking(
        np.maximum(masking.mask, added.mask),
        np.maximum(masking.alpha, added.alpha),
    )


def _added(new: Plane, known: Box, start: StartPicture) -> Masking:
    """Of a plane that is 255 where something is added: it is made anew wholly, so that its feather
    lies in what was there; of a narrow picture most stays."""
    reach = blur_reach(start.mask_blur)
    inwards = min(max(reach + start.mask_grow, 0), min(known.size) // 4)
    mask = grown(new, inwards)
    return Masking(mask, np.maximum(blurred(mask, start.mask_blur), new))


def _extending(
    canvas: Canvas, start: StartPicture, windows: Windows, multiple: int
) -> Iterator[Frame]:
    usual = windows.usual
    for added in passes(canvas.known, canvas.size, windows.largest):
        content, size = _window_size(added.box.size, usual, multiple)
        new = np.zeros((added.box.height, added.box.width), np.uint8)
        new[added.new.seen_from(added.box).rows_and_columns] = 255
        masking = _added(new, _before(added), start)
        yield Frame(added.box, content, size, masking, added)
        if windows.refines and is_composed_smaller(added.box.size, usual):
            whole = _up_to(added.box.size, multiple)
            by = min(REFINED_BY, start.strength)
            yield Frame(added.box, added.box.size, whole, masking, refined_by=by)


def _before(added: Pass) -> Box:
    """What of a pass's box was there along its side."""
    if added.side in (Side.RIGHT, Side.LEFT):
        return Box(0, 0, added.box.width - added.new.width, added.box.height)
    return Box(0, 0, added.box.width, added.box.height - added.new.height)


def _window_size(
    box: tuple[int, int], usual: tuple[int, int], multiple: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """The content's size and that of the whole which is rendered: pixel by pixel where the box is
    about as large as usual, else enlarged or reduced to that."""
    if is_usual(box, usual):
        return box, _up_to(box, multiple)
    at = _rendered_as(box, usual, multiple)
    return at, at
