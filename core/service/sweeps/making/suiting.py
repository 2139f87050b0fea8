"""Whether the parts of a cell's request suit each other, as far as that can be told before anything
is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from core.models.files.families import FAMILIES, Family
from core.models.library.model_entry import ModelEntry
from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.service.remarks.canvas import side_step
from core.service.sweeps.axes.declared import DeclaredAxis
from core.service.sweeps.axes.kind import AxisKind, Known
from core.service.sweeps.axes.names import StepAxis
from core.system.errors import InvalidRequest
from core.values.request import Request
from core.values.request_parts.hires import OFF

# families that a file's header tells for sure
_SURE = {family for family, row in FAMILIES.items() if "unknown" not in family and not row.pipeline}
_ONE_LATENT_SPACE = {"sdxl-refiner": "sdxl"}
_ANOTHER_MODEL = "Choose another model for it."
_FIELDS = frozenset(field.name for field in fields(Request))
# what diffusers' own pipelines are told; they walk by their own sampler
_OF_PIPELINES = frozenset(
    {"model", "prompt", "negative_prompt", "seed", "steps", "guidance", "width", "height"}
)


def check_suiting(known: Known, request: Request) -> None:
    """Raises InvalidRequest where the parts of a request do not suit each other, ModelMissing where
    one is not here."""
    entry = known.model(request.model)
    row = entry.family_row
    check_family(row, request)
    for lora in request.loras:
        ref = known.library.find_lora(lora.id)
        family = ref.family or known.library.inspection_of(ref).family
        _check_same(f"The LoRA {ref.name}", family, entry)
    if request.vae:
        vae = known.library.find_vae(request.vae)
        family = known.library.inspection_of(vae).family
        if family in _SURE and FAMILIES[family].flow != row.flow:
            raise InvalidRequest(
                "vae", f"The VAE {vae.name} does not suit {row.label}.", _ANOTHER_MODEL
            )
    if request.refiner:
        refiner = known.usable(request.refiner)
        _check_same(f"The refiner {refiner.name}", refiner.family, entry)


def _check_same(what: str, family: str, entry: ModelEntry) -> None:
    """Raises InvalidRequest for a file that is for another family than the model's."""
    space, own = (_ONE_LATENT_SPACE.get(one, one) for one in (family, entry.family))
    if space != own and {family, entry.family} <= _SURE:
        raise InvalidRequest(
            "model",
            f"{what} is for {FAMILIES[family].label}, not for {entry.family_row.label}.",
            _ANOTHER_MODEL,
        )


def check_family(row: Family, request: Request) -> None:
    """Raises InvalidRequest where a family takes no such sampler, schedule, part or size."""
    if row.pipeline:
        _check_pipeline(row, request)
    elif row.flow:
        _check_flow(row, request)
    step = side_step(row)
    if row.flow and (request.width % step or request.height % step):
        raise InvalidRequest(
            "size", f"Sides of {row.label} are multiples of {step} pixels.", "Choose another size."
        )


def _check_flow(row: Family, request: Request) -> None:
    if request.freeu is not None:
        raise InvalidRequest("freeu", f"FreeU does not suit {row.label}.", "Leave it out.")
    samplers = [request.sampler]
    if request.hires.mode != OFF and request.hires.sampler:
        samplers.append(request.hires.sampler)
    for sampler in (SAMPLERS[name] for name in samplers):
        if not sampler.suits_flow:
            raise InvalidRequest(
                "sampler", f"{sampler.label} does not suit {row.label}.", "Choose another sampler."
            )
    schedule = SCHEDULES[request.schedule]
    if schedule.by_family is not None:
        raise InvalidRequest(
            "schedule", f"{schedule.label} does not suit {row.label}.", "Choose another schedule."
        )


def _check_pipeline(row: Family, request: Request) -> None:
    """What diffusers' own pipelines are not handed."""
    wanted = {
        "LoRA": request.loras,
        "VAE": request.vae,
        "refiner": request.refiner,
        "start picture": request.start.source,
        "FreeU": request.freeu,
    }
    for words, held in wanted.items():
        if held:
            raise InvalidRequest(
                "model",
                f"{row.label} runs through a pipeline of its own, which takes no {words}.",
                "Leave it out.",
            )


def check_has_effect(row: Family, kinds: Iterable[AxisKind], base: Request, asked: Request) -> None:
    """Raises InvalidRequest where a parameter that is varied has another value than in the base,
    and the family makes nothing of it: the picture would be one that is there already."""
    for kind in kinds:
        if isinstance(kind, StepAxis):
            check_has_effect(row, kind.parts, base, asked)
        field = kind.field.path[0] if isinstance(kind, DeclaredAxis) else kind.name
        differs = field in _FIELDS and getattr(asked, field) != getattr(base, field)
        if differs and _is_ignored(row, field):
            raise InvalidRequest(
                kind.name,
                f"{kind.label} changes nothing with {row.label}.",
                "Leave it out, or choose another model for it.",
            )


def _is_ignored(row: Family, field: str) -> bool:
    if row.pipeline and field not in _OF_PIPELINES:
        return True
    return field == "clip_skip" and not row.clip_skip
