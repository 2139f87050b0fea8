"""Which text holds up to which step: what a script is in a number of steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.prompt.grammar.script import Edit, Group, Part, Script, Turns, Words


class Row(NamedTuple):
    """`text` holds up to and with step `until`, counted from 1."""

    until: int
    text: str


def rows_of(script: Script, steps: int, first_steps: int | None = None) -> tuple[Row, ...]:
    """The texts of a script over `steps` steps, in order; the last row's `until` is `steps`.

    `first_steps`: this is the second pass of hires fix, and the first one had so many steps. As in
    AUTOMATIC1111 its steps are then counted on from there, and its shares from 1 to 2. Rows of one
    text may follow each other.
    """
    if not script.changes:
        return (Row(steps, script.text),)
    ends = {steps}
    for part in _all_parts(script.parts):
        if isinstance(part, Turns):
            ends.update(range(1, steps + 1))
        elif isinstance(part, Edit):
            when = last_step(part, steps, first_steps)
            if when >= 1:
                ends.add(when)
    return tuple(Row(end, _text_at(script, end, steps, first_steps)) for end in sorted(ends))


def last_step(edit: Edit, steps: int, first_steps: int | None = None) -> int:
    """The last step of what stands before the change, at most `steps`; 0 or less: it is never
    drawn."""
    when = float(edit.when)
    if "." in edit.when:
        when = (when - (0.0 if first_steps is None else 1.0)) * steps
    else:
        when -= first_steps or 0
    return int(max(min(when, steps), -1))


def _all_parts(parts: Sequence[Part]) -> Iterator[Part]:
    """Every part, those in others too."""
    todo: list[Part] = [*parts]
    while todo:
        part = todo.pop()
        yield part
        match part:
            case Words():
                pass
            case Group():
                todo += part.parts
            case Edit():
                todo += (part.before, part.after)
            case Turns():
                todo += part.options


def places_at(
    script: Script, step: int, steps: int, first_steps: int | None = None
) -> tuple[tuple[int, int], ...]:
    """[start, end) of what of a script holds in one step, counted from 1, in order; the rest as in
    `rows_of`."""
    found: list[tuple[int, int]] = []
    todo: list[Part] = [*reversed(script.parts)]
    while todo:
        part = todo.pop()
        match part:
            case Words():
                found.append((part.start, part.end))
            case Group():
                todo += reversed(part.parts)
            case Edit():
                is_before = step <= last_step(part, steps, first_steps)
                todo.append(part.before if is_before else part.after)
            case Turns():
                todo.append(part.options[(step - 1) % len(part.options)])
    return tuple(found)


def _text_at(script: Script, step: int, steps: int, first_steps: int | None) -> str:
    """The text in one step, counted from 1."""
    places = places_at(script, step, steps, first_steps)
    return "".join(script.text[start:end] for start, end in places)


def is_past_the_end(edit: Edit, steps: int) -> bool:
    """Whether the change comes after the last step of a first pass, or with it."""
    when = float(edit.when)
    return (when * steps if "." in edit.when else when) >= steps


def edits_of(script: Script) -> Iterator[Edit]:
    """All changes of a script."""
    return (part for part in _all_parts(script.parts) if isinstance(part, Edit))
