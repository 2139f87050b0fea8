"""What is to be known of a try of one's own before it is made, and before it goes into Create."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.values.request import Request
from desktop.state.library import LibraryState

if TYPE_CHECKING:
    from core.service.lessons.authoring import MadePicture


def unknown_in(library: LibraryState, request: Request) -> str:
    """What the model does know, where it knows nothing of the words; "" where it does."""
    from core.models.library.vocabulary import answer, known_subjects

    entry = library.entry(request.model)
    words = answer(entry.vocabulary, entry.name, request.prompt) if entry else ""
    return f"{words} {known_subjects(entry.vocabulary)}" if entry and words else ""


def with_seed_of(made: MadePicture | None, request: Request, names: Iterable[str]) -> Request:
    """A request without a seed, with that of the picture which the fields `names` made."""
    if request.seed is not None or made is None:
        return request
    others = (name for name in names if name != "seed")
    is_same = all(getattr(made.request, name) == getattr(request, name) for name in others)
    return replace(request, seed=made.request.seed) if is_same else request
