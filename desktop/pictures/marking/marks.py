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
Write = Callable[[Sequence[int], _Value], object]


class MarkActions(MarkHistory):
    """One method for each kind, about all pictures of these ids; what they have by then is looked
    at in the task, so that 100,000 chosen ones need no records."""

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

    # --- of pictures whose records are here ---

    def rate(self, pictures: Sequence[Picture], rating: int) -> None:
        """As `rate_ids`."""
        self.rate_ids([picture.id for picture in pictures], rating)

    def reject(self, pictures: Sequence[Picture]) -> None:
        """As `reject_ids`."""
        self.reject_ids([picture.id for picture in pictures])

    def favourite(self, pictures: Sequence[Picture]) -> None:
        """As `favourite_ids`."""
        self.favourite_ids([picture.id for picture in pictures])

    # --- of any ---

    def rate_ids(self, ids: Sequence[int], rating: int) -> None:
        """From 0 (none) to 5 stars."""
        words = _rating_words(rating, len(ids))
        self._set(
            ids,
            tr("Rating"),
            lambda one: one.rating,
            self._gallery.set_rating,
            lambda _: (rating, words),
        )

    def reject_ids(self, ids: Sequence[int], *, turns: bool = True) -> None:
        """All; where all are, and it `turns`, none of them any more."""

        def decide(noted: Sequence[Noted]) -> tuple[int, str]:
            if turns and all(one.rating == REJECTED for one in noted):
                return 0, _freed_words(len(ids))
            return REJECTED, _rejected_words([one.rating for one in noted])

        self._set(ids, tr("Reject"), lambda one: one.rating, self._gallery.set_rating, decide)

    def favourite_ids(self, ids: Sequence[int], *, turns: bool = True) -> None:
        """Mark all; where all are marked, and it `turns`, unmark them."""

        def decide(noted: Sequence[Noted]) -> tuple[bool, str]:
            on = not (turns and all(one.favourite for one in noted))
            return on, _favourite_words(on=on, many=len(ids))

        write = self._gallery.set_favourite
        self._set(ids, tr("Favourite"), lambda one: one.favourite, write, decide)

    def tag(self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Give all of them these tags, and take those away."""
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

    def note(self, picture_id: int, text: str) -> None:
        """What a person writes about one picture; "" takes it away."""

        def before() -> Work:
            noted = self._gallery.noted([picture_id])
            old = next((one.marks.note for one in noted), "")
            return lambda: self._gallery.set_note(picture_id, old)

        words = tr("The note was kept.") if text else tr("The note was taken away.")
        do = partial(self._gallery.set_note, picture_id, text)
        self.perform(MarkStep(tr("Note"), words, (picture_id,), do=do, before=before))

    def _set(
        self,
        ids: Sequence[int],
        name: str,
        read: Callable[[Noted], _Value],
        write: Write[_Value],
        decide: Callable[[Sequence[Noted]], tuple[_Value, str]],
    ) -> None:
        """One value for all of them: `decide` says in the task which, and what is said of it."""
        if not ids:
            return
        decided: list[_Value] = []

        def before() -> Work:
            noted = self._gallery.noted(ids)
            value, step.words = decide(noted)
            decided.append(value)
            apart = _grouped(noted, read)
            return lambda: [write(some, old) for old, some in apart]

        step = MarkStep(
            name,
            "",
            tuple(ids),
            do=lambda: write(ids, decided[0]),
            before=before,
            many=len(ids) > 1,
        )
        self.perform(step)


def _rating_words(rating: int, many: int) -> str:
    if many > 1 and rating:
        return tr("{count} pictures rated {n}.", count=f"{many:,}", n=rating)
    if many > 1:
        return tr("The ratings of {count} pictures were taken away.", count=f"{many:,}")
    if rating:
        return tr("Rated {n} of {most}.", n=rating, most=MOST_STARS)
    return tr("The rating was taken away.")


def _rejected_words(ratings: Sequence[int]) -> str:
    """Of pictures that had these ratings: stars and a rejection exclude one another."""
    rated = [one for one in ratings if one > 0]
    many = len(ratings)
    if many > 1 and rated:
        return tr(
            "{count} pictures rejected; {rated} of them had stars, which are taken away.",
            count=f"{many:,}",
            rated=f"{len(rated):,}",
        )
    if many > 1:
        return tr("{count} pictures rejected.", count=f"{many:,}")
    if rated == [1]:
        return tr("Rejected, 1 star taken away.")
    if rated:
        return tr("Rejected, {n} stars taken away.", n=rated[0])
    return tr("Rejected.")


def _freed_words(many: int) -> str:
    if many > 1:
        return tr("{count} pictures are no longer rejected.", count=f"{many:,}")
    return tr("No longer rejected.")


def _favourite_words(*, on: bool, many: int) -> str:
    if on and many > 1:
        return tr("{count} pictures marked as favourites.", count=f"{many:,}")
    if on:
        return tr("Marked as favourite.")
    if many > 1:
        return tr("{count} pictures are no longer favourites.", count=f"{many:,}")
    return tr("No longer a favourite.")


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
