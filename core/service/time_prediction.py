"""How long a picture takes here: from what there is to compute,
and from what this machine was seen to do.

The work of a picture is counted (core.models.files.operations): what its sampler calls the denoiser
for, once or, under guidance, twice a call, then texts and decoding. A call also costs what does not
grow with the picture (its thousand small layers begin one after another); in multiplications that
cost is `OVERHEAD`. Time is learnt from the quiet runs: a picture made while other programs computed
took longer than the next one will, so its processor time counts where that is known, and of several
runs the quick ones. One slow run never stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from core.engine.contract.box import Box
from core.engine.contract.extension import REFINED_BY, is_composed_smaller, is_usual, passes
from core.engine.contract.passes import is_refined, passes_of
from core.models.files.families import FAMILIES, Family
from core.models.files.fit import SecondsSpan
from core.models.files.operations import OperationCount, operations_of
from core.sampling.samplers import SAMPLERS
from core.service.remarks.sizes import MERGED_FROM
from core.store.memory_history import TimedRun
from core.system.errors import KnownError
from core.system.paths import RESOURCES
from core.values.device import MemoryMode
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.hires import PIXEL_UPSCALERS
from core.values.request_parts.time_saving import TINY

# Of a call, in multiplications. Two cores took 0.105 s for a guided step of the starter (2.35e9)
# and 12.5 s for one of Stable Diffusion 1.5 (803e9): 65e9 a second, and 0.07 s a call. A graphics
# card's 5 ms or so are worth more to it.
OVERHEAD = {"cpu": 4.5e9}
GPU_OVERHEAD = 1e11
FAST_SHARE = 0.2  # the share of runs that are at least as quick as what is taken for a quiet one
# seconds waited for a processor, per second on one, up to which a run counts as quiet
MAX_WAITED_SHARE = 0.05
USUAL_THREAD_USE = 0.9  # of all threads' time in a quiet run, until one was seen
OTHER_MODEL_SPAN = 0.7, 1.5  # how far another model's pace may be off
OTHER_MODE_SPAN = 0.7, 2.0  # ... and that of the same model on another rung of the memory ladder
FAR_FACTOR = 6.0  # times more or less work than any run seen
FAR_SPREAD = 1.4  # how far those may then be off
LOADED = 0.5  # seconds, above which a run had to load its model
MOST_SLOWED = 20.0  # times slower than on a quiet machine that a single run may have been
CALL_OF_KEPT = 0.08  # of a whole call, one that goes on from kept features
_OWN_STEPS = "dpm_adaptive"
_MOST_STEPS = 3.0  # times the calls asked for


def denoiser_calls(request: Request, row: Family) -> tuple[float, float]:
    """How often the denoiser is called for a picture, and for how many pictures in all:
    two at once under guidance.

    Second-order samplers call once less, on their last step to zero noise. FLUX is told the
    guidance and needs no second branch.
    """
    sampler = SAMPLERS[request.sampler]
    evaluations = 1 if row.pipeline else sampler.evaluations
    calls = float(request.steps * evaluations)
    if evaluations > 1 and sampler.one_step and calls:
        calls -= evaluations - 1
    asks_both = request.guidance != 1 or sampler.both_branches
    is_guided = asks_both and row.id not in ("flux", "flux2")
    share = request.guidance_until - request.guidance_from if is_guided else 0.0
    return calls, calls * (1.0 + min(1.0, max(0.0, share)))


def multiplications_of(
    path: Path, request: Request, family: str, kind: str, source: tuple[int, int] | None = None
) -> float:
    """Multiplications of a picture with the model at `path`, and what its calls cost besides; 0
    where the model cannot be read. `source`: width and height of the picture it starts from."""
    try:
        operations = operations_of(path)
    except (KnownError, OSError):
        return 0.0
    row = FAMILIES.get(family, FAMILIES["sd-unknown"])
    made = passes_of(request, flow=row.flow)
    if source is not None and request.start.is_extended and request.start.area == "whole":
        made = _extending(made[0], source, row)
    return sum(_of_pass(operations, part, row, kind) for part in made) + _of_pixels(
        operations, request, made
    )


def _of_pass(operations: OperationCount, request: Request, row: Family, kind: str) -> float:
    """The denoiser's calls in one pass, with the texts that it is told."""
    calls, branches = denoiser_calls(request, row)
    whole = 1.0 if row.flow or row.pipeline else _worked_out(request.feature_reuse, calls)
    merged = 0.0 if row.flow or row.pipeline else _merged(request)
    computing = operations.denoising(request.width, request.height, branches * whole, merged=merged)
    return computing + calls * whole * call_overhead(kind)


