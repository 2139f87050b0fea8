"""One notice: its sentence, its answers, and how long it stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

# how long a notice that leaves by itself stays, in milliseconds
BASE_MS = 4_000
_EACH_MS = 60  # a character
_WITH_UNDO_MS = 6_000

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class PassingAct:
    """An answer that works only while `possible` says so, as the undo of a step does,
    and does nothing afterwards."""

    possible: Callable[[], bool]
    act: Act

    def __call__(self) -> object:
        """What `action` gives; False where it is not possible any more."""
        return self.possible() and self.act()


@dataclass(frozen=True, slots=True, eq=False)
class Notice:
    """One sentence and its answers; `topic` is what it is about, of which there
    is one notice at a time."""

    text: str
    problem: bool = False
    label: str = ""
    action: Act | None = None
    other: tuple[str, Act] | None = None
    topic: str = ""
    expires: bool = False

    def life_ms(self) -> int:
        """How long one that leaves by itself stays: as long as reading it takes."""
        undo = _WITH_UNDO_MS if self.action is not None else 0
        return BASE_MS + _EACH_MS * len(self.text) + undo

    def replaces(self, old: Notice) -> bool:
        """Whether it says the same, or says something newer of the same topic."""
        return old.text == self.text or (bool(self.topic) and old.topic == self.topic)

    def is_about(self, topic: str) -> bool:
        """Whether it is of this topic or one under it, as "a:b" is under "a"."""
        return self.topic == topic or self.topic.startswith(topic + ":")

    def without_idle_other(self) -> Notice:
        """Without its second answer, where that is an undo that has become idle."""
        if self.other is not None and is_idle(self.other[1]):
            return replace(self, other=None)
        return self


def is_idle(act: Act | None) -> bool:
    """Whether this is an undo of a step that is not the last one any more."""
    return isinstance(act, PassingAct) and not act.possible()
