"""What pictures say about their making: the FORMATS table, and writing our own recipe into a PNG."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.codec import Malformed, from_plain
from core.metadata import a1111, native
from core.metadata.reading import Understood, open_image, texts_of
from core.picture import Pixels, Recipe
from core.prompt import take_loras
from core.request import Lora, Noise, Request


@dataclass(frozen=True, slots=True)
class Format:
    """One row: `understand(texts)` reads a picture's texts, or says None where they are not of this format."""

    id: str
    understand: Callable[[dict[str, str]], Understood | None]


FORMATS: tuple[Format, ...] = (
    Format("calotype", native.understand),
    Format("a1111", a1111.understand),
)

_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    "</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def encode_png(pixels: Pixels, recipe: Recipe | None) -> bytes:
    """PNG bytes with the recipe in our own chunk and as `parameters`, and the mark of generated media in XMP.

    Without a recipe the file carries the pixels alone. Lone surrogates, which UTF-8 cannot hold, become "?".
    """
    info = None
    if recipe is not None:
        info = PngInfo()
        info.add_itxt(native.KEY, native.write(recipe))
        info.add_itxt("parameters", a1111.write(recipe).replace("\0", " ").encode("utf-8", "replace").decode())
        info.add_itxt("XML:com.adobe.xmp", _XMP)
    out = io.BytesIO()
    image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    image.save(out, "PNG", compress_level=4, **({"pnginfo": info} if info else {}))
    return out.getvalue()


def read_file(path: Path) -> Understood:
    """The recipe in a picture file; format "none" where there is none. WorldError where it is no readable picture."""
    with open_image(path) as image:
        texts = texts_of(image)
    for row in FORMATS:
        found = row.understand(texts)
        if found is not None:
            return found
    return Understood("none")


def fields_of(found: Understood) -> dict[str, object]:
    """The fields of a Request that a picture names, as values; without the model, which only its own program knows."""
    if found.recipe is not None:
        request = found.recipe.request
        return {f.name: getattr(request, f.name) for f in fields(Request) if f.name != "model"}
    names = {f.name for f in fields(Request)} - {"model"}
    values = {name: value for name, value in found.request.items() if name in names and value is not None}
    try:
        if "noise" in values:
            values["noise"] = from_plain(Noise, values["noise"], "noise")
    except Malformed:
        del values["noise"]
    if "loras" in values and take_loras(str(values.get("prompt", "")))[1]:
        del values["loras"]  # the prompt's own tags ask for them
    if "loras" in values:
        values["loras"] = tuple(_lora(str(text)) for text in cast("list[object]", values["loras"]))
    return values


def _lora(text: str) -> Lora:
    name, _, weight = text.rpartition(":")
    try:
        return Lora(name, float(weight))
    except ValueError:
        return Lora(text)
