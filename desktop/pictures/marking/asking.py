"""What is asked before pictures get tags, a note or an album; what is known is read in a task."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from core.store.gallery import Gallery
from core.values.gallery.album import Album
from core.values.picture import Picture
from desktop.pictures.marking.albums import AlbumActions
from desktop.pictures.marking.marks import MarkActions
from desktop.pictures.marking.names import names_in
from desktop.state.tasks import SerialTasks


class MarkQuestions(QObject):
    """`tasks` only look."""

    def __init__(
        self, gallery: Gallery, tasks: SerialTasks, marks: MarkActions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._gallery = gallery
        self._tasks = tasks
        self.marks = marks
        self._window = window
        self.albums = AlbumActions(gallery, marks)

    def ask_tags(self, pictures: Sequence[Picture]) -> None:
        """Tags of all of them, and the note of one."""
        from desktop.pictures.marking.tags_dialog import TagsDialog

        ids = [picture.id for picture in pictures]
        dialog = TagsDialog(len(ids), pictures[0].note, self._window)

        def look() -> tuple[dict[str, int], dict[str, int]]:
            return self._gallery.tags_of(ids), dict(names_in(self._gallery, "tag"))

        def found(answer: tuple[dict[str, int], dict[str, int]]) -> None:
            if isValid(dialog):
                dialog.show_tags(*answer)

        dialog.decided.connect(partial(self._tag, pictures))
        self._tasks.submit(look, found)
        dialog.open()

    def _tag(
        self, pictures: Sequence[Picture], add: list[str], remove: list[str], note: str | None
    ) -> None:
        self.marks.tag(pictures, add, remove)
        if note is not None:
            self.marks.note(pictures[0], note)

    def ask_album(self, pictures: Sequence[Picture]) -> None:
        """Into which album they go."""
        from desktop.pictures.marking.album_dialog import AlbumDialog

        ids = [picture.id for picture in pictures]
        dialog = AlbumDialog(len(ids), self._window)

        def look() -> tuple[tuple[Album, ...], dict[int, int]]:
            return self._gallery.albums(), self._gallery.album_list.of_pictures(ids)

        def found(answer: tuple[tuple[Album, ...], dict[int, int]]) -> None:
            if isValid(dialog):
                dialog.show_albums(*answer)

        dialog.chosen.connect(lambda album: self.albums.put(album, pictures))
        dialog.named.connect(lambda name: self.albums.make(name, pictures=pictures))
        self._tasks.submit(look, found)
        dialog.open()