def _extending(request: Request, source: tuple[int, int], row: Family) -> tuple[Request, ...]:
    """The passes that add to a picture's sides, each of what the network sees in it."""
    left, top, right, bottom = request.start.extend
    known = Box(left, top, left + source[0], top + source[1])
    size = (known.right + right, known.bottom + bottom)
    usual = row.sizes[0]
    found: list[Request] = []
    for added in passes(known, size, row.window):
        box = added.box.size
        width, height = box if is_usual(box, usual) else usual
        found.append(replace(request, width=width, height=height))
        if row.refines and is_composed_smaller(box, usual):
            start = replace(request.start, strength=min(REFINED_BY, request.start.strength))
            found.append(replace(request, width=box[0], height=box[1], start=start))
    return tuple(found)


def _of_pixels(operations: OperationCount, request: Request, made: Sequence[Request]) -> float:
    """Decoding the picture, and what is decoded and encoded on the way to it."""
    tiny = request.decoder == TINY
    if request.start.source:
        return sum(
            operations.encoding(part.width, part.height)
            + operations.decoding(part.width, part.height, tiny=tiny)
            for part in made
        )
    total = operations.decoding(request.width, request.height, tiny=tiny)
    if is_refined(request) and request.hires.upscaler in PIXEL_UPSCALERS:
        small = made[0]
        total += operations.decoding(small.width, small.height, tiny=tiny)
        total += operations.encoding(request.width, request.height)
    return total


def _worked_out(interval: int, calls: float) -> float:
    """The share of the denoiser's work that is left where one call of `interval` is whole."""
    whole = math.ceil(calls / interval) / max(1.0, calls)
    return whole + (1.0 - whole) * CALL_OF_KEPT


def _merged(request: Request) -> float:
    """The share of tokens that are taken together at this size."""
    large = request.width * request.height >= MERGED_FROM**2
    return request.token_merging if large else 0.0


def call_overhead(kind: str) -> float:
    """What a call costs besides its multiplications, in multiplications, on a kind of device."""
    return OVERHEAD.get(kind, GPU_OVERHEAD)


def time_is_typical(request: Request) -> bool:
    """Whether a picture's time tells of others: not where its sampler chose the steps, nor where it
    was made from a picture or in several passes, of which only the engine knows how many."""
    in_one = not request.start.source and not request.upscale.source and not is_refined(request)
    return in_one and not _chooses_steps(request)


def _chooses_steps(request: Request) -> bool:
    """Whether its sampler takes as many steps as it needs."""
    return request.sampler == _OWN_STEPS


def runs_of_pictures(
    pictures: Iterable[Picture], model_name: str, path: Path, family: str, kind: str
) -> tuple[TimedRun, ...]:
    """Runs from the gallery, for models whose own were noted by an older program: only the clock's
    time is known, loading included."""
    runs: list[TimedRun] = []
    for picture in pictures:
        request = picture.request
        tells = time_is_typical(request) and request.sampler in SAMPLERS and not request.refiner
        if picture.model_name != model_name or picture.seconds <= 0 or not tells:
            continue
        if (work := multiplications_of(path, request, family, kind)) > 0:
            run = TimedRun(
                model=str(path), mode=MemoryMode.RESIDENT, seconds=picture.seconds, work=work
            )
            runs.append(run)
    return tuple(runs)


def undisturbed_seconds(runs: Sequence[TimedRun]) -> tuple[float, ...]:
    """The seconds that each run would have taken on a quiet machine.

    A run that hardly waited for a processor took what the clock says. Of others the processor's
    time counts, shared by as many threads as ran at once in a quiet run of this machine.
    """
    measured = [run for run in runs if _is_measured(run)]
    uses = [_use(run) for run in measured if _was_quiet(run)]
    use = max(uses) if uses else max((USUAL_THREAD_USE, *(_use(run) for run in measured)))
    return tuple(_quiet_seconds(run, min(1.0, use)) for run in runs)


