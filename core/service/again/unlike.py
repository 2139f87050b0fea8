"""In which parameters the recipes of several pictures differ, in words: what a person reads beside
pictures that are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, cast

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.prompt.loras import split_loras
from core.service.again.comparison import PARTS_OF_IT
from core.values.declared.parameter import DeclaredField, Unit, declared_fields, in_full
from core.values.lora import Lora
from core.values.picture import Recipe
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle

NOT_SAID = "not said"  # of a recipe that another program wrote
_NONE = "none"
_LONGEST = 20_000  # characters of a text that are looked at
_LONGEST_VALUE = 200  # of what is no text
_MOST_WORDS = 300  # of a text that are compared one by one
# what says nothing of how a picture is made, or is said by another field
_LEFT_OUT = frozenset(
    {
        "count",
        "parent",
        "document",
        "sweep",
        "template",
        "negative_template",
        "model",
        "width",
        "height",
    }
)
_ALWAYS = ("steps", "guidance", "sampler", "schedule", "seed")  # people look for these
_TEXTS = frozenset({"prompt", "negative_prompt"})
_ADDRESSES = frozenset({("start", "source"), ("start", "mask"), ("branch", "origin")})


@dataclass(frozen=True, slots=True)
class ToldRecipe:
    """What is known of how a picture was made: `values` of Request's declared fields by the names
    that lead to them, its `model` as people call it, with the hash of its file where that is
    known, and on what it was made. Fields that are missing are not known."""

    values: Mapping[tuple[str, ...], object]
    model: str = ""
    model_hash: str = ""
    fingerprint: Mapping[str, str] = field(default_factory=lambda: dict[str, str]())


@dataclass(frozen=True, slots=True)
class Unlike:
    """A parameter in which recipes differ: its name for people, and its value in each of them.
    `named`: each value is a source text of ours too; `text`: the values are texts, whose
    `words_apart` say what differs."""

    label: str
    values: tuple[str, ...]
    named: bool = False
    text: bool = False


def told(parsed: ParsedRecipe) -> ToldRecipe | None:
    """What a picture's file says; None where it says nothing."""
    if parsed.recipe is not None:
        return told_by(parsed.recipe)
    if not parsed.fields:
        return None
    values = dict(_values_in(parsed.fields))
    model = next((one for one in parsed.models if one.kind == "model"), None)
    name, digest = ("", "") if model is None else (model.name, model.hash)
    return ToldRecipe(values, name or str(parsed.request.get("model", "")), digest)


def told_by(recipe: Recipe) -> ToldRecipe:
    """The same of a whole recipe."""
    request = recipe.request
    values = {one.path: one.of(request) for one in declared_fields(Request)}
    words, tagged = split_loras(request.prompt)
    values |= {("prompt",): words, ("loras",): (*request.loras, *tagged)}
    name = recipe.model_name or request.model
    return ToldRecipe(values, name, recipe.model_hash, dict(recipe.fingerprint))


def unlike(recipes: Sequence[ToldRecipe]) -> tuple[Unlike, ...]:
    """The parameters that are not the same in all recipes, in the order of Request's fields; then
    what they were made on. None where they all agree."""
    return tuple(row for row in _rows(recipes) if len(set(row.values)) > 1)


def said(recipe: ToldRecipe) -> tuple[Unlike, ...]:
    """What one recipe says, a row a parameter with its only value, in the order of Request's
    fields; of most parameters only what is not as usual."""
    declared = {one.path[0]: one.declaration.label for one in declared_fields(Request)}
    always = {declared[name] for name in _ALWAYS} | {"Model", "Size"}
    usual = told_by(Recipe(Request()))
    return tuple(
        replace(row, values=row.values[:1])
        for row in _rows([recipe, usual])
        if row.values[0] not in ("", _NONE, NOT_SAID)
        and (row.label in always or row.values[0] != row.values[1])
    )


def words_apart(text: str, other: str) -> tuple[tuple[str, bool], ...]:
    """`text` in pieces, in order, and whether each is missing in `other`. Words are compared,
    without commas, of long texts the first ones; the pieces joined are `text`."""
    mine, its = _split(text), _split(other)
    pieces: list[tuple[str, bool]] = []
    bare = ([word.strip(" ,\n") for word in words] for words in (mine, its))
    blocks = SequenceMatcher(None, *bare, autojunk=False).get_opcodes()
    for kind, start, stop, _, _ in blocks:
        if piece := "".join(mine[start:stop]):
            pieces.append((piece, kind != "equal"))
    rest = text[sum(len(piece) for piece, _ in pieces) :]
    return (*pieces, (rest, False)) if rest else tuple(pieces)


