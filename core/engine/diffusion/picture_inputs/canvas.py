"""The picture a request starts from, at the size of the result: read, laid on its background,
fitted, extended; and the way back to a finished picture.

Pixels come to another size by Lanczos' filter, masks by a linear one, both rounded to 8 bits.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from core.engine.contract.box import Box
from core.engine.contract.passes import has_own_size
from core.engine.diffusion.picture_inputs.composite import mixed
from core.engine.diffusion.picture_inputs.masks import PixelRows, Plane, filled
from core.engine.diffusion.picture_inputs.resizing import LANCZOS, LINEAR, Kernel, resized
from core.system.errors import InvalidRequest, WorldError
from core.values.job import StartFiles, StartPixels
from core.values.picture import Pixels
from core.values.request_parts.start_picture import StartPicture

AS_MASK = "mask"  # `background`: what is transparent is made anew
_OPAQUE = 255


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What is kept of a request's picture: `pixels` (h, w, 3) sRGB, `alpha` (h, w) where it has
    any, `mask` (h, w) where one was given."""

    pixels: PixelRows
    alpha: Plane | None = None
    mask: Plane | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True, slots=True)
class Fitting:
    """Where the picture goes: `cut`, in its pixels (left, top, right, bottom, parts of pixels among
    them), fills `inner` of a canvas of `size`. What else there is has the colours of the edge."""

    cut: tuple[float, float, float, float]
    inner: Box
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """The start of a picture of the result's size.

    `pixels` (h, w, 3) lie on their background: this is what a network sees. `mask` (h, w) is the
    one given, None without; added margins are not in it, but outside of `known`. Where alpha is to
    come back, `straight` has the colours that it goes with, and `background` what was behind.
    """

    pixels: PixelRows
    mask: Plane | None
    fitting: Fitting
    known: Box
    alpha: Plane | None = None
    straight: PixelRows | None = None
    background: tuple[int, int, int] = (255, 255, 255)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.fitting.size

    @property
    def is_extended(self) -> bool:
        """Whether margins were added."""
        return self.known != Box.of(self.size)

    def result(self, pixels: PixelRows) -> Pixels:
        """The finished picture. Alpha comes back as it was; places that are unchanged have the
        source's own colours again, the others such as give `pixels` over the background."""
        width, height = self.size
        if self.alpha is None or self.straight is None:
            return Pixels(width, height, pixels.tobytes())
        made = _off_background(pixels, self.alpha, self.background)
        unchanged = (pixels == self.pixels).all(axis=-1, keepdims=True)
        rgb = np.where(unchanged, self.straight, made)
        return Pixels(width, height, rgb.tobytes(), alpha=self.alpha.tobytes())


def read_source(start: StartFiles | StartPixels) -> Source:
    """The picture and its mask.

    Raises WorldError where a file is gone or damaged, InvalidRequest where the mask is of another
    size.
    """
    picture, mask = _given(start) if isinstance(start, StartPixels) else _kept(start)
    alpha = picture[..., 3] if picture.shape[-1] == 4 else None
    if alpha is not None and (alpha == _OPAQUE).all():
        alpha = None
    if mask is not None and mask.shape != picture.shape[:2]:
        raise InvalidRequest(
            "mask",
            f"The mask is {mask.shape[1]} x {mask.shape[0]} pixels and the picture "
            f"{picture.shape[1]} x {picture.shape[0]}.",
            "Use a mask of the picture's size.",
        )
    return Source(np.ascontiguousarray(picture[..., :3]), alpha, mask)


def _given(start: StartPixels) -> tuple[PixelRows, Plane | None]:
    size = (start.height, start.width)
    picture = np.frombuffer(start.source, np.uint8).reshape(*size, len(start.mode))
    return picture, np.frombuffer(start.mask, np.uint8).reshape(size) if start.mask else None


def _kept(files: StartFiles) -> tuple[PixelRows, Plane | None]:
    picture = _opened(files.source, "start picture")
    return picture, _opened(files.mask, "mask") if files.mask else None


def _opened(path: str, what: str) -> Plane:
    """(h, w, 3 or 4) of a picture, (h, w) of a mask."""
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if what == "mask":
                return np.array(image.convert("L"))
            clear = image.mode in ("RGBA", "LA") or "transparency" in image.info
            return np.array(image.convert("RGBA" if clear else "RGB"))
    except FileNotFoundError as fault:
        raise WorldError(
            f"The {what} is no longer kept in the data folder.", "Choose its file again."
        ) from fault
    # what Pillow's reader of PNG raises for damaged files
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as fault:
        raise WorldError(
            f"The {what} kept in the data folder is damaged.", "Choose its file again."
        ) from fault
    except Image.DecompressionBombError as fault:
        raise WorldError(f"The {what} is too large.", "Scale it down first.") from fault


def canvas_of(source: Source, start: StartPicture, size: tuple[int, int]) -> Canvas:
    """The canvas for a request of this (width, height)."""
    as_mask = start.background == AS_MASK and source.alpha is not None
    masked = source.mask is not None or as_mask
    fitting = _fitting(source.size, start, size, masked=masked)
    known = fitting.inner if start.is_extended else Box.of(fitting.size)
    mask = source.mask
    if source.alpha is None:
        colours = source.pixels
    elif as_mask:
        transparent = _OPAQUE - source.alpha
        mask = transparent if mask is None else np.maximum(mask, transparent)
        # colours that nobody was meant to see: what lies around takes their place
        colours = filled(source.pixels, transparent)
    else:
        behind = np.array(_rgb(start.background), np.uint8)
        colours = mixed(source.pixels, behind, source.alpha[..., None])
    pixels = _edged(_resized(colours, fitting, LANCZOS), fitting)
    if mask is not None:
        mask = _bordered(_resized(mask, fitting, LINEAR), fitting, known)
    canvas = Canvas(pixels, mask, fitting, known)
    if source.alpha is None or as_mask:
        return canvas
    return _with_alpha(canvas, source.pixels, source.alpha, start)


