"""InvokeAI's recipes: `invokeai_metadata` (2024 and later, and 3.x with other names of models),
`sd-metadata` of 2.x, and the command line in `Dream` before that.

Its words are weighed as Compel has it. Noise comes from the processor unless it says otherwise.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from core.metadata.parsing.named_models import NamedModel
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.readers.common.gathered import (
    Gathered,
    Numbers,
    Told,
    in_short,
    name_of,
    number_of,
    tables_in,
    text_of,
    whole_of,
)
from core.metadata.readers.common.weights import from_compel
from core.system.json_files import list_or_empty, table_or_empty
from core.values.noise import Noise

_NUMBERS: Numbers = {
    "seed": ("seed", int),
    "steps": ("steps", int),
    "cfg_scale": ("guidance", float),
    "cfg_rescale_multiplier": ("guidance_rescale", float),
}
_OPTIONS = {
    "-s": "steps", "--steps": "steps", "-S": "seed", "--seed": "seed",
    "-W": "width", "--width": "width", "-H": "height", "--height": "height",
    "-C": "cfg_scale", "--cfg_scale": "cfg_scale", "-A": "sampler", "--sampler": "sampler",
    "-f": "strength", "--strength": "strength",
}  # fmt: skip
_SOURCES = {"cpu": "cpu", "cuda": "philox", "gpu": "philox"}
_NEGATIVE = re.compile(r"(?<!\\)\[([^\[\]]*)(?<!\\)\]")
_AS_OURS = frozenset({"txt2img", "sdxl_txt2img", "flux_txt2img", "sd3_txt2img"})
_LONGEST_DREAM = 20_000  # characters


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table."""
    for key, text in texts.items():
        if "invokeai_metadata" in key or '"rand_device"' in text or '"app_version"' in text:
            table = tables_in(text)
            inner = table.get("invokeai_metadata", table)
            if (found := table_or_empty(inner)) and "positive_prompt" in found:
                return _current(found)
    for key, text in texts.items():
        if "sd-metadata" in key or '"model_weights"' in text:
            table = tables_in(text)
            if "image" in table:
                return _second(table)
    dream = next((text for key, text in texts.items() if key.lower() == "dream"), "")
    return _dream(dream) if dream else None


def _current(table: dict[str, Any]) -> ParsedRecipe:
    told = Told(table)
    version = text_of(told.take("app_version"))
    out = Gathered("invokeai", f"InvokeAI {version}".strip())
    _words(out, told.take("positive_prompt"), told.take("negative_prompt"))
    out.numbers(told, _NUMBERS)
    out.size(told.take("width"), told.take("height"))
    _distilled(out, told)
    _scheduler(out, told.take("scheduler"))
    out.model(*_model(told.take("model")))
    out.part("vae", *_model(told.take("vae")))
    skip = whole_of(told.take("clip_skip"))  # layers that are left out
    if skip is not None and 0 <= skip < 12:
        out.put("clip_skip", skip + 1)
    _refiner(out, told, number_of(table.get("steps")))
    for lora in map(table_or_empty, list_or_empty(told.take("loras"))):
        name, digest = _model(lora.get("model") or lora.get("lora"))
        out.lora(name, lora.get("weight", 0.75), digest=digest)
    _noise(out, told)
    _tiling(out, told)
    _mode(out, told)
    for key in ("positive_style_prompt", "negative_style_prompt"):
        style = told.take(key)
        plain = table.get(key.replace("_style", ""))
        if isinstance(style, str) and style.strip() and style != plain:
            out.approximated.append(f"{key}: {in_short(style)}; here both encoders get the same")
    _controls(out, told)
    out.plain_tags()
    out.ignored += told.left()
    return out.parsed()


def _distilled(out: Gathered, told: Told) -> None:
    """FLUX's guidance, which the model is told: the scale beside it is 1 then."""
    number = number_of(told.take("guidance"))
    if number is None:
        return
    if out.values.get("guidance") in (None, 1.0):
        out.put("guidance", number)
    else:
        out.ignored.append(f"guidance of the model: {in_short(number)}")


def _model(value: object) -> tuple[str, str]:
    """Name and hash, as the newer or the older form has them; a name alone has no hash."""
    table = table_or_empty(value)
    if not table:
        return name_of(value), ""
    name = name_of(table.get("name")) or name_of(table.get("model_name"))
    return name, text_of(table.get("hash"))


def _words(out: Gathered, positive: object, negative: object) -> None:
    for field, text in (("prompt", positive), ("negative_prompt", negative)):
        if isinstance(text, str):
            weighed = from_compel(text)
            out.put(field, weighed.text)
            if weighed.respelt:
                out.approximated.append(f"{field}: its weights are spelt anew: {in_short(text)}")
            out.approximated += (f"{field}: {note}" for note in weighed.notes)


def _scheduler(out: Gathered, name: object) -> None:
    out.sampling(name)
    if "sampler" in out.values and "schedule" not in out.values:
        out.put("schedule", "discrete")
        out.approximated.append(
            "schedule: the model's own, whose levels are spaced otherwise there"
        )


def _refiner(out: Gathered, told: Told, steps: float | None) -> None:
    name, digest = _model(told.take("refiner_model"))
    start = number_of(told.take("refiner_start"))
    if not name:
        return
    out.part("refiner", name, digest)
    out.put("refiner_at", start)
    for key in ("refiner_cfg_scale", "refiner_steps", "refiner_scheduler"):
        if (value := told.take(key)) not in (None, steps):
            out.approximated.append(f"{key}: {in_short(value)}; here as in the steps before")


