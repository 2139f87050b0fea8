"""Albums: made, renamed, deleted, filled and emptied, each with Undo; the pictures stay what they
are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from core.store.gallery import Gallery
from core.values.gallery.album import Album
from desktop.pictures.marking.steps import MarkHistory, MarkStep, Work
from desktop.widgets.i18n import tr


class AlbumActions:
    """Its steps stand in the one `history` of what is noted on pictures."""

    def __init__(self, gallery: Gallery, history: MarkHistory) -> None:
        self._gallery = gallery
        self._history = history

    def make(self, name: str, query: str = "", ids: Sequence[int] = ()) -> None:
        """A new album with these pictures in it, or a saved search."""
        made: list[int] = []
        albums = self._gallery.album_list

        def do() -> None:
            if made:  # made again: under the id that it had
                albums.put_back(Album(made[0], name, query), ids)
                return
            made.append(self._gallery.add_album(name, query))
            if ids:
                self._gallery.put_in_album(made[0], ids)

        def back() -> None:
            for album_id in made:
                self._gallery.remove_album(album_id)

        words = tr("“{name}” was made.", name=name)
        if ids:
            words = _put_words(name, len(ids))
        step = MarkStep(
            tr("New album"), words, tuple(ids), do=do, before=lambda: back, many=bool(ids)
        )
        self._history.perform(step)

    def rename(self, album: Album, name: str) -> None:
        """Another name; refused where it is taken."""
        do = partial(self._gallery.rename_album, album.id, name)
        back = partial(self._gallery.rename_album, album.id, album.name)
        words = tr("“{old}” is called “{name}” now.", old=album.name, name=name)
        self._history.perform(MarkStep(tr("Rename"), words, (), do=do, before=lambda: back))

    def change_search(self, album: Album, query: str) -> None:
        """Another search under the name of a saved one."""
        albums = self._gallery.album_list
        do = partial(albums.set_query, album.id, query)
        back = partial(albums.set_query, album.id, album.query)
        words = tr("“{name}” is this search now.", name=album.name)
        self._history.perform(MarkStep(tr("Saved search"), words, (), do=do, before=lambda: back))

    def delete(self, album: Album) -> None:
        """The album alone."""
        albums = self._gallery.album_list

        def before() -> Work:
            return partial(albums.put_back, album, albums.pictures(album.id))

        words = tr("The album “{name}” was deleted; its pictures stay.", name=album.name)
        if album.is_smart:
            words = tr("The saved search “{name}” was deleted.", name=album.name)
        do = partial(self._gallery.remove_album, album.id)
        step = MarkStep(tr("Delete the album"), words, (), do=do, before=before, many=True)
        self._history.perform(step)

    def put(self, album: Album, ids: Sequence[int]) -> None:
        """Pictures into an album by hand; those that are in it stay."""
        self._move(album, tuple(ids), into=True)

    def take(self, album: Album, ids: Sequence[int]) -> None:
        """Out of it; they stay in the gallery."""
        self._move(album, tuple(ids), into=False)

    def _move(self, album: Album, ids: tuple[int, ...], *, into: bool) -> None:
        if not ids:
            return
        put, take = self._gallery.put_in_album, self._gallery.take_from_album
        do: Callable[[int, Sequence[int]], None] = put if into else take

        def before() -> Work:
            inside = set(self._gallery.album_list.pictures(album.id))
            moved = [one for one in ids if (one not in inside) is into]
            return partial(take if into else put, album.id, moved)

        name = tr("Add to album") if into else tr("Take out of album")
        words = _put_words(album.name, len(ids)) if into else _take_words(album.name, len(ids))
        step = MarkStep(name, words, ids, do=partial(do, album.id, ids), before=before, many=True)
        self._history.perform(step)


def _put_words(name: str, count: int) -> str:
    if count == 1:
        return tr("The picture was put into “{name}”.", name=name)
    return tr("{n} pictures were put into “{name}”.", n=f"{count:,}", name=name)


def _take_words(name: str, count: int) -> str:
    if count == 1:
        return tr("The picture was taken out of “{name}”.", name=name)
    return tr("{n} pictures were taken out of “{name}”.", n=f"{count:,}", name=name)
