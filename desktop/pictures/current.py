"""The window's one current picture: in the viewer, and chosen in all grids that show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, Signal
from PySide6.QtGui import QImage

from core.store.gallery import Gallery
from core.values.picture import Picture
from desktop.pictures.actions import read_image, why_unread
from desktop.pictures.grid import PictureGrid
from desktop.pictures.picture_model import PICTURE_ROLE, PictureModel, picture_words
from desktop.pictures.viewer import Viewer
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

Found = Callable[[Picture], object]


class CurrentPicture(QObject):
    """`picture` is None where none is shown, or a file of another folder is (`outside`).

    Files are read by `images`, the latest only. `newest` are the pictures that arrows go through.
    `following` says whether new pictures take its place from now on. `beside` gives the picture so
    many on of those that the current one was opened from, None where it came from no others.
    """

    changed = Signal()
    following = Signal(bool)

    def __init__(
        self,
        viewer: Viewer,
        gallery: Gallery,
        *,
        newest: PictureModel,
        records: SerialTasks,
        images: SerialTasks,
        notice: NoticeBar,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None
        self.outside = ""
        self._viewer = viewer
        self._gallery = gallery
        self._newest = newest
        self._grids: list[PictureGrid] = []
        self._records = records
        self._images = images
        self._notice = notice
        self._turn = 0  # counts what was asked for: an answer to an earlier question is dropped
        self._marking = False  # while the program itself chooses in a grid
        self._lost = 0  # the one that was shown when it was deleted
        self._going = 0  # the one that a key goes to and that is not here yet
        self.beside: Callable[[Picture, int], Picture | None] = lambda _, __: None
        viewer.stepped.connect(self.step)
        viewer.file = self.file

    def follow(self, grid: PictureGrid) -> None:
        """What is chosen in this grid becomes current, and what is current is chosen in it."""
        self._grids.append(grid)
        grid.selectionModel().currentChanged.connect(lambda index, _: self._picked(grid, index))
        grid.clicked.connect(lambda index: self._picked(grid, index))
        model_of(grid).counted.connect(lambda _: self._mark(grid))

    def _is_newest(self, grid: PictureGrid) -> bool:
        """Whether a grid shows the newest ones, as History does."""
        return model_of(grid) is self._newest

    def file(self) -> str:
        """The file of what is shown, or "": a preview has none yet."""
        if self._viewer.is_developing():
            return ""
        return self.picture.path if self.picture is not None else self.outside

    def is_chosen(self) -> bool:
        """Whether commands work on the current picture."""
        # at a picture that is still developing nothing is meant for the one before it
        at_a_preview = self._viewer.hasFocus() and self._viewer.is_developing()
        return self.picture is not None and not at_a_preview

    def chosen(self) -> list[Picture]:
        """What commands work on: the current picture and what is chosen with it in History."""
        if self.picture is None or not self.is_chosen():
            return []
        grid = self.grid_of_chosen()
        return [self.picture] if grid is None else grid.selected_pictures()

    def grid_of_chosen(self) -> PictureGrid | None:
        """The grid of History in which others are chosen with the current picture; None where it
        is alone."""
        if self.picture is None or not self.is_chosen():
            return None
        mine = self.picture.id
        for grid in filter(self._is_newest, self._grids):
            row = model_of(grid).row_of(mine)
            chosen = grid.chosen_rows()
            if sum(map(len, chosen)) > 1 and any(row in part for part in chosen):
                return grid
        return None

    # --- what becomes current ---

    def show(self, picture: Picture) -> None:
        """Make a picture of the gallery the current one."""
        same = self.picture is not None and self.picture.id == picture.id
        again = same and self._viewer.has_image()
        self.picture = picture
        self.outside = ""
        self._going = 0
        self._turn += 1
        turn = self._turn

        def read() -> QImage | str:
            if turn != self._turn:  # another one is wanted by now
                return ""
            image = read_image(picture.path)
            return why_unread(self._gallery, picture.path) if image.isNull() else image

        def shown(image: QImage | str) -> None:
            if turn != self._turn:
                return
            if isinstance(image, str):
                self._notice.say(image, problem=True, topic="shown")
                self._viewer.show_message(image)
            else:
                self._viewer.show_image(image, again=again)
                self.describe()

        self._viewer.expect_finished()
        self._notice.clear("shown")
        self._images.submit(read, shown)
        for grid in self._grids:
            # a person who looks through the gallery keeps the place they are at
            at_a_place = grid.isVisible() and grid.currentIndex().isValid()
            if self._is_newest(grid) or not at_a_place:
                self._mark(grid)
        self.changed.emit()

    def open(self, picture: Picture) -> None:
        """A person wants to see this one; only a newest one gives way to new pictures."""
        newest = self._newest.ids()[:1]
        self.following.emit(not newest or newest[0] == picture.id)
        self.show(picture)

    def show_outside(self, path: Path, image: QImage) -> None:
        """A file that is none of the gallery's."""
        self._turn += 1
        self._going = 0
        self.picture = None
        self.outside = str(path)
        for grid in self._grids:
            self._unmark(grid)
        self._viewer.show_image(image)
        self._viewer.describe(path.name)
        self.changed.emit()

    def go_to(self, picture_id: int) -> None:
        """A person went to this one elsewhere."""
        if self.picture is None or self.picture.id != picture_id:
            self._by_id(picture_id, self.open)

    def come_back(self, picture_id: int) -> None:
        """After a start: the picture of last time, else the newest, where nothing is shown."""

        def look() -> Picture | None:
            pictures = self._gallery.page([picture_id]) if picture_id else ()
            if not pictures or pictures[0].trashed is not None:
                pictures = self._gallery.page(self._gallery.ids(limit=1))
            return pictures[0] if pictures else None

        def there(picture: Picture | None) -> None:
            nothing = self.picture is None and not self.outside and not self._viewer.has_image()
            if picture is not None and nothing:
                self.open(picture)

        self._records.submit(look, there)

    def refresh(self) -> None:
        """Its row may have changed."""
        if self.picture is not None:
            mine = self.picture.id

            def there(pictures: Sequence[Picture]) -> None:
                if self.picture is None or self.picture.id != mine:
                    return
                if not pictures:  # deleted for good
                    self.note_deleted((mine,))
                    return
                self.picture = pictures[0]
                self.describe()
                self.changed.emit()

            self._records.submit(lambda: self._gallery.page([mine]), there)

    def reload(self) -> None:
        """What was developing came to nothing: show it again."""
        if self.picture is not None:
            self.show(self.picture)

    # --- going through them ---

    def step(self, by: int) -> None:
        """So many pictures on (older) or back in History, or in what the current one was opened
        from; as far as there are any."""
        if self.picture is not None and (other := self.beside(self.picture, by)) is not None:
            if other.id != self.picture.id:
                self.open(other)
            return
        model = self._newest
        count = model.rowCount()
        if not count:
            return
        # pressed again before a picture is here, the key goes on from that one
        mine = self._going
        if not mine and self.picture is not None:
            mine = self.picture.id
        row = model.row_of(mine) if mine else -1
        target = min(max(row + by, 0), count - 1)
        if target != row:
            self._going = model.ids()[target]
            self._by_id(self._going, self.open)

    def note_deleted(self, ids: Sequence[int]) -> None:
        """These pictures were deleted: the next takes the place of the current one."""
        if self.picture is None or self.picture.id not in ids:
            return
        self._lost = self.picture.id
        in_sight = (model_of(grid) for grid in self._grids if grid.isVisible())
        model = next((m for m in in_sight if m.row_of(self._lost) >= 0), self._newest)
        row = model.row_of(self._lost)
        order = model.ids()
        gone = set(ids)
        left = chain(range(row + 1, len(order)), range(row - 1, -1, -1))  # older ones first
        heir = next((order[place] for place in left if order[place] not in gone), 0)
        self.picture = None
        if heir:
            self._by_id(heir, self.open)
        else:
            self._turn += 1
            self._going = 0
            self._viewer.clear()
            self._viewer.show_message(
                tr("The picture develops here. Describe it on the left and press Generate.")
            )
        self.changed.emit()

    def note_restored(self, ids: Sequence[int]) -> None:
        """These are back: so is the one that was shown."""
        if self._lost in ids:
            self._by_id(self._lost, self.open)
            self._lost = 0
        else:
            self.refresh()

    def _by_id(self, picture_id: int, then: Found) -> None:
        self._turn += 1
        turn = self._turn

        def there(pictures: Sequence[Picture]) -> None:
            if turn != self._turn:
                return
            self._going = 0
            if pictures:
                then(pictures[0])

        self._records.submit(lambda: self._gallery.page([picture_id]), there)

    # --- the selections ---

    def _picked(self, grid: PictureGrid, index: QModelIndex) -> None:
        if self._marking or not index.isValid():
            return
        picture = index.data(PICTURE_ROLE)
        if picture is None:
            self._by_id(model_of(grid).ids()[index.row()], self._take)
        else:
            self._take(picture)

    def _take(self, picture: Picture) -> None:
        if picture.trashed is None and (self.picture is None or self.picture.id != picture.id):
            self.open(picture)

    def _mark(self, grid: PictureGrid) -> None:
        """Choose the current picture in a grid, but where several are chosen."""
        row = model_of(grid).row_of(self.picture.id) if self.picture is not None else -1
        chosen = grid.chosen_rows()
        if row < 0 or sum(map(len, chosen)) > 1 or chosen == [range(row, row + 1)]:
            return
        place = grid.verticalScrollBar().value()
        self._marking = True
        grid.setCurrentIndex(grid.model().index(row, 0))
        self._marking = False
        if grid.isVisible() and not self._is_newest(grid):  # a person is looking through it
            grid.verticalScrollBar().setValue(place)
        self.describe()

    def _unmark(self, grid: PictureGrid) -> None:
        self._marking = True
        grid.selectionModel().clear()
        self._marking = False

    def describe(self) -> None:
        """What a screen reader says of the picture on the stage."""
        if self.picture is not None:
            row = self._newest.row_of(self.picture.id)
            words = picture_words(self.picture, row, len(self._newest.ids()))
            self._viewer.describe(words)


def model_of(grid: PictureGrid) -> PictureModel:
    """The pictures of a grid."""
    model = grid.model()
    assert isinstance(model, PictureModel)
    return model
