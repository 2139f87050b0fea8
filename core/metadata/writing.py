"""Picture files with their recipe: PNG, WebP (lossless), JPEG and AVIF.

PNG carries text chunks; the others EXIF: the `parameters` text as UserComment, where every program
looks for it, and our own recipe as MakerNote. The mark of generated media goes into XMP everywhere.
What was made by hand has neither that mark nor `parameters`, which programs take for it.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.metadata import a1111, native
from core.metadata.exif import MAKER_NOTE, USER_COMMENT
from core.metadata.texts import MAKER
from core.system.errors import WorldError
from core.values.picture import Pixels, Recipe, SourceType
from core.values.request_parts.start_picture import StartPicture

SUFFIXES = {"png": ".png", "webp": ".webp", "jpeg": ".jpg", "avif": ".avif"}
_KINDS = {".png": "png", ".webp": "webp", ".jpg": "jpeg", ".jpeg": "jpeg", ".avif": "avif"}
# pixels of a side that a kind of file can hold
_LARGEST = {"webp": 16_383, "jpeg": 65_500, "avif": 65_536}
_OPTIONS: dict[str, dict[str, Any]] = {
    # exact: hidden colours stay as they are, which the pixels' hash counts
    "webp": {"lossless": True, "method": 4, "exact": True},
    "jpeg": {"quality": 95, "subsampling": 0},
    "avif": {"quality": 92, "subsampling": "4:4:4"},
}
_LOSSY = {"jpeg": "JPEG", "avif": "AVIF"}
_EXIF_IFD = 0x8769
_FINE_COLOURS = 90  # quality from which JPEG keeps the colour of each pixel
_JPEG_EXIF = 65_000  # bytes: a segment of a JPEG holds 65,533, its marks among them
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/"
    "{source_type}"
    "</Iptc4xmpExt:DigitalSourceType>{more}</rdf:Description></rdf:RDF></x:xmpmeta>"
)
# of words for people (XMP 1, 8.3: the Dublin Core properties are lists of languages)
_WORDS = (
    '<dc:{name} xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></dc:{name}>'
)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def kind_of(path: Path) -> str:
    """ "png", "webp", "jpeg" or "avif" by the file's ending; "" for any other."""
    return _KINDS.get(path.suffix.lower(), "")


def keeps_pixels(kind: str) -> bool:
    """Whether a file of this kind, as it is written here, gives every pixel back bit for bit."""
    return kind not in _LOSSY


def unmasked_note(kind: str, start: StartPicture) -> str:
    """A sentence where pixels outside the mask stay as they were in the picture that is made, but
    not in a file of this kind; "" elsewhere."""
    if keeps_pixels(kind) or not start.is_made_in_part:
        return ""
    return (
        f"{_LOSSY[kind]} keeps what lies outside the mask nearly, not bit for bit: "
        "PNG and WebP do, see Settings."
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What a picture file says beside its pixels: `texts` where there are chunks for them, else
    `exif`; `xmp` everywhere."""

    texts: tuple[tuple[str, str], ...] = ()
    exif: bytes = b""
    xmp: bytes = b""


def said_of(recipe: Recipe) -> Said:
    """Our own recipe, with `parameters` and the mark of generated media where it was generated."""
    own = (native.KEY, native.write(recipe))
    if recipe.source_type is SourceType.BY_HAND:
        return Said((own,), _exif(recipe))
    return Said(
        (own, ("parameters", _parameters(recipe))),
        _exif(recipe),
        generated_mark(recipe.source_type),
    )


def encode(pixels: Pixels, recipe: Recipe | None, kind: str = "png") -> tuple[bytes, str]:
    """The file's bytes and its ending. What the kind cannot hold (transparency or a recipe of over
    64 kB in JPEG, a huge side) becomes PNG. Raises WorldError where the encoder refuses."""
    if kind == "png":
        return encode_png(pixels, recipe), ".png"
    return encode_said(pixels, Said() if recipe is None else said_of(recipe), kind)


def encode_said(
    pixels: Pixels, said: Said, kind: str, quality: int | None = None
) -> tuple[bytes, str]:
    """As `encode`, with anything that a file can say. `quality`, 1 to 100, is that of JPEG, AVIF
    and lossy WebP; without it as the gallery's files are written."""
    if kind == "png" or max(pixels.width, pixels.height) > _LARGEST[kind]:
        return _png(pixels, said), ".png"
    if kind == "jpeg" and (pixels.alpha is not None or len(said.exif) > _JPEG_EXIF):
        return _png(pixels, said), ".png"
    out = io.BytesIO()
    extra: dict[str, Any] = {"exif": said.exif} if said.exif else {}
    if said.xmp:
        extra["xmp"] = said.xmp
    try:
        _image(pixels).save(out, kind.upper(), **_options(kind, quality), **extra)
    except (OSError, ValueError, KeyError) as fault:
        raise WorldError(
            f"The picture cannot be written as {kind}: {fault}.",
            "Choose another format in Settings.",
        ) from fault
    return out.getvalue(), SUFFIXES[kind]


