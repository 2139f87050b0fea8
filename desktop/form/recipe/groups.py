"""What of a recipe is taken together: the groups that a person ticks, and a recipe cut down to
those that are ticked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import TYPE_CHECKING, cast

from core.values.lora import Lora
from core.values.request import Request
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.usable_recipe import UsableRecipe
    from core.values.declared.parameter import Parameter

PROMPT, MODEL, LORAS, SIZE = "prompt", "model", "loras", "size"
SEED, PROGRAM, REST = "seed", "program", "rest"
_FIELDS = {
    PROMPT: ("prompt", "negative_prompt", "template", "negative_template", "styles"),
    LORAS: ("loras",),
    SIZE: ("width", "height"),
    SEED: ("seed", "noise"),  # a seed means nothing without the way its noise is drawn
    PROGRAM: ("compatibility",),
}
_LONGEST = 300  # characters of a text on the sheet
# where a picture comes from, which says nothing of how it is made, and addresses
_OF_NO_FORM = frozenset(
    {
        "count",
        "parent",
        "document",
        "sweep",
        "template",
        "negative_template",
        "source",
        "mask",
        "upscale",
    }
)


@dataclass(frozen=True, slots=True)
class Group:
    """One tick: the group's id and its name, as a source text."""

    id: str
    label: str


GROUPS = (
    Group(PROMPT, "Prompt"),
    Group(MODEL, "Model"),
    Group(LORAS, "LoRAs"),
    Group(SIZE, "Size"),
    Group(SEED, "Seed"),
    Group(PROGRAM, "Same picture as"),
    Group(REST, "Rest"),
)
IDS = tuple(group.id for group in GROUPS)


def only_known(left: str) -> frozenset[str]:
    """The groups of a kept list, "size,seed" for instance, that there are."""
    return frozenset(left.split(",")) & frozenset(IDS)


def summaries(recipe: UsableRecipe) -> dict[str, str]:
    """By group, what the recipe has of it; without the groups of which it has nothing."""
    values = recipe.values
    said: dict[str, str] = {}
    words, loras = _words_and_loras(values)
    negative = str(values.get("negative_prompt", ""))
    if "prompt" in values or negative:
        said[PROMPT] = words.strip()[:_LONGEST]
        if negative:
            without = tr("Without: {words}", words=negative[:_LONGEST])
            said[PROMPT] = f"{said[PROMPT]}\n{without}".strip()
        said[PROMPT] = said[PROMPT] or tr("no words")
    if model := _model(recipe):
        said[MODEL] = model
    if loras:
        said[LORAS] = ", ".join(f"{lora.id[:100]} {lora.weight:g}" for lora in loras)
    if "width" in values or "height" in values:
        sides = (values.get("width"), values.get("height"))
        said[SIZE] = " × ".join(str(side) for side in sides if side is not None)
    if values.get("seed") is not None:
        said[SEED] = str(values["seed"])
    if program := str(values.get("compatibility", "")):
        said[PROGRAM] = _program(program)
    if rest := _rest(values):
        said[REST] = rest
    return said


def _model(recipe: UsableRecipe) -> str:
    if recipe.model is None:
        return tr("{name} is not here.", name=recipe.missing[:100]) if recipe.missing else ""
    if not recipe.model.ready:
        return tr("{name} cannot be used.", name=recipe.model.name)
    return recipe.model.name


def _words_and_loras(values: Mapping[str, object]) -> tuple[str, tuple[Lora, ...]]:
    """The prompt without its tags, and all LoRAs of a recipe."""
    from core.prompt.loras import split_loras

    words, tagged = split_loras(str(values.get("prompt", "")))
    return words, (*cast("tuple[Lora, ...]", values.get("loras", ())), *tagged)


def _group_of(name: str) -> str:
    return next((group for group, names in _FIELDS.items() if name in names), REST)


def _rest(values: Mapping[str, object]) -> str:
    """Its fields by their names for people; of those that are seldom changed, and of parts of
    fields, only what is not usual."""
    from core.values.declared.parameter import parameters

    usual = Request()
    said: list[str] = []
    for name, value in values.items():
        declared = parameters(Request).get(name)
        if declared is None or _group_of(name) != REST or name in _OF_NO_FORM:
            continue
        is_usual = value == getattr(usual, name)
        if is_dataclass(value) and not is_usual:
            said += _parts(name, value)
        elif value is not None and not (declared.advanced and is_usual):
            said.append(_in_words(declared, value))
    return "\n".join(said)[: 2 * _LONGEST]


def _parts(field: str, value: object) -> Iterator[str]:
    """What of a field with parts is not usual, or tells what it does at all."""
    from core.metadata.parsing.shown import ALWAYS_SHOWN
    from core.values.declared.parameter import parameters

    always = ALWAYS_SHOWN.get(field, frozenset())

    kind = type(value)
    for name, declared in parameters(kind).items():
        part = getattr(value, name)
        is_said = name in always or part != getattr(kind(), name)
        if is_said and name not in _OF_NO_FORM:
            yield _in_words(declared, part)


def _in_words(declared: Parameter, value: object) -> str:
    label = tr_data(declared.label)
    if value is True:
        return label
    if declared.choices is not None and value in declared.choices:
        return f"{label} {tr_data(declared.choices[str(value)])}"
    if isinstance(value, tuple):
        numbers = cast("tuple[object, ...]", value)
        return f"{label} {', '.join(map(_number, numbers))}"
    return f"{label} {_number(value)}"


def _number(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text[:100]


def _program(program: str) -> str:
    from core.values.declared.parameter import parameters

    choices = parameters(Request)["compatibility"].choices or {}
    return tr_data(choices.get(program, program))


def cut_down(recipe: UsableRecipe, ticked: Collection[str]) -> UsableRecipe:
    """The recipe with the ticked groups alone. Tags of LoRAs stand in a prompt, and go or come
    without it."""
    values = {name: value for name, value in recipe.values.items() if _group_of(name) in ticked}
    words, loras = _words_and_loras(recipe.values)
    if PROMPT in ticked and LORAS not in ticked and "prompt" in values:
        values["prompt"] = words.strip()
    if LORAS in ticked and PROMPT not in ticked and loras:
        values["loras"] = loras
    takes_model = MODEL in ticked
    return replace(
        recipe,
        values=values,
        model=recipe.model if takes_model else None,
        missing=recipe.missing if takes_model else "",
        notes=(),  # they stood on the sheet
    )
