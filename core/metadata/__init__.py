"""What pictures say about their making: the FORMATS table, and writing our own recipe into picture files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePath
from typing import cast

from core.codec import Malformed, from_plain
from core.metadata import a1111, native
from core.metadata.reading import Understood, open_image, texts_of
from core.metadata.writing import encode, encode_png, kind_of
from core.paths import is_path, name_of
from core.prompt import take_loras
from core.request import Lora, Noise, Request

__all__ = ["FORMATS", "Format", "encode", "encode_png", "fields_of", "kind_of", "read_file"]


@dataclass(frozen=True, slots=True)
class Format:
    """One row: `understand(texts)` reads a picture's texts, or says None where they are not of this format."""

    id: str
    understand: Callable[[dict[str, str]], Understood | None]


FORMATS: tuple[Format, ...] = (
    Format("calotype", native.understand),
    Format("a1111", a1111.understand),
)

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
        return _names_only({f.name: getattr(request, f.name) for f in fields(Request) if f.name != "model"})
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
    return _names_only(values)


def _names_only(values: dict[str, object]) -> dict[str, object]:
    """Whoever made the picture says which files were used; where those lie (a network share, say) is not for a picture to say."""
    for name in ("vae", "refiner"):
        if isinstance(text := values.get(name), str):
            values[name] = name_of(text)
    if isinstance(loras := values.get("loras"), tuple):
        values["loras"] = tuple(replace(lora, id=PurePath(name_of(lora.id)).stem) if is_path(lora.id) else lora
                                for lora in cast("tuple[Lora, ...]", loras))
    return values


def _lora(text: str) -> Lora:
    name, _, weight = text.rpartition(":")
    try:
        return Lora(name, float(weight))
    except ValueError:
        return Lora(text)
