"""What a whole prompt says, in its own places: problems, and what it names."""

from __future__ import annotations

from collections.abc import Iterable

from core.prompt.grammar.comments import comment_places
from core.prompt.grammar.conjunction import JoinedText, split_conjunction
from core.prompt.grammar.problem import Problem
from core.prompt.grammar.rows import edits_of, is_past_the_end
from core.prompt.grammar.script import parse_script
from core.prompt.loras import tag_remarks, tags
from core.values.program import Program


def problems_of(
    prompt: str,
    program: Program,
    steps: int,
    hidden: Iterable[tuple[int, int]] = (),
    *,
    is_negative: bool = False,
) -> tuple[Problem, ...]:
    """What of a prompt is not what it looks like, each at its place, in order. What stands at
    `hidden` places is looked at elsewhere. Tags and AND are words of the negative prompt."""
    if program == Program.COMFYUI:
        return ()
    exact = program == Program.A1111
    known = [] if is_negative else list(tags(prompt))
    ends = {tag.start: tag.end for tag in known}
    found = [
        Problem(start, ends.get(start, start + 1), message)
        for start, message in (() if is_negative else tag_remarks(prompt))
    ]
    places = [*comment_places(prompt, exact=exact), *((tag.start, tag.end) for tag in known)]
    text = _blanked(prompt, [*places, *hidden])
    whole = (JoinedText(text, 1.0, 0, len(text)),)
    for part in whole if is_negative else split_conjunction(text, exact=exact):
        script = parse_script(part.text)
        for problem in script.problems:
            start, end = problem.start + part.start, problem.end + part.start
            found.append(Problem(start, end, problem.message))
        found += (
            Problem(
                edit.start + part.start,
                edit.end + part.start,
                f"This change comes after the last of {steps} steps.",
            )
            for edit in edits_of(script)
            if is_past_the_end(edit, steps) and float(edit.when) > 1
        )
    return tuple(sorted(found, key=lambda problem: (problem.start, problem.end)))


def _blanked(prompt: str, places: Iterable[tuple[int, int]]) -> str:
    """The prompt with blanks at these places, everything else where it was."""
    parts: list[str] = []
    at = 0
    for start, end in sorted(places):
        if end > at:
            start = max(start, at)
            parts += (prompt[at:start], " " * (end - start))
            at = end
    return "".join((*parts, prompt[at:]))
