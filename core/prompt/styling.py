"""What becomes of both texts of a picture with styles, and the way back to what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from core.prompt.loras import named_loras
from core.prompt.resolving import without_notes
from core.prompt.styles.style import PLACE, Style
from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_PROMPT
from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle

AnyRequest = TypeVar("AnyRequest", bound=Request)


def with_styles(
    prompt: str, negative: str, styles: Iterable[Style | ChosenStyle]
) -> tuple[str, str]:
    """Both texts with styles around them, one after the other. Raises InvalidRequest where they
    grow longer than a prompt may be."""
    for style in styles:
        prompt = _around(prompt, style.prompt, style.name)
        negative = _around(negative, style.negative, style.name)
    return prompt, negative


def _around(text: str, fragment: str, name: str) -> str:
    text = text.strip()
    places = fragment.count(PLACE)
    if len(fragment) + max(places, 1) * len(text) + 2 > MAX_PROMPT:  # before it is made
        raise InvalidRequest(
            "styles",
            f'With the style "{name[:60]}" the text is longer than {MAX_PROMPT:,} characters.',
            "Take a style out, or shorten the text.",
        )
    if places:
        return fragment.replace(PLACE, text)
    return ", ".join(part for part in (text, fragment.strip()) if part)


def applied(request: AnyRequest) -> AnyRequest:
    """The request with the words of its styles in its texts; the texts as they were stand in
    `template` and `negative_template`. Comments go: one at a text's end would swallow what a style
    puts behind it.

    A request without styles, or whose texts hold them already, is returned as it is. Raises
    InvalidRequest as `with_styles` does.
    """
    wanted = tuple(style for style in request.styles if style.counts)
    if not wanted:
        kept = tuple(style for style in request.styles if style.applied)
        return request if kept == request.styles else replace(request, styles=kept)
    prompt, negative = _styled(
        request.prompt, request.negative_prompt, wanted, Program(request.compatibility)
    )
    before = tuple(style for style in request.styles if style.applied)
    return replace(
        request,
        prompt=prompt,
        negative_prompt=negative,
        template=request.prompt,
        negative_template=request.negative_prompt,
        styles=(*before, *(replace(style, applied=True) for style in wanted)),
    )


def _styled(
    prompt: str, negative: str, styles: Iterable[ChosenStyle], program: Program
) -> tuple[str, str]:
    return with_styles(
        without_notes(prompt, program),
        without_notes(negative, program),
        (
            replace(
                style,
                prompt=without_notes(style.prompt, program),
                negative=without_notes(style.negative, program),
            )
            for style in styles
        ),
    )


def typed_texts(request: Request) -> tuple[str, str]:
    """Prompt and negative prompt as they were typed for a picture. One in which nothing was drawn
    has a template only where styles stand around both: without, it is the text itself."""
    if any(style.applied for style in request.styles):
        return request.template, request.negative_template
    return (
        request.template or request.prompt,
        request.negative_template or request.negative_prompt,
    )


def as_asked(request: AnyRequest) -> AnyRequest:
    """A picture's request as a form shows it: the words that were typed, with the styles beside
    them. Where chance drew something of them the words are those that were drawn, and no style
    stands beside them, since they hold its words."""
    styles = tuple(replace(style, applied=False) for style in request.styles if style.applied)
    plain = replace(request, template="", negative_template="")
    if not styles:
        return plain
    without = replace(plain, styles=tuple(style for style in plain.styles if not style.applied))
    if without.styles:  # of two kinds: what was typed is not known
        return without
    try:
        words, negative = _styled(
            request.template, request.negative_template, styles, Program(request.compatibility)
        )
        prompt, tagged = named_loras(words)
    except (InvalidRequest, ValueError):  # of a later version, or a damaged file
        return without
    same = (prompt, negative) == (request.prompt, request.negative_prompt)
    # tags come behind the other LoRAs
    own = len(request.loras) - len(tagged)
    if not same or request.loras[max(own, 0) :] != tagged:
        return without
    return replace(
        plain,
        prompt=request.template,
        negative_prompt=request.negative_template,
        styles=styles,
        loras=request.loras[:own],
    )
