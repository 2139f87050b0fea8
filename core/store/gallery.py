"""The gallery: a searchable index over the picture files. The files are the truth;
this can be rebuilt from them."""

from __future__ import annotations

import sqlite3
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.store.files import last_number
from core.store.finding import answers
from core.store.finding.answers import Stack
from core.store.jobs import finish_in
from core.store.marks.column import marks_in
from core.store.picture_rows import PicturePaths, insert_row
from core.store.sqlite.by_id import rows_of
from core.store.sqlite.database import Database
from core.store.sqlite.storable import storable
from core.store.thumbnails import Thumbnails as Thumbnails
from core.store.thumbnails import thumbnail_of as thumbnail_of
from core.store.trash import Trash
from core.system.errors import WorldError
from core.system.json import Malformed, loads
from core.values.gallery.origin import origin_of
from core.values.gallery.question import PictureQuestion
from core.values.job import JobState
from core.values.picture import Picture, Recipe
from core.values.request import Request

if TYPE_CHECKING:
    from core.store.finding.search_index import SearchIndex
    from core.store.imported.folders import WatchedFolders
    from core.store.marks.albums import Albums
    from core.store.marks.marked import MarkedPictures, Noted
    from core.store.reindex import Health
    from core.values.gallery.album import Album
    from core.values.gallery.suggestion import Suggestion

T = TypeVar("T")
DAY = 86_400.0  # seconds
CHANGES_OF_MOVE = 2  # of a row whose file goes into the trash or comes back
MANY = 1000  # changes that a question takes in by itself
MOST_OF_DOCUMENT = 1000  # pictures in one answer


