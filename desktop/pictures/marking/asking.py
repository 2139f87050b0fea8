"""What is asked before pictures get tags, a note or an album; what is known is read in a task."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from core.store.gallery import Gallery
from core.values.gallery.album import Album
from desktop.pictures.marking.albums import AlbumActions
from desktop.pictures.marking.marks import MarkActions
from desktop.pictures.marking.names import names_in
from desktop.state.tasks import SerialTasks

Known = tuple[dict[str, int], dict[str, int], str]  # tags of the pictures, of all, and a note


class MarkQuestions(QObject):
    """`tasks` only look. Pictures are told by their ids."""

    def __init__(
        self, gallery: Gallery, tasks: SerialTasks, marks: MarkActions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._gallery = gallery
        self._tasks = tasks
        self.marks = marks
        self._window = window
        self.albums = AlbumActions(gallery, marks)

    def ask_tags(self, ids: Sequence[int]) -> None:
        """Tags of all of them, and the note of one."""
        from desktop.pictures.marking.tags_dialog import TagsDialog

        dialog = TagsDialog(len(ids), self._window)

        def look() -> Known:
            note = next((one.marks.note for one in self._gallery.noted(ids[:1])), "")
            return self._gallery.tags_of(ids), dict(names_in(self._gallery, "tag")), note

        def found(known: Known) -> None:
            if isValid(dialog):
                dialog.show_tags(*known)

        dialog.decided.connect(partial(self._tag, ids))
        self._tasks.submit(look, found)
        dialog.open()

    def _tag(self, ids: Sequence[int], add: list[str], remove: list[str], note: str | None) -> None:
        self.marks.tag(ids, add, remove)
        if note is not None:
            self.marks.note(ids[0], note)

    def ask_album(self, ids: Sequence[int]) -> None:
        """Into which album they go."""
        from desktop.pictures.marking.album_dialog import AlbumDialog

        dialog = AlbumDialog(len(ids), self._window)

        def look() -> tuple[tuple[Album, ...], dict[int, int]]:
            return self._gallery.albums(), self._gallery.album_list.of_pictures(ids)

        def found(answer: tuple[tuple[Album, ...], dict[int, int]]) -> None:
            if isValid(dialog):
                dialog.show_albums(*answer)

        dialog.chosen.connect(lambda album: self.albums.put(album, ids))
        dialog.named.connect(lambda name: self.albums.make(name, ids=ids))
        self._tasks.submit(look, found)
        dialog.open()
