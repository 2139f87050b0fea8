"""What a wish for larger pictures takes, before it begins: how large they become, memory, time,
disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.engine.contract.passes import steps_run
from core.engine.contract.refined_tiles import tile_count, tile_side
from core.metadata.reading import open_image
from core.models.files.fit import SecondsSpan
from core.models.library.model_entry import ModelEntry
from core.service.fit_prediction import fit_of_request, free_memory, predicted_seconds
from core.service.starting.own_recipe import own_recipe
from core.service.stores import Stores
from core.service.upscaling.fit import RESULT_BYTES, UpscaleFit, upscale_fit
from core.service.upscaling.wishes import UpscaleWish, path_of, refining_guidance
from core.store.sources.to_srgb import upright_size
from core.system.errors import KnownError
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.upscale import Upscale

MOST_LOOKED_AT = 40  # pictures whose sizes are read; the others are taken to be like them
LATENT_BYTES = 8 * 4 * 4 / 64  # by pixel: eight copies of four channels in float32


@dataclass(frozen=True, slots=True)
class UpscaleNeeds:
    """`size` is the (width, height) of the first result, `count` how many there are. Bytes and
    seconds are predictions for all of them, memory for the largest; `seconds` None where nothing
    like it was seen here."""

    size: tuple[int, int]
    count: int
    peak_bytes: int
    available_bytes: int
    seconds: SecondsSpan | None
    disk_bytes: int
    disk_free: int

    @property
    def fits(self) -> bool:
        """Whether memory and disk suffice."""
        return self.peak_bytes <= self.available_bytes and self.disk_bytes <= self.disk_free


def upscale_needs(
    stores: Stores,
    origins: Sequence[Picture | Path],
    wish: UpscaleWish,
    kind: str,
    available: int,
) -> UpscaleNeeds:
    """What a wish for these pictures takes on a device of a kind with so many bytes (below 1: what
    is free).

    Reads files and headers: not for the GUI thread. Raises KnownError where not one of the pictures
    that were looked at can be made larger so.
    """
    there = available if available > 0 and kind != "cpu" else free_memory()
    by_path, refused = _fits(stores, origins[:MOST_LOOKED_AT], wish, kind, there)
    if not by_path:
        assert refused is not None
        raise refused
    fits = [fit for _, fit in by_path]
    looked_at = min(len(origins), MOST_LOOKED_AT)
    count = max(round(len(origins) * len(fits) / looked_at), 1)
    share = count / len(fits)
    sizes = [(fit.width, fit.height) for fit in fits]
    peak = max(fit.memory.peak_bytes for fit in fits)
    spans = [fit.memory.seconds_span for fit in fits if fit.memory.seconds_span is not None]
    seconds = None
    if spans:
        loading = max(fit.memory.loading or 0.0 for fit in fits)
        low, high = (sum(span[end] for span in spans) for end in (0, 1))
        seconds = SecondsSpan(low * share, high * share, loading)
    if wish.refine > 0:
        tile_peak, drawn = _of_refining(stores, by_path[0][0], wish, sizes, kind, there)
        largest = max(width * height for width, height in sizes)
        peak = max(peak, int(tile_peak + largest * (RESULT_BYTES + LATENT_BYTES)))
        seconds = _together(seconds, drawn, share)
    return UpscaleNeeds(
        size=sizes[0],
        count=count,
        peak_bytes=peak,
        available_bytes=there,
        seconds=seconds,
        disk_bytes=int(sum(fit.file_bytes for fit in fits) * share)
        + max(fit.tile_bytes for fit in fits),  # of one at a time
        disk_free=fits[0].disk_free,
    )


def _together(
    enlarging: SecondsSpan | None, drawing: SecondsSpan | None, share: float
) -> SecondsSpan | None:
    """Seconds of both; None where those of the longer one, which draws, are not known."""
    if drawing is None:
        return None
    before = enlarging or SecondsSpan(0.0, 0.0)
    return SecondsSpan(
        before.low + drawing.low * share,
        before.high + drawing.high * share,
        before.loading + drawing.loading,
    )


def _fits(
    stores: Stores,
    origins: Sequence[Picture | Path],
    wish: UpscaleWish,
    kind: str,
    available: int,
) -> tuple[list[tuple[Path, UpscaleFit]], KnownError | None]:
    """Of the pictures that can be made larger, and why the last one that cannot be is none."""
    fits: list[tuple[Path, UpscaleFit]] = []
    refused: KnownError | None = None
    for origin in origins:
        path = path_of(origin)
        try:
            with open_image(path) as image:
                size = upright_size(image, path.name)
            scale = wish.scale_of(size, path.name)
            upscale = Upscale(scale=scale, upscaler=wish.upscaler, refine=wish.refine)
            fits.append((path, upscale_fit(stores, size, upscale, kind, available)))
        except KnownError as error:
            refused = error
    return fits, refused


def _of_refining(
    stores: Stores,
    path: Path,
    wish: UpscaleWish,
    sizes: Sequence[tuple[int, int]],
    kind: str,
    available: int,
) -> tuple[int, SecondsSpan | None]:
    """Bytes of a tile with its model, and the seconds of all tiles of these results, by the recipe
    of one of them."""
    own = own_recipe(stores.library, path, wish.model, wish.otherwise)
    entry = own.entry
    side = tile_side(entry.family)
    gentle = replace(own.request, guidance=refining_guidance(own.request, entry.family_row))
    request = _of_a_tile(gentle, side, wish.refine)
    fit, _ = fit_of_request(stores, entry, request, kind, available)
    seconds = _seconds(stores, entry, request, kind, fit.mode)
    if seconds is None:
        return fit.peak_bytes, None
    tiles = sum(tile_count(size, side) for size in sizes)
    return fit.peak_bytes, replace(seconds, low=seconds.low * tiles, high=seconds.high * tiles)


def _of_a_tile(request: Request, side: int, strength: float) -> Request:
    """A picture that takes as long as a tile: its steps are those that the strength leaves."""
    start = StartPicture(strength=strength)
    steps = max(steps_run(replace(request, start=start)), 1)
    return replace(
        request,
        width=side,
        height=side,
        steps=steps,
        start=StartPicture(),
    )


def _seconds(
    stores: Stores, entry: ModelEntry, request: Request, kind: str, mode: str
) -> SecondsSpan | None:
    row = entry.family_row
    return predicted_seconds(stores, entry, request, row, kind, mode, eight=False)
