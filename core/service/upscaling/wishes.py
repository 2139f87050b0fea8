"""What a person wants larger, and how: one wish for any number of pictures, each of which becomes a
request of its own; those that cannot be are refused one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.metadata.reading import open_image
from core.models.files.families import Family
from core.models.library.model_entry import STARTER_ID
from core.prompt.expand import expand
from core.sampling.samplers import SAMPLERS
from core.service.starting.own_recipe import own_recipe
from core.service.stores import Stores
from core.service.upscaling.asking import UpscaleAsked, upscale_request
from core.system.errors import InvalidRequest, KnownError
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.upscale import LANCZOS, MAX_SCALE, Upscale, upscaled_size
from core.values.resolved_request import ResolvedRequest

STRENGTH = 0.3  # of a refinement where nobody says otherwise
UNGUIDED = 1.0
_SEED = 8  # digits of a picture's address: 32 bits


@dataclass(frozen=True, slots=True)
class UpscaleWish:
    """How pictures are made larger: each side `scale` times, or where `side` is not 0 so that the
    longer one has that many pixels; by the `upscaler` of this id, or Lanczos.

    `refine` is the denoising strength of the pass that draws details anew, 0 for none; `prompt`
    what it is told, None for what the picture's recipe says; `model` the id of what draws, "" for
    the recipe's, and `otherwise` where that is not here.
    """

    scale: float = 2.0
    side: int = 0
    upscaler: str = LANCZOS
    refine: float = 0.0
    prompt: str | None = None
    model: str = ""
    otherwise: str = STARTER_ID

    def check(self) -> None:
        """Raises InvalidRequest for a scale, a strength or a prompt that cannot be."""
        upscale = Upscale(scale=self.scale, upscaler=self.upscaler, refine=self.refine)
        Request(prompt=self.prompt or "", upscale=upscale).check()
        if self.prompt is not None and self.refine <= 0:
            raise InvalidRequest(
                "prompt",
                "A prompt is for details that are drawn anew, and none are.",
                "Add --refine 0.3, or leave the prompt out.",
            )

    def scale_of(self, size: tuple[int, int], name: str = "The picture") -> float:
        """How many times longer the sides of a picture of this (width, height) become. Raises
        InvalidRequest where it is as large already, or would become too large."""
        scale = self.side / max(size) if self.side else self.scale
        if scale < 1 or (self.side and scale == 1):
            raise InvalidRequest(
                "upscale",
                f"{name} has {max(size)} pixels on its longer side already.",
                "Choose a longer side.",
            )
        if scale > MAX_SCALE:
            raise InvalidRequest(
                "upscale",
                f"{name} would become {scale:.1f} times larger, and {MAX_SCALE:g} is the most.",
                "Choose a shorter side, or enlarge it twice.",
            )
        upscaled_size(size, scale)
        return scale


@dataclass(frozen=True, slots=True)
class Refusal:
    """A picture that cannot be made larger, and why."""

    path: Path
    error: KnownError


@dataclass(frozen=True, slots=True)
class UpscaleBatch:
    """Requests for all pictures that can be made larger, and the others; `notes` say what of their
    files was changed or is missing."""

    requests: tuple[ResolvedRequest, ...] = ()
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = field(default=())


def wished_request(stores: Stores, origin: Picture | Path, wish: UpscaleWish) -> UpscaleAsked:
    """The request that makes one picture larger.

    Reads files: not for the GUI thread. Raises as `upscale_request`, InvalidRequest for a prompt
    that cannot be and a model that cannot refine, ModelMissing for one that is not here.
    """
    path = path_of(origin)
    with open_image(path) as image:
        scale = wish.scale_of(image.size, path.name)
    upscale = Upscale(scale=scale, upscaler=wish.upscaler, refine=wish.refine)
    asked = upscale_request(stores, origin, upscale)
    return _refined(stores, path, asked, wish) if wish.refine > 0 else asked


def _refined(stores: Stores, path: Path, asked: UpscaleAsked, wish: UpscaleWish) -> UpscaleAsked:
    """With what draws the details: the picture's own recipe, as far as it goes with the model."""
    own = own_recipe(stores.library, path, wish.model, wish.otherwise)
    row = own.entry.family_row
    if row.pipeline:
        raise InvalidRequest(
            "model",
            f"{own.entry.name} runs through a pipeline that cannot refine pictures.",
            "Choose another model, or leave refining out.",
        )
    own_sampler, sampler = SAMPLERS[own.request.sampler], SAMPLERS[row.sampler]
    keeps = not own_sampler.both_branches  # of a tile they tell nothing
    request = replace(
        own.request,
        sampler=own_sampler.id if keeps else sampler.id,
        upscale=replace(asked.request.upscale, bare=False),
        parent=asked.request.parent,
        guidance=refining_guidance(own.request, row),
        # a picture that names none has one of its own, so that what was begun is gone on with
        seed=own.usable.values.get("seed", int(asked.request.upscale.source[:_SEED], 16)),
        start=StartPicture(),
        levels=Levels(),
        feature_reuse=1,
        template="",
        negative_template="",
    )
    typed = wish.prompt is not None
    if wish.prompt is not None:
        request = replace(request, prompt=wish.prompt, styles=())
    (single,) = expand(request.check(), drawn=not typed)
    notes = own.notes if own.parsed.request else ()
    if not keeps:
        words = f"{own_sampler.label} cannot refine in tiles: {sampler.label} is taken."
        notes = (*notes, words)
    return replace(asked, request=single, notes=(*asked.notes, *notes))


def refining_guidance(request: Request, row: Family) -> float:
    """By how much the prompt pulls: as the recipe says, but not with models that do not make better
    what was composed smaller. Their tiles begin things of the prompt that are not there
    (tests/bench/pictures/refine.py)."""
    return request.guidance if row.refines else UNGUIDED


def upscale_batch(
    stores: Stores,
    origins: Sequence[Picture | Path],
    wish: UpscaleWish,
    on_each: Callable[[int], object] = lambda done: None,
) -> UpscaleBatch:
    """Requests for several pictures, in their order; one that cannot be used costs no other.
    `on_each` hears how many were looked at; what it raises comes through.

    Reads files: not for the GUI thread.
    """
    requests: list[ResolvedRequest] = []
    refused: list[Refusal] = []
    notes: dict[str, None] = {}
    for done, origin in enumerate(origins, 1):
        try:
            asked = wished_request(stores, origin, wish)
        except KnownError as error:
            refused.append(Refusal(path_of(origin), error))
        else:
            requests.append(asked.request)
            notes |= dict.fromkeys(asked.notes)
        on_each(done)
    return UpscaleBatch(tuple(requests), tuple(refused), tuple(notes))


def path_of(origin: Picture | Path) -> Path:
    """The file of a picture of the gallery, or the file itself."""
    return Path(origin.path) if isinstance(origin, Picture) else origin
