"""What a checked header says of a model: kind, family, prediction, variant, distilled kind.

What a header cannot tell is "" with the possible answers in `choices`. Key layouts: CompVis LDM,
Stability sgm and SD3, Black Forest Labs FLUX, diffusers, kohya-ss, LyCORIS, A1111 embeddings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.models.files.header import Header
from core.models.files.inspection_record import Inspection
from core.models.files.key_layouts.adapter_forms import adapter_layers
from core.models.files.key_layouts.table import LayoutMatch, identify
from core.models.files.key_layouts.upscalers import upscaler_shape
from core.values.model import ModelKind, Problem, Reason

_DISTILLED = (
    ("lcm", r"(?<![a-z])lcm(?![a-z])"),
    ("turbo", r"turbo"),
    ("lightning", r"lightning"),
    ("hyper", r"hyper[-_ ]?sd|(?<![a-z])hyper(?![a-z])"),
    ("dmd2", r"(?<![a-z])dmd2?(?![a-z])"),
    ("schnell", r"schnell"),
    ("tcd", r"(?<![a-z])tcd(?![a-z])"),
)
_WORDS = {
    "title": ("modelspec.title", "ss_output_name"),
    "author": ("modelspec.author",),
    "description": ("modelspec.description",),
    "licence": ("modelspec.license", "license"),
    "trigger_words": ("modelspec.trigger_phrase", "ss_trigger_words"),
    "resolution": ("modelspec.resolution", "ss_resolution"),
    "base_model": ("ss_base_model_version", "ss_sd_model_name"),
}
_PREDICTION_NOTES = ("modelspec.prediction_type", "modelspec.predict_key", "modelspec.architecture")
_SD = r"(sd|stable[-_ ]?diffusion)[-_ ]?"
_BASES = (
    ("flux2", r"flux[-_. ]?2"),
    ("flux", r"flux"),
    ("sd3", _SD + "v?3"),
    ("sdxl", r"sdxl|stable[-_ ]?diffusion[-_ ]?xl"),
    ("sd21", _SD + "v?2"),
    ("sd15", _SD + "v?1"),
)
# Models whose adapters have the tensors of one of our families: what the
# trainer noted tells them apart.
_FOREIGN = re.compile(
    r"(?<![a-z])(chroma|kolors|qwen|z[-_ ]?image|wan[-_ ]?(2|video|t2v|i2v)|hunyuan|lumina|"
    r"anima(?!g)|pixart|sana|hidream|aura[-_ ]?flow|cascade|cosmos|ltx|longcat|bria(?![a-z])|"
    r"svd(?![a-z])|animatediff)"
)
_TINY = {4: (("sdxl", r"xl"), ("sd15", r"")), 16: (("flux", r"f1|flux"), ("sd3", r"3"))}
# what a trainer writes into: shapes alone may fit several families
_NOTED_BY_TRAINERS = (
    ModelKind.LORA,
    ModelKind.VAE,
    ModelKind.EMBEDDING,
    ModelKind.CONTROLNET,
)
_V_OR_EPSILON = "Its header cannot tell whether it predicts v (768 px) or epsilon (512 px base)."


def of_header(path: str, header: Header) -> Inspection:
    """The inspection of a checked header; `path` also lends its name as evidence."""
    layout = identify(header.shapes)
    cause = _no_layer(layout, header)
    own_problems = layout.problems
    layout = replace(layout, problems=(*own_problems, *cause))
    dtypes = Counter(header.counts)
    result = Inspection(
        path=path,
        kind=layout.kind,
        family=layout.family,
        variant=layout.variant,
        bytes=header.bytes,
        problems=layout.problems,
        dtype=_dtype(dtypes),
        parameters=sum(dtypes.values()),
        layout=layout.layout,
        parts=layout.parts,
        words=_words(header.metadata),
    )
    name = Path(path).stem
    if layout.kind == ModelKind.CHECKPOINT:
        result = _with_prediction(result, layout, header, name)
    if layout.kind in (ModelKind.CHECKPOINT, ModelKind.LORA):
        distilled, evidence = distilled_kind(
            header.metadata,
            name,
            guidance_embedding=layout.guidance_embedding,
            family=layout.family,
        )
        result = replace(result, distilled=distilled, evidence=(*result.evidence, *evidence))
    if layout.kind == ModelKind.UPSCALER and (shape := upscaler_shape(header.shapes)):
        result = replace(result, variant=shape.architecture, scale=shape.scale)
    if layout.variant == "tiny":
        result = _tiny_family(result, layout.latent_channels)
    elif layout.kind in _NOTED_BY_TRAINERS and not own_problems:
        result = _family_from_words(result, header)
    return result


def _no_layer(layout: LayoutMatch, header: Header) -> tuple[Problem, ...]:
    """Why no layer of an adapter can be used; nothing where one can."""
    cause = adapter_layers(header.shapes).why_nothing() if layout.kind == ModelKind.LORA else None
    return (cause,) if cause is not None else ()


def _dtype(counts: Counter[str]) -> str:
    """The number format of most parameters, as torch names it."""
    names = {
        "F16": "float16",
        "BF16": "bfloat16",
        "F32": "float32",
        "F64": "float64",
        "F8_E4M3": "float8_e4m3fn",
        "F8_E5M2": "float8_e5m2",
        "I8": "int8",
        "U8": "uint8",
    }
    if not counts:
        return ""
    most = counts.most_common(1)[0][0]
    return names.get(most, most.lower())


def _words(texts: Mapping[str, str]) -> dict[str, str]:
    """What the file says about itself, each text cut to 2,000 characters;
    a preview picture is only announced."""
    known: dict[str, str] = {}
    for word, keys in _WORDS.items():
        for key in keys:
            value = texts.get(key)
            if value and value.strip() and value != "None":
                known[word] = value.strip()[:2000]
                break
    if "modelspec.thumbnail" in texts:
        known["preview"] = "embedded"
    return known


def distilled_kind(
    texts: Mapping[str, str], name: str, *, guidance_embedding: bool | None = None, family: str = ""
) -> tuple[str, tuple[str, ...]]:
    """(kind, evidence): "turbo", "lcm", "lightning", "hyper", "dmd2", "tcd", "schnell" or "", from
    metadata first, then the name."""
    if family == "flux" and guidance_embedding is False:
        return "schnell", ("it has no guidance embedding",)
    sources = [
        (f'its metadata {key} says "{texts[key][:60]}"', texts[key])
        for key in (
            "modelspec.title",
            "modelspec.architecture",
            "ss_output_name",
            "ss_base_model_version",
        )
        if key in texts
    ]
    for evidence, text in (*sources, (f'its name is "{name[:60]}"', name)):
        for kind, pattern in _DISTILLED:
            if re.search(pattern, text.lower()) and (kind != "schnell" or family in ("", "flux")):
                return kind, (evidence,)
    return "", ()


def _with_prediction(
    result: Inspection, layout: LayoutMatch, header: Header, name: str
) -> Inspection:
    """epsilon, v or flow, and zero terminal SNR; for Stable Diffusion 2 metadata and
    names decide, or a person."""
    keys = header.shapes
    zero = "ztsnr" in keys
    evidence: tuple[str, ...] = ()
    if layout.family in ("sd3", "flux", "flux2"):
        return replace(result, prediction="flow")
    if not layout.family:  # another model: nobody here knows
        return result
    if "v_pred" in keys:
        return replace(result, prediction="v", zero_snr=zero, evidence=("it holds the key v_pred",))
    stated = " ".join(header.metadata.get(key, "") for key in _PREDICTION_NOTES).lower()
    if (
        re.search(r"(^|[\s-])v(_prediction|-prediction|-pred)?(\s|$|/)", stated)
        and "v1" not in stated.split()
    ):
        prediction = "v"
        evidence = ("its metadata says so",)
    elif "epsilon" in stated:
        prediction = "epsilon"
        evidence = ("its metadata says so",)
    elif layout.family == "sd21":
        return _sd2(result, layout, header, name)
    else:
        prediction = "epsilon"
        if re.search(r"v[-_ ]?pred", name.lower()):
            prediction = "v"
            evidence = (f'its name is "{name[:60]}"',)
    return replace(result, prediction=prediction, zero_snr=zero, evidence=evidence)


def _sd2(result: Inspection, layout: LayoutMatch, header: Header, name: str) -> Inspection:
    """768 px models of Stable Diffusion 2 predict v, 512 px ones (base, inpainting, depth) epsilon;
    the shapes are the same."""
    if layout.variant in ("inpainting", "depth", "upscale"):
        return replace(
            result,
            prediction="v" if layout.variant == "upscale" else "epsilon",
            evidence=("models of this kind are 512 px",),
        )
    said = (
        result.words.get("resolution", "") + " " + header.metadata.get("modelspec.architecture", "")
    )
    for text, evidence in (
        (said, "its metadata gives the size"),
        (name, f'its name is "{name[:60]}"'),
    ):
        lowered = text.lower()
        if re.search(r"768|(?<![a-z])ema-pruned-v|v-pred", lowered):
            return replace(result, prediction="v", evidence=(evidence,))
        if re.search(r"512|base", lowered):
            return replace(result, prediction="epsilon", evidence=(evidence,))
    return replace(
        result,
        choices={"prediction": ("v", "epsilon")},
        problems=(*result.problems, Problem(Reason.PREDICTION, _V_OR_EPSILON)),
    )


def _family_from_words(result: Inspection, header: Header) -> Inspection:
    """What the trainer noted, for files whose shapes fit several families,
    or one of ours and a stranger."""
    noted = " ".join(
        header.metadata.get(key, "") for key in ("ss_base_model_version", "modelspec.architecture")
    ).lower()
    if stranger := _FOREIGN.search(noted):
        made_for = f'Its metadata says that it is made for "{stranger[0]}"'
        problem = Problem(Reason.FOREIGN, f"{made_for}, so Calotype cannot use it.")
        return replace(result, family="", problems=(*result.problems, problem))
    for family, pattern in () if result.family else _BASES:
        if re.search(pattern, noted):
            return replace(
                result, family=family, evidence=(*result.evidence, "its metadata names the family")
            )
    return result


def _tiny_family(result: Inspection, channels: int) -> Inspection:
    """Whose latents a tiny autoencoder decodes: four channels are 1.x and 2.x or XL, sixteen SD 3
    or FLUX; the names tell them apart."""
    path = Path(result.path)
    nearby = (path.stem, *reversed(path.parts[-4:-1]))
    name = next((name for name in nearby if re.search(r"tae|tiny", name.lower())), path.stem)
    for family, pattern in _TINY.get(channels, ()):
        if re.search(pattern, name.lower()):
            return replace(
                result,
                family=family,
                evidence=(f'it has {channels} latent channels and its name is "{name[:60]}"',),
            )
    return result
