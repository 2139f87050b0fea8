"""The few-step way of a model, so that live pictures come quickly: its own where it was distilled,
else that of a LoRA that is here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.models.files.families import Family, for_distilled
from core.models.library.library import Library
from core.models.library.model_entry import ModelEntry
from core.prompt.loras import lora_tags
from core.values.lora import Lora
from core.values.model import ModelKind
from core.values.request import Request

FEW = 8  # steps, at most; also where no way is found
_TAGS = 64  # of a prompt that are looked at


@dataclass(frozen=True, slots=True)
class LiveWay:
    """`row` has the steps, guidance, sampler and schedule; `companion` is put on the model beside
    what the form has, None where the model or a LoRA of the form is few-step itself. `is_found`:
    False where nothing is, and a few of the model's usual steps have to do."""

    row: Family
    companion: Lora | None = None
    is_found: bool = True


def live_way(library: Library, entry: ModelEntry, request: Request) -> LiveWay:
    """The way for a model with what a request has of LoRAs. Raises ModelMissing for a LoRA that is
    not here."""
    in_prompt = (lora.id for _, _, lora in lora_tags(request.prompt, _TAGS))
    named = (*(lora.id for lora in request.loras), *in_prompt)
    row = library.family_row_for(entry, named)
    if row.steps <= FEW:
        return LiveWay(row)
    companions = companions_of(library, entry, row)
    if not companions:
        return LiveWay(replace(row, steps=FEW), is_found=False)
    return min(
        companions, key=lambda way: (way.row.steps, way.companion.id if way.companion else "")
    )


def companions_of(library: Library, entry: ModelEntry, row: Family) -> list[LiveWay]:
    """All LoRAs here that were distilled for the model's family."""
    found: list[LiveWay] = []
    for ref in library.loras():
        inspection = library.inspection_of(ref)
        if inspection.kind != ModelKind.LORA or inspection.problems:
            continue
        few = for_distilled(row, inspection.distilled, ref.name)
        if (ref.family or inspection.family) == entry.family and few.steps <= FEW:
            found.append(LiveWay(few, Lora(ref.id)))
    return found
