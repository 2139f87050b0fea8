"""The tensors of a LoRA or LyCORIS file by layer and part, and the form of change that a layer's
parts make. Names alone, no weights.

Forms, as their authors write them: LoRA and LoCon (kohya-ss, LyCORIS, diffusers, PEFT), LoHa, LoKr,
GLoRA, diagonal and butterfly OFT, IA3, full differences, norm layers (LyCORIS); each with a bias,
and with DoRA's lengths where it has a rank.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from core.values.model import Problem, Reason, unsupported

_PART = re.compile(
    r"\.(lora_down|lora_up|lora_mid|lora_[AB](?:\.[\w-]+)?|lora\.down|lora\.up|lora_linear_layer\.down|lora_linear_layer\.up"
    r"|a1|a2|b1|b2|bm)\.weight$"
    r"|\.(lora_(?:up|B(?:\.[\w-]+)?)\.bias|alpha|dora_scale|lora_magnitude_vector(?:\.[\w-]+)?|diff|diff_b|set_weight|w_norm|b_norm"
    r"|hada_w1_a|hada_w1_b|hada_w2_a|hada_w2_b|hada_t1|hada_t2|lokr_w1|lokr_w2|lokr_w1_a|lokr_w1_b|lokr_w2_a|lokr_w2_b|lokr_t2"
    r"|oft_blocks|oft_diag|rescale|on_input)$"
)
_ROLES = {
    "lora_down": "down",
    "lora.down": "down",
    "lora_linear_layer.down": "down",
    "lora_up": "up",
    "lora.up": "up",
    "lora_linear_layer.up": "up",
    "lora_mid": "mid",
    "oft_diag": "oft_blocks",
}
_XLABS = re.compile(
    r"(double_blocks|single_blocks)\.(\d+)\.processor\.(qkv|proj)_lora([12]?)\.(down|up)\.weight$"
)
_PROCESSOR = re.compile(r"\.processor\.(to_(?:q|k|v|out))_lora\.(down|up)\.weight$")
# What is known by name and cannot be applied: (its name for a person, pattern);
# the layer is what stands before.
_FOREIGN = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("OFT (PEFT)", r"\.oft_(r|R|s)(\.|$)"),
        ("BOFT (PEFT)", r"\.boft_[RPs](\.|$)"),
        ("VeRA", r"\.?vera_(lambda_[bd]|A|B)(\.|$)"),
        ("IA3 (PEFT)", r"\.ia3_l(\.|$)"),
        ("AdaLoRA", r"\.(lora_E|ranknum)(\.|$)"),
        ("FourierFT", r"\.fourierft_spectrum(\.|$)"),
        ("HRA", r"\.hra_u(\.|$)"),
        ("LoRA of a token table", r"\.lora_embedding_[AB](\.|$)"),
        ("LoRA-XS", r"\.lora_xs_R(\.|$)"),
        ("GLoKr", r"\.glokr_\w+(\.|$)"),
        ("LoRA with a reshaped base", r"\.reshape_weight$"),
        ("DyLoRA", r"\.lora_[AB]_list(\.|$)"),
    )
)
_BUNDLED = re.compile(r"^(bundle_emb\.[^.]+)\.")
_NEEDS = (  # a form and all the parts without which it is none
    ("lora", ("up", "down")),
    ("loha", ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")),
    ("glora", ("a1", "a2", "b1", "b2")),
    ("oft", ("oft_blocks",)),
    ("ia3", ("weight", "on_input")),
    ("full", ("diff",)),
    ("set", ("set_weight",)),
    ("norm", ("w_norm",)),
)
_BIASES = ("diff_b", "b_norm")
# nothing by themselves
_BESIDE = frozenset(("alpha", "dora_scale", "magnitude", "rescale", "up_bias"))


@dataclass(slots=True)
class AdapterLayers:
    """`parts` gives for each layer its tensors' names by role ("up", "down", "hada_w1_a",
    "diff_b" ...); `foreign` counts layers of forms that cannot be applied, by the form's name;
    `strange` counts tensors of which nothing is known."""

    parts: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    foreign: Counter[str] = field(default_factory=Counter[str])
    strange: int = 0

    def incomplete(self) -> int:
        """How many layers lack a part of every form they could be."""
        return sum(not (weight_form(roles) or has_bias(roles)) for roles in self.parts.values())

    def why_nothing(self) -> Problem | None:
        """Why nothing of the file can be applied to any model; None where something can."""
        lacking = self.incomplete()
        if len(self.parts) > lacking:
            return None
        if self.foreign:
            forms = counted_forms(self.foreign)
            return unsupported(f"It is of a form that Calotype does not apply: {forms}.")
        if lacking:
            which = f"each of its {lacking} layers" if lacking > 1 else "its layer"
            return Problem(Reason.INCOMPLETE, f"It is incomplete: {which} lacks a part.")
        return Problem(Reason.FOREIGN, "It holds no layers that Calotype knows.")


def usual_spelling(name: str) -> str:
    """A tensor's name in XLabs' or diffusers' old manner as others write it; the rest unchanged."""
    match = _XLABS.search(name)
    if match is None:
        return _PROCESSOR.sub(r".\1.lora.\2.weight", name)
    kind, number, what, stream, side = match.groups()
    if kind == "single_blocks":
        layer = "linear1_qkv" if what == "qkv" else "linear2"
    else:
        layer = f"{'txt' if stream == '2' else 'img'}_attn_{what}"
    return f"{kind}.{number}.{layer}.lora_{side}.weight"


