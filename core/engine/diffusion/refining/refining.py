"""A picture that was enlarged, refined by diffusion: encoded, walked down from its own noise and
decoded in tiles, with its broad tones kept."""

from __future__ import annotations

from dataclasses import replace

from core.engine.contract.passes import FLOW_STRIDE, LATENT_STRIDE
from core.engine.contract.refined_tiles import OVERLAP, tile_side
from core.engine.contract.start_levels import StartLevels, start_levels
from core.engine.diffusion.parts.device import fingerprint
from core.engine.diffusion.picture_inputs.holding import StartLatents
from core.engine.diffusion.picture_inputs.masks import PixelRows
from core.engine.diffusion.picture_inputs.resizing import LANCZOS, resized, with_edges
from core.engine.diffusion.picture_making.sampling import Beginning, sampled
from core.engine.diffusion.picture_making.workplace import INSTRUCT_CHANNELS, Workplace
from core.engine.diffusion.refining.gathering import (
    Gathering,
    OnEstimate,
    OnTile,
    TileCount,
)
from core.engine.diffusion.refining.kept_work import KeptWork
from core.engine.diffusion.refining.parts_of_pictures import (
    FACTOR,
    decoded,
    encoded,
    tiles_to_decode,
)
from core.engine.diffusion.refining.tiled_denoise import (
    HeldTones,
    Tiling,
    shift_at,
    tiled,
)
from core.engine.diffusion.refining.tones import with_tones_of
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


def refined(
    place: Workplace,
    job: Job,
    pixels: PixelRows,
    on_tile: OnTile,
    joined: str = "",
    see: OnEstimate = lambda x0: None,
) -> PixelRows:
    """Pixels (h, w, 3) refined at `job.request.start.strength` by the job's model, sampler and
    texts; the size of the request does not count. `joined`: edges that are joined ("x", "y", "xy").

    The noise is that of the request's seed, once for the whole picture. `on_tile` hears how many
    tiles of how many are done, `see` the estimate (1, c, h, w) of each step. A later try goes on
    from `job.resume` and from what `job.tiles` keeps, where those are of the same walk.

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
    kept = KeptWork(job.tiles, place.spec.checkpoint_interval, _made_by(place, job))
    gathering = Gathering(count, kept, see)
    beginning = _beginning(place, job, canvas, tiling, levels, gathering)
    latents = sampled(place, job, beginning)
    place.enter(Phase.DECODING)
    count.decoding()
    with place.autoencoder(job.request) as model:
        made = decoded(latents, tiling, lambda tile: model.decode(tile)[1], gathering)
    made = with_tones_of(canvas, made, joined)
    height, width = pixels.shape[:2]
    return _back_at(made, (width, height), joined)


def _made_by(place: Workplace, job: Job) -> tuple[object, ...]:
    """All that decides what becomes of a tile, besides its pixels."""
    files = (job.model, job.loras, job.embeddings, job.vae, job.refiner)
    return job.request, files, place.mode.id, fingerprint(place.compute, place.model.networks)


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
    gathering: Gathering,
) -> Beginning:
    with place.autoencoder(job.request) as model:
        source = encoded(canvas, tiling, lambda tile: place.encode(model, tile), gathering)
    held = HeldTones(source, max(tiling.side) * HELD, tiling.joined)
    walked = levels.plan.levels
    return Beginning(
        latents=StartLatents(source=source, levels=levels),
        spread=lambda denoise: tiled(denoise, tiling, walked, gathering, held),
    )


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
