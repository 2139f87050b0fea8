"""What a form takes of a picture's request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from core.prompt.loras import lora_tag
from core.values.request import Request
from core.values.request_parts.branch import Branch
from core.values.request_parts.sweep_place import SweepPlace
from core.values.request_parts.upscale import Upscale

_OF_ONE_PICTURE = {
    "branch": Branch(),
    "upscale": Upscale(),
    "document": "",
    "sweep": SweepPlace(),
}  # which no form begins with


def taken_values(request: Request, names: Sequence[str], now: Request) -> dict[str, object]:
    """The fields `names` of a picture's request (all when none are named) as a form that is `now`
    holds them: words as they were typed, LoRAs as tags of the prompt, one picture. Nothing of a
    picture that was enlarged without a word of how it was made."""
    if request.upscale.bare:
        return {}
    chosen = tuple(names) or tuple(f.name for f in fields(request) if f.name != "model")
    if "prompt" in chosen:
        from core.prompt.styling import as_asked  # which no first paint needs

        request = as_asked(request)
        chosen = tuple(dict.fromkeys((*chosen, "styles", "template", "negative_template")))
    values = {name: getattr(request, name) for name in chosen}
    if "parent" in values and not request.start.source:
        values["parent"] = ""  # what is made of the form has none, unless it starts from it
    values |= {name: usual for name, usual in _OF_ONE_PICTURE.items() if name in values}
    if values.get("seed") is not None:
        values.setdefault("count", 1)  # a picture's own, where all of it is taken
    if values.get("loras"):  # shown where a person sees and edits them: as tags in the prompt
        tags = "".join(lora_tag(lora) for lora in request.loras)
        prompt = values.get("prompt", now.prompt)
        parts = (tags, prompt) if str(prompt).startswith("#") else (prompt, tags)
        values |= {"loras": (), "prompt": " ".join(map(str, parts)).strip()}  # no comment of words
    return values
