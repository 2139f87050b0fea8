"""What a diffusers folder is, from its configurations and the headers of its weights."""

from __future__ import annotations

import os
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, cast

from core.models.files.header import Header, read_header
from core.models.files.header_inspection import distilled_kind, of_header
from core.models.files.inspection_record import MAX_FILES, Inspection
from core.system.errors import ModelMissing
from core.system.json_files import list_or_empty, table_in
from core.system.regular_files import walk_files
from core.values.model import ModelKind, Problem, Reason, unsupported

MAX_CONFIG = 2**20  # bytes
MAX_SHARDS = 1000  # files of weights of a pipeline
_UNET_FAMILY = {768: "sd15", 1024: "sd21", 2048: "sdxl", 1280: "sdxl-refiner"}
_VARIANTS = {9: "inpainting", 8: "instruct", 5: "depth", 7: "upscale"}
_TRANSFORMERS = {
    "SD3Transformer2DModel": "sd3",
    "FluxTransformer2DModel": "flux",
    "Flux2Transformer2DModel": "flux2",
}

# Pipelines of diffusers that make a picture from text alone; those of families with a wrapper
# of ours do not come here.
PIPELINES = frozenset(
    f"{name}Pipeline"
    for name in (
        "AuraFlow",
        "Bria",
        "BriaFibo",
        "Chroma",
        "CogView3Plus",
        "CogView4",
        "ErnieImage",
        "Flux2",
        "Flux2Klein",
        "GlmImage",
        "HiDreamImage",
        "HunyuanDiT",
        "HunyuanImage",
        "Kolors",
        "Krea2",
        "Lumina",
        "Lumina2",
        "NucleusMoEImage",
        "OmniGen",
        "OvisImage",
        "PixArtAlpha",
        "PixArtSigma",
        "PRX",
        "QwenImage",
        "QwenImage21",
        "Sana",
        "SanaSprint",
        "ZImage",
    )
)
_LIBRARIES = frozenset({"diffusers", "transformers", None})