def _is_measured(run: TimedRun) -> bool:
    """Whether its processor time is known, and the number of threads that shared it."""
    return run.processor > 0 and run.threads > 0


def _use(run: TimedRun) -> float:
    """The share of all threads' time that they computed."""
    return run.processor / (run.seconds * run.threads)


def _quiet_seconds(run: TimedRun, use: float) -> float:
    if _was_quiet(run) or not _is_measured(run):
        return run.seconds
    return min(run.seconds, run.processor / (run.threads * use))


def _was_quiet(run: TimedRun) -> bool:
    # where no processor time is known, it must not have waited at all
    return 0 <= run.waited <= MAX_WAITED_SHARE * max(run.processor, 1e-6)


def fast_percentile(values: Sequence[float]) -> float:
    """About the 20th percentile of at least one value: what a fifth of them are at most."""
    return sorted(values)[int(FAST_SHARE * (len(values) - 1))]


def estimate_seconds(
    own: Sequence[TimedRun],
    all_of_them: Sequence[TimedRun],
    work: float,
    mode: str = MemoryMode.RESIDENT,
) -> SecondsSpan | None:
    """The time of a picture with so much work, from the model's latest runs,
    and from those of all models on this device.

    None where nothing was seen, or where it is not known how much there is to compute.
    """
    if work <= 0:
        return None
    paces = _paces(all_of_them, undisturbed_seconds(all_of_them))
    here = [run for run in own if run.mode == mode]
    mine = here or list(own)
    if not mine and not paces:
        return None
    if not mine:
        likely = fast_percentile(paces) * work
        return SecondsSpan(likely * OTHER_MODEL_SPAN[0], likely * OTHER_MODEL_SPAN[1])
    low = high = fast_percentile(_paces(mine, _of(mine, all_of_them))) * work
    if not here:
        low, high = low * OTHER_MODE_SPAN[0], high * OTHER_MODE_SPAN[1]
    elif _is_far(work, mine):
        low, high = low / FAR_SPREAD, high * FAR_SPREAD
    if len(mine) == 1 and mine[0].processor <= 0:  # nobody knows how quiet it was
        pairs = zip(all_of_them, paces, strict=True)
        if others := [pace for run, pace in pairs if run.model != mine[0].model]:
            low = min(
                low, max(fast_percentile(others) * work * OTHER_MODEL_SPAN[0], low / MOST_SLOWED)
            )
    loading = fast_percentile([run.loading for run in mine if run.loading > LOADED] or [0.0])
    return SecondsSpan(low, high, loading)


def _paces(runs: Sequence[TimedRun], quiet_seconds: Sequence[float]) -> list[float]:
    """Seconds a multiplication, run by run."""
    return [seconds / run.work for run, seconds in zip(runs, quiet_seconds, strict=True)]


def _is_far(work: float, seen: Sequence[TimedRun]) -> bool:
    """Whether it is much less or much more than any run seen had to do."""
    works = [run.work for run in seen]
    return not min(works) / FAR_FACTOR <= work <= max(works) * FAR_FACTOR


def _of(mine: Sequence[TimedRun], all_of_them: Sequence[TimedRun]) -> tuple[float, ...]:
    """`undisturbed_seconds` of the model's runs, with the use of threads that any model's quiet
    runs showed where its own were none."""
    if any(_was_quiet(run) for run in mine):
        return undisturbed_seconds(mine)
    return undisturbed_seconds([*mine, *all_of_them])[: len(mine)]


def starter_step_seconds(runs: Sequence[TimedRun]) -> float | None:
    """Seconds that a guided step of the built-in model takes at 256 px, by what any model's
    pictures took on a processor here; None where there were none."""
    if not runs:
        return None
    # a guided step computes two branches
    work = 2 * operations_of(RESOURCES / "starter").denoiser.call(256, 256) + OVERHEAD["cpu"]
    return fast_percentile(_paces(runs, undisturbed_seconds(runs))) * work


def with_request(seconds: SecondsSpan | None, request: Request) -> SecondsSpan | None:
    """A sampler that takes its own steps makes a span of it."""
    if seconds is None or not _chooses_steps(request):
        return seconds
    return SecondsSpan(
        low=seconds.low / _MOST_STEPS, high=seconds.high * _MOST_STEPS, loading=seconds.loading
    )