def _with_alpha(canvas: Canvas, straight: PixelRows, alpha: Plane, start: StartPicture) -> Canvas:
    """The canvas that knows the alpha which is to come back. What is added hides nothing."""
    fitting = canvas.fitting
    background = _rgb(start.background)
    is_scaled = _whole_cut(fitting) is None
    alpha = _edged(_resized(alpha, fitting, LINEAR), fitting)
    if start.is_extended:
        inner = alpha[canvas.known.rows_and_columns]
        alpha = np.full_like(alpha, _OPAQUE)
        alpha[canvas.known.rows_and_columns] = inner
    colours = _off_background(canvas.pixels, alpha, background)
    if not is_scaled:
        colours[fitting.inner.rows_and_columns] = _resized(straight, fitting, LANCZOS)
    return replace(canvas, alpha=alpha, straight=colours, background=background)


def _bordered(mask: Plane | None, fitting: Fitting, known: Box) -> Plane | None:
    """The mask on the whole canvas: it goes on in a border, and not in what is added."""
    if mask is None:
        return None
    on_canvas = _edged(mask, fitting)
    if known == Box.of(fitting.size):
        return on_canvas
    result = np.zeros_like(on_canvas)
    result[known.rows_and_columns] = on_canvas[known.rows_and_columns]
    return result


def _rgb(colour: str) -> tuple[int, int, int]:
    """Of "#rrggbb"."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _fitting(
    source: tuple[int, int], start: StartPicture, size: tuple[int, int], *, masked: bool
) -> Fitting:
    whole = (0.0, 0.0, float(source[0]), float(source[1]))
    if has_own_size(start, masked=masked):
        left, top, right, bottom = start.extend
        inner = Box(left, top, left + source[0], top + source[1])
        return Fitting(whole, inner, (inner.right + right, inner.bottom + bottom))
    match start.fit:
        case "crop":
            return Fitting(_middle(source, size), Box.of(size), size)
        case "pad":
            return Fitting(whole, _laid_in(source, size), size)
        case _:
            return Fitting(whole, Box.of(size), size)


def _middle(source: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest part of the source, from its middle, that has the shape of `size`."""
    scale = max(size[0] / source[0], size[1] / source[1])
    width = min(size[0] / scale, source[0])
    height = min(size[1] / scale, source[1])
    left = (source[0] - width) / 2
    top = (source[1] - height) / 2
    if scale == 1:  # whole pixels stay whole
        left = float(int(left))
        top = float(int(top))
    return left, top, min(left + width, source[0]), min(top + height, source[1])


def _laid_in(source: tuple[int, int], size: tuple[int, int]) -> Box:
    """All of the source in the middle of `size`, as large as it can be."""
    scale = min(size[0] / source[0], size[1] / source[1])
    width = min(max(round(source[0] * scale), 1), size[0])
    height = min(max(round(source[1] * scale), 1), size[1])
    left = (size[0] - width) // 2
    top = (size[1] - height) // 2
    return Box(left, top, left + width, top + height)


def _whole_cut(fitting: Fitting) -> Box | None:
    """What is cut, where no pixel of it changes its size or place within a pixel."""
    left, top, right, bottom = (int(side) for side in fitting.cut)
    cut = Box(left, top, right, bottom)
    is_whole = (left, top, right, bottom) == fitting.cut and cut.size == fitting.inner.size
    return cut if is_whole else None


def _resized(pixels: Plane, fitting: Fitting, kernel: Kernel) -> Plane:
    """What is cut, at its size in the canvas; the same bits where that is its own."""
    cut = _whole_cut(fitting)
    if cut is not None:
        return pixels[cut.rows_and_columns]
    return resized(pixels, fitting.inner.size, kernel, fitting.cut)


def _edged(pixels: Plane, fitting: Fitting) -> Plane:
    """On the whole canvas: what lies around has the colours of the nearest edge, as the web UI
    fills a border. One flat colour would come out as a drawn frame."""
    inner = fitting.inner
    around = [
        (inner.top, fitting.size[1] - inner.bottom),
        (inner.left, fitting.size[0] - inner.right),
        (0, 0),
    ]
    return np.pad(pixels, around[: pixels.ndim], mode="edge")


def _off_background(pixels: PixelRows, alpha: Plane, background: tuple[int, int, int]) -> PixelRows:
    """The colours that give `pixels` when they are laid on the background by `alpha`, as far as 8
    bits go; where nothing is seen of them, `pixels` themselves."""
    share = alpha[..., None].astype(np.int32)
    behind = np.array(background, np.int32) * (_OPAQUE - share)
    divisor = np.maximum(share, 1)
    colours = (pixels.astype(np.int32) * _OPAQUE - behind + divisor // 2) // divisor
    seen = np.clip(colours, 0, 255).astype(np.uint8)
    return np.where(share == 0, pixels, seen)
