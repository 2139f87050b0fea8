"""Ratings, favourites, tags and notes of pictures: set for one or many, with Undo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject

from core.store.gallery import Gallery
from core.values.picture import Picture
from desktop.pictures.marking.steps import MarkHistory, MarkStep, Work
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.store.marks.marked import Noted

REJECTED = -1
MOST_STARS = 5
AT_ONCE = 1000  # records of one question to the database

_Value = TypeVar("_Value", bound=Hashable)


class MarkActions(MarkHistory):
    """One method for each kind; what each says, and undoes, is about all pictures given to it."""

    def __init__(
        self,
        gallery: Gallery,
        tasks: SerialTasks,
        notice: NoticeBar,
        changed: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(tasks, notice, changed, parent)
        self._gallery = gallery

    def rate(self, pictures: Sequence[Picture], rating: int) -> None:
        """From 0 (none) to 5 stars."""
        many = len(pictures)
        if rating:
            words = tr("Rated {n} of {most}.", n=rating, most=MOST_STARS)
            if many > 1:
                words = tr("{count} pictures rated {n}.", count=f"{many:,}", n=rating)
        else:
            words = tr("The rating was taken away.")
            if many > 1:
                words = tr("The ratings of {count} pictures were taken away.", count=f"{many:,}")
        self._rate(pictures, rating, tr("Rating"), words)

    def reject(self, pictures: Sequence[Picture]) -> None:
        """All, or none of them any more where all are."""
        many = len(pictures)
        if pictures and all(picture.rating == REJECTED for picture in pictures):
            words = tr("No longer rejected.")
            if many > 1:
                words = tr("{count} pictures are no longer rejected.", count=f"{many:,}")
            self._rate(pictures, 0, tr("Reject"), words)
            return
        words = tr("Rejected.")
        if many > 1:
            words = tr("{count} pictures rejected.", count=f"{many:,}")
        self._rate(pictures, REJECTED, tr("Reject"), words)

    def _rate(self, pictures: Sequence[Picture], rating: int, name: str, words: str) -> None:
        self._set(pictures, rating, name, words, lambda one: one.rating, self._gallery.set_rating)

    def favourite(self, pictures: Sequence[Picture]) -> None:
        """Mark all, or unmark them where all are marked."""
        many = len(pictures)
        on = not all(picture.favourite for picture in pictures)
        if on:
            words = tr("Marked as favourite.")
            if many > 1:
                words = tr("{count} pictures marked as favourites.", count=f"{many:,}")
        else:
            words = tr("No longer a favourite.")
            if many > 1:
                words = tr("{count} pictures are no longer favourites.", count=f"{many:,}")
        self._set(
            pictures,
            on,
            tr("Favourite"),
            words,
            lambda one: one.favourite,
            self._gallery.set_favourite,
        )

    def tag(
        self, pictures: Sequence[Picture], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Give all of them these tags, and take those away."""
        ids = [picture.id for picture in pictures]
        changes = tuple(dict.fromkeys(add)), tuple(dict.fromkeys(remove))
        if not ids or not any(changes):
            return

        def before() -> Work:
            apart = _grouped(self._gallery.noted(ids), partial(_tags_back, *changes))
            return lambda: [self._gallery.set_tags(some, *back) for back, some in apart]

        words = tr("Tags changed.")
        if len(ids) > 1:
            words = tr("Tags of {count} pictures changed.", count=f"{len(ids):,}")
        step = MarkStep(
            tr("Tags"),
            words,
            tuple(ids),
            do=lambda: self._gallery.set_tags(ids, *changes),
            before=before,
            many=len(ids) > 1,
        )
        self.perform(step)

    def note(self, picture: Picture, text: str) -> None:
        """What a person writes about one picture; "" takes it away."""
        mine = picture.id

        def before() -> Work:
            old = next((one.marks.note for one in self._gallery.noted([mine])), "")
            return lambda: self._gallery.set_note(mine, old)

        words = tr("The note was kept.") if text else tr("The note was taken away.")
        do = partial(self._gallery.set_note, mine, text)
        self.perform(MarkStep(tr("Note"), words, (mine,), do=do, before=before))

    def _set(
        self,
        pictures: Sequence[Picture],
        value: _Value,
        name: str,
        words: str,
        read: Callable[[Noted], _Value],
        write: Callable[[Sequence[int], _Value], object],
    ) -> None:
        """One value for all of them."""
        ids = [picture.id for picture in pictures]
        if not ids:
            return

        def before() -> Work:
            apart = _grouped(self._gallery.noted(ids), read)
            return lambda: [write(some, old) for old, some in apart]

        step = MarkStep(
            name,
            words,
            tuple(ids),
            do=lambda: write(ids, value),
            before=before,
            many=len(ids) > 1,
        )
        self.perform(step)


def _grouped(
    pictures: Sequence[Noted], value: Callable[[Noted], _Value]
) -> list[tuple[_Value, list[int]]]:
    """The ids of the pictures that have a value, by that."""
    apart: dict[_Value, list[int]] = defaultdict(list)
    for picture in pictures:
        apart[value(picture)].append(picture.id)
    return list(apart.items())


def _tags_back(
    add: Sequence[str], remove: Sequence[str], picture: Noted
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What gives a picture back the tags that it has, once it was given some and lost others; their
    case tells none from another."""
    taken = {tag.casefold() for tag in remove}
    had = {tag.casefold() for tag in picture.marks.tags}
    lost = tuple(tag for tag in picture.marks.tags if tag.casefold() in taken)
    given = tuple(tag for tag in add if tag.casefold() not in had)
    return lost, given
