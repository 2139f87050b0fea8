"""An OpenRaster file of any program as a document, within limits: nothing of it is unpacked to the
disk, and nothing is unpacked before its size is known.

Groups of layers are taken apart, and ways of mixing but the usual one are not kept; both are said.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from PIL import Image

from core.metadata.archives import Archive, ArchiveKind, archive_at
from core.metadata.limits import check_container, check_size
from core.service.editing.openraster_stack import ListedLayer, parse_stack
from core.service.editing.openraster_writing import MAX_PIXELS, MIMETYPE, OWN
from core.service.editing.rasters import Rows, in_tiles, rows_of
from core.store.sources.opened_picture import OpenedPicture
from core.store.sources.to_srgb import upright_in_srgb
from core.system.errors import WorldError
from core.system.json import Malformed, from_plain
from core.system.json_files import as_table, list_or_empty, parse_json, table_or_empty
from core.system.regular_files import open_regular
from core.values.editing.document import (
    LONGEST_NAME,
    MAX_MASKS,
    Box,
    Document,
    Layer,
    LayerKind,
    Mask,
)
from core.values.editing.document_limits import check_document

MAX_BYTES = 2**31  # of a file
_HEAD = 86  # bytes at the start, in which its kind is said
MAX_TEXT = 2**22  # bytes of stack.xml, unpacked
MAX_PICTURE = 2**29  # bytes of a PNG in it
_ANEW = "Save it anew in the program that it comes from."
_KIND = ArchiveKind("OpenRaster file", MAX_BYTES, "Merge some layers.", _ANEW)


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """`notes` are sentences about what was not kept."""

    document: Document
    tiles: dict[str, bytes]
    notes: tuple[str, ...] = ()


def is_openraster(path: Path) -> bool:
    """Whether a file is called so, or says so."""
    if path.suffix.lower() == ".ora":
        return True
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return False
    return head.startswith(b"PK\3\4") and b"mimetype" + MIMETYPE in head


def read_openraster(path: Path) -> ReadDocument:
    """The document in a file. Raises WorldError, one sentence, where it is foreign, damaged, or
    goes beyond a limit."""
    with archive_at(path, _KIND) as (archive, name):
        return _Reading(archive, name).document()


class _Reading:
    """One file, from its list of layers to the document."""

    def __init__(self, archive: Archive, name: str) -> None:
        self._archive = archive
        self._name = name
        self._tiles: dict[str, bytes] = {}
        self._pixels = 0
        self._notes: list[str] = []

    def document(self) -> ReadDocument:
        if self._archive.bytes_of("mimetype", 64).strip() != MIMETYPE:
            raise WorldError(f"{self._name} is no OpenRaster file.", "Choose an .ora file.")
        stack = parse_stack(self._archive.bytes_of("stack.xml", MAX_TEXT), self._name)
        layers = [self._layer(number, listed) for number, listed in enumerate(stack.layers, 1)]
        self._notes += stack.notes
        selected = next((k for k, listed in enumerate(stack.layers, 1) if listed.selected), None)
        document = Document(
            stack.width,
            stack.height,
            tuple(layers),
            active_layer=selected or len(layers),
            next_id=len(layers) + 1,
        )
        document = self._with_own(document)
        try:
            check_document(document)
        except Malformed as fault:
            raise WorldError(f"{self._name} cannot be read: {fault}.", _ANEW) from fault
        return ReadDocument(document, self._tiles, tuple(dict.fromkeys(self._notes)))

    def _layer(self, number: int, listed: ListedLayer) -> Layer:
        raster, tiles = in_tiles(self._rows_of(listed.src))
        self._tiles |= tiles
        name = listed.name if listed.name.strip() else f"Layer {number}"
        return Layer(
            number,
            name[:LONGEST_NAME],
            LayerKind.PICTURE,
            raster,
            listed.x,
            listed.y,
            listed.visible,
            listed.opacity,
            listed.locked,
        )

    def _with_own(self, document: Document) -> Document:
        """With what only our own program writes; where that makes no sense the layers alone."""
        if OWN not in self._archive:
            return document
        try:
            own = as_table(parse_json(self._archive.bytes_of(OWN, MAX_TEXT)))
            frame = from_plain(Box | None, own.get("frame"))
            whole = self._with_masks(document, own)
            whole = replace(whole, frame=frame, frame_locked=own.get("frame_locked") is True)
            whole = _with_kinds(whole, own)
            check_document(whole)
        except (WorldError, ValueError, KeyError, IndexError):
            self._notes.append(f"The masks of {self._name} are damaged: its layers are opened.")
            return document
        return whole

    def _with_masks(self, document: Document, own: Mapping[str, object]) -> Document:
        masks: list[Mask] = []
        for listed in list_or_empty(own.get("masks"))[:MAX_MASKS]:
            table = table_or_empty(listed)
            rows = self._grey_of(str(table["src"]), (document.width, document.height))
            raster, tiles = in_tiles(rows)
            self._tiles |= tiles
            name = str(table.get("name", ""))[:LONGEST_NAME]
            masks.append(Mask(document.next_id + len(masks), name, raster))
        active = own.get("active_mask")
        return replace(
            document,
            masks=tuple(masks),
            active_mask=masks[active].id if isinstance(active, int) and active >= 0 else 0,
            next_id=document.next_id + len(masks),
        )

    def _grey_of(self, src: str, size: tuple[int, int]) -> Rows:
        with self._image(src) as image:
            if image.size != size or image.mode != "L":
                raise Malformed("a mask is of another size than its document")
            return rows_of(OpenedPicture(*size, "L", image.tobytes()))

    def _rows_of(self, src: str) -> Rows:
        with self._image(src) as image:
            upright, notes = upright_in_srgb(image, f"{self._name}: {src[:80]}")
            self._notes += notes
            rows = OpenedPicture(upright.width, upright.height, upright.mode, upright.tobytes())
        return rows_of(rows)

    @contextlib.contextmanager
    def _image(self, src: str) -> Generator[Image.Image]:
        """A PNG of the file, its pixels not yet decoded; all together up to a limit."""
        name = f"{self._name}: {src[:80]}"
        file = io.BytesIO(self._archive.bytes_of(src, MAX_PICTURE))
        check_container(file, name)
        with Image.open(file, formats=("PNG",)) as image:
            check_size(image.width, image.height, name)
            self._pixels += image.width * image.height
            if self._pixels > MAX_PIXELS:
                raise WorldError(
                    f"{self._name} has layers of more than {MAX_PIXELS // 10**6} million pixels.",
                    "Merge some layers there.",
                )
            yield image


def _with_kinds(document: Document, own: Mapping[str, object]) -> Document:
    kinds = list_or_empty(own.get("kinds"))
    if len(kinds) != len(document.layers):
        return document
    generated = list_or_empty(own.get("generated"))
    generated += [False] * (len(kinds) - len(generated))  # files of before did not say it
    layers = tuple(
        replace(layer, kind=LayerKind(cast("str", kind)), generated=made is True)
        for layer, kind, made in zip(document.layers, kinds, generated, strict=True)
    )
    return replace(document, layers=layers)
