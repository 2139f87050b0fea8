"""What a request becomes when it is made: single pictures with seeds and words of their own, and
the LoRAs that its prompt names.
"""

from __future__ import annotations

from dataclasses import replace

from core.prompt.loras import named_loras
from core.prompt.resolving import without_notes
from core.prompt.styling import applied
from core.prompt.wildcards.drawing import Source, draw, has_choices
from core.prompt.wildcards.files import Wildcards
from core.system.paths import places
from core.values.declared.limits import MAX_SEED
from core.values.noise import Noise
from core.values.program import Program
from core.values.request import CheckedRequest
from core.values.resolved_request import ResolvedRequest, random_seed, single


def expand(
    request: CheckedRequest, *, drawn: bool = False, told: bool = False
) -> tuple[ResolvedRequest, ...]:
    """`count` single pictures with seeds seed, seed + 1, ... (a random first
    seed where none is given).

    The words of its styles are put around its texts. Choices and wildcards in them are drawn anew
    for each picture, by its seed, unless they are `drawn` already. The texts as they were before
    stand in `template` and `negative_template`.
    LoRAs that the prompt names by tags become the request's own; tags that ask for nothing known
    go, and so do comments, unless the texts are those that a model was `told`: a sign that a tag
    stood before is no comment. ComfyUI's batches share one seed and one noise tensor; each picture
    knows its place in it. Raises InvalidRequest like `named_loras`, for the weights of its LoRAs,
    and for texts that grow too long.
    """
    before = request
    request = applied(request)
    first = random_seed() if request.seed is None else request.seed
    seeds = [(first + i) % (MAX_SEED + 1) for i in range(request.count)]
    program = request.program
    texts = request.prompt, request.negative_prompt
    if not told:
        texts = without_notes(texts[0], program), without_notes(texts[1], program)
    if drawn or not any(has_choices(text) for text in texts):
        keeps = drawn or bool(request.styles)  # which were put around the templates
        worded = _worded(request, texts, () if keeps else ("", ""))
        of_each = [worded] * len(seeds)
    else:
        source = Wildcards(places().wildcards)
        of_each = [_drawn(request, before, texts, source, seed) for seed in seeds]
    if program == Program.COMFYUI and request.count > 1:
        batch = replace(request.noise, batch_size=request.count)
        noises: list[Noise | None] = [replace(batch, batch_index=i) for i in range(request.count)]
        seeds = [first] * request.count
    else:
        noises = [None] * request.count
    return tuple(map(single, of_each, seeds, noises))


def drawing_problems(request: CheckedRequest) -> tuple[str, ...]:
    """A sentence for each wildcard of a request that is not there or leads back to itself, and for
    each file that cannot be used. Reads files: not for the GUI thread."""
    request = applied(request)
    program = request.program
    texts = [without_notes(text, program) for text in (request.prompt, request.negative_prompt)]
    if not any(has_choices(text) for text in texts):
        return ()
    source = Wildcards(places().wildcards)
    drawn = [draw(text, source, request.seed or 0) for text in texts]
    said = [problem.message for one in drawn for problem in one.problems]
    return tuple(dict.fromkeys((*said, *source.troubles)))


def _drawn(
    request: CheckedRequest,
    before: CheckedRequest,
    texts: tuple[str, ...],
    source: Source,
    seed: int,
) -> CheckedRequest:
    """The request with the words that a seed draws; `before` it got its styles."""
    found = (
        draw(texts[0], source, seed).text,
        draw(texts[1], source, seed, which="negative").text,
    )
    templates = (before.prompt, before.negative_prompt)
    changes = zip(templates, texts, found, strict=True)
    styled = bool(request.styles)
    kept = (template if styled or text != words else "" for template, text, words in changes)
    return _worded(request, found, tuple(kept))


def _worded(
    request: CheckedRequest, texts: tuple[str, ...], templates: tuple[str, ...]
) -> CheckedRequest:
    """The request with other texts, their tags taken out; without `templates` it keeps its own."""
    prompt, loras = named_loras(texts[0])
    before = request.prompt, request.negative_prompt
    kept = templates or (request.template, request.negative_template)
    same = (prompt, texts[1]) == before
    if not loras and same and kept == (request.template, request.negative_template):
        return request
    return replace(
        request,
        prompt=prompt,
        negative_prompt=texts[1],
        template=kept[0],
        negative_template=kept[1],
        loras=(*request.loras, *loras),
    ).check()