class Gallery:
    """Rows of the pictures table; paths below `root` are kept relative to it,
    so that the folder can move.

    Every method raises WorldError where the database cannot be read or written.
    """

    def __init__(self, database: Database, root: Path, trash: Path) -> None:
        self._database = database
        self._paths = PicturePaths(root, trash)
        self._trash = Trash(database, self._paths, self._holds)

    @cached_property
    def index(self) -> SearchIndex:
        """Which pictures words and fields find."""
        from core.store.finding.search_index import SearchIndex

        return SearchIndex(self._database)

    @cached_property
    def album_list(self) -> Albums:
        """What is done to albums, with what undoes it."""
        from core.store.marks.albums import Albums

        return Albums(self._database)

    @cached_property
    def watched(self) -> WatchedFolders:
        """The folders whose pictures are shown where they lie."""
        from core.store.imported.folders import WatchedFolders

        return WatchedFolders(self._database)

    @cached_property
    def _marked(self) -> MarkedPictures:
        from core.store.marks.marked import MarkedPictures

        return MarkedPictures(self._database)

    def last_number(self, day: str) -> int:
        """The highest number that the day's pictures have, those in the trash
        too; see `put_in_gallery`."""
        rows = self._database.connection().execute(
            "SELECT path FROM pictures WHERE path > ? AND path < ?", (f"{day}/", f"{day}0")
        )
        return last_number(row[0].rpartition("/")[2] for row in rows)

    def record(self, path: Path, recipe: Recipe, width: int, height: int) -> Picture:
        """One transaction: the picture's row, and its job done; `width` and `height` in pixels.
        Raises WorldError also where no free name is left for another picture's row of that path."""
        with self._database.transaction() as db:
            picture_id = insert_row(db, self._paths, path, recipe, (width, height))
            if recipe.job_id:
                finish_in(db, recipe.job_id, JobState.DONE)
        picture = self.get(picture_id)
        assert picture is not None
        return picture

    def get(self, picture_id: int) -> Picture | None:
        """One picture, or None."""
        pictures = self.page([picture_id])
        return pictures[0] if pictures else None

    def page(self, ids: Sequence[int]) -> tuple[Picture, ...]:
        """The pictures of these ids, in this order; ids that are gone are left out."""
        rows = rows_of(self._database.connection(), ids)
        pictures = {row["id"]: self._picture(row) for row in rows}
        return tuple(pictures[i] for i in ids if i in pictures)

    def _picture(self, row: sqlite3.Row) -> Picture:
        try:
            request = loads(Request, row["request"])
        except Malformed:
            request = Request(
                prompt=row["prompt"],
                negative_prompt=row["negative"],
                width=row["width"],
                height=row["height"],
            )
        marks = marks_in(row["marks"])
        return Picture(
            id=row["id"],
            path=str(self._paths.file_of(row)),
            created=row["created"],
            width=row["width"],
            height=row["height"],
            request=request,
            job_id=row["job_id"],
            model_name=row["model_name"],
            seconds=row["seconds"],
            sha256=row["sha256"],
            favourite=bool(row["favourite"]),
            trashed=row["trashed"],
            rating=row["rating"],
            tags=marks.tags,
            note=marks.note,
            origin=origin_of(row["origin"]),
        )

    def ids(self, text: str = "", *, trashed: bool = False, limit: int = -1) -> tuple[int, ...]:
        """Ids, newest first, of what a `text` in the query language asks for."""
        return tuple(self.find(PictureQuestion(text, trashed), limit=limit) or ())

    def find(
        self,
        question: PictureQuestion,
        *,
        limit: int = -1,
        after: int | None = None,
        above: int | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> array[int] | None:
        """As core.store.finding.answers.find. While the search index is made for the first time
        what it does not know yet (`index.left`) is not found by words and fields."""
        return self._ask(
            question,
            lambda db: answers.find(
                db, question, limit=limit, after=after, above=above, wanted=wanted
            ),
        )

    def days(self, question: PictureQuestion) -> list[tuple[str, int]]:
        """As core.store.finding.answers.days."""
        return self._ask(question, lambda db: answers.days(db, question))

    def labels(self, question: PictureQuestion) -> list[tuple[str, int]]:
        """As core.store.finding.answers.labels."""
        return self._ask(question, lambda db: answers.labels(db, question))

    def shapes(
        self, question: PictureQuestion, *, wanted: Callable[[], bool] = lambda: True
    ) -> array[int] | None:
        """As core.store.finding.answers.shapes."""
        return self._ask(question, lambda db: answers.shapes(db, question, wanted=wanted))

    def suggestions(self, text: str, cursor: int) -> tuple[Suggestion, ...]:
        """As core.store.finding.suggesting.suggestions. Not for the GUI thread."""
        from core.store.finding.suggesting import suggestions

        return self.index.asked(lambda db: suggestions(db, text, cursor))

    def _ask(self, question: PictureQuestion, ask: Callable[[sqlite3.Connection], T]) -> T:
        db = self._database.connection()
        return self.index.asked(ask) if answers.needs_index(db, question) else ask(db)

    def made_with(self, model_name: str, limit: int = 64) -> tuple[Picture, ...]:
        """The latest pictures made with a model of this name, favourites before
        them; none from the trash, and none that is hidden."""
        ids = self.index.asked(lambda db: answers.made_with(db, storable(model_name), limit))
        return tuple(
            picture
            for picture in self.page(ids)
            if picture.trashed is None and not (picture.origin and picture.origin.hidden)
        )

    def of_job(self, job_id: str) -> Picture | None:
        """The picture a job made, where it is not in the trash."""
        row = (
            self._database.connection()
            .execute("SELECT id FROM pictures WHERE job_id = ? AND trashed IS NULL", (job_id,))
            .fetchone()
        )
        return None if row is None else self.get(row[0])

    def came_after(self, picture_id: int) -> list[int]:
        """The ids of the newest pictures since this one, at most 64; none from the trash."""
        rows = self._database.connection().execute(
            "SELECT id FROM pictures WHERE id > ? AND trashed IS NULL ORDER BY id DESC LIMIT 64",
            (picture_id,),
        )
        return [row[0] for row in rows]

    def pictures_of_document(self, document_id: str) -> tuple[Picture, ...]:
        """The pictures made for a document of the Edit room, the newest first; those in the trash
        too: their `trashed` says so."""
        rows = self._database.connection().execute(
            "SELECT id FROM pictures WHERE document = ? AND document != '' "
            "ORDER BY id DESC LIMIT ?",
            (document_id, MOST_OF_DOCUMENT),
        )
        return self.page([row[0] for row in rows])

    def stacks(self) -> dict[str, Stack]:
        """By document of Edit, the pictures that were made for it."""
        return answers.stacks(self._database.connection())

    def has_pixels(self, sha256: str) -> bool:
        """Whether a picture has these pixels, in the trash too."""
        question = "SELECT 1 FROM pictures WHERE sha256 = ? LIMIT 1"
        return self._database.connection().execute(question, (sha256,)).fetchone() is not None

    def with_pixels(self, sha256: str) -> Picture | None:
        """The oldest picture that has these pixels, from the trash too; None where none has."""
        question = "SELECT * FROM pictures WHERE sha256 = ? ORDER BY id LIMIT 1"
        row = self._database.connection().execute(question, (sha256,)).fetchone()
        return None if row is None else self._picture(row)

    def set_favourite(self, ids: Sequence[int], on: bool) -> None:
        """Mark or unmark pictures."""
        self._marked.set_favourite(ids, on)
        self._keep_up(len(ids))

    def set_rating(self, ids: Sequence[int], rating: int) -> None:
        """As MarkedPictures.set_rating: 0 to 5 stars, -1 for rejected pictures."""
        self._marked.set_rating(ids, rating)
        self._keep_up(len(ids))

    def set_tags(
        self, ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """As MarkedPictures.set_tags."""
        self._marked.set_tags(ids, add, remove)
        self._keep_up(len(ids))

    def _keep_up(self, changes: int) -> None:
        """Rows were changed so often, perhaps more than a question takes in by itself."""
        if changes > MANY:
            self.index.keep_up()

    def set_note(self, picture_id: int, text: str) -> None:
        """As MarkedPictures.set_note."""
        self._marked.set_note(picture_id, text)

    def noted(self, ids: Sequence[int]) -> tuple[Noted, ...]:
        """As MarkedPictures.noted."""
        return self._marked.noted(ids)

    def tags_of(self, ids: Sequence[int]) -> dict[str, int]:
        """As MarkedPictures.tags_of."""
        return self._marked.tags_of(ids)

    def albums(self) -> tuple[Album, ...]:
        """All albums in the order of their names."""
        return self.album_list.all()

    def add_album(self, name: str, query: str = "") -> int:
        """As Albums.add: the id of a new album."""
        return self.album_list.add(name, query)

    def rename_album(self, album_id: int, name: str) -> None:
        """As Albums.rename."""
        self.album_list.rename(album_id, name)

    def remove_album(self, album_id: int) -> None:
        """Take an album away; its pictures stay where they are."""
        self.album_list.remove(album_id)

    def put_in_album(self, album_id: int, ids: Sequence[int]) -> None:
        """As Albums.put."""
        self.album_list.put(album_id, ids)

    def take_from_album(self, album_id: int, ids: Sequence[int]) -> None:
        """Take pictures out of an album; they stay in the gallery."""
        self.album_list.take(album_id, ids)

    def trash(self, ids: Sequence[int]) -> tuple[int, ...]:
        """Move pictures into Calotype's trash, and hide those that were imported in place, whose
        files stay; their ids. Raises WorldError where one cannot be moved."""
        moved = self._trash.put(ids)
        self._keep_up(len(moved) * CHANGES_OF_MOVE)
        return moved

    def restore(self, ids: Sequence[int]) -> None:
        """Bring pictures back from the trash to where they were, and show hidden ones. Raises
        WorldError where one cannot be moved."""
        self._trash.take_out(ids)
        self._keep_up(len(ids) * CHANGES_OF_MOVE)

    def empty_trash(
        self, *, older_than_days: float, gone: Callable[[Path], bool] | None = None
    ) -> int:
        """Empty the trash of what has lain there long enough; the number of pictures that are gone.

        `gone` takes a file away (into the system's trash) and says whether it did; pictures whose
        files it does not take stay where they are. Without it they are deleted for good. Raises
        WorldError where one cannot be deleted.
        """
        count = self._trash.empty(time.time() - older_than_days * DAY, gone)
        self._keep_up(count)
        return count

    def discard(self, ids: Sequence[int], gone: Callable[[Path], bool] | None = None) -> int:
        """As `empty_trash`, for these pictures of the trash."""
        count = self._trash.discard(ids, gone)
        self._keep_up(count)
        return count

    def let_go_in_place(self, ids: Sequence[int], gone: Callable[[Path], bool]) -> int:
        """As `discard`, for these pictures as far as they were imported in place: their own files
        go, from where they lie. Those whose files are not to be seen now stay."""
        count = self._trash.let_go_in_place(ids, gone)
        self._keep_up(count)
        return count

    def trash_size(self, *, older_than_days: float = 0) -> tuple[int, int]:
        """How many pictures have lain in the trash for so long, and the bytes of their files."""
        return self._trash.size(time.time() - older_than_days * DAY)

    def settle_trash(self) -> None:
        """Finish or take back what a kill left between the pictures and the trash."""
        self._trash.settle()

    def _holds(self, file: Path, row: sqlite3.Row) -> bool:
        """Whether a file is the picture of a row."""
        from core.metadata.recipes import read_file
        from core.store.imported.reading import decode_picture

        try:
            if row["origin"]:  # of another program, whose recipe says nothing of its pixels
                return decode_picture(file).sha256 == row["sha256"]
            recipe = read_file(file).recipe
        except WorldError:
            return False
        return recipe is not None and recipe.pixels_sha256 == row["sha256"]

    def repair_rows(self) -> int:
        """Rows that are not as they were written are read again from their files; how many. Rows of
        older programs get their sums."""
        from core.store import reindex

        return reindex.heal(self._database, self._paths)

    def sweep(self, wanted: Callable[[], bool] = lambda: True) -> int:
        """Index files that have no row (saved just before a crash, or a lost database), those in
        the trash too; their number.

        Ends early where it is not `wanted` any more.
        """
        from core.store import reindex

        added = reindex.add_missing(self._database, self._paths, wanted)
        self._keep_up(added)
        return added

    def files_without_row(self) -> Iterator[Path]:
        """Picture files that no row names, those in the trash too."""
        from core.store import reindex

        return reindex.files_without_row(self._database, self._paths)

    def check(self, progress: Callable[[int], None] | None = None) -> Health:
        """Compare files and rows, and decode every picture; what a kill left half
        moved is settled before. `progress` hears how many pictures were looked at."""
        from core.store import reindex

        self.settle_trash()
        return reindex.check(self._database, self._paths, progress)
