"""The picture of a model: what lies beside or inside its file, what a person chose,
or what was made with it.

Files that came with a model are a stranger's: they are opened like any picture (core.metadata:
regular files only, containers walked, formats named, one boundary to the decoders), and only small
ones are worth the decoding.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from core.metadata.limits import check_container
from core.metadata.reading import FORMATS_READ, decoding, open_image
from core.models.files.header import read_header
from core.models.library.sidecar import read_sidecar
from core.service.stores import Stores
from core.store.thumbnails import Thumbnails, thumbnail_of
from core.system.errors import KnownError, WorldError
from core.system.regular_files import display_name
from core.values.picture import Picture

LARGEST_FILE = 24 * 2**20  # bytes of a picture beside a model
LARGEST_TEXT = 6 * 2**20  # characters of one written in its header
MOST_PIXELS = 2**24
CANDIDATES = 64  # pictures of a name that are looked at for one made with just this model
_NOTE = "modelspec.thumbnail"  # a data URL (Stability's ModelSpec 1.0.0)
_INSIDE = ("preview", "thumbnail", "cover")
_ENDINGS = (".webp", ".png", ".jpg", ".jpeg")


def own_preview(path: Path) -> bytes:
    """JPEG of at most 256 pixels a side from what came with a model's file or folder;
    b"" where there is nothing good."""
    for source in _beside(path):
        if image := _from_file(source):
            return image
    if os.path.isfile(path) and path.suffix.lower() == ".safetensors":
        return _from_header(path)
    return b""


def chosen_picture(stores: Stores, name: str) -> bytes:
    """The same for the file a person chose: below the pictures folder, or at a full path."""
    return _from_file(stores.places.pictures / name) if name else b""


def best_picture(
    stores: Stores, thumbnails: Thumbnails, model_id: str, path: str, name: str
) -> bytes:
    """The same for the latest favourite made with a model, else the latest picture;
    b"" where none was made with it. Raises WorldError where the database cannot be read."""
    made = [
        picture
        for picture in stores.gallery.made_with(name, CANDIDATES)
        if picture.request.model in (model_id, path)
    ]
    return thumbnails.get(best_picture_of(made)) if made else b""


def best_picture_of(made: list[Picture]) -> Picture:
    """A favourite before others, the latest before earlier ones."""
    return max(made, key=lambda picture: (picture.favourite, picture.id))


def preview(
    stores: Stores, thumbnails: Thumbnails, model_id: str, path: str, name: str, chosen: str
) -> bytes:
    """What a model is shown by: a person's choice, else its own picture,
    else what was made with it; JPEG bytes, or b"".

    Reads the disk: not for the GUI thread. Raises WorldError where the database cannot be read.
    """
    return (
        chosen_picture(stores, chosen)
        or own_preview(Path(path))
        or best_picture(stores, thumbnails, model_id, path, name)
    )


def _beside(path: Path) -> Iterator[Path]:
    if beside := read_sidecar(path).preview:
        yield Path(beside)
    if os.path.isdir(path):
        for stem in _INSIDE:
            for ending in _ENDINGS:
                yield path / f"{stem}{ending}"


def _from_file(path: Path) -> bytes:
    with contextlib.suppress(KnownError, OSError, ValueError):
        if os.stat(path).st_size <= LARGEST_FILE:
            with open_image(path) as image:
                return _small(image, display_name(path))
    return b""


def _from_header(path: Path) -> bytes:
    with contextlib.suppress(KnownError, OSError, ValueError):
        head, _, body = read_header(path).metadata.get(_NOTE, "").partition(",")
        is_picture = head.startswith("data:image/") and head.endswith(";base64")
        if is_picture and len(body) <= LARGEST_TEXT:
            return _from_bytes(base64.b64decode(body, validate=True), display_name(path))
    return b""


def _from_bytes(data: bytes, name: str) -> bytes:
    with decoding(name):
        check_container(io.BytesIO(data), name)
        image = Image.open(io.BytesIO(data), formats=FORMATS_READ)
    with image:
        return _small(image, name)


def _small(image: Image.Image, name: str) -> bytes:
    if image.width * image.height > MOST_PIXELS:
        raise WorldError(
            f"{name} is too large for a model's picture.", "Use one of at most 16 million pixels."
        )
    return thumbnail_of(image, name)
