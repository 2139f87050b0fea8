"""Which pictures of a list stand for others: of those that were made for one document of Edit the
newest does, until its stack is opened."""

from __future__ import annotations

from dataclasses import replace

from core.store.finding.answers import Stack
from core.store.gallery import Gallery
from core.values.gallery.question import PictureQuestion
from core.values.picture import Picture


class Stacks:
    """What the gallery knows of them, as of the last answer to a question."""

    def __init__(self) -> None:
        self._stacks: dict[str, Stack] = {}  # by document
        self._opened: frozenset[str] = frozenset()  # documents whose stacks are

    def read(self, gallery: Gallery, question: PictureQuestion) -> None:
        """What the gallery knows now; not in the GUI thread. Raises WorldError where it cannot be
        read."""
        self._stacks = gallery.stacks() if question.is_plain() else {}
        self._opened = frozenset(question.unfolded)

    def count(self, picture: Picture, question: PictureQuestion) -> int:
        """How many pictures the row of this one stands for, itself included."""
        document = picture.request.stack
        if not document or document in question.unfolded or not question.is_plain():
            return 1
        stack = self._stacks.get(document)
        return stack.count if stack is not None and stack.top == picture.id else 1

    def opened(self, picture: Picture) -> int:
        """How many lie on the stack whose top this one is, while that is open; else 0."""
        stack = self._stacks.get(picture.request.stack)
        is_open = stack is not None and picture.request.stack in self._opened
        return stack.count if is_open and stack is not None and stack.top == picture.id else 0

    def hidden(self) -> int:
        """How many pictures have no row, since they lie below another."""
        closed = self._stacks.keys() - self._opened
        return sum(self._stacks[document].count - 1 for document in closed)

    def has(self, picture: Picture) -> bool:
        """Whether there are others of its document."""
        stack = self._stacks.get(picture.request.stack)
        return stack is not None and stack.count > 1

    def put(self, picture: Picture, question: PictureQuestion) -> int:
        """One that was just made lies on top of its document's stack: the id of the one that it
        hides; 0 for none."""
        document = picture.request.stack
        stack = self._stacks.get(document, Stack(0, 0))
        if not document or picture.id <= stack.top:
            return 0
        self._stacks[document] = Stack(picture.id, stack.count + 1)
        return 0 if document in question.unfolded else stack.top


def folded(question: PictureQuestion, document: str) -> PictureQuestion:
    """The question with a document's stack opened, or closed where it is open."""
    unfolded = question.unfolded
    if document in unfolded:
        return replace(question, unfolded=tuple(one for one in unfolded if one != document))
    return replace(question, unfolded=(*unfolded, document))
