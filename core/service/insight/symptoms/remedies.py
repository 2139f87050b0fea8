"""What is seen, with what of its remedy the picture's own request can say."""

from __future__ import annotations

from dataclasses import replace

from core.service.insight.symptoms.making import Making
from core.service.remarks.canvas import nearest_size
from core.values.insight.symptoms import Change, Remedy, Symptom, SymptomId
from core.values.request_parts.hires import AUTO, Hires
from core.values.request_parts.levels import Levels
from core.values.request_parts.time_saving import FULL


def with_changes(symptom: Symptom, making: Making) -> Symptom:
    """The symptom with a remedy that renders, where there is one for this picture."""
    changes = _changes(symptom.id, making)
    if not changes:
        return symptom
    return replace(symptom, remedy=Remedy(symptom.remedy.sentence, changes))


def _changes(kind: SymptomId, making: Making) -> tuple[Change, ...]:
    request, row = making.request, making.row
    if row is None:
        return ()
    match kind:
        case SymptomId.BURNT if request.guidance > row.guidance:
            return (Change("guidance", row.guidance),)
        case SymptomId.BURNT if len(request.loras) > 1:
            return (
                Change(
                    "loras", tuple(replace(one, weight=one.weight / 2) for one in request.loras)
                ),
            )
        case SymptomId.BURNT if request.guidance > 1:
            return (Change("guidance", round(max(1.0, request.guidance * 0.6), 1)),)
        case SymptomId.GREY if request.guidance < row.guidance:
            return (Change("guidance", row.guidance),)
        case SymptomId.NOISE if request.levels != Levels():
            return (Change("levels", Levels()),)
        case SymptomId.NOISE | SymptomId.BLUR:
            return _finer(making)
        case SymptomId.DOUBLED:
            return _smaller(making)
        case _:
            return ()


def _finer(making: Making) -> tuple[Change, ...]:
    """More steps, and nothing that saves time."""
    request, row = making.request, making.row
    assert row is not None
    wanted = {"decoder": FULL, "token_merging": 0.0, "feature_reuse": 1, "eta": None}
    saving = tuple(
        Change(name, value) for name, value in wanted.items() if getattr(request, name) != value
    )
    if request.steps < 2 * row.steps:
        return (Change("steps", 2 * row.steps), *saving)
    return saving


def _smaller(making: Making) -> tuple[Change, ...]:
    """Composed in the family's own size: by hires fix where the family can refine."""
    request, row = making.request, making.row
    assert row is not None
    if row.refines and not row.pipeline and request.hires == Hires():
        return (Change("hires", Hires(mode=AUTO)),)
    area = max(width * height for width, height in row.sizes)
    size = min(
        row.sizes,
        key=lambda size: (
            abs(size[0] / size[1] - request.width / request.height) + (size[0] * size[1] < area / 2)
        ),
    )
    size = nearest_size(size, row)
    return (Change("width", size[0]), Change("height", size[1]))
