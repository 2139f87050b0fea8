"""A picture that was enlarged, refined by diffusion: encoded, walked down from its own noise and
decoded in tiles, with its broad tones kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from core.engine.contract.passes import FLOW_STRIDE, LATENT_STRIDE
from core.engine.contract.refined_tiles import OVERLAP, tile_side
from core.engine.contract.start_levels import StartLevels, start_levels
from core.engine.diffusion.parts.denoiser import Denoise
from core.engine.diffusion.picture_inputs.holding import StartLatents
from core.engine.diffusion.picture_inputs.masks import PixelRows
from core.engine.diffusion.picture_inputs.resizing import LANCZOS, resized, with_edges
from core.engine.diffusion.picture_making.refining.parts_of_pictures import (
    FACTOR,
    decoded,
    encoded,
    tiles_to_decode,
)
from core.engine.diffusion.picture_making.refining.tiled_denoise import (
    HeldTones,
    Tiling,
    shift_at,
    step_at,
    tiled,
)
from core.engine.diffusion.picture_making.refining.tones import with_tones_of
from core.engine.diffusion.picture_making.sampling import Beginning, sampled
from core.engine.diffusion.picture_making.workplace import INSTRUCT_CHANNELS, Workplace
from core.models.files.families import FAMILIES
from core.sampling.samplers import SAMPLERS
from core.system.errors import InvalidRequest
from core.values.declared.limits import MIN_SIZE
from core.values.events import Phase
from core.values.job import Job
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import ResolvedRequest

HELD = 0.125  # of a tile's side: what a blur so wide leaves of the source stays
OnTile = Callable[[int, int], object]


@dataclass(slots=True)
class TileCount:
    """How many of all tiles are done, `steps` telling of each step how many it has; `on_tile` hears
    of each, with how many there are."""

    on_tile: OnTile
    to_encode: int
    steps: tuple[int, ...]
    to_decode: int
    done: int = 0

    def __call__(self) -> None:
        """One more."""
        self.done = min(self.done + 1, self.total)
        self.on_tile(self.done, self.total)

    @property
    def total(self) -> int:
        """All of them."""
        return self.to_encode + sum(self.steps) + self.to_decode

    def sampling(self, step: int) -> None:
        """Those before this step, from 0, are done: by this run, or by the one it goes on from."""
        self.done = max(self.done, self.to_encode + sum(self.steps[:step]))

    def decoding(self) -> None:
        """Nothing else is left to do."""
        self.done = self.total - self.to_decode


def refined(
    place: Workplace, job: Job, pixels: PixelRows, on_tile: OnTile, joined: str = ""
) -> PixelRows:
    """Pixels (h, w, 3) refined at `job.request.start.strength` by the job's model, sampler and
    texts; the size of the request does not count. `joined`: edges that are joined ("x", "y", "xy").

    The noise is that of the request's seed, once for the whole picture. `on_tile` hears how many
    tiles of how many are done. What is kept on the way (`CheckpointReady`) is gone on from where
    `job.resume` is of the same walk.

    Raises InvalidRequest where the model cannot, and what `sampled` raises.
    """
    row = FAMILIES.get(job.model.family)
    multiple = (FLOW_STRIDE if row and row.flow else LATENT_STRIDE) // FACTOR
    canvas = _of_whole_latents(pixels, multiple * FACTOR, joined)
    tiling = tiling_of(canvas.shape[:2], tile_side(job.model.family), multiple, joined)
    job = replace(job, request=_of_a_tile(job.request, tiling))
    place.borrow(job)
    if place.model.picture_channels == INSTRUCT_CHANNELS:
        raise InvalidRequest(
            "model",
            f"{job.model.name} changes pictures by words and cannot refine them.",
            "Choose a model that makes pictures from words.",
        )
    levels = start_levels(job.request, place.model.table(job.request), job.model.family)
    count = _counted(tiling, levels, job.request.sampler, on_tile)
    beginning = _beginning(place, job, canvas, tiling, levels, count)
    latents = sampled(place, job, beginning)
    place.enter(Phase.DECODING)
    count.decoding()
    with place.autoencoder(job.request) as model:

        def decode(tile: torch.Tensor) -> torch.Tensor:
            values = model.decode(tile)[1]
            count()
            return values

        made = decoded(latents, tiling, decode)
    made = with_tones_of(canvas, made, joined)
    height, width = pixels.shape[:2]
    return _back_at(made, (width, height), joined)


def tiling_of(size: tuple[int, int], side: int, multiple: int, joined: str = "") -> Tiling:
    """How a picture of `size` (height, width) in pixels, which are whole latents, is cut into tiles
    of `side` pixels."""
    latents = size[0] // FACTOR, size[1] // FACTOR
    tile = side // FACTOR
    return Tiling(
        size=latents,
        side=(min(tile, latents[0]), min(tile, latents[1])),
        overlap=int(tile * OVERLAP) // multiple * multiple,
        multiple=multiple,
        joined=joined,
    )


def _of_a_tile(request: ResolvedRequest, tiling: Tiling) -> ResolvedRequest:
    """What the network is told: a picture of a tile's size. Features are not reused, since between
    two steps of a tile there are all others."""
    return replace(
        request,
        width=tiling.side[1] * FACTOR,
        height=tiling.side[0] * FACTOR,
        tiling=tiling.whole or "none",
        start=replace(StartPicture(), strength=request.start.strength),
        noise=replace(request.noise, resized_from=None),
        hires=Hires(),
        feature_reuse=1,
    )


def _counted(tiling: Tiling, levels: StartLevels, sampler: str, on_tile: OnTile) -> TileCount:
    walked = levels.plan.levels
    calls = SAMPLERS[sampler].evaluations
    return TileCount(
        on_tile=on_tile,
        to_encode=len(tiling.grid()),
        steps=tuple(calls * len(tiling.grid(shift_at(level, walked))) for level in walked[:-1]),
        to_decode=tiles_to_decode(tiling),
    )


def _beginning(
    place: Workplace,
    job: Job,
    canvas: PixelRows,
    tiling: Tiling,
    levels: StartLevels,
    count: TileCount,
) -> Beginning:
    with place.autoencoder(job.request) as model:

        def encode(tile: PixelRows) -> torch.Tensor:
            latents = place.encode(model, tile)
            count()
            return latents

        source = encoded(canvas, tiling, encode)
    held = HeldTones(source, max(tiling.side) * HELD, tiling.joined)
    walked = levels.plan.levels
    return Beginning(
        latents=StartLatents(source=source, levels=levels),
        spread=lambda denoise: _heard(tiled(denoise, tiling, walked, count, held), walked, count),
    )


def _heard(denoise: Denoise, levels: tuple[float, ...], count: TileCount) -> Denoise:
    """`denoise`, which says before each call at which step it is."""

    def heard(x: torch.Tensor, sigma: float) -> torch.Tensor:
        """x0 (1, c, h, w) of x of that shape."""
        count.sampling(step_at(sigma, levels))
        return denoise(x, sigma)

    return heard


def _of_whole_latents(pixels: PixelRows, multiple: int, joined: str) -> PixelRows:
    """Pixels (h, w, 3) with sides that are multiples, and as long as networks want them: edges are
    repeated, but where they are joined the picture is stretched by a little."""
    height, width = pixels.shape[:2]
    wide = max(-(-width // multiple) * multiple, MIN_SIZE)
    tall = max(-(-height // multiple) * multiple, MIN_SIZE)
    stretched = wide if "x" in joined else width, tall if "y" in joined else height
    return with_edges(resized(pixels, stretched, LANCZOS), (wide, tall))


def _back_at(pixels: PixelRows, size: tuple[int, int], joined: str) -> PixelRows:
    """The reverse of `_of_whole_latents`: a picture of `size` (width, height)."""
    width = pixels.shape[1] if "x" in joined else size[0]
    height = pixels.shape[0] if "y" in joined else size[1]
    return resized(pixels[:height, :width], size, LANCZOS)
