"""What of a request's numbers for fresh noise has no effect: said before the picture is made."""

from __future__ import annotations

from core.engine.contract.fresh_noise import A1111_S_NOISE
from core.models.files.families import Family
from core.sampling.samplers import SAMPLERS
from core.values.program import Program
from core.values.request import Request


def fresh_noise_remarks(request: Request, row: Family) -> tuple[str, ...]:
    """One sentence where its sampler takes none of them, or not these."""
    sampler = SAMPLERS.get(request.sampler)
    if row.pipeline or sampler is None:
        return ()
    sentences: list[str] = []
    takes_eta = sampler.takes_eta and not (row.flow and sampler.eta_besides)
    if request.eta is not None and not takes_eta:
        sentences.append(f"{sampler.label} takes no eta: it changes nothing.")
    if request.fresh_noise.s_churn > 0 and not sampler.churn:
        able = ", ".join(each.label for each in SAMPLERS.values() if each.churn)
        sentences.append(f"Churn is for {able}: with {sampler.label} it changes nothing.")
    elif request.fresh_noise.s_churn > 0 and row.flow:
        sentences.append(f"{row.label} is a flow model, whose steps cannot begin with churn.")
    if request.fresh_noise.s_noise != 1.0 and not sampler.takes_s_noise:
        sentences.append(f"{sampler.label} adds no noise that sigma noise could change.")
    elif request.fresh_noise.s_noise != 1.0 and _goes_untold(request):
        sentences.append(
            f"A1111 does not tell {sampler.label} its sigma noise: it changes nothing."
        )
    return tuple(sentences)


def _goes_untold(request: Request) -> bool:
    return request.program == Program.A1111 and request.sampler not in A1111_S_NOISE
