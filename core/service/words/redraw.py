"""The words of a picture drawn once more: its template, with the choices of another seed."""

from __future__ import annotations

from dataclasses import replace

from core.prompt.expand import expand
from core.prompt.loras import lora_tags
from core.prompt.styling import typed_texts
from core.system.errors import InvalidRequest
from core.values.lora import Lora
from core.values.request import CheckedRequest, Request
from core.values.request_parts.sweep_place import SweepPlace
from core.values.resolved_request import ResolvedRequest, random_seed, single


def has_template(request: Request) -> bool:
    """Whether anything of a picture's words may have been drawn."""
    return bool(request.template or request.negative_template)


def drawn_again(request: CheckedRequest, by: int | None = None) -> ResolvedRequest:
    """The same picture with other words: choices and wildcards are drawn by the seed `by`, or any;
    seed and noise of the picture stay. Reads the wildcards: not for the GUI thread.

    Raises InvalidRequest where it has no template, and as `expand` does.
    """
    if not has_template(request):
        raise InvalidRequest(
            "template",
            "Nothing in this picture's words was drawn by chance.",
            "Choose one whose prompt had choices or wildcards.",
        )
    prompt, negative = typed_texts(request)
    template = replace(
        request,
        prompt=prompt,
        negative_prompt=negative,
        template="",
        negative_template="",
        styles=tuple(replace(style, applied=False) for style in request.styles),
        count=1,
        loras=(),
    ).check()
    before = _words(template, (request.seed or 0) + request.noise.batch_index)
    words = _words(template, random_seed() if by is None else by)
    own = _own_loras(request.loras, before, template, request.prompt)
    drawn = replace(
        request,
        prompt=words.prompt,
        negative_prompt=words.negative_prompt,
        template=words.template,
        negative_template=words.negative_template,
        styles=words.styles,
        loras=(*own, *words.loras),
        sweep=SweepPlace(),  # other words make no cell of it
    ).check()
    return single(drawn, request.seed or 0)


def _words(template: CheckedRequest, seed: int) -> ResolvedRequest:
    return expand(replace(template, seed=seed).check())[0]


def _own_loras(
    loras: tuple[Lora, ...], before: ResolvedRequest, template: CheckedRequest, prompt: str
) -> tuple[Lora, ...]:
    """Those that no tag of the drawn words named; tags come behind the others. Where these words
    were drawn by another seed, or the wildcards are others now, all that no tag of the template
    names."""
    tagged = len(before.loras)
    if before.prompt == prompt and loras[len(loras) - tagged :] == before.loras:
        return loras[: len(loras) - tagged]
    texts = (template.prompt, *(style.prompt for style in template.styles))
    named = {lora.id for text in texts for _, _, lora in lora_tags(text)}
    return tuple(lora for lora in loras if lora.id not in named)
