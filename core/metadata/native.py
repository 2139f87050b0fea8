"""Calotype's own metadata: the recipe as JSON in a PNG text chunk "calotype"; lossless, and read back strictly."""

from __future__ import annotations

from core.codec import Malformed, dumps, loads, to_plain
from core.metadata.reading import Understood
from core.picture import Recipe
from core.request import Request

KEY = "calotype"
_WAYS = ("vae", "refiner", "refiner_at", "compatibility", "noise", "eta", "guidance_rescale", "guidance_from", "guidance_until", "freeu")


def write(recipe: Recipe) -> str:
    """The chunk's text."""
    return dumps(recipe)


def read(text: str) -> Recipe | None:
    """The recipe, or None where the text is not ours or is damaged."""
    try:
        return loads(Recipe, text)
    except Malformed:
        return None


def understand(texts: dict[str, str]) -> Understood | None:
    """For the FORMATS table: our own chunk as an understood recipe."""
    recipe = read(texts[KEY]) if KEY in texts else None
    if recipe is None:
        return None
    request = recipe.request
    known: dict[str, object] = {
        "prompt": request.prompt, "negative_prompt": request.negative_prompt, "steps": request.steps, "sampler": request.sampler,
        "schedule": request.schedule, "guidance": request.guidance, "seed": request.seed, "width": request.width,
        "height": request.height, "model": request.model, "clip_skip": request.clip_skip,
    }
    if request.loras:
        known["loras"] = [f"{lora.id}:{lora.weight:g}" for lora in request.loras]
    plain = Request()
    for name in _WAYS:
        if getattr(request, name) != getattr(plain, name):
            known[name] = to_plain(getattr(request, name))
    if recipe.model_hash:
        known["model_hash"] = recipe.model_hash
    return Understood("calotype", {k: v for k, v in known.items() if v is not None}, recipe=recipe)
