"""Tensor names and shapes of the small files that change a model: LoRA and its kin, and
textual-inversion embeddings."""

from __future__ import annotations

import re

from core.models.files.key_layouts.adapter_family import lora_family
from core.models.files.key_layouts.names import Shapes, TensorNames
from core.values.model import ModelKind

# (variant, suffix of a tensor's name); the first that occurs names the method.
_METHODS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.MULTILINE))
    for name, pattern in (
        ("dora", r"\.(dora_scale|lora_magnitude_vector(\.weight)?)$"),
        ("loha", r"\.hada_w1_a$"),
        ("lokr", r"\.lokr_w[12](_[ab])?$"),
        ("oft", r"\.(oft_blocks|oft_diag|oft_[rRs](\.[\w.-]+)?)$"),
        ("boft", r"\.boft_[RPs](\.[\w.-]+)?$"),
        ("glora", r"\.(a1|b1)\.weight$"),
        ("ia3", r"\.on_input$|\.ia3_l(\.[\w.-]+)?$"),
        ("vera", r"vera_lambda_[bd](\.[\w.-]+)?$"),
        ("fourierft", r"\.fourierft_spectrum(\.[\w.-]+)?$"),
        ("hra", r"\.hra_u(\.[\w.-]+)?$"),
        ("glokr", r"\.glokr_\w+$"),
        (
            "lora",
            r"\.(lora_down|lora_up)\.weight$|\.lora_[AB](\.[\w-]+)?\.weight$|[._]lora[12]?\.(down|up)\.weight$|\.lora_linear_layer\.",
        ),
        ("full", r"\.diff(_b)?$"),
        ("norms", r"\.[wb]_norm$"),
    )
)


def identify_adapter(shapes: TensorNames) -> tuple[ModelKind, str, str] | None:
    """(LORA or EMBEDDING, family or "", variant), None where the names are of neither."""
    if "lora_controlnet" in shapes or shapes.begins(
        "lllite_unet_", "model.diffusion_model.input_blocks.0."
    ):
        return None
    for variant, pattern in _METHODS:
        if pattern.search(shapes.lines):
            if variant in ("glora", "ia3", "full", "norms") and not shapes.begins(
                "lora_", "diffusion_model.", "lycoris_", "base_model."
            ):
                continue
            return ModelKind.LORA, lora_family(shapes), variant
    return _embedding(shapes)


# The text encoders of an embedding's vectors, by the names ComfyUI and the trainers give
# them, and how wide each is.
_ENCODERS = {"clip_l": 768, "clip_g": 1280, "t5xxl": 4096}
_EMBEDDINGS: dict[frozenset[str], str] = {
    frozenset(("clip_l", "clip_g")): "sdxl",
    frozenset(("clip_g",)): "sdxl",
    frozenset(("clip_l", "clip_g", "t5xxl")): "sd3",
    frozenset(("clip_l", "t5xxl")): "flux",
    frozenset(("clip_l",)): "sd15",
}
_WIDTHS = {768: "sd15", 1024: "sd21", 1280: "sdxl"}
# A single row of numbers that is called so is something else.
_NO_TOKEN = re.compile(
    r"(?i)(weight|bias|mean|std|latents?|samples?|noise|scale|alpha|x|tensor|data"
    r"|.*(image|prompt|text|pooled)_?embed.*|exp_avg.*)$"
)


def _embedding(shapes: Shapes) -> tuple[ModelKind, str, str] | None:
    """Textual inversion: a few vectors of the text encoder's width, named by their encoder or by
    the word that calls them."""
    if not shapes or len(shapes) > 4 or any(len(shape) not in (1, 2) for shape in shapes.values()):
        return None
    vectors = f"{max(_vectors(shape) for shape in shapes.values())} vectors"
    if set(shapes) <= set(_ENCODERS):
        right = all(shape[-1] == _ENCODERS[name] for name, shape in shapes.items())
        family = _EMBEDDINGS.get(frozenset(shapes), "")
        return (ModelKind.EMBEDDING, family, vectors) if right else None
    if len(shapes) != 1:
        return None
    name, shape = next(iter(shapes.items()))
    family = _WIDTHS.get(shape[-1])
    if (
        family is None
        or ("." in name and not name.startswith("string_to_param."))
        or _vectors(shape) > 200
        or _NO_TOKEN.match(name)
    ):
        return None
    return ModelKind.EMBEDDING, family, vectors


def _vectors(shape: tuple[int, ...]) -> int:
    return shape[0] if len(shape) == 2 else 1