def config_of(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """A folder's configuration as a dict; {} where it is missing, larger than 1 MiB or no table."""
    return table_in(folder / name, MAX_CONFIG)


def weight_files(folder: Path) -> list[Path]:
    """A part's safetensors files; of twins in two precisions the plain ones."""
    files = sorted(path for path in folder.glob("*.safetensors") if os.path.isfile(path))
    return [file for file in files if not re.search(r"\.(fp16|bf16)[.-]", file.name)] or files


def inspect_folder(folder: Path) -> Inspection:
    """A diffusers pipeline folder, or one part's folder (unet, vae,
    controlnet, a LoRA's folder)."""
    for part in ("unet", "transformer"):
        if (folder / part).is_dir():
            return _pipeline(folder, part)
    files = weight_files(folder)
    if len(files) == 1:
        return _single(folder, files[0])
    problem = Problem(Reason.NO_MODEL, "It is no model folder.")
    if any(folder.glob("*.bin")) or any(folder.glob("*.ckpt")):
        problem = Problem(
            Reason.INCOMPLETE, "It holds only pickle weights (.bin); get the safetensors version."
        )
    return Inspection(str(folder), ModelKind.UNKNOWN, problems=(problem,))


def _single(folder: Path, file: Path) -> Inspection:
    try:
        return of_header(str(folder), read_header(file))
    except ModelMissing as fault:
        problem = Problem(Reason.DAMAGED, str(fault))
        return Inspection(str(folder), ModelKind.UNKNOWN, problems=(problem,))


def _family(config: dict[str, Any], part: str) -> tuple[str, str]:
    """(family, variant) from the denoiser's configuration."""
    if part == "transformer":
        name = str(config.get("_class_name", ""))
        family = _TRANSFORMERS.get(name, "generic")
        if family == "flux":
            return family, "dev" if config.get("guidance_embeds") else "schnell"
        if family == "sd3":
            return family, _sd3_variant(config)
        return family, name
    family = _UNET_FAMILY.get(_text_width(config), "sd-unknown")
    channels = config.get("in_channels")
    variant = _VARIANTS.get(channels, "") if isinstance(channels, int) else ""
    return "sd-unknown" if _strange(config) else family, variant


def _sd3_variant(config: dict[str, Any]) -> str:
    layers = config.get("num_layers")
    if isinstance(layers, int) and layers >= 38:
        return "3.5-large"
    return "3.5-medium" if config.get("dual_attention_layers") else "3-medium"


def _text_width(config: dict[str, Any]) -> int:
    """How wide the texts are that a UNet takes; 0 where its
    configuration names none, or several."""
    said = config.get("cross_attention_dim")
    every = cast("list[object]", said) if isinstance(said, list) else [said]
    widths = [width for width in every if isinstance(width, int)]
    return widths[0] if len(widths) == len(every) and len(set(widths)) == 1 else 0


# What a configuration of diffusers says of a UNet that is fed with more,
# or other things, than text: key, words.
_FED = (
    ("encoder_hid_dim_type", "texts or pictures of an encoder of its own"),
    ("class_embed_type", "a picture or a class beside the text"),
    ("num_class_embeds", "a class beside the text"),
    ("encoder_hid_dim", "texts of another encoder"),
)
_POOLED = {"sdxl": 2816, "sdxl-refiner": 2560}


def _strange(config: dict[str, Any]) -> str:
    """One sentence where a UNet's configuration is none of Stable Diffusion's,
    whatever the width of its texts; else ""."""
    name = str(config.get("_class_name", "UNet2DConditionModel"))
    if name != "UNet2DConditionModel":
        return f'Its denoiser is a "{name[:60]}", which Calotype does not run.'
    if config.get("in_channels") == 7:  # the x4 upscaler, which is known: it takes a class
        return ""
    for key, words in _FED:
        if config.get(key) is not None:
            return f"Its denoiser takes {words}, which Calotype does not run."
    pooled = config.get("projection_class_embeddings_input_dim")
    family = _UNET_FAMILY.get(_text_width(config), "")
    if family and config.get("addition_embed_type") is not None and pooled != _POOLED.get(family):
        return "Its denoiser takes numbers beside the text that no model of Stable Diffusion takes."
    return ""


def _strangers(folder: Path, config: dict[str, Any]) -> list[Problem]:
    """What keeps a folder with a UNet from being run as Stable Diffusion."""
    strange = _strange(config)
    problems = [unsupported(strange)] if strange else []
    vae = config_of(folder / "vae")
    name = str(vae.get("_class_name", "AutoencoderKL"))
    colours = vae.get("out_channels", 3)
    if name != "AutoencoderKL" or colours != 3:
        what = f'a "{name[:60]}" of {str(colours)[:9]} colours'
        problems.append(unsupported(f"Its VAE is {what}, which Calotype does not run."))
    scheduler = config_of(folder / "scheduler", "scheduler_config.json")
    if str(scheduler.get("_class_name", "")).startswith("EDM"):
        problems.append(unsupported("It is sampled by EDM's rules, which are not supported."))
    return problems


def _declared(folder: Path, index: dict[str, Any]) -> tuple[list[str], list[Problem]]:
    """The weighted parts a pipeline's index lists, and what keeps it from running."""
    problems: list[Problem] = []
    name = str(index.get("_class_name", ""))
    if name not in PIPELINES:
        pipeline = name[:60] or "no pipeline"
        problems.append(unsupported(f'it is made for "{pipeline}", which Calotype does not run.'))
    wanted: list[str] = []
    for part, declared in index.items():
        pair = list_or_empty(declared)
        if part.startswith("_") or len(pair) != 2 or pair[1] is None:
            continue
        if pair[0] not in _LIBRARIES:
            problems.append(
                unsupported(
                    f"its part {part[:40]} wants code of its own, which Calotype never runs."
                )
            )
        elif not (folder / part).is_dir():
            problems.append(Problem(Reason.INCOMPLETE, f"its folder {part[:40]} is missing."))
        elif any((folder / part).glob("*.safetensors")) or any((folder / part).glob("*.bin")):
            wanted.append(part)
    return wanted, problems


def _headers(folder: Path, parts: list[str]) -> tuple[list[Header], list[Problem]]:
    headers: list[Header] = []
    problems: list[Problem] = []
    if sum(len(weight_files(folder / part)) for part in parts) > MAX_SHARDS:
        many = f"It has more than {MAX_SHARDS} files of weights; no model has that many."
        return [], [Problem(Reason.DAMAGED, many)]
    for part in parts:
        files = weight_files(folder / part)
        if not files:
            lack = f"{part} has no .safetensors weights."
            if any((folder / part).glob("*.bin")):
                lack = f"{part} has only pickle weights (.bin); get the safetensors version."
            problems.append(Problem(Reason.INCOMPLETE, lack))
        for file in files:
            try:
                headers.append(read_header(file))
            except ModelMissing as fault:
                problems.append(Problem(Reason.DAMAGED, str(fault)))
    return headers, problems


def _expected(folder: Path, denoiser: str) -> tuple[list[str], list[Problem]]:
    """The weighted parts of a pipeline of Stable Diffusion or FLUX.1, and what it lacks."""
    encoders = [
        part
        for part in ("text_encoder", "text_encoder_2", "text_encoder_3")
        if (folder / part).is_dir()
    ]
    problems = [
        Problem(Reason.INCOMPLETE, f"its folder {part} is missing.")
        for part in ("vae", "text_encoder", "tokenizer")
        if not (folder / part).is_dir() and not _has_second(folder, part)
    ]
    return [denoiser, "vae", *encoders], problems


def _has_second(folder: Path, part: str) -> bool:
    """XL's refiner has its second text encoder and tokenizer only."""
    return part in ("text_encoder", "tokenizer") and (folder / f"{part}_2").is_dir()


def _brings_code(folder: Path) -> bool:
    return any(file.suffix == ".py" for file in islice(walk_files(folder), MAX_FILES))


def _prediction(scheduler: dict[str, Any], denoiser: str) -> str:
    """What the scheduler's configuration says of it; transformers follow a flow where
    it is silent."""
    if denoiser == "transformer" and "prediction_type" not in scheduler:
        return "flow"
    stated = str(scheduler.get("prediction_type", "epsilon" if scheduler else ""))
    return "v" if stated == "v_prediction" else stated


def _distilled(
    folder: Path, index: dict[str, Any], config: dict[str, Any], family: str, variant: str
) -> tuple[str, tuple[str, ...]]:
    """(kind, evidence), as `distilled_kind` gives them."""
    if config.get("time_cond_proj_dim"):
        return "lcm", ("its denoiser takes the guidance scale as an input",)
    return distilled_kind(
        {"modelspec.title": str(index.get("_name_or_path", ""))},
        folder.name,
        guidance_embedding=variant != "schnell" if family == "flux" else None,
        family=family,
    )


def _dtype(counts: Counter[str]) -> str:
    """The number format of most parameters, as torch names it."""
    dtype = max(counts, key=counts.__getitem__) if counts else ""
    names = {"F16": "float16", "BF16": "bfloat16", "F32": "float32"}
    return names.get(dtype, dtype.lower())


def _pipeline(folder: Path, denoiser: str) -> Inspection:
    """A whole pipeline whose denoiser is a "unet" or a "transformer"."""
    config = config_of(folder / denoiser)
    index = config_of(folder, "model_index.json")
    scheduler = config_of(folder / "scheduler", "scheduler_config.json")
    family, variant = _family(config, denoiser)
    if family in ("generic", "flux2"):
        wanted, problems = _declared(folder, index)
    else:
        wanted, problems = _expected(folder, denoiser)
    if family == "flux" and (entry := config.get("in_channels", 64)) != 64:
        wants = f"It wants a picture beside the text ({entry} channels)"
        problems.append(unsupported(f"{wants}, which is not supported yet."))
    if not config:
        problems.append(
            Problem(Reason.INCOMPLETE, f"{denoiser}/config.json is missing or unreadable.")
        )
    elif denoiser == "unet":
        problems = [*_strangers(folder, config), *problems]
    if _brings_code(folder):
        problems.append(unsupported("It brings program code (.py), which Calotype never runs."))
    headers, faults = _headers(folder, [part for part in wanted if (folder / part).is_dir()])
    counts = Counter[str]()
    for header in headers:
        counts.update(header.counts)
    distilled, evidence = _distilled(folder, index, config, family, variant)
    return Inspection(
        path=str(folder),
        kind=ModelKind.CHECKPOINT,
        family=family,
        prediction=_prediction(scheduler, denoiser),
        variant=variant,
        dtype=_dtype(counts),
        parameters=sum(counts.values()),
        bytes=sum(header.bytes for header in headers),
        problems=(*problems, *faults),
        distilled=distilled,
        evidence=evidence,
        zero_snr=bool(scheduler.get("rescale_betas_zero_snr")),
        layout="diffusers",
        parts=tuple(wanted),
    )