def _noise(out: Gathered, told: Told) -> None:
    device = text_of(told.take("rand_device")).lower()
    source = _SOURCES.get(device or "cpu")
    if source is not None:
        out.put("noise", Noise(source=source))
    else:
        out.ignored.append(f"rand_device: {in_short(device)}")


def _tiling(out: Gathered, told: Told) -> None:
    axes = "".join(axis for axis in "xy" if told.take(f"seamless_{axis}") is True)
    if axes:
        out.put("tiling", axes)


def _mode(out: Gathered, told: Told) -> None:
    """What it was made from, and hires fix, which works out its sizes by itself."""
    mode = text_of(told.take("generation_mode"))
    strength = told.take("strength")
    name = told.take("init_image")
    if mode.endswith(("img2img", "inpaint", "outpaint")) or (not mode and name):
        out.start(strength, masked=mode.endswith(("inpaint", "outpaint")))
    elif mode and mode not in _AS_OURS and not mode.endswith("txt2img"):
        out.ignored.append(f"generation_mode: {in_short(mode)}")
    if told.take("hrf_enabled") is True:
        strength, method = told.take("hrf_strength"), told.take("hrf_method")
        out.ignored.append(f"hires fix: strength {in_short(strength)}, {in_short(method)}")


def _controls(out: Gathered, told: Told) -> None:
    for key in ("controlnets", "ipAdapters", "t2iAdapters", "ref_images"):
        for each in map(table_or_empty, list_or_empty(told.take(key))):
            named = next(
                (table_or_empty(each[part]) for part in each if part.endswith("_model")), None
            )
            name, digest = _model(named or {})
            weight = each.get("control_weight", each.get("weight"))
            out.ignored.append(f"{key}: {in_short(name or 'one')}, weight {in_short(weight)}")
            if key == "controlnets" and name:
                number = number_of(weight)
                out.models.append(NamedModel("controlnet", name[:300], digest[:80], number))


def _second(table: dict[str, Any]) -> ParsedRecipe:
    """Of InvokeAI 2: prompts with their negative words in square brackets."""
    told = Told(table_or_empty(table.get("image")))
    version = text_of(table.get("app_version")).lstrip("v")
    out = Gathered("invokeai", f"InvokeAI {version}".strip())
    prompt = told.take("prompt")
    if weighed := [table_or_empty(part) for part in list_or_empty(prompt)]:
        texts = [part["prompt"] for part in weighed if isinstance(part.get("prompt"), str)]
        prompt = ", ".join(texts)
        if len(texts) > 1:
            out.approximated.append(f"prompt: {len(texts)} weighed texts stand in one here")
    if isinstance(prompt, str):
        _words(out, *_split(prompt))
    out.numbers(told, _NUMBERS)
    out.size(told.take("width"), told.take("height"))
    out.sampling(told.take("sampler"))
    out.model(table.get("model_weights"), table.get("model_hash"))
    if told.take("seamless") is True:
        out.put("tiling", "xy")
    kind, strength = told.take("type"), told.take("strength", "strength_steps")
    if kind == "img2img":
        out.start(strength)
    _first_variation(out, list_or_empty(told.take("variations")))
    for key in ("threshold", "perlin"):
        if number_of(value := told.take(key)):
            out.ignored.append(f"{key}: {in_short(value)}")
    told.take("app_id", "model", "orig_hash", "command")
    out.put("noise", Noise(source="cpu"))
    out.ignored += told.left()
    return out.parsed()


def _first_variation(out: Gathered, variations: list[Any]) -> None:
    for each in variations[:8]:
        out.ignored.append(f"variations: {in_short(each)}")


def _split(prompt: str) -> tuple[str, str]:
    """The words, and those in square brackets, which are to be kept out."""
    negative = " ".join(part.strip() for part in _NEGATIVE.findall(prompt))
    return " ".join(_NEGATIVE.sub(" ", prompt).split(" ")).strip(), negative


def _dream(text: str) -> ParsedRecipe | None:
    """The command that made a picture: a quoted prompt, then options."""
    if len(text) > _LONGEST_DREAM:
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if not words:
        return None
    pairs = dict(_options(words[1:]))
    if not {"steps", "seed"} & pairs.keys():
        return None
    out = Gathered("invokeai", "InvokeAI")
    _words(out, *_split(words[0]))
    told = Told(pairs)
    out.numbers(told, _NUMBERS)
    out.size(told.take("width"), told.take("height"))
    out.sampling(told.take("sampler"))
    if (strength := told.take("strength")) is not None:
        out.start(strength)
    out.put("noise", Noise(source="cpu"))
    out.ignored += told.left()
    return out.parsed()


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Options with their values, joined ("-s50") or apart."""
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word in _OPTIONS and index < len(words):
            yield _OPTIONS[word], words[index]
            index += 1
        elif word[:2] in _OPTIONS and not word.startswith("--"):
            yield _OPTIONS[word[:2]], word[2:]
        elif "=" in word and word.partition("=")[0] in _OPTIONS:
            name, _, value = word.partition("=")
            yield _OPTIONS[name], value
        else:
            yield word, "given"
