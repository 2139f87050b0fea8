"""What a request becomes when it is made: single pictures with seeds of their own, and the LoRAs
that its prompt names.
"""

from __future__ import annotations

from dataclasses import replace

from core.prompt.loras import named_loras
from core.prompt.resolving import without_notes
from core.values.declared.limits import MAX_SEED
from core.values.program import Program
from core.values.request import CheckedRequest
from core.values.resolved_request import ResolvedRequest, random_seed, single


def expand(request: CheckedRequest) -> tuple[ResolvedRequest, ...]:
    """`count` single pictures with seeds seed, seed + 1, ... (a random first
    seed where none is given).

    LoRAs that the prompt names by tags become the request's own; tags that ask for nothing known
    go, and so do comments. ComfyUI's batches share one seed and one noise tensor; each picture
    knows its place in it.
    Raises InvalidRequest like `named_loras`, and for the weights of its LoRAs.
    """
    program = request.program
    prompt, loras = named_loras(without_notes(request.prompt, program))
    negative = without_notes(request.negative_prompt, program)
    if loras or (prompt, negative) != (request.prompt, request.negative_prompt):
        all_loras = (*request.loras, *loras)
        words = replace(request, prompt=prompt, negative_prompt=negative, loras=all_loras)
        request = words.check()
    first = random_seed() if request.seed is None else request.seed
    if request.compatibility == Program.COMFYUI and request.count > 1:
        batch = replace(request.noise, batch_size=request.count)
        places = range(request.count)
        return tuple(single(request, first, replace(batch, batch_index=i)) for i in places)
    seeds = ((first + i) % (MAX_SEED + 1) for i in range(request.count))
    return tuple(single(request, seed) for seed in seeds)
