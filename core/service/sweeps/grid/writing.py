"""The files of a grid: PNG, WebP or PDF, split where they would be larger than the format holds or
than other programs open."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.metadata.writing import Said
from core.service.exporting.sheet.pdf import PdfFile
from core.service.sweeps.grid.drawing import Grid
from core.service.sweeps.grid.saying import document_mark, said_of_grid, title_of
from core.store.files import put
from core.system.errors import InvalidRequest, WorldError, disk_refusals
from core.system.regular_files import items_in

# pixels of a side: what a WebP can hold; of a PNG what viewers and sites open; of a PDF's page
# 200 inches, at 72 pixels each
LONGEST = {"png": 32_767, "webp": 16_383, "pdf": 14_400}
_QUALITY = 92  # of the JPEGs in a PDF, and of a WebP


def grid_kind(path: Path) -> str:
    """ "png", "webp" or "pdf" by a file's ending; "" for none of them."""
    kind = path.suffix.lower().removeprefix(".")
    return kind if kind in LONGEST else ""


def kind_of(kind: str) -> str:
    """The kind itself. Raises InvalidRequest for another one."""
    if kind not in LONGEST:
        raise InvalidRequest(
            "grid", f'A grid cannot be written as "{kind[:40]}".', "Choose png, webp or pdf."
        )
    return kind


def write_grid(grid: Grid, target: Path, kind: str = "png") -> tuple[Path, ...]:
    """The grid's files: at `target`, or in it where that is a folder, of a free name; parts behind
    the first are numbered. Raises WorldError where the disk refuses or the encoder does."""
    kind = grid_kind(target) or kind_of(kind)
    folder, stem = (target, "grid") if target.is_dir() else (target.parent, target.stem)
    with disk_refusals(f"The folder {folder} cannot be made", "Choose another place."):
        folder.mkdir(parents=True, exist_ok=True)
    return tuple(put(folder, stem, data, f".{kind}") for data in _encoded(grid, kind))


def remove_grids(target: Path) -> None:
    """The files that were written at `target` before, and their parts. Raises WorldError where one
    cannot be removed."""
    for path in items_in(target.parent):
        number = path.stem.removeprefix(target.stem).removeprefix("-")
        is_part = path.stem.startswith(target.stem) and (not number or number.isdecimal())
        if path.suffix == target.suffix and is_part:
            with disk_refusals(f"{path} cannot be replaced", "Close what uses it."):
                path.unlink(missing_ok=True)


def _encoded(grid: Grid, kind: str) -> Iterator[bytes]:
    images = grid.drawn(LONGEST[kind])
    try:
        if kind == "pdf":
            yield _pages(images, grid)
            return
        said = said_of_grid(grid)
        for image in images:
            yield _png(image, said) if kind == "png" else _webp(image, said)
    except (OSError, ValueError, MemoryError) as fault:
        raise WorldError(
            f"The grid cannot be written as {kind}: {fault}.", "Choose another format."
        ) from fault


def _png(image: Image.Image, said: Said) -> bytes:
    out = io.BytesIO()
    info = PngInfo()
    for key, text in said.texts:
        info.add_itxt(key, text)
    info.add_itxt("XML:com.adobe.xmp", said.xmp.decode())
    image.save(out, "PNG", compress_level=4, pnginfo=info)
    return out.getvalue()


def _webp(image: Image.Image, said: Said) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=4, xmp=said.xmp, exif=said.exif)
    return out.getvalue()


def _pages(images: Iterator[Image.Image], grid: Grid) -> bytes:
    """One at a time: each may have a hundred million pixels, a point of the page each."""
    out = io.BytesIO()
    pdf = PdfFile(out, title_of(grid), document_mark(grid))
    for image in images:
        page = io.BytesIO()
        image.save(page, "JPEG", quality=_QUALITY)
        pdf.add_page(page.getvalue(), image.size, image.size)
    pdf.finish()
    return out.getvalue()
