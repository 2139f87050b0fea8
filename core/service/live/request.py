"""What is asked of an engine for a live picture, and of the queue for one that is kept or
refined."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from core.engine.contract.box import Box
from core.prompt.expand import expand
from core.service.editing.starting import SEEN_AROUND, HandedOver
from core.service.live.order import LivePicture, LiveSettings
from core.service.live.way import LiveWay
from core.service.stores import Stores
from core.store.sources.opened_picture import CHANNELS, OpenedPicture
from core.values.job import StartPixels
from core.values.request import CheckedRequest, Request
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import ResolvedRequest

_ANEW = 255  # of a mask
_SIGMAS = 4  # beyond which nothing is left of a blur
_MOST_ENLARGED = 8  # as the engine enlarges what lies around a mask
_GUIDANCE = ("guidance_rescale", "guidance_from", "guidance_until")
# what would take longer, or is told again by the way
_USUAL = {
    name: getattr(Request(), name)
    for name in ("count", "refiner", "eta", "fresh_noise", *_GUIDANCE)
}


def close_up(given: HandedOver) -> HandedOver:
    """Only what lies around the frame, or the mask: it is all that the engine looks at, and of a
    large document a small part."""
    start = given.request.start
    source = given.source
    if source is None or start.is_extended:
        return given
    whole = Box.of((source.width, source.height))
    if start.area == "frame" and start.frame is not None:
        left, top, width, height = start.frame
        frame = Box(left, top, left + width, top + height)
        box = frame.grown(SEEN_AROUND).within(whole)
        inside = frame.seen_from(box)
        start = replace(start, frame=(inside.left, inside.top, width, height))
    elif start.area == "masked" and given.mask is not None:
        box = _around_mask(given.request, _rows(given.mask)[..., 0], whole)
    else:
        return given
    place = (given.place[0] + box.left, given.place[1] + box.top, box.width, box.height)
    return HandedOver(
        request=replace(given.request, start=start),
        place=place,
        source=_cut(source, box),
        mask=None if given.mask is None else _cut(given.mask, box),
    )


def live_request(given: HandedOver, way: LiveWay, settings: LiveSettings) -> ResolvedRequest:
    """The form's words and model, made in the way's few steps. Raises InvalidRequest."""
    asked = given.request
    loras = asked.loras if way.companion is None else (*asked.loras, way.companion)
    request = replace(
        asked,
        **_USUAL,
        steps=settings.steps or way.row.steps,
        guidance=way.row.guidance,
        sampler=way.row.sampler,
        schedule=way.row.schedule,
        seed=settings.seed,
        loras=loras,
        hires=Hires(),
        levels=Levels(),  # the form's are for its own sampler and steps
        start=_start(given, replace(asked.start, strength=settings.strength)),
    )
    return expand(request.check())[0]


def pixels_of(given: HandedOver) -> StartPixels | None:
    """What the engine gets of the pictures, of which nothing is kept; None without any."""
    source = given.source
    if source is None:
        return None
    return StartPixels(
        width=source.width,
        height=source.height,
        mode=source.mode,
        source=source.data,
        mask=b"" if given.mask is None else given.mask.data,
    )


def kept_request(stores: Stores, picture: LivePicture) -> CheckedRequest:
    """The request that makes a live picture again, for the queue: its pictures are kept now. Raises
    WorldError where the disk refuses."""
    given = picture.given
    _keep(stores, given)
    return replace(picture.request, parent=_parent(stores, given)).check()


def refined_request(stores: Stores, picture: LivePicture) -> CheckedRequest:
    """The request that makes a live picture anew with the form's model, steps and strength; it is
    kept as the picture to start from. Raises InvalidRequest, and WorldError where the disk
    refuses."""
    shown = picture.pixels
    rows = np.frombuffer(shown.rgb, np.uint8).reshape(shown.height, shown.width, 3)
    mode = "RGB"
    if shown.alpha is not None:
        alpha = np.frombuffer(shown.alpha, np.uint8).reshape(shown.height, shown.width, 1)
        rows, mode = np.concatenate([rows, alpha], axis=2), "RGBA"
    given = picture.given
    start = replace(given.request.start, extend=(0, 0, 0, 0))
    of_live = HandedOver(
        request=replace(given.request, start=start),
        place=given.place,
        source=OpenedPicture(shown.width, shown.height, mode, rows.tobytes()),
        mask=_mask_of_result(given, (shown.width, shown.height)),
    )
    _keep(stores, of_live)
    request = replace(of_live.request, start=_start(of_live, start), parent=_parent(stores, given))
    return request.check()


def _start(given: HandedOver, start: StartPicture) -> StartPicture:
    """With the pictures by the names that they would be kept under."""
    return replace(
        start,
        source="" if given.source is None else given.source.address,
        mask="" if given.mask is None else given.mask.address,
    )


def _keep(stores: Stores, given: HandedOver) -> None:
    for picture in (given.source, given.mask):
        if picture is not None:
            stores.sources.keep(picture)


def _parent(stores: Stores, given: HandedOver) -> str:
    """The picture of ours that was painted on: as the document says, else the one that it shows
    unchanged; "" for none."""
    source = given.source
    if given.request.parent or source is None or source.mode != "RGB":
        return given.request.parent
    pixels = hashlib.sha256(source.data).hexdigest()
    return pixels if stores.gallery.has_pixels(pixels) else ""


def _around_mask(request: Request, mask: NDArray[np.uint8], whole: Box) -> Box:
    """More than the engine takes of what lies around a mask (h, w): wherever that ends, the picture
    goes on."""
    start = request.start
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return whole
    touched = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    softly = max(start.mask_grow, 0) + ceil(_SIGMAS * start.mask_blur)
    box = touched.grown(start.padding + softly)
    scale = max(box.width / request.width, box.height / request.height, 1 / _MOST_ENLARGED)
    size = (ceil(scale * request.width), ceil(scale * request.height))
    left = _moved_inside((box.left + box.right - size[0]) // 2, size[0], whole.width)
    top = _moved_inside((box.top + box.bottom - size[1]) // 2, size[1], whole.height)
    seen = Box(left, top, left + size[0], top + size[1])
    return seen.grown(SEEN_AROUND).within(whole)


def _moved_inside(begin: int, length: int, whole: int) -> int:
    return min(max(begin, 0), max(whole - length, 0))


def _cut(picture: OpenedPicture, box: Box) -> OpenedPicture:
    rows = _rows(picture)[box.rows_and_columns]
    return replace(picture, width=box.width, height=box.height, data=rows.tobytes())


def _rows(picture: OpenedPicture) -> NDArray[np.uint8]:
    shape = (picture.height, picture.width, CHANNELS[picture.mode])
    return np.frombuffer(picture.data, np.uint8).reshape(shape)


def _mask_of_result(given: HandedOver, size: tuple[int, int]) -> OpenedPicture | None:
    """The mask in the size (width, height) of what was made of it: what was added is masked too,
    and where the picture was scaled the mask is."""
    mask = given.mask
    if mask is None:
        return None
    left, top, right, bottom = given.request.start.extend
    rows = np.pad(_rows(mask)[..., 0], ((top, bottom), (left, right)), constant_values=_ANEW)
    if (rows.shape[1], rows.shape[0]) != size:
        from PIL import Image

        rows = np.array(Image.fromarray(rows).resize(size, Image.Resampling.BILINEAR))
    return OpenedPicture(size[0], size[1], "L", rows.tobytes())
