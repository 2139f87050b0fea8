"""One picture as the bytes of its exported file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.metadata.reading import MAX_BYTES, decoding, opaque, open_image
from core.metadata.stealth import hidden_channels
from core.metadata.writing import SUFFIXES, encode_said
from core.service.exporting.choices import Along, ExportChoices, FileKind
from core.service.exporting.saying import said_in
from core.store.sources.to_srgb import upright_in_srgb
from core.system.errors import WorldError
from core.system.regular_files import display_name, read_limited
from core.values.picture import Pixels

_KINDS = {"PNG": "png", "JPEG": "jpeg", "MPO": "jpeg", "WEBP": "webp", "AVIF": "avif"}
_ENDINGS = {"png": (".png",), "jpeg": (".jpg", ".jpeg"), "webp": (".webp",), "avif": (".avif",)}
_ALL_BUT_CLEAR = 254  # of 255: alpha from here on is seen as 255, whatever lies in its lowest bit
_WITHOUT_LOWEST = tuple(value & 254 for value in range(256))


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file's bytes and ending; `note` is a sentence where it is not all that was asked for."""

    data: bytes
    suffix: str
    note: str = ""


def exported_file(path: Path, choices: ExportChoices) -> ExportedFile:
    """The picture of a file as it was chosen: the file as it is, where nothing of it is to change.

    Raises WorldError, one sentence, where it is missing, damaged or foreign, or cannot be written.
    """
    name = display_name(path)
    with open_image(path) as image:
        own = _KINDS[image.format or "PNG"]
        kind = own if choices.kind is FileKind.SAME else str(choices.kind)
        if _stays_as_it_is(image, choices, own, kind):
            with decoding(name):
                image.verify()  # a damaged file is no picture
            return ExportedFile(_bytes_of(path, name), _ending(path, own))
        said, note = said_in(path, image, choices.along, kind)
        with decoding(name):
            picture = _picture(image, choices, kind, name)
            pixels = _pixels(picture)
    data, suffix = encode_said(pixels, said, kind, choices.quality)
    if suffix != SUFFIXES[kind]:
        note = f"{name} does not fit into {kind.upper()}, and was written as PNG."
    return ExportedFile(data, suffix, note)


def _stays_as_it_is(image: Image.Image, choices: ExportChoices, own: str, kind: str) -> bool:
    is_larger = bool(choices.side) and max(image.size) > choices.side
    quality = choices.quality is not None and kind != "png"
    return choices.along is Along.RECIPE and kind == own and not is_larger and not quality


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        return read_limited(path, MAX_BYTES)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise WorldError(f"{name} cannot be read: {reason}.", "Check its permissions.") from fault


def _ending(path: Path, kind: str) -> str:
    ending = path.suffix.lower()
    return ending if ending in _ENDINGS[kind] else SUFFIXES[kind]


def _picture(image: Image.Image, choices: ExportChoices, kind: str, name: str) -> Image.Image:
    """Upright, in sRGB and of the size that was chosen, in RGB or RGBA."""
    hidden = () if choices.along is Along.RECIPE else hidden_channels(image, name)
    picture, _ = upright_in_srgb(image, name)
    if choices.along is not Along.RECIPE:
        picture = _without_hidden(picture, hidden)
    if choices.side and max(picture.size) > choices.side:
        picture = _reduced(picture, choices.side)
    return opaque(picture) if kind == "jpeg" else picture


def _without_hidden(picture: Image.Image, hidden: tuple[str, ...]) -> Image.Image:
    """Without what lies in the lowest bits of channels; nobody sees a difference."""
    if picture.mode == "RGBA":
        alpha = picture.getchannel("A")
        colours = picture.convert("RGB")
        if "RGB" in hidden:
            colours = colours.point(_WITHOUT_LOWEST * 3)
        if not any(alpha.histogram()[:_ALL_BUT_CLEAR]):
            return colours
        if "A" in hidden:
            alpha = alpha.point([value | 1 if value else 0 for value in range(256)])
        colours.putalpha(alpha)
        return colours
    return picture.point(_WITHOUT_LOWEST * 3) if "RGB" in hidden else picture


def _reduced(picture: Image.Image, side: int) -> Image.Image:
    width, height = (max(round(one * side / max(picture.size)), 1) for one in picture.size)
    clear = picture.mode == "RGBA"
    # colours of places that cannot be seen would bleed into those beside them
    whole = picture.convert("RGBa") if clear else picture
    small = whole.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return small.convert("RGBA") if clear else small


def _pixels(picture: Image.Image) -> Pixels:
    alpha = picture.getchannel("A").tobytes() if picture.mode == "RGBA" else None
    rgb = picture.convert("RGB") if picture.mode != "RGB" else picture
    return Pixels(picture.width, picture.height, rgb.tobytes(), alpha)
