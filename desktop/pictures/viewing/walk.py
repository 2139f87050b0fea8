"""Going through pictures one after another: which one is seen, and what is read of it and ahead of
it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Signal

from core.values.picture import Picture
from desktop.pictures.grids.words import picture_words
from desktop.pictures.viewer import FAR
from desktop.pictures.viewing.decoding import Decoded, ReadAhead, UnreadPictures, stand_in
from desktop.pictures.viewing.film import FilmStrip, FilmThumbnails
from desktop.pictures.viewing.large_viewer import LargeViewer
from desktop.pictures.viewing.records import PictureRecords
from desktop.pictures.viewing.roll import PictureRoll
from desktop.pictures.viewing.slide_show import SlideShow
from desktop.state.services import Services
from desktop.widgets.i18n import tr

RECORDS_AHEAD = 24  # on both sides: more than a filmstrip shows
PICTURES_AHEAD = 2  # likewise


class PictureWalk(QObject):
    """`changed`: another picture is seen, or more is known of it; `stepped_to` carries the id of
    one that somebody went to, `told` a few words. What belongs to a slide show is `slides`."""

    changed = Signal()
    stepped_to = Signal(int)
    told = Signal(str)

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self.roll = PictureRoll(parent=self)
        self.records = PictureRecords(services.stores.gallery, services.gallery_tasks, self)
        unread = UnreadPictures(services.stores.gallery, services.thumbnails)
        self.ahead = ReadAhead(self, unread)
        self.thumbnails = FilmThumbnails(services.thumbnails, services.image_tasks, self)
        self.viewer = LargeViewer()
        self.film = FilmStrip(self.records, self.thumbnails)
        self.slides = SlideShow(self)
        self._current = 0
        self._whole = False  # all pixels of the current one are looked at
        self._shown = 0  # the picture that the viewer shows, and which copy of it
        self._copy: Decoded | None = None
        self._row = 0  # where the current one stood last
        self._next = 0  # the picture that the slide show goes to
        self._waits = False  # for that one to be read
        self._gone: dict[int, int] = {}  # rows of those that were taken out of the roll
        self.viewer.stepped.connect(self.step)
        self.viewer.more_wanted.connect(self._want_whole)
        self.records.came.connect(self._records_came)
        self.records.drawn_over.connect(self._forget_pixels)
        self.ahead.came.connect(self._picture_came)
        self.film.picked.connect(self.go)
        self.slides.due.connect(self._go_on)

    # --- which picture ---

    def picture(self) -> Picture | None:
        """The one that is seen; None where its record is not here yet."""
        return self.records.get(self._current) if self._current else None

    @property
    def current(self) -> int:
        """The id of the one that is seen, or 0."""
        return self._current

    def row(self) -> int:
        """Where it stands among the others, or -1."""
        return self.roll.row_of(self._current) if self._current else -1

    def use_roll(self, roll: PictureRoll, picture_id: int) -> None:
        """Go through these pictures from now on, beginning here."""
        if roll is not self.roll:
            self._gone.clear()
            self._row = 0
            self.roll.deleteLater()
            self.roll = roll
            roll.setParent(self)
            roll.changed.connect(self._roll_changed)
            self.film.use_roll(roll)
        self.go(picture_id, by_hand=False)

    def step(self, by: int) -> None:
        """So many pictures on or back, as far as there are any."""
        count = len(self.roll)
        if not count:
            return
        row = self.row()
        wanted = row + by
        if row < 0:  # it left the list, and another one stands in its place
            wanted = self._row + by - (by > 0)
        target = min(max(wanted, 0), count - 1)
        if target != row:
            self.go(self.roll.ids()[target])
        elif abs(by) < FAR:
            self.told.emit(
                tr("This is the last picture.") if by > 0 else tr("This is the first picture.")
            )

    def go(self, picture_id: int, *, by_hand: bool = True) -> None:
        """See this one."""
        if picture_id != self._current:
            self._current = picture_id
            self._whole = False
            self._next = 0
            self._waits = False
            self.film.show_picture(picture_id)
            self.slides.seen()
        self.refresh()
        if by_hand:
            self.stepped_to.emit(picture_id)

    def note_gone(self, ids: tuple[int, ...]) -> None:
        """These were deleted: the next one takes the place of the one that is seen."""
        self._note_row()
        heir = self.roll.heir(self._row, ids)
        self._gone |= self.roll.take_out(ids)
        if self._current not in ids:
            return
        if heir:
            self.go(heir)
        else:
            self.rest()
            self.viewer.show_message(tr("No picture is left here."))

    def note_back(self, ids: tuple[int, ...]) -> None:
        """These are no longer in the trash: the first of them is seen again."""
        self.roll.put_back({one: self._gone.pop(one) for one in ids if one in self._gone})
        self.ahead.try_again()
        self.records.read_again(ids)
        here = next((one for one in ids if self.roll.row_of(one) >= 0), 0)
        if here:
            self.go(here)

    def rest(self) -> None:
        """Show nothing, and keep none of what was read."""
        self.slides.stop()
        self._current = self._shown = self._next = 0
        self._copy = None
        self.viewer.clear()
        self.ahead.rest()
        self.changed.emit()

    def read_again(self) -> None:
        """Rows of the gallery changed, and files may have moved."""
        self.ahead.try_again()
        self.records.read_again(self._beside(RECORDS_AHEAD))

    # --- what is read and seen of it ---

    def _note_row(self) -> None:
        row = self.row()
        if row >= 0:
            self._row = row

    def _beside(self, reach: int) -> list[int]:
        row = self.row()
        if row >= 0:
            return self.roll.near(row, reach)
        return [self._current] if self._current else []

    def _records_came(self, ids: tuple[int, ...]) -> None:
        if self._current in ids and self.records.get(self._current) is None:
            self.note_gone((self._current,))
        elif self._current:
            self.refresh()

    def _forget_pixels(self, picture_id: int) -> None:
        """What is shown stays until its file is read again."""
        self.ahead.forget(picture_id)
        self.thumbnails.forget(picture_id)

    def _picture_came(self, picture_id: int) -> None:
        if picture_id == self._current:
            self.refresh()
        elif picture_id == self._next and self._waits:
            self._go_on()

    def _roll_changed(self) -> None:
        if self._current:
            self.refresh()

    def _want_whole(self) -> None:
        if not self._whole:
            self._whole = True
            self.refresh()

    def refresh(self) -> None:
        """Show what is known of the current picture by now; the rest is asked for."""
        self._note_row()
        self.records.want(self._beside(RECORDS_AHEAD))
        picture = self.picture()
        if picture is not None:
            self._want(picture)
            self._show(picture)
            self.viewer.file = lambda: picture.path
            words = picture_words(picture, self.row(), len(self.roll))
            if (unread := self.ahead.unread(picture.id)) is not None:
                words = f"{words}. {unread.words}"
            self.viewer.describe(words)
        self.changed.emit()

    def _want(self, picture: Picture) -> None:
        beside = self._beside(PICTURES_AHEAD)[1:]
        if self.slides.is_running:
            beside = [self._next_of_show(), *beside]
            self.records.want(beside[:1])
        known = (self.records.get(one) for one in dict.fromkeys(beside) if one != picture.id)
        self.ahead.want([picture, *filter(None, known)], whole=self._whole)

    def _show(self, picture: Picture) -> None:
        again = self._shown == picture.id
        decoded = self.ahead.get(picture.id)
        unread = self.ahead.unread(picture.id)
        self.viewer.show_note("" if unread is None else unread.words)
        if unread is not None and unread.small is None:
            self._shown, self._copy = picture.id, None
            self.viewer.clear()
            self.viewer.show_message(unread.words)
            return
        if unread is not None:
            decoded = unread.small
        if decoded is None and not again:
            small = self.thumbnails.known(picture.id)
            if small is not None and small.width() > 1:
                size = QSize(picture.width, picture.height)
                decoded = stand_in(size, small.toImage())
        if decoded is not None and decoded is not self._copy:
            self._shown, self._copy = picture.id, decoded
            self.viewer.show_decoded(decoded, again=again, fade=self.slides.is_running)

    # --- the slide show ---

    def _next_of_show(self) -> int:
        if not self._next or self.roll.row_of(self._next) < 0:
            here = self.row() if self.row() >= 0 else self._row - 1
            row = self.slides.next_row(len(self.roll), here)
            self._next = self.roll.ids()[row] if row >= 0 else 0
        return self._next

    def shuffle(self, shuffled: bool) -> None:
        """Whether chance chooses the order of the slide show."""
        self.slides.shuffled = shuffled
        self._next = 0

    def _go_on(self) -> None:
        """To the next picture of the slide show, once that is read; its time begins then."""
        following = self._next_of_show()
        self._waits = bool(following) and not self.ahead.has(following)
        if self._waits:
            self.refresh()  # it may not be on its way yet
        elif following:
            self.go(following)
