"""Calotype's own metadata: the recipe as JSON in a PNG text chunk "calotype"; lossless."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import cast, get_type_hints

from core.metadata.infotext.absent import absence_notes
from core.metadata.parsing.allowed_values import allowed_values
from core.metadata.parsing.named_models import named_in_text
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.prompt.loras import lora_argument
from core.system.json import Malformed, dumps, from_plain, loads, to_plain
from core.system.json_files import as_table, parse_json
from core.values.declared.parameter import parameters
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.upscale import Upscale

KEY = "calotype"
_BEGINNING = '{"request":'  # of the text that `write` gives
_DECLARED = parameters(Request)
# a recipe is one picture's, whatever was asked for with it
_ALWAYS = tuple(
    name for name, declared in _DECLARED.items() if not declared.advanced and name != "count"
)
# what every version wrote; a later parameter that is missing had no other value than its default
_FIRST = frozenset(
    {"prompt", "steps", "sampler", "schedule", "guidance", "seed", "width", "height", "model"}
)
# fields that are read part by part where they are damaged
_OF_PARTS: Mapping[str, type[Noise | StartPicture | Hires | Levels | Upscale]] = {
    "noise": Noise,
    "start": StartPicture,
    "hires": Hires,
    "levels": Levels,
    "upscale": Upscale,
}
# fields of several values, of which the good ones are read where some are damaged
_OF_ROWS: Mapping[str, type[Lora | ChosenStyle]] = {"loras": Lora, "styles": ChosenStyle}
_ADVANCED = tuple(name for name, declared in _DECLARED.items() if declared.advanced)


def write(recipe: Recipe) -> str:
    """The chunk's text."""
    return dumps(recipe)


def read(text: str) -> Recipe | None:
    """The recipe, or None where the text is not ours or is damaged."""
    try:
        return loads(Recipe, text)
    except Malformed:
        return None


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table: our own chunk. `recipe` only where the whole of it is good; else each
    field that is good alone.
    """
    ours = (text for key, text in texts.items() if _may_be_ours(key, text))
    readings = (_parsed(text) for text in ours)
    return next((parsed for parsed in readings if parsed is not None), None)


def _may_be_ours(key: str, text: str) -> bool:
    """Under our name, or that with a number where a program put a chunk of the same name beside
    ours; pasted, or in a file beside a picture, by its first word."""
    return key == KEY or key.startswith(f"{KEY} (") or text.startswith(_BEGINNING)


def _parsed(text: str) -> ParsedRecipe | None:
    recipe = read(text)
    if recipe is None or not _is_whole(text):
        return _in_parts(text)
    request = recipe.request
    if request.upscale.bare:  # how it was made before it was enlarged is not known
        return _checked({"upscale": request.upscale}, "", recipe)
    values: dict[str, object] = {name: getattr(request, name) for name in _ALWAYS}
    plain = Request()
    values |= {
        name: value
        for name in _ADVANCED
        if (value := getattr(request, name)) != getattr(plain, name)
    }
    return _checked(values, recipe.model_hash, recipe)


def _is_whole(text: str) -> bool:
    """Whether nothing that determines a picture is left out: what is missing would be invented."""
    plain = cast("dict[str, dict[str, object]]", json.loads(text))
    return plain["request"].keys() >= _FIRST


def _in_parts(text: str) -> ParsedRecipe | None:
    """A recipe with damage in it: one bad field costs that field. None where it is no recipe of
    ours, or nothing of it is good.
    """
    try:
        whole = as_table(parse_json(text))
        request = as_table(whole.get("request"))
    except ValueError:
        return None
    hints = get_type_hints(Request)
    ignored: list[str] = []
    values: dict[str, object] = {}
    for name in (*_ALWAYS, *_ADVANCED):
        if name in request:
            try:
                values[name] = from_plain(hints[name], request[name], name)
            except Malformed as fault:
                ignored.append(str(fault)[:200])
                if rest := _rest(name, request[name]):
                    values[name] = rest
    if not values:
        return None
    upscale = values.get("upscale")
    if isinstance(upscale, Upscale) and upscale.bare:
        values = {"upscale": upscale}
    digest = whole.get("model_hash")
    return _checked(values, digest if isinstance(digest, str) else "", ignored=ignored)


def _rest(name: str, plain: object) -> object:
    """What of a field with parts of its own is good: its single values, of the LoRAs and styles
    those that are whole.
    """
    if name in _OF_PARTS and isinstance(plain, dict):
        kind = _OF_PARTS[name]
        good: dict[str, object] = {}
        for part, value in cast("dict[str, object]", plain).items():
            with contextlib.suppress(Malformed):
                from_plain(kind, {part: value}, name)
                good[part] = value
        return from_plain(kind, good, name) if good else None
    if name in _OF_ROWS and isinstance(plain, list):
        rows: list[object] = []
        for row in cast("list[object]", plain):
            with contextlib.suppress(Malformed):
                rows.append(from_plain(_OF_ROWS[name], row, name))
        return tuple(rows) or None
    return None


def _checked(
    values: dict[str, object],
    digest: str,
    recipe: Recipe | None = None,
    ignored: Sequence[str] = (),
) -> ParsedRecipe:
    """In the command line's words, without what no Request may hold."""
    checked = allowed_values({name: value for name, value in values.items() if value is not None})
    known = {name: to_plain(value) for name, value in checked.values.items()}
    loras = cast("tuple[Lora, ...]", checked.values.get("loras", ()))
    known.pop("loras", None)
    if loras:
        known["loras"] = [lora_argument(lora) for lora in loras]
    if styles := cast("tuple[ChosenStyle, ...]", checked.values.get("styles", ())):
        known["styles"] = [style.name for style in styles]
    models = named_in_text({**checked.values, "model_hash": digest})
    if digest:
        known["model_hash"] = digest
    start = checked.values.get("start")
    absent: tuple[str, ...] = ()
    if isinstance(start, StartPicture) and start.source:
        known["denoising_strength"] = start.strength
        absent = absence_notes(start)
    return ParsedRecipe(
        format="calotype",
        request=known,
        approximated=(*checked.approximated, *absent),
        ignored=(*ignored, *checked.ignored),
        recipe=recipe,
        fields=checked.values,
        models=models,
        version=f"Calotype {recipe.version}".strip() if recipe is not None else "Calotype",
    )
