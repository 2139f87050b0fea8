"""What stands in the gallery's side list, each row with what it asks the gallery for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.values.gallery.album import Album
from core.values.gallery.question import PictureQuestion
from desktop.widgets.i18n import tr


@dataclass(frozen=True, slots=True)
class SideRow:
    """`text`, `trashed` and `album` as a PictureQuestion has them; `kept` is the album that the row
    stands for, by hand or a saved search; `folder` the path of one that is watched; `empty` is said
    where nothing answers."""

    name: str
    icon: str
    text: str = ""
    trashed: bool = False
    album: int = 0
    kept: Album | None = None
    folder: str = ""
    empty: str = ""

    def question(self) -> PictureQuestion:
        """What is counted of it."""
        return PictureQuestion(text=self.text, trashed=self.trashed, album=self.album)

    def is_shown_by(self, question: PictureQuestion) -> bool:
        """Whether a question asks for just this."""
        asked = question.text.strip(), question.trashed, question.album
        return asked == (self.text, self.trashed, self.album)


def standing_rows() -> tuple[SideRow, ...]:
    """Those that are always there."""
    return (
        SideRow(tr("All pictures"), "gallery"),
        SideRow(
            tr("Favourites"),
            "heart",
            text="is:favourite",
            empty=tr("No favourites yet. Press F on a picture, and it stands here."),
        ),
        SideRow(
            tr("Rejected"),
            "reject",
            text="is:rejected",
            empty=tr("Nothing is rejected. Press X on pictures that can go, to look at them here."),
        ),
        SideRow(tr("Trash"), "trash", trashed=True),
    )


@dataclass(frozen=True, slots=True)
class ShownFolder:
    """A watched folder and its `note`: that it is away, or how far it is read; "" for neither."""

    path: Path
    note: str = ""


def folder_rows(folders: Sequence[ShownFolder]) -> tuple[SideRow, ...]:
    """Folders whose pictures are shown where they lie."""
    return tuple(
        SideRow(
            folder.path.name or str(folder.path),
            "folder",
            text=f'folder:"{folder.path}"',
            folder=str(folder.path),
            empty=tr("No picture of this folder is in the gallery."),
        )
        for folder in folders
        if '"' not in str(folder.path)  # which no search can name
    )


def album_rows(albums: Sequence[Album]) -> tuple[tuple[SideRow, ...], tuple[SideRow, ...]]:
    """Those put together by hand, and saved searches."""
    by_hand = tuple(
        SideRow(
            album.name,
            "album",
            album=album.id,
            kept=album,
            empty=tr("This album is empty. Drag pictures onto its name, or press A on them."),
        )
        for album in albums
        if not album.is_smart
    )
    saved = tuple(
        SideRow(
            album.name,
            "saved-search",
            text=album.query,
            kept=album,
            empty=tr("No picture answers this saved search now."),
        )
        for album in albums
        if album.is_smart
    )
    return by_hand, saved
