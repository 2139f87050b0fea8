"""The query language in words: what its fields are called, what a term means, and examples."""

from __future__ import annotations

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
    Order.NAME: "Name",
}
_TABLES = {"is": IS, "has": HAS, "date": DATES}
_SIGNS = {">=": "≥ ", "<=": "≤ ", ">": "> ", "<": "< "}


def values_of(field: str) -> dict[str, str]:
    """What a field can be asked for where that is always the same, each with its words."""
    return _TABLES.get(field, {})


def term_words(term: ShownTerm) -> str:
    """What a term asks for."""
    words = _asked(term)
    return tr("not {what}", what=words) if term.negated else words


def _asked(term: ShownTerm) -> str:
    if not term.field:
        return f"“{term.value}”" if term.quoted else term.value
    if term.field in BY_COMMAND:
        return _of_a_picture(term)
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


def _of_a_picture(term: ShownTerm) -> str:
    if term.field == "like":
        return tr("Looks like picture {n}", n=term.value)
    what, _, number = term.value.partition(":")
    words = SAME.get(what.lower(), "")
    return tr_data(words).format(n=number) if words else term.value
