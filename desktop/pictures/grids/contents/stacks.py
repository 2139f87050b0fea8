"""Which pictures of a list stand for others: of those that were made for one document of Edit, or
in one sweep, the newest does, until its stack is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.store.finding.answers import Stack
from core.store.gallery import Gallery
from core.values.gallery.question import PictureQuestion
from core.values.picture import Picture


@dataclass(slots=True)
class Stacks:
    """What the gallery knew of them at the last answer to a question; by name. `opened`: those
    whose pictures have rows of their own."""

    _stacks: dict[str, Stack] = field(default_factory=dict)
    _opened: frozenset[str] = frozenset()

    @classmethod
    def read(cls, gallery: Gallery, question: PictureQuestion) -> Stacks:
        """What the gallery knows now; not in the GUI thread. Raises WorldError where it cannot be
        read."""
        if not (question.stacked and question.is_plain()):
            return cls()
        return cls(dict(gallery.stacks()), frozenset(question.unfolded))

    def count(self, picture: Picture) -> int:
        """How many pictures the row of this one stands for, itself included."""
        key = picture.request.stack
        stack = self._stacks.get(key)
        if stack is None or key in self._opened or stack.top != picture.id:
            return 1
        return stack.count

    def opened(self, picture: Picture) -> int:
        """How many lie on the stack whose top this one is, while that is open; else 0."""
        key = picture.request.stack
        stack = self._stacks.get(key)
        is_top = stack is not None and key in self._opened and stack.top == picture.id
        return stack.count if is_top and stack is not None else 0

    def hidden(self) -> int:
        """How many pictures have no row, since they lie below another."""
        closed = self._stacks.keys() - self._opened
        return sum(self._stacks[key].count - 1 for key in closed)

    def has(self, picture: Picture) -> bool:
        """Whether there are others on its stack."""
        stack = self._stacks.get(picture.request.stack)
        return stack is not None and stack.count > 1

    def is_open(self, picture: Picture) -> bool:
        """Whether it lies on an open stack."""
        return self.has(picture) and picture.request.stack in self._opened

    def open_tops(self) -> Mapping[int, int]:
        """Of each open stack the id of its top and how many lie on it; their rows follow one
        another."""
        opened = (self._stacks[key] for key in self._opened if key in self._stacks)
        return {stack.top: stack.count for stack in opened if stack.count > 1}

    def top_of(self, key: str) -> int:
        """The id of the picture that stands for a stack; 0 for none."""
        stack = self._stacks.get(key)
        return stack.top if stack is not None else 0

    def put(self, picture: Picture) -> int:
        """One that was just made lies on top of its stack: the id of the one that it hides; 0 for
        none."""
        key = picture.request.stack
        stack = self._stacks.get(key, Stack(0, 0))
        if not key or picture.id <= stack.top:
            return 0
        self._stacks[key] = Stack(picture.id, stack.count + 1)
        return 0 if key in self._opened else stack.top


def folded(question: PictureQuestion, key: str) -> PictureQuestion:
    """The question with a stack opened, or closed where it is open."""
    unfolded = question.unfolded
    if key in unfolded:
        return replace(question, unfolded=tuple(one for one in unfolded if one != key))
    return replace(question, unfolded=(*unfolded, key))