def _split(text: str) -> list[str]:
    """Words, each with the space behind it."""
    words: list[str] = []
    for piece in text[:_LONGEST].split(" "):
        words.append(f"{piece} ")
        if len(words) == _MOST_WORDS:
            return words
    words[-1] = words[-1][:-1]
    return words


def _values_in(fields: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], object]]:
    for one in declared_fields(Request):
        name, *parts = one.path
        if name in fields:
            value = fields[name]
            for part in parts:
                value = getattr(value, part)
            yield one.path, value


def _rows(recipes: Sequence[ToldRecipe]) -> Iterator[Unlike]:
    declared = declared_fields(Request)
    labels = [one.declaration.label for one in declared]
    for one in declared:
        if one.path == ("model",):
            yield Unlike("Model", _models(recipes))
        elif one.path == ("width",):
            yield Unlike("Size", tuple(_size(recipe) for recipe in recipes))
        elif one.path[0] not in _LEFT_OUT and not _is_beside(one, recipes):
            is_shared = labels.count(one.declaration.label) > 1
            label = one.declaration.subject if is_shared else ""
            yield _row(one, label or one.declaration.label, recipes)
    if all(recipe.fingerprint for recipe in recipes):
        for key, words in PARTS_OF_IT.items():
            values = tuple(recipe.fingerprint.get(key, "") or NOT_SAID for recipe in recipes)
            yield Unlike(words.removeprefix("The ").capitalize(), values)


def _is_beside(one: DeclaredField, recipes: Sequence[ToldRecipe]) -> bool:
    """Whether a field is of no account: some recipe does not say it, and in the others it is what
    it nearly always is; or it belongs to a start picture or a way of enlarging that none has."""
    said = [recipe.values[one.path] for recipe in recipes if one.path in recipe.values]
    if len(said) < len(recipes) and one.declaration.advanced:
        return all(value == one.default for value in said)
    if one.path[0] in ("start", "upscale") and one.path[1:] != ("source",):
        return not any(recipe.values.get((one.path[0], "source")) for recipe in recipes)
    return False


def _row(one: DeclaredField, label: str, recipes: Sequence[ToldRecipe]) -> Unlike:
    values = [recipe.values.get(one.path, NOT_SAID) for recipe in recipes]
    if one.path[0] in _TEXTS:
        return Unlike(label, tuple(str(value)[:_LONGEST] for value in values), text=True)
    if one.path in _ADDRESSES:
        return Unlike(label, _which(values), named=True)
    words = tuple(_in_words(one, value) for value in values)
    is_named = one.declaration.choices is not None or one.kind is bool
    return Unlike(label, words, named=is_named)


def _which(addresses: Sequence[object]) -> tuple[str, ...]:
    """Pictures have no names: the first one, and others."""
    given = list(dict.fromkeys(address for address in addresses if address))
    return tuple(
        NOT_SAID
        if address is NOT_SAID
        else (f"picture {given.index(address) + 1}" if address else _NONE)
        for address in addresses
    )


def _in_words(one: DeclaredField, value: object) -> str:
    choices = one.declaration.choices
    if value is None or value == () or value == "":
        return _NONE
    if value is NOT_SAID:
        return NOT_SAID
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return (choices or {}).get(value, value)[:_LONGEST_VALUE]
    if isinstance(value, tuple):
        parts = cast("tuple[object, ...]", value)
        return ", ".join(_part(one, part) for part in parts)[:_LONGEST_VALUE]
    return _number(one, cast("float", value))


def _part(one: DeclaredField, part: object) -> str:
    if isinstance(part, Lora):
        return f"{part.id} {part.weight:g}" + ("" if part.always else f" ({_span(part)})")
    if isinstance(part, ChosenStyle):
        return part.name
    return _number(one, cast("Any", part))


def _span(lora: Lora) -> str:
    return f"{in_full(lora.start)}-{in_full(lora.stop)}"


def _number(one: DeclaredField, value: float) -> str:
    if one.declaration.unit is Unit.SHARE:
        return f"{100 * value:g} %"
    unit = f" {one.declaration.unit}" if one.declaration.unit else ""
    return in_full(value) + unit


def _size(recipe: ToldRecipe) -> str:
    sides = [recipe.values.get((name,)) for name in ("width", "height")]
    return NOT_SAID if None in sides else f"{sides[0]} × {sides[1]}"


def _models(recipes: Sequence[ToldRecipe]) -> tuple[str, ...]:
    """Names; with the hashes where different files have one name."""
    names = [recipe.model or NOT_SAID for recipe in recipes]
    hashes = [recipe.model_hash for recipe in recipes]
    files = {(name, digest) for name, digest in zip(names, hashes, strict=True) if digest}
    if len(files) <= len(set(names)):
        return tuple(names)
    return tuple(
        f"{name} ({digest[:10]})" if digest else name
        for name, digest in zip(names, hashes, strict=True)
    )
