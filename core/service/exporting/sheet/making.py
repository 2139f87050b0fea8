"""A contact sheet is made: page after page, each whole before it has its name."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.metadata.writing import generated_mark
from core.service.exporting.export import (
    Exported,
    ExportEnd,
    Told,
    listeners_own_faults,
    refused,
    tell,
)
from core.service.exporting.sheet.choices import DOTS, SheetChoices, SheetKind
from core.service.exporting.sheet.page import SheetPages
from core.service.exporting.sheet.pdf import PdfFile
from core.service.exporting.subjects import Subject, subject_of_file
from core.service.exporting.template import Template
from core.store.files import made_folder, name_free, written
from core.system.atomic_files import partial_beside, remove_partials, sync_file, sync_folder
from core.system.errors import KnownError
from core.values.picture import SourceType

_QUALITY = 90
_POINT = 72 / DOTS  # points a pixel


def make_sheet(
    subjects: Iterable[Subject | Path],
    count: int,
    choices: SheetChoices,
    target: Path,
    kind: SheetKind,
    *,
    told: Told = lambda _: None,
    moved: Callable[[], object] = lambda: None,
    wanted: Callable[[], bool] = lambda: True,
) -> ExportEnd:
    """Draw `count` pictures small on pages: all in one PDF, or a picture file each, with its number
    where there are several; `target` is the file's path. `moved` is called after each picture,
    `told` once its page has its name. As `export_pictures` otherwise: a picture that cannot be read
    is an empty place, and of a PDF that cannot be finished nothing stays.
    """
    caption = choices.check()
    sheet = _Sheet(SheetPages(choices, count), caption, told, moved, wanted)
    with listeners_own_faults():
        try:
            if kind is SheetKind.PDF:
                return sheet.in_one(subjects, choices.title, target)
            return sheet.one_by_one(subjects, target, kind)
        except OSError as fault:
            end = sheet.end(target)
            kept = 0 if kind is SheetKind.PDF else sheet.written
            return replace(end, written=kept, fault=refused(target, fault, kept))


class _Sheet:
    def __init__(
        self,
        pages: SheetPages,
        caption: Template | None,
        told: Told,
        moved: Callable[[], object],
        wanted: Callable[[], bool],
    ) -> None:
        self._pages = pages
        self._caption = caption
        self._told = told
        self._moved = moved
        self._wanted = wanted
        self._failed: list[Exported] = []
        self._drawn: list[Exported] = []
        self._stopped = False
        self._last: Path | None = None
        self.written = 0  # pictures on pages that have their names

    def end(self, target: Path) -> ExportEnd:
        return ExportEnd(
            target,
            self.written,
            tuple(self._failed),
            stopped=self._stopped,
            last=self._last,
        )

    def in_one(self, subjects: Iterable[Subject | Path], title: str, target: Path) -> ExportEnd:
        """All pages in one PDF. Raises OSError where the disk refuses."""
        made_folder(target.parent)
        remove_partials(target.parent)
        partial = partial_beside(target)
        try:
            with open(partial, "xb") as file:
                self._write_pages(subjects, title, file)
            if self._stopped or not self._drawn:
                return self.end(target)
            sync_file(partial)
            self._last = name_free(partial, target.parent, target.stem, ".pdf")
            sync_folder(target.parent)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        self._named(self._last)
        return self.end(self._last)

    def _write_pages(self, subjects: Iterable[Subject | Path], title: str, file: BinaryIO) -> None:
        pdf = PdfFile(file, title or "Calotype", _mark())
        for page in self._drawn_pages(subjects):
            width, height = page.size
            data = _encoded(page, SheetKind.JPEG)
            pdf.add_page(data, page.size, (width * _POINT, height * _POINT))
        pdf.finish()

    def one_by_one(
        self, subjects: Iterable[Subject | Path], target: Path, kind: SheetKind
    ) -> ExportEnd:
        """A file each. Raises OSError where the disk refuses."""
        suffix = ".png" if kind is SheetKind.PNG else ".jpg"
        for number, page in enumerate(self._drawn_pages(subjects), 1):
            stem = f"{target.stem} {number}" if self._pages.count > 1 else target.stem
            self._last = written(target.parent, stem, _encoded(page, kind), suffix)
            self._named(self._last)
        return self.end(self._last or target)

    def _named(self, path: Path) -> None:
        """The pictures that were drawn since are in this file."""
        for one in self._drawn:
            self.written += 1
            tell(self._told, replace(one, path=path))
        self._drawn = []

    def _drawn_pages(self, subjects: Iterable[Subject | Path]) -> Iterator[Image.Image]:
        waiting = iter(subjects)
        number = 0
        while part := list(islice(waiting, self._pages.layout.per_page)):
            page = self._pages.begin(number // self._pages.layout.per_page + 1)
            for at, subject in enumerate(part):
                if not self._wanted():
                    self._stopped = True
                    return
                number += 1
                self._put(page, at, subject, number)
            yield page

    def _put(self, page: Image.Image, at: int, subject: Subject | Path, number: int) -> None:
        source = subject if isinstance(subject, Path) else subject.path
        picture_id = 0 if isinstance(subject, Path) else subject.picture_id
        picture = None
        caption = source.stem
        one = Exported(source, picture_id, None)
        try:
            whole = subject_of_file(subject) if isinstance(subject, Path) else subject
            if self._caption is not None:
                caption = self._caption.text_of(whole, number)
            picture = self._pages.picture(source)
        except KnownError as fault:
            one = replace(one, reason=str(fault))
            self._failed.append(one)
            tell(self._told, one)
        else:
            self._drawn.append(one)
        self._pages.put(page, at, picture, caption)
        self._moved()


def _mark() -> bytes:
    return generated_mark(SourceType.COMPOSITE)


def _encoded(page: Image.Image, kind: SheetKind) -> bytes:
    out = io.BytesIO()
    if kind is SheetKind.PNG:
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", _mark().decode())
        page.save(out, "PNG", compress_level=4, dpi=(DOTS, DOTS), pnginfo=info)
    else:
        page.save(out, "JPEG", quality=_QUALITY, dpi=(DOTS, DOTS), xmp=_mark())
    return out.getvalue()
