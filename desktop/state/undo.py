"""The form's one history: every change of its texts and parameters is a step that can be
taken back and made again.

A step holds only what changed, of a text only the part that differs, so that two hundred steps over
a text of a hundred thousand characters stay small.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from core.values.request_parts.start_picture import StartPicture

STEPS = 200
KEPT = 8_000_000  # characters in all steps together; beyond it the oldest go
SHORT = 64  # characters of two texts that are kept whole
PAUSE_S = 1.0  # after which the same kind of change is a step of its own
TYPING = "typing"
# what a step is called that changes a text, by how it came there
TYPED_WORDS = {
    TYPING: "Typing",
    "paste": "Paste",
    "weight": "Weight of a word",
    "phrase": "Move a phrase",
    "suggestion": "Take the suggestion",
    "cut": "Cut",
    "word": "Insert a name",
    "replace": "Text",
}

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Splice:
    """A change of a text: at character `at`, `out` gave way to `put`."""

    at: int
    out: str
    put: str

    def done(self, text: str) -> str:
        """The text after the change."""
        return text[: self.at] + self.put + text[self.at + len(self.out) :]

    def undone(self, text: str) -> str:
        """The text before the change."""
        return text[: self.at] + self.out + text[self.at + len(self.put) :]


@dataclass(frozen=True, slots=True)
class Swap:
    """A change of any other value."""

    old: object
    new: object

    def done(self, value: object) -> object:
        """The value after the change."""
        return self.new

    def undone(self, value: object) -> object:
        """The value before the change."""
        return self.old


Changes = dict[str, Splice | Swap]


def changed(change: Splice | Swap, value: object, forward: bool) -> object:
    """The value after a change, or before it where that is not `forward`."""
    if isinstance(change, Splice):
        text = str(value)
        return change.done(text) if forward else change.undone(text)
    after = change.done(value) if forward else change.undone(value)
    if isinstance(after, StartPicture) and isinstance(value, StartPicture):
        return _start(change, after, value)
    return after


def _start(change: Swap, start: StartPicture, now: StartPicture) -> StartPicture:
    """What is started from, after a change that leads to `start`: the strength that there is `now`
    may have followed a mask since, and stays where the change was not of it, nor of the picture."""
    old, new = change.old, change.new
    assert isinstance(old, StartPicture) and isinstance(new, StartPicture)
    is_other = (old.strength, old.source) != (new.strength, new.source)
    return start if is_other else replace(start, strength=now.strength)


def common_ends(a: str, b: str) -> tuple[int, int]:
    """How many characters at the start, and of the rest at the end, two texts share. Looks at
    halves: fast for long texts."""
    most = min(len(a), len(b))
    head = _longest(most, lambda n: a[:n] == b[:n])
    tail = _longest(most - head, lambda n: not n or a[-n:] == b[-n:])
    return head, tail


def _longest(most: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to `most` for which it holds; it holds for all below that one."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low


def splice(old: str, new: str) -> Splice:
    """The part in which two texts differ."""
    head, tail = common_ends(old, new)
    return Splice(head, old[head : len(old) - tail], new[head : len(new) - tail])


def changes(before: Values, after: Values) -> Changes:
    """What differs between two states of the form."""
    difference: Changes = {}
    for name, old in before.items():
        new = after[name]
        if old != new:
            difference[name] = _change(old, new)
    return difference


def _change(old: object, new: object) -> Splice | Swap:
    if isinstance(old, str) and isinstance(new, str) and len(old) + len(new) > SHORT:
        return splice(old, new)
    return Swap(old, new)


@dataclass(slots=True, eq=False)
class UndoStep:
    """One step: what it is called, what it changes, and the `run` that may go on it."""

    text: str
    what: Changes
    run: Hashable = None

    def weight(self) -> int:
        """Characters kept."""
        return sum(_characters(change) for change in self.what.values())


def _characters(change: Splice | Swap) -> int:
    """How many a change keeps."""
    if isinstance(change, Splice):
        return len(change.out) + len(change.put)
    return sum(len(side) for side in (change.old, change.new) if isinstance(side, str))


@dataclass(frozen=True, slots=True)
class KeptHistory:
    """The steps of a form that is put away; those from `index` on were taken back."""

    steps: tuple[UndoStep, ...] = ()
    index: int = 0


class UndoHistory(QObject):
    """`stepped`: another step is now the last one, or what can be made again changed. `apply`
    changes the form by a step's changes, forward or back.

    A list and a place in it. Qt's own QUndoStack deletes its commands behind Python's back: a
    history that had let go of its oldest steps crashed when Python collected it.
    """

    stepped = Signal()

    def __init__(
        self, apply: Callable[[Changes, bool], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._apply = apply
        self.clock: Callable[[], float] = time.monotonic
        self._steps: list[UndoStep] = []
        self._index = 0  # steps before it are done, those from it on were taken back
        self._last = 0.0  # when something was recorded, by `clock` in seconds
        self._held = False
        self._open = False  # whether what comes now may go on the last step

    def __len__(self) -> int:
        return len(self._steps)

    def pause(self) -> None:
        """What comes now begins a step of its own."""
        self._open = False

    def hold(self, on: bool) -> None:
        """A slider is held: until it is let go all is one step, however long that takes."""
        self._held = on
        self.pause()

    # --- of several forms in turn ---

    def kept(self) -> KeptHistory:
        """All steps, for `bring`."""
        return KeptHistory(tuple(self._steps), self._index)

    def bring(self, kept: KeptHistory) -> None:
        """The steps of another form in the place of these."""
        self._steps = list(kept.steps)
        self._index = kept.index
        self.pause()
        self.stepped.emit()

    # --- back and forth ---

    def top(self) -> UndoStep | None:
        """The step that undo would take back."""
        return self._steps[self._index - 1] if self._index else None

    def next(self) -> UndoStep | None:
        """The step that redo would make again."""
        return self._steps[self._index] if self._index < len(self._steps) else None

    def undo(self) -> None:
        """Take the last step back, where there is one."""
        if (step := self.top()) is not None:
            self._index -= 1
            self._apply(step.what, False)
            self.stepped.emit()

    def redo(self) -> None:
        """Make the step again that was taken back last, where there is one."""
        if (step := self.next()) is not None:
            self._index += 1
            self._apply(step.what, True)
            self.stepped.emit()

    def clear(self) -> None:
        """Begin anew: nothing to take back."""
        self._steps = []
        self._index = 0
        self.pause()
        self.stepped.emit()

    # --- recording ---

    def record(self, text: str, before: Values, after: Values, run: Hashable = None) -> None:
        """The form went from one state to another. Changes of one run are one
        step, until there is a pause."""
        difference = changes(before, after)
        if not difference:
            return
        now = self.clock()
        top = self.top()
        no_pause = self._open and (self._held or now - self._last <= PAUSE_S)
        same_run = top is not None and run is not None and top.run == run
        goes_on = no_pause and same_run and self.next() is None
        if top is None or not goes_on or not self._extend(top, before, after, run):
            self._push(UndoStep(text, difference, run))
        self._last = now
        self._open = True

    def amend(self, before: Values, after: Values) -> None:
        """A change that follows from the last step belongs to it, and leaves what
        can be made again as it is."""
        if (top := self.top()) is not None:
            top.what = changes(self._started(top, before), after)

    @staticmethod
    def _started(step: UndoStep, before: Values) -> dict[str, object]:
        """The form as it was before the step, from what it is after it."""
        started = dict(before)
        for name, change in step.what.items():
            started[name] = changed(change, before[name], forward=False)
        return started

    def _extend(self, top: UndoStep, before: Values, after: Values, run: Hashable) -> bool:
        start = self._started(top, before)
        if isinstance(run, tuple) and run[0] == TYPING:
            field = str(run[1])
            first = splice(str(start[field]), str(before[field]))
            then = splice(str(before[field]), str(after[field]))
            both = splice(str(start[field]), str(after[field]))
            if not _one_word(first, then, both):
                return False
        top.what = changes(start, after)
        if not top.what:  # it has come to nothing
            self._steps.pop()
            self._index -= 1
            self.stepped.emit()
        return True

    def _push(self, step: UndoStep) -> None:
        self._steps = [*self._steps[: self._index], step][-STEPS:]
        while len(self._steps) > 1 and sum(kept.weight() for kept in self._steps) > KEPT:
            self._steps.pop(0)
        self._index = len(self._steps)
        self.stepped.emit()


def _one_word(first: Splice, then: Splice, both: Splice) -> bool:
    """Whether a change of a text goes on where the one before ended, within a word."""
    if then.out and not then.put:
        return not first.put and not both.put and len(both.out) == len(first.out) + len(then.out)
    new_word = first.put[-1:].isspace() and not then.put[:1].isspace()
    return (
        bool(first.put)
        and not then.out
        and not new_word
        and len(both.put) == len(first.put) + len(then.put)
        and len(both.out) == len(first.out)
    )
