"""The recipe of a picture file, in whatever format of the FORMATS table it was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, cast, get_type_hints

from core.metadata import a1111, native
from core.metadata.parsing.allowed_values import allowed_values
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers import (
    diffusionbee,
    drawthings,
    easydiffusion,
    elsewhere,
    fooocus,
    huggingface,
    invokeai,
    novelai,
    sdcpp,
    swarmui,
    tensorart,
)
from core.metadata.readers.comfyui import reading as comfyui
from core.metadata.reading import open_image, texts_of_image
from core.metadata.stealth import stealth_texts
from core.metadata.texts import MAX_TEXT, plain
from core.prompt.loras import parse_lora, split_loras
from core.system.json import Malformed, from_plain
from core.system.paths import is_path, last_part
from core.system.regular_files import display_name, read_limited
from core.values.declared.parameter import declared_fields
from core.values.lora import Lora
from core.values.request import Request

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Format:
    """One row: `parse(texts)` reads a picture's texts, or says None where
    they are not of this format."""

    id: str
    parse: Callable[[dict[str, str]], ParsedRecipe | None]


# those that carry another one's recipe too come before it
FORMATS: tuple[Format, ...] = (
    Format("calotype", native.parse),
    Format("invokeai", invokeai.parse),
    Format("swarmui", swarmui.parse),
    Format("tensorart", tensorart.parse),
    Format("fooocus", fooocus.parse),
    Format("novelai", novelai.parse),
    Format("drawthings", drawthings.parse),
    Format("easydiffusion", easydiffusion.parse),
    Format("sdcpp", sdcpp.parse),
    Format("diffusionbee", diffusionbee.parse),
    Format("huggingface", huggingface.parse),
    Format("comfyui", comfyui.parse),
    Format("a1111", a1111.parse),
    Format("elsewhere", elsewhere.parse),
)

# parameters that are no single number or text, so that their plain form is another
_OF_PARTS = frozenset(
    field.path[0]
    for field in declared_fields(Request)
    if field.path[1:] or field.kind not in (int, float, str)
)


def read_file(path: Path) -> ParsedRecipe:
    """The recipe in a picture file; format "none" where there is none.

    Raises WorldError where it is no readable picture. Where a picture carries none, its alpha is
    looked at, and the text or JSON that programs can save beside it is read.
    """
    with open_image(path) as image:
        return read_opened(image, path)


def read_opened(image: Image.Image, path: Path) -> ParsedRecipe:
    """The same for a picture of `open_image`, of which it may decode the pixels."""
    found = read_texts(texts_of_image(image))
    if found is None or found.format == "elsewhere":
        found = read_texts(stealth_texts(image, display_name(path))) or found
    if found is None or found.format == "elsewhere":
        found = _beside(path) or found
    return found or ParsedRecipe("none")


def read_texts(texts: dict[str, str]) -> ParsedRecipe | None:
    """The recipe in texts by their names, as `texts_of_image` has them, or in one that was pasted,
    under "parameters"; None where there is none."""
    for row in FORMATS:
        parsed = row.parse(texts)
        if parsed is None:
            continue
        if parsed.format == "calotype" and parsed.recipe is None:  # damaged
            other = a1111.parse(texts)
            if other is not None:  # which says what ours says no more
                return replace(
                    parsed,
                    request={**other.request, **parsed.request},
                    fields={**other.fields, **parsed.fields},
                    models=parsed.models or other.models,
                )
        return parsed
    return None


def _beside(path: Path) -> ParsedRecipe | None:
    """The recipe in a file that a program has laid beside a picture."""
    for ending in (".txt", ".json"):
        try:
            text = plain(read_limited(path.with_suffix(ending), MAX_TEXT))
        except (OSError, ValueError):
            continue
        if (found := read_texts({"parameters": text})) is not None:
            return found
    return None


def fields_of(parsed: ParsedRecipe) -> dict[str, object]:
    """The fields of a Request that a picture names, as values that pass Request.check,
    each alone and all together.

    Without the model, which only its own program knows.
    """
    names = [f.name for f in fields(Request) if f.name != "model"]
    if parsed.recipe is not None:
        request = parsed.recipe.request
        if request.upscale.bare:
            names = ["upscale"]
        return _names_only(allowed_values({name: getattr(request, name) for name in names}).values)
    read = parsed.fields or parsed.request
    values = {name: value for name, value in read.items() if name in names and value is not None}
    for name in () if parsed.fields else _OF_PARTS & values.keys():
        values |= _typed(name, values.pop(name))
    if "loras" in values and split_loras(str(values.get("prompt", "")))[1]:
        del values["loras"]  # the prompt's own tags ask for them
    return _names_only(allowed_values(values).values)


def _typed(name: str, plain_value: object) -> dict[str, object]:
    """A field that has parts, out of what the command line shows of it;
    {} where that makes no sense."""
    try:
        if name == "loras":
            return {
                name: tuple(parse_lora(str(text)) for text in cast("list[object]", plain_value))
            }
        return {name: from_plain(get_type_hints(Request)[name], plain_value, name)}
    except (Malformed, TypeError):
        return {}


def _names_only(values: dict[str, object]) -> dict[str, object]:
    """Whoever made the picture says which files were used; where those lie (a network share, say)
    is not for a picture to say."""
    for name in ("vae", "refiner"):
        if isinstance(text := values.get(name), str):
            values[name] = last_part(text)
    if isinstance(loras := values.get("loras"), tuple):
        values["loras"] = tuple(
            replace(lora, id=PurePath(last_part(lora.id)).stem) if is_path(lora.id) else lora
            for lora in cast("tuple[Lora, ...]", loras)
        )
    return values
