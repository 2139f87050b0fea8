"""What stands in the file of a kept picture or mask: a PNG of nothing but its pixels."""

from __future__ import annotations

import io
import logging
from pathlib import Path

from PIL import Image

from core.metadata.limits import check_size
from core.metadata.reading import decoding
from core.store.sources.opened_picture import CHANNELS, OpenedPicture
from core.system.errors import WorldError
from core.system.regular_files import open_regular

_FAST = 1  # level of zlib: somebody waits while a picture is taken in
_log = logging.getLogger(__name__)


def encoded(picture: OpenedPicture) -> bytes:
    """The file's bytes. Raises WorldError where the encoder refuses."""
    with decoding("The start picture"):
        out = io.BytesIO()
        _image_of(picture).save(out, "PNG", compress_level=_FAST)
        return out.getvalue()


def address_in(path: Path) -> str:
    """The address that the pixels of a file have; "" where there is no file or it is damaged."""
    if not path.is_file():
        return ""
    try:
        with (
            decoding(path.name),
            open_regular(path) as file,
            Image.open(file, formats=("PNG",)) as image,
        ):
            check_size(image.width, image.height, path.name)
            if image.mode not in CHANNELS:
                return ""
            picture = OpenedPicture(
                width=image.width, height=image.height, mode=image.mode, data=image.tobytes()
            )
    except WorldError as fault:
        _log.warning("a kept start picture cannot be read: %s", fault)
        return ""
    return picture.address


def _image_of(picture: OpenedPicture) -> Image.Image:
    """Without a copy of its pixels."""
    size = (picture.width, picture.height)
    return Image.frombuffer(picture.mode, size, picture.data, "raw", picture.mode, 0, 1)
