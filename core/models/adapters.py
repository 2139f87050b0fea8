"""Tensor names and shapes of the small files that change a model: LoRA and its kin, and textual-inversion embeddings."""

from __future__ import annotations

import re
from collections.abc import Mapping

Shapes = Mapping[str, tuple[int, ...]]


class Named(dict[str, tuple[int, ...]]):
    """Shapes whose names are also one text, a line each, so that thousands are searched at once."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__(shapes)
        self.lines = "\n".join(["", *shapes])

    def begins(self, *prefixes: str) -> bool:
        """Whether a name begins so."""
        return any("\n" + prefix in self.lines for prefix in prefixes)

    def holds(self, *parts: str) -> bool:
        """Whether a name has such a part."""
        return any(part in self.lines for part in parts)


_FLUX_WIDE = 3072  # Stable Diffusion 3's are 1536 and 2432 wide
_CONTEXT = {768: "sd15", 1024: "sd21", 2048: "sdxl", 1280: "sdxl-refiner"}

# (variant, suffix of a tensor's name); the first that occurs names the method.
_METHODS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((name, re.compile(pattern, re.MULTILINE)) for name, pattern in (
    ("dora", r"\.(dora_scale|lora_magnitude_vector(\.weight)?)$"), ("loha", r"\.hada_w1_a$"), ("lokr", r"\.lokr_w[12](_[ab])?$"),
    ("oft", r"\.(oft_blocks|oft_diag|oft_[rRs](\.[\w.-]+)?)$"), ("boft", r"\.boft_[RPs](\.[\w.-]+)?$"), ("glora", r"\.(a1|b1)\.weight$"),
    ("ia3", r"\.on_input$|\.ia3_l(\.[\w.-]+)?$"), ("vera", r"vera_lambda_[bd](\.[\w.-]+)?$"),
    ("fourierft", r"\.fourierft_spectrum(\.[\w.-]+)?$"),
    ("hra", r"\.hra_u(\.[\w.-]+)?$"), ("glokr", r"\.glokr_\w+$"),
    ("lora", r"\.(lora_down|lora_up)\.weight$|\.lora_[AB](\.[\w-]+)?\.weight$|[._]lora[12]?\.(down|up)\.weight$|\.lora_linear_layer\."),
    ("full", r"\.diff(_b)?$"), ("norms", r"\.[wb]_norm$"),
))


def identify_adapter(shapes: Named) -> tuple[str, str, str] | None:
    """("lora" or "embedding", family or "", variant), None where the names are of neither."""
    if "lora_controlnet" in shapes or shapes.begins("lllite_unet_", "model.diffusion_model.input_blocks.0."):
        return None
    for variant, pattern in _METHODS:
        if pattern.search(shapes.lines):
            if variant in ("glora", "ia3", "full", "norms") and not shapes.begins("lora_", "diffusion_model.", "lycoris_", "base_model."):
                continue
            return "lora", lora_family(shapes), variant
    return _embedding(shapes)


def lora_family(shapes: Named) -> str:
    """The family an adapter was made for, "" where its tensors do not tell."""
    lines = shapes.lines
    if shapes.holds("double_blocks", "single_") and re.search(r"(double_blocks|single_blocks|single_transformer_blocks)[._]\d", lines):
        return "flux"
    if re.search(r"joint_blocks[._]\d", lines):
        return "sd3"
    deep = re.search(r"transformer_blocks_[2-9]", lines) is not None
    if shapes.begins("lora_te2_", "text_encoder_2.", "base_model.model.text_encoder_2.") or (
            deep and shapes.holds("input_block", "output_block", "middle_block")
            and re.search(r"(input|output|middle)_blocks?_\d\w*_transformer_blocks_[2-9]", lines)):
        return "sdxl"
    if re.search(r"transformer[._](transformer_blocks|pos_embed)", lines):
        if shapes.holds("img_mlp", "img_mod", "txt_mlp"):
            return ""  # others build on blocks of that name too
        return "flux" if _FLUX_WIDE in {side for shape in shapes.values() for side in shape} else "sd3"
    for name, shape in shapes.items():
        if "attn2" in name and re.search(r"attn2[._](to_k|to_v|processor[._]to_[kv]_lora)", name):
            width = _input_width(name, shape, shapes)
            if width in _CONTEXT:
                return _CONTEXT[width]
    return _by_depth(shapes) or _by_text_encoder(shapes)


def _input_width(name: str, shape: tuple[int, ...], shapes: Shapes) -> int:
    """The layer's input width, from the factor that holds it (0 where this tensor is not that factor)."""
    if re.search(r"(lora_down|lora_A(\.[\w-]+)?|lora\.down|_lora\.down|lora_linear_layer\.down)\.weight$", name) and len(shape) >= 2:
        return shape[1]
    if name.endswith((".hada_w1_b", ".diff")) and len(shape) >= 2:
        return shape[1]
    match = re.match(r"(.*)\.lokr_w2(_b)?$", name)
    if match and len(shape) >= 2:
        small = shapes.get(match[1] + ".lokr_w1") or shapes.get(match[1] + ".lokr_w1_b")
        return shape[1] * small[1] if small and len(small) == 2 else 0
    return 0


def _by_depth(shapes: Named) -> str:
    """Ten transformer blocks in one place exist only in XL."""
    return "sdxl" if re.search(r"attentions[._]\d+[._]transformer_blocks[._][2-9]", shapes.lines) else ""


def _by_text_encoder(shapes: Shapes) -> str:
    """An adapter of the text encoder alone: CLIP-L is 768 wide, OpenCLIP-H 1024."""
    for name, shape in shapes.items():
        if re.search(r"(lora_te_|lora_te1_|text_encoder)\w*.*(q_proj|k_proj|v_proj)", name):
            width = _input_width(name, shape, shapes)
            if width == 768 and not name.startswith("lora_te1_"):
                return "sd15"
            if width == 1024:
                return "sd21"
            if name.startswith("lora_te1_"):
                return "sdxl"
    return ""


def _embedding(shapes: Shapes) -> tuple[str, str, str] | None:
    """Textual inversion: a few vectors of the text encoder's width."""
    if not shapes or len(shapes) > 4 or any(len(shape) not in (1, 2) for shape in shapes.values()):
        return None
    if "clip_l" in shapes and "clip_g" in shapes:
        return "embedding", "sd3" if "t5xxl" in shapes else "sdxl", f"{_vectors(shapes['clip_g'])} vectors"
    if "clip_g" in shapes and len(shapes) == 1:
        return "embedding", "sdxl", f"{_vectors(shapes['clip_g'])} vectors"
    if len(shapes) != 1:
        return None
    name, shape = next(iter(shapes.items()))
    family = {768: "sd15", 1024: "sd21", 1280: "sdxl"}.get(shape[-1]) if shape else None
    if family is None or ("." in name and name != "emb_params") or _vectors(shape) > 200:
        return None
    return "embedding", family, f"{_vectors(shape)} vectors"


def _vectors(shape: tuple[int, ...]) -> int:
    return shape[0] if len(shape) == 2 else 1
