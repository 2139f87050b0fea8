"""Which pictures are exported: of the gallery by number or search, and files from anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.service.exporting.subjects import Subject, subject_of
from core.store.files import ENDINGS, pictures_of_folder
from core.store.finding.language import parse
from core.store.gallery import Gallery
from core.system.errors import InvalidRequest, WorldError

AT_ONCE = 500  # records that are read at a time
LONGEST_NUMBER = 18  # digits


@dataclass(frozen=True, slots=True)
class Selection:
    """Pictures of the gallery by number, and files; in this order, each once."""

    items: tuple[int | Path, ...]

    def __len__(self) -> int:
        return len(self.items)


def selection_of(gallery: Gallery, words: Sequence[str]) -> Selection:
    """What words on a command line name: a number is a picture of the gallery, a path a file or all
    pictures of a folder, and all others together are what the gallery is searched for. Nothing
    means all pictures outside the trash.

    Raises InvalidRequest for a number that no picture has and WorldError for a file that is not
    there.
    """
    items: dict[int | Path, None] = {}
    search: list[str] = []
    for word in words:
        if word.isascii() and word.isdigit() and len(word) <= LONGEST_NUMBER:
            if gallery.get(int(word)) is None:
                raise InvalidRequest(
                    "what", f"No picture has the number {word}.", 'Search for it as "seed:..."?'
                )
            items[int(word)] = None
        elif os.path.isdir(word):
            items |= dict.fromkeys(pictures_of_folder(Path(word)))
        elif os.path.exists(word):
            items[Path(word)] = None
        elif word.lower().endswith(ENDINGS):
            raise WorldError(f"There is no file {word}.", "Check the name.")
        else:
            search.append(word)
    if search or not words:
        items |= dict.fromkeys(_found(gallery, " ".join(search)))
    return Selection(tuple(items))


def _found(gallery: Gallery, text: str) -> tuple[int, ...]:
    """What answers a search. Raises InvalidRequest for the first of it that makes no sense."""
    for problem in parse(text).problems:
        raise InvalidRequest("what", problem.message, "Change it, or search for less.")
    if text:
        gallery.index.fill_all()  # else what it does not know yet would be missing
    return gallery.ids(text)


def subjects_of(gallery: Gallery, selection: Sequence[int | Path]) -> Iterator[Subject | Path]:
    """Each with what its name can be made of; records are read some at a time, and pictures that
    are gone from the gallery by then are left out."""
    for at in range(0, len(selection), AT_ONCE):
        part = selection[at : at + AT_ONCE]
        numbers = [item for item in part if isinstance(item, int)]
        known = {picture.id: picture for picture in gallery.page(numbers)}
        albums = gallery.album_list.names_of(numbers) if numbers else {}
        for item in part:
            if isinstance(item, Path):
                yield item
            elif (picture := known.get(item)) is not None:
                yield subject_of(picture, albums.get(picture.id, ""))
