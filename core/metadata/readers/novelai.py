"""NovelAI's recipes: a comment of JSON beside its own name, in text chunks, in one object of EXIF's
user comment, or behind the alpha of its pixels. Its models are not to be had.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.common.gathered import (
    Gathered,
    Numbers,
    Told,
    in_short,
    number_of,
    tables_in,
    text_of,
)
from core.metadata.readers.common.weights import from_novelai
from core.system.json_files import list_or_empty, table_or_empty

_NUMBERS: Numbers = {
    "seed": ("seed", int),
    "steps": ("steps", int),
    "scale": ("guidance", float),
    "cfg_rescale": ("guidance_rescale", float),
}
_SOURCE = re.compile(r"(.{1,80}?)\s+([0-9A-Fa-f]{8})")
# what says nothing of one's own, by its usual value
_USUAL: dict[str, tuple[object, ...]] = {
    "n_samples": (1,), "uncond_scale": (0.0, 1.0), "dynamic_thresholding_percentile": (0.999,),
    "dynamic_thresholding_mimic_scale": (10.0,), "controlnet_strength": (1.0,),
    "skip_cfg_below_sigma": (0.0,), "prefer_brownian": (True,), "uncond_per_vibe": (True,),
    "wonky_vibe_correlation": (True,), "version": (1,), "lora_unet_weights": (None,),
}  # fmt: skip
_OF_ITS_SERVICE = (
    "request_type", "signed_hash", "stream", "cfg_sched_eligibility", "extra_passthrough_testing",
    "legacy_v3_extend", "explike_fine_detail", "minimize_sigma_inf", "hide_debug_overlay",
    "deliberate_euler_ancestral_bug",
)  # fmt: skip


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    table = _table(texts)
    if table is None:
        return None
    comment = table.get("Comment")
    told = Told(tables_in(comment) if isinstance(comment, str) else table_or_empty(comment))
    out = Gathered("novelai", text_of(table.get("Source")) or "NovelAI")
    model = _SOURCE.fullmatch(text_of(table.get("Source")))
    if model is not None:
        out.model(model[1], model[2])
    said, negative = told.take("prompt"), told.take("uc")
    prompt = said if isinstance(said, str) else table.get("Description")
    _words(out, prompt, negative)
    _characters(out, told, prompt, negative)
    out.numbers(told, _NUMBERS)
    out.size(told.take("width"), told.take("height"))
    out.sampling(told.take("sampler"), told.take("noise_schedule"))
    _start(out, told)
    out.noise_unsaid("philox")
    for key, usual in _USUAL.items():
        if told.take(key) not in usual:
            told.give_back(key)
    told.take(*_OF_ITS_SERVICE)
    out.plain_tags()
    out.ignored += told.left()
    return out.parsed()


def _table(texts: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Chunks of its own, or an object that holds the same."""
    if texts.get("Software") == "NovelAI" and "Comment" in texts:
        return texts
    for text in texts.values():
        if '"Comment"' in text and "NovelAI" in text:
            table = tables_in(text)
            if table.get("Software") == "NovelAI" or "NovelAI" in str(table.get("Source"))[:200]:
                return table
    return None


def _words(out: Gathered, prompt: object, negative: object) -> None:
    for field, text in (("prompt", prompt), ("negative_prompt", negative)):
        if isinstance(text, str):
            weighed = from_novelai(text)
            out.put(field, weighed.text)
            if weighed.respelt:
                out.approximated.append(f"{field}: its weights are spelt anew: {in_short(text)}")


def _characters(out: Gathered, told: Told, prompt: object, negative: object) -> None:
    """What newer models are told of the whole, where that is something else, and of single
    figures."""
    for key, words in (("v4_prompt", prompt), ("v4_negative_prompt", negative)):
        caption = table_or_empty(table_or_empty(told.take(key)).get("caption"))
        whole = text_of(caption.get("base_caption"))
        if whole and whole != text_of(words):
            out.approximated.append(f"{key}: {in_short(whole)}; its other text is taken here")
        for each in map(table_or_empty, list_or_empty(caption.get("char_captions"))[:32]):
            if text := text_of(each.get("char_caption")):
                out.ignored.append(f"{key}: {in_short(text)}")


def _start(out: Gathered, told: Told) -> None:
    """Older comments name a strength for pictures of words alone, too."""
    kind = text_of(told.take("request_type"))
    strength, noise = told.take("strength"), told.take("noise")
    if kind in ("Img2ImgRequest", "NativeInfillingRequest"):
        out.start(strength, masked=kind == "NativeInfillingRequest")
        if number_of(noise):
            out.ignored.append(f"noise: {in_short(noise)}")
    elif not kind and strength is not None:
        out.ignored.append(
            f"strength: {in_short(strength)}; whether it was made from a picture is not said"
        )