def _options(kind: str, quality: int | None) -> dict[str, Any]:
    if quality is None:
        return _OPTIONS[kind]
    if kind == "webp":
        return {"quality": quality, "method": 4}
    if kind == "jpeg":
        fine = quality >= _FINE_COLOURS
        return {"quality": quality, "optimize": True, "subsampling": 0 if fine else 2}
    return {**_OPTIONS[kind], "quality": quality}


def encode_png(pixels: Pixels, recipe: Recipe | None) -> bytes:
    """PNG bytes with the recipe in our own chunk and as `parameters`,
    and the mark of generated media in XMP, where it was generated.

    Without a recipe the file carries the pixels alone. Lone surrogates,
    which UTF-8 cannot hold, become "?".
    """
    return _png(pixels, Said() if recipe is None else said_of(recipe))


def _png(pixels: Pixels, said: Said) -> bytes:
    info = PngInfo()
    for key, text in said.texts:
        info.add_itxt(key, text)
    if said.xmp:
        info.add_itxt("XML:com.adobe.xmp", said.xmp.decode())
    out = io.BytesIO()
    _image(pixels).save(out, "PNG", compress_level=4, **({"pnginfo": info} if info.chunks else {}))
    return out.getvalue()


def generated_mark(
    source_type: SourceType = SourceType.GENERATED, *, title: str = "", description: str = ""
) -> bytes:
    """The mark of generated media as XMP, for files that carry no recipe of one picture; with words
    for people where there are any."""
    words = {"title": title, "description": description}
    more = "".join(
        _WORDS.format(name=name, words=html.escape(_NO_XML.sub(" ", text), quote=False))
        for name, text in words.items()
        if text
    )
    return _XMP.format(source_type=str(source_type), more=more).encode()


def _image(pixels: Pixels) -> Image.Image:
    """In RGB, or in RGBA where there is alpha."""
    size = pixels.width, pixels.height
    image = Image.frombytes("RGB", size, pixels.rgb)
    if pixels.alpha is not None:
        image.putalpha(Image.frombytes("L", size, pixels.alpha))
    return image


def _parameters(recipe: Recipe) -> str:
    return a1111.write(recipe).replace("\0", " ").encode("utf-8", "replace").decode()


def _exif(recipe: Recipe) -> bytes:
    own = {MAKER_NOTE: MAKER + native.write(recipe).encode("utf-8", "replace")}
    if recipe.source_type is SourceType.BY_HAND:
        return _exif_data(own)
    return _exif_data(own | {USER_COMMENT: _user_comment(_parameters(recipe))})


def exif_comment(text: str) -> bytes:
    """EXIF data with a text as its user comment, where programs look for a recipe."""
    return _exif_data({USER_COMMENT: _user_comment(text)})


def _user_comment(text: str) -> bytes:
    """EXIF 2.32, 4.6.5."""
    return b"UNICODE\0" + text.encode("utf-16-be", "replace")


def _exif_data(values: Mapping[int, bytes]) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(_EXIF_IFD).update(values)
    return exif.tobytes()
