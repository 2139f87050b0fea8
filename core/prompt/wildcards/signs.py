"""Whether there is something to draw in texts, by their signs alone."""

from __future__ import annotations

from collections.abc import Iterable

from core.values.request import Request


def may_choose(texts: Iterable[str]) -> bool:
    """Whether texts may hold wildcards or choices. Cheap enough to be asked for after every key."""
    return any(
        "__" in text or ("{" in text and "}" in text and ("|" in text or "$$" in text))
        for text in texts
    )


def request_may_choose(request: Request) -> bool:
    """The same of a form's request: of its texts and the words of its styles."""
    texts = [request.prompt, request.negative_prompt]
    for style in request.styles:
        texts += (style.prompt, style.negative) if style.counts else ()
    return may_choose(texts)


def picture_may_choose(request: Request) -> bool:
    """The same of a picture's request: of the texts that were typed for it."""
    if not (request.template or request.negative_template):
        return False
    texts = [request.template, request.negative_template]
    for style in request.styles:
        texts += (style.prompt, style.negative) if style.applied else ()
    return may_choose(texts)
