"""The query language in words: what its fields are called, what a term means, and examples."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.values.gallery.question import Order
from desktop.gallery.filtering.terms import ShownTerm
from desktop.widgets.i18n import tr, tr_data

# fields, as a chip calls them
FIELDS = {
    "model": "Model",
    "lora": "LoRA",
    "sampler": "Sampler",
    "schedule": "Schedule",
    "steps": "Steps",
    "guidance": "Guidance",
    "seed": "Seed",
    "size": "Size",
    "width": "Width",
    "height": "Height",
    "rating": "Rating",
    "date": "Date",
    "tag": "Tag",
    "album": "Album",
    "program": "Program",
    "name": "File name",
    "folder": "Folder",
    "is": "Is",
    "has": "Has",
}
# those that commands put in, about one picture by its number
BY_COMMAND = {"like": "Looks like", "same": "Same"}
SAME = {
    "recipe": "Recipe of picture {n}",
    "prompt": "Prompt of picture {n}",
    "model": "Model of picture {n}",
    "seed": "Seed of picture {n}",
}
IS = {
    "favourite": "Favourites",
    "rejected": "Rejected",
    "rated": "Rated",
    "candidate": "Candidates of Edit",
    "sweep": "Made in a sweep",
    "imported": "Imported",
    "upscaled": "Made larger",
    "edited": "Made from a picture",
    "hidden": "Hidden",
}
HAS = {
    "lora": "With a LoRA",
    "recipe": "With a recipe",
    "note": "With a note",
    "tag": "With a tag",
    "album": "In an album",
    "parent": "With a parent in the gallery",
    "negative": "With a negative prompt",
}
DATES = {
    "today": "Today",
    "yesterday": "Yesterday",
    "week": "The last 7 days",
    "month": "The last 30 days",
}
ORDERS = {
    Order.DATE: "Date",
    Order.RATING: "Rating",
    Order.MODEL: "Model",
    Order.SIZE: "Size",
    Order.FILE_SIZE: "File size",
    Order.NAME: "Name",
    Order.RANDOM: "Random",
}
# the same where that picture's file name is known
_SAME_NAMED = {
    "recipe": "Recipe of {name}",
    "prompt": "Prompt of {name}",
    "model": "Model of {name}",
    "seed": "Seed of {name}",
}
_TABLES = {"is": IS, "has": HAS, "date": DATES}
MOST_DIGITS = 18  # of a picture's number, which the database keeps in 64 bits
_SIGNS = {">=": "≥ ", "<=": "≤ ", ">": "> ", "<": "< "}


def values_of(field: str) -> dict[str, str]:
    """What a field can be asked for where that is always the same, each with its words."""
    return _TABLES.get(field, {})


def number_of_picture(term: ShownTerm) -> str:
    """Of the picture that a term is about; "" where it is about none."""
    if term.field not in BY_COMMAND:
        return ""
    number = term.value.rpartition(":")[2]
    is_one = number.isdecimal() and number.isascii() and len(number) <= MOST_DIGITS
    return number if is_one else ""


def term_words(term: ShownTerm, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """What a term asks for; `names` are those of pictures, by their numbers, as far as known."""
    words = _asked(term, names)
    return tr("not {what}", what=words) if term.negated else words


def _asked(term: ShownTerm, names: Mapping[str, str]) -> str:
    if not term.field:
        return f"“{term.value}”" if term.quoted else term.value
    if term.field in BY_COMMAND:
        return _of_a_picture(term, names.get(number_of_picture(term), ""))
    named = values_of(term.field).get(term.value.lower(), "")
    if named and term.field != "date":
        return tr_data(named)
    name = tr_data(FIELDS.get(term.field, term.field))
    value = tr_data(named) or term.value
    for sign, shown in _SIGNS.items():
        if value.startswith(sign):
            value = shown + value.removeprefix(sign)
            break
    return tr("{field}: {value}", field=name, value=value.replace("..", " – "))


def _of_a_picture(term: ShownTerm, name: str) -> str:
    if term.field == "like" and name:
        return tr("Looks like {name}", name=name)
    if term.field == "like":
        return tr("Looks like picture {n}", n=term.value)
    what, _, number = term.value.partition(":")
    words = (_SAME_NAMED if name else SAME).get(what.lower(), "")
    return tr_data(words).format(n=number, name=name) if words else term.value
