"""Programs that write the web UI's text and say in it who they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.metadata.parsing import web_ui
from core.metadata.parsing.named_models import NamedModel, file_stem
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.parsing.shown import as_shown
from core.values.noise import Noise
from core.values.program import Program


def text_with_version(texts: Mapping[str, str], version: str, kind: str) -> ParsedRecipe | None:
    """The web UI's text whose `Version` begins with this, as a recipe of that kind; None for a
    text of another program."""
    if not any(version in text for text in texts.values()):
        return None
    parsed = web_ui.parse(texts)
    if parsed is None or not parsed.version.lower().startswith(version.lower()):
        return None
    return replace(parsed, format=kind)


def with_way(parsed: ParsedRecipe, program: Program, noise: Noise) -> ParsedRecipe:
    """The same recipe, rendered as another program does; the place of its noise as the text has it,
    else `noise`."""
    way: dict[str, object] = {"noise": noise, **parsed.fields, "compatibility": program}
    return replace(parsed, fields=way, request={**parsed.request, **_shown(way)})


def _shown(way: Mapping[str, object]) -> dict[str, object]:
    return as_shown({name: way[name] for name in ("noise", "compatibility")})


def filled(parsed: ParsedRecipe, other: ParsedRecipe | None) -> ParsedRecipe:
    """A recipe with what a second one in the same picture says of fields that it leaves open; what
    they say otherwise is noted."""
    if other is None:
        return parsed
    unlike = [
        f"{name}: the picture's other recipe says {str(other.request[name])[:200]}"
        for name in ("steps", "guidance", "seed", "sampler")
        if name in parsed.request
        and name in other.request
        and parsed.request[name] != other.request[name]
    ]
    return replace(
        parsed,
        request={**other.request, **parsed.request},
        fields={**other.fields, **parsed.fields},
        approximated=(*parsed.approximated, *unlike),
        models=tuple(_with_hash(model, other.models) for model in parsed.models) or other.models,
        likely={**other.likely, **parsed.likely},
    )


def _with_hash(model: NamedModel, others: tuple[NamedModel, ...]) -> NamedModel:
    """The same with the hash that another recipe has for a file of its name."""
    if model.hash:
        return model
    stem = file_stem(model.name)
    alike = (o for o in others if o.kind == model.kind and o.hash and file_stem(o.name) == stem)
    same = next(alike, None)
    return model if same is None else replace(model, hash=same.hash)
