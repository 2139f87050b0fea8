"""A request and the files chosen for it: the picture to start from and its mask are kept in the
data folder, the request names them there, and what of the files was changed is said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from core.models.files.families import Family
from core.service.remarks.canvas import extended_size, own_canvas
from core.service.stores import Stores
from core.store.sources.opened_picture import OpenedPicture
from core.system.errors import InvalidRequest
from core.system.regular_files import display_name
from core.values.request import CheckedRequest, Request
from core.values.request_parts.start_picture import FROM_ALPHA, STAND_IN, StartPicture

_SAME_SHAPE = 1.02  # how far the ratios of two pictures' sides are apart at most


@dataclass(frozen=True, slots=True)
class StartSource:
    """A kept picture: its address, its sides in pixels, and the picture of ours that it is, by the
    sha256 of its pixels ("" for another's). `notes` are sentences about what of the file was not
    used."""

    address: str
    width: int
    height: int
    parent: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StartFilePaths:
    """Which files a person chose; `mask` None for none."""

    source: Path
    mask: Path | None = None


@dataclass(frozen=True, slots=True)
class StartedRequest:
    """A request whose files are kept, and sentences about what of them was changed."""

    request: CheckedRequest
    notes: tuple[str, ...] = ()


def start_from_file(stores: Stores, path: Path) -> StartSource:
    """Keep the picture of any readable file. Raises WorldError, one sentence, where it cannot be
    read or kept."""
    from core.store.sources.opening import open_start_picture

    return _kept(stores, path, open_start_picture(path))


def started_from_files(
    stores: Stores, request: Request, files: StartFilePaths, row: Family, *, has_size: bool
) -> StartedRequest:
    """The request with the kept files as its start, and with the size it is rendered in.

    A mask of another size is scaled to the picture's, which is said. Rendered is the request's own
    size; that of the picture where the fit is "source", or where the picture is extended and no
    size was asked for (`has_size`), except where only a part is rendered.

    Raises InvalidRequest for what does not go together, WorldError for a file that cannot be read
    or kept.
    """
    from core.store.sources.opening import open_start_picture

    check_start(request, row, has_mask=files.mask is not None)
    opened = open_start_picture(files.source)
    name = display_name(files.source)
    mask, notes = _mask_for(opened, files, request.start.background)
    start = request.start
    size = (request.width, request.height)
    is_own_size = start.fit == "source" or (start.is_extended and not has_size)
    if is_own_size and start.area == "whole":
        start = replace(start, fit="source")
        size = own_canvas(start, (opened.width, opened.height), row, name)
    _check_frame(start, opened, name)
    source = _kept(stores, files.source, opened)
    start = replace(
        start,
        source=source.address,
        mask="" if mask is None else stores.sources.keep(mask),
    )
    started = replace(request, width=size[0], height=size[1], start=start, parent=source.parent)
    return StartedRequest(started.check(), (*source.notes, *notes))


def check_start(request: Request, row: Family, *, has_mask: bool) -> None:
    """Raises InvalidRequest for what is wrong before any file is looked at: a value beyond its
    limits, or a family that takes no picture."""
    start = replace(request.start, source=STAND_IN, mask=STAND_IN if has_mask else "")
    replace(request, start=start).check()
    if row.pipeline:
        raise InvalidRequest(
            "source",
            f"{row.label} runs through a pipeline that takes no picture to start from.",
            "Choose a model of another family, or leave the picture out.",
        )


def _kept(stores: Stores, path: Path, opened: OpenedPicture) -> StartSource:
    return StartSource(
        address=stores.sources.keep(opened),
        width=opened.width,
        height=opened.height,
        parent=parent_of(stores, path, opened),
        notes=opened.notes,
    )


def parent_of(stores: Stores, path: Path, opened: OpenedPicture) -> str:
    """The picture of ours that a file is: as its recipe says, or as the gallery knows its pixels;
    "" where it is none. Hex sha256 of its RGB pixels."""
    from core.metadata.recipes import read_file

    recipe = read_file(path).recipe
    if recipe is not None and recipe.pixels_sha256:
        return recipe.pixels_sha256
    if opened.mode != "RGB":  # ours are all opaque
        return ""
    pixels = hashlib.sha256(opened.data).hexdigest()
    return pixels if stores.gallery.has_pixels(pixels) else ""


def _mask_for(
    opened: OpenedPicture, files: StartFilePaths, background: str
) -> tuple[OpenedPicture | None, tuple[str, ...]]:
    """The mask in the size of the picture: that of the mask's file, and the transparent places
    where those are asked for."""
    mask, notes = None, ()
    if files.mask is not None:
        mask, notes = _fitted_mask(opened, files, files.mask)
    if background != FROM_ALPHA:
        return mask, notes
    clear = _clear_places(opened, files.source)
    return clear if mask is None else _either(mask, clear), notes


def _fitted_mask(
    opened: OpenedPicture, files: StartFilePaths, path: Path
) -> tuple[OpenedPicture, tuple[str, ...]]:
    from core.store.sources.opening import mask_of, open_start_picture

    mask = mask_of(open_start_picture(path))
    sides = (opened.width, opened.height)
    if (mask.width, mask.height) == sides:
        return mask, mask.notes
    name = display_name(path)
    source = display_name(files.source)
    is_size = f"{mask.width} x {mask.height} pixels"
    if not _has_shape_of(opened, mask):
        raise InvalidRequest(
            "mask",
            f"The mask {name} has {is_size}, which is another shape than the {opened.width} x "
            f"{opened.height} of {source}.",
            "Give a mask of the picture's own size.",
        )
    scaled = f"The mask {name} has {is_size}: it is scaled to those of {source}."
    return _resized(mask, sides), (*mask.notes, scaled)


def _has_shape_of(picture: OpenedPicture, mask: OpenedPicture) -> bool:
    """Whether their sides have nearly the same ratio: who scales one rounds, some to multiples of
    8."""
    ratio = (mask.width * picture.height) / (mask.height * picture.width)
    return 1 / _SAME_SHAPE <= ratio <= _SAME_SHAPE


def _resized(mask: OpenedPicture, size: tuple[int, int]) -> OpenedPicture:
    from PIL import Image

    image = Image.frombytes("L", (mask.width, mask.height), mask.data)
    scaled = image.resize(size, Image.Resampling.BILINEAR)
    return replace(mask, width=size[0], height=size[1], data=scaled.tobytes())


def _clear_places(opened: OpenedPicture, path: Path) -> OpenedPicture:
    """White where the picture is transparent. Raises InvalidRequest where it is not, anywhere."""
    from PIL import Image, ImageChops

    if opened.mode != "RGBA":
        raise InvalidRequest(
            "background",
            f"{display_name(path)} has no transparent places that could be the mask.",
            "Give a mask, or a colour as the background.",
        )
    picture = Image.frombytes("RGBA", (opened.width, opened.height), opened.data)
    clear = ImageChops.invert(picture.getchannel("A"))
    return OpenedPicture(width=opened.width, height=opened.height, mode="L", data=clear.tobytes())


def _either(one: OpenedPicture, other: OpenedPicture) -> OpenedPicture:
    """What either mask has, of two of one size."""
    from PIL import Image, ImageChops

    size = (one.width, one.height)
    both = ImageChops.lighter(
        Image.frombytes("L", size, one.data), Image.frombytes("L", size, other.data)
    )
    return replace(one, data=both.tobytes())


def _check_frame(start: StartPicture, opened: OpenedPicture, name: str) -> None:
    """Raises InvalidRequest where a frame that counts reaches beyond the picture."""
    if start.area != "frame" or start.frame is None:
        return
    left, top, width, height = start.frame
    whole = extended_size(start, (opened.width, opened.height))
    if left + width > whole[0] or top + height > whole[1]:
        raise InvalidRequest(
            "frame",
            f"The frame reaches to {left + width} x {top + height}, beyond the {whole[0]} x "
            f"{whole[1]} pixels of {name}.",
            "Keep it within the picture.",
        )