def adapter_layers(names: Iterable[str]) -> AdapterLayers:
    """All tensors of a file sorted to layers."""
    layers = AdapterLayers()
    plain: list[tuple[str, str]] = []
    foreign: set[tuple[str, str]] = set()
    for name in names:
        spelt = usual_spelling(name)
        match = _PART.search(spelt)
        if match:
            roles = layers.parts.setdefault(spelt[: match.start()], {})
            role = _role(match[1] or match[2])
            layers.strange += role in roles  # a second adapter in the file: the later one counts
            roles[role] = name
        elif spelt.endswith(".weight"):
            plain.append((spelt.removesuffix(".weight"), name))
        else:
            layers.strange += not _note_foreign(spelt, foreign)
    for layer, name in plain:  # IA3 calls its vector "weight"
        if "on_input" in layers.parts.get(layer, {}):
            layers.parts[layer]["weight"] = name
        else:
            layers.strange += not _note_foreign(f"{layer}.weight", foreign)
    unnamed = {layer for _, layer in foreign}
    for layer in [
        layer for layer, roles in layers.parts.items() if layer in unnamed and set(roles) <= _BESIDE
    ]:
        del layers.parts[layer]
    layers.foreign = Counter(form for form, _ in foreign)
    return layers


def _role(said: str) -> str:
    if said.endswith(".bias"):
        return "up_bias"
    if said.startswith("lora_magnitude_vector"):
        return "magnitude"
    if said.startswith("lora_A"):
        return "down"
    if said.startswith("lora_B"):
        return "up"
    return _ROLES.get(said, said)


def _note_foreign(name: str, foreign: set[tuple[str, str]]) -> bool:
    if match := _BUNDLED.match(name):
        foreign.add(("embeddings", match[1]))
        return True
    for form, pattern in _FOREIGN:
        if match := pattern.search(name):
            foreign.add((form, name[: match.start()]))
            return True
    return False


def weight_form(roles: Collection[str]) -> str:
    """The form in which these parts change a weight; "" where they
    change none or are incomplete."""
    for form, needed in _NEEDS:
        if all(role in roles for role in needed):
            return form
    first = "lokr_w1" in roles or ("lokr_w1_a" in roles and "lokr_w1_b" in roles)
    second = "lokr_w2" in roles or ("lokr_w2_a" in roles and "lokr_w2_b" in roles)
    return "lokr" if first and second else ""


def has_bias(roles: Collection[str]) -> bool:
    """Whether these parts change a bias."""
    return any(role in roles for role in _BIASES) or ("up_bias" in roles and "up" in roles)


def counted_forms(forms: Mapping[str, int]) -> str:
    """ "12 layers of OFT (PEFT) and 2 embeddings"."""
    words = [
        _number_of(form, count) for form, count in sorted(forms.items(), key=lambda item: -item[1])
    ]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _number_of(form: str, count: int) -> str:
    plural = "s" if count > 1 else ""
    return (
        f"{count} embedding{plural}" if form == "embeddings" else f"{count} layer{plural} of {form}"
    )
