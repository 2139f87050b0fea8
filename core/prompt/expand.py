"""What a request becomes when it is made: single pictures with seeds of their own, and the LoRAs
that its prompt names.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from core.prompt.loras import named_loras
from core.values.program import Program
from core.values.request import MAX_SEED, Request


def expand(request: Request) -> tuple[Request, ...]:
    """`count` single requests with seeds seed, seed + 1, ... (a random first
    seed where none is given).

    LoRAs that the prompt names by tags become the request's own; tags that ask for nothing known
    go. ComfyUI's batches share one seed and one noise tensor; each picture knows its place in it.
    Raises InvalidRequest like `named_loras` and `Request.check`.
    """
    prompt, loras = named_loras(request.prompt)
    if loras or prompt != request.prompt:
        request = replace(request, prompt=prompt, loras=(*request.loras, *loras)).check()
    first = secrets.randbelow(2**32) if request.seed is None else request.seed
    if request.compatibility == Program.COMFYUI and request.count > 1:
        single = request.with_seed(first)
        return tuple(
            replace(single, noise=replace(request.noise, batch_index=i, batch_size=request.count))
            for i in range(request.count)
        )
    return tuple(request.with_seed((first + i) % (MAX_SEED + 1)) for i in range(request.count))
