"""A lesson's file: a zip of `lesson.json` and the PNGs that it names. It opens without a model."""

from __future__ import annotations

import io
import itertools
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from core.metadata.archives import MAX_ENTRIES, Archive, ArchiveKind, archive_at
from core.metadata.limits import check_container
from core.metadata.reading import decode_pixels
from core.service.lessons.plain import LaterVersion, all_pictures, lesson_in, text_of
from core.service.lessons.tour import TOUR
from core.system.atomic_files import partial_beside, remove_partials, sync_file, sync_folder
from core.system.errors import WorldError, disk_refusals
from core.values.insight.lesson import Lesson
from core.values.picture import Pixels

ENDING = ".lesson"
TEXT = "lesson.json"
MAX_BYTES = 2**28  # of a file
MAX_TEXT = 2**21
MAX_PICTURE = 2**24  # bytes of a picture in it
LONGEST_SIDE = 2048  # pixels
MAX_PIXELS = 2**25  # of all pictures together
_ANEW = "Ask whoever made it for the file once more."
_KIND = ArchiveKind("lesson of Calotype", MAX_BYTES, "Ask for one with fewer pictures.", _ANEW)


@dataclass(frozen=True, slots=True, eq=False)
class OpenLesson:
    """A lesson with its pictures by their names; `path` is its file, None for the built-in one."""

    lesson: Lesson
    pictures: Mapping[str, Pixels] = field(default_factory=dict[str, Pixels])
    path: Path | None = None


def read_lesson(path: Path) -> OpenLesson:
    """The lesson in a file. Not for the GUI thread. Raises WorldError, one sentence, where it is
    foreign, damaged, of a later version, or goes beyond a limit."""
    with archive_at(path, _KIND) as (archive, name):
        lesson = _lesson_of(archive, name)
        pictures: dict[str, Pixels] = {}
        pixels = 0
        for part in all_pictures(lesson):
            pictures[part] = _picture_of(archive, part, name, MAX_PIXELS - pixels)
            pixels += pictures[part].width * pictures[part].height
    return OpenLesson(lesson, pictures, path)


def _lesson_of(archive: Archive, name: str) -> Lesson:
    data = archive.bytes_of(TEXT, MAX_TEXT)
    try:
        lesson = lesson_in(data)
        if lesson.id == TOUR:  # by its id it is known how far one came, and what one makes of it
            raise ValueError("it goes by the name of the guided tour")
        return lesson
    except LaterVersion as fault:
        raise WorldError(
            f"{name} was made by a later version of Calotype.", "Bring this one up to date."
        ) from fault
    except ValueError as fault:
        reason = " ".join(str(fault).split())[:200].rstrip(".")
        raise WorldError(f"{name} is no lesson that can be shown: {reason}.", _ANEW) from fault


def _picture_of(archive: Archive, part: str, name: str, pixels_left: int) -> Pixels:
    """Raises WorldError for what is no PNG, too long in one direction, or of more pixels than are
    `left`."""
    called = f"{name}: {part}"
    file = io.BytesIO(archive.bytes_of(part, MAX_PICTURE))
    check_container(file, called)
    with Image.open(file, formats=("PNG",)) as image:
        if max(image.size) > LONGEST_SIDE or image.width * image.height > pixels_left:
            raise WorldError(
                f"The pictures of {name} have too many pixels.", "Ask for one with smaller ones."
            )
        return decode_pixels(image, called)


def write_lesson(path: Path, lesson: Lesson, pictures: Mapping[str, Pixels]) -> Path:
    """Put the lesson with the pictures that it names in the place of the file at `path`; a name
    without the ending of lessons gets that, and a number where it is taken. Its path.

    Raises WorldError where the disk refuses, or it is more than can be opened again."""
    path = path if path.suffix.lower() == ENDING else _free(path)
    wanted = all_pictures(lesson)
    text = text_of(lesson)
    _check_limits(text, [pictures[part] for part in wanted])
    partial = partial_beside(path)
    with disk_refusals(
        f"{path.name} cannot be written", "Free some space or choose another folder."
    ):
        remove_partials(path.parent)  # of processes that were killed
        try:
            with zipfile.ZipFile(partial, "x", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(TEXT, text)
                for part in wanted:
                    archive.writestr(part, _png_of(pictures[part]), zipfile.ZIP_STORED)
            sync_file(partial)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(path.parent)
    return path


def _check_limits(text: bytes, pictures: Sequence[Pixels]) -> None:
    """What `read_lesson` refuses is not written."""
    too_much = ""
    if len(text) > MAX_TEXT:
        too_much = "The texts of this lesson are too long together."
    elif len(pictures) >= MAX_ENTRIES:  # with the text
        too_much = f"This lesson has more than {MAX_ENTRIES - 1} pictures, steps among them."
    elif any(max(one.width, one.height) > LONGEST_SIDE for one in pictures):
        too_much = f"A picture of this lesson has more than {LONGEST_SIDE} pixels along a side."
    elif sum(one.width * one.height for one in pictures) > MAX_PIXELS:
        too_much = "The pictures of this lesson have too many pixels together."
    if too_much:
        raise WorldError(too_much, "Take some stops out.")


def _free(path: Path) -> Path:
    """The first of "name.lesson", "name 2.lesson" and so on that is not there."""
    numbered = (path.with_name(f"{path.name} {number}{ENDING}") for number in itertools.count(2))
    names = itertools.chain([path.with_name(path.name + ENDING)], numbered)
    return next(name for name in names if not os.path.lexists(name))


def _png_of(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb).save(out, "PNG")
    return out.getvalue()
