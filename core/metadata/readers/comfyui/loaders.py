"""From a sampler's model back to its file: LoRAs, changes of the model, merges, and the VAE."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from core.metadata.infotext.told import is_allowed
from core.metadata.readers.comfyui.graph import Graph, Link, Node
from core.metadata.readers.comfyui.scalars import Scalars
from core.metadata.readers.common.gathered import in_short, name_of, number_of
from core.system.json_files import table_or_empty
from core.values.request_parts.levels import Levels

_DEPTH = 96
_DEEPEST_STACK = 16
_FILES = ("ckpt_name", "unet_name", "base_ckpt_name", "model_name", "model_path", "diffusion_name")
_NO_MODEL_LOADER = re.compile(
    r"upscale|controlnet|control_net|vae|clip ?vision|sam|ultralytics|detector|ipadapter|style|"
    r"segment|tagger|caption|face|insight",
    re.IGNORECASE,
)
_MERGE = re.compile(r"merge|subtract", re.IGNORECASE)
_SHIFTS = frozenset({"ModelSamplingFlux", "ModelSamplingSD3", "ModelSamplingAuraFlow"})
_PATCHES = (256, 4096)  # of 16 x 16 pixels, at which FLUX has its base and its largest shift
_WAYS = frozenset({"Reroute", "Reroute (rgthree)", "CLIPSetLastLayer", "T5TokenizerOptions"})
# what is given a model to reckon levels for it, and makes nothing of it
_ASK_THE_MODEL = frozenset(
    {"BasicScheduler", "SDTurboScheduler", "BetaSamplingScheduler", "OptimalStepsScheduler"}
)
_INWARDS = ("model", "MODEL", "base_model", "clip", "pipe", "opt_model", "opt_clip")
_CONFIG_SKIP = re.compile(r"clip_skip_(\d+)")


@dataclass(frozen=True, slots=True)
class NamedLora:
    """A LoRA with its weights; `text_weight` None for the same."""

    name: str
    weight: object
    text_weight: object = None


@dataclass(slots=True)
class Loaded:
    """`model` is the file's name, "" where it is not known; `clip_skip`, `rescale`, `freeu` and
    `shift` where the graph has them; `known` where the way to the file is whole."""

    model: str = ""
    loras: list[NamedLora] = field(default_factory=list[NamedLora])
    clip_skip: int | None = None
    rescale: float | None = None
    freeu: tuple[float, float, float, float] | None = None
    token_merging: float | None = None
    shift: float | None = None
    known: bool = True
    approximated: list[str] = field(default_factory=list[str])
    ignored: list[str] = field(default_factory=list[str])


def loaded_behind(graph: Graph, scalars: Scalars, link: Link | None, clips: list[Link]) -> Loaded:
    """The model at a sampler's `model` input; what the text encoders (`clips`) hang on says the
    rest where that link leads nowhere."""
    reading = _Reading(graph, scalars)
    reading.follow(link, "model", 0)
    loaded = reading.loaded
    whole = loaded.known and bool(loaded.model)
    by_model = loaded.clip_skip
    by_clips = [_by_clip(graph, scalars, clip, by_model) for clip in list(dict.fromkeys(clips))[:8]]
    own = by_clips[0] if by_clips else Loaded(clip_skip=by_model)
    loaded.clip_skip = own.clip_skip
    loaded.ignored += own.ignored
    others = {each.clip_skip or 1 for each in by_clips} - {own.clip_skip or 1}
    if others:
        said = ", ".join(map(str, sorted(others)))
        loaded.approximated.append(f"clip_skip: a part of the words has {said}; here all are alike")
    if not whole:
        _complete(graph, scalars, loaded, own)
    loaded.loras.reverse()  # from the file on
    return loaded


def _by_clip(graph: Graph, scalars: Scalars, clip: Link, skip: int | None) -> Loaded:
    """What a text encoder hangs on."""
    reading = _Reading(graph, scalars)
    reading.loaded.clip_skip = skip
    reading.follow(clip, "clip", 0)
    return reading.loaded


def _complete(graph: Graph, scalars: Scalars, loaded: Loaded, by_clip: Loaded) -> None:
    """The link to the model is lost, or a node on the way is not known: what the graph has of
    models all the same, as far as there is no choice."""
    names = {_file_of(node, scalars) for node in graph.nodes.values()} - {""}
    merged = any(_MERGE.search(node.kind) for node in graph.nodes.values())
    if not loaded.model and len(names) == 1:
        loaded.model = names.pop()
        loaded.approximated.append(
            f"model: the graph does not say what the sampler is given; {in_short(loaded.model)} is "
            "the only one in it"
        )
    elif not loaded.model and by_clip.model:
        loaded.model = by_clip.model
        others = ", ".join(map(in_short, sorted(names - {by_clip.model})))
        said = "the graph merges it with" if merged else "there is also"
        loaded.approximated.append(
            "model: the graph does not say what the sampler is given; the text comes through "
            f"{in_short(by_clip.model)}, {said} {others}"
        )
    elif not loaded.model and names:
        loaded.ignored.append(f"model: one of {', '.join(map(in_short, sorted(names)))}")
    loaded.ignored += (
        f"{node.shown}: what it makes of the model is not made here"
        for node in graph.nodes.values()
        if _changes_a_model(graph, node, scalars)
    )
    here = {lora.name for lora in loaded.loras}
    others = list(by_clip.loras)
    if not others:
        others = [lora for node in graph.nodes.values() for lora in _loras_of(graph, node, scalars)]
    added = [lora for lora in others if lora.name not in here]
    if added:
        loaded.loras += added
        loaded.approximated.append(
            "LoRAs: the graph does not say which of them the sampler is given; all are taken"
        )


def _changes_a_model(graph: Graph, node: Node, scalars: Scalars) -> bool:
    """Whether a node is given a model and is there to make another one of it."""
    if node.link("model") is None or node.kind in _ASK_THE_MODEL:
        return False
    if node.link("positive", "conditioning", "latent_image", "cond1") is not None:
        return False
    return not any(True for _ in _loras_of(graph, node, scalars, off=True))


class _Reading:
    def __init__(self, graph: Graph, scalars: Scalars) -> None:
        self._graph = graph
        self._scalars = scalars
        self._seen: set[str] = set()
        self.loaded = Loaded()

    def follow(self, link: Link | None, what: str, depth: int) -> None:
        """`what` is "model" or "clip"."""
        node = self._graph.node(link)
        if node is None or depth > _DEPTH or node.id in self._seen:
            self.loaded.known = False
            return
        self._seen.add(node.id)
        self._change(node, what)
        self.loaded.loras += reversed(list(_loras_of(self._graph, node, self._scalars)))
        if file := _file_of(node, self._scalars):
            self.loaded.model = file
            return
        if _MERGE.search(node.kind) and what == "model":
            self._merged(node, depth)
            return
        inner = node.link(what, *_INWARDS)
        if inner is None and len(node.links()) == 1 and "reroute" in node.kind.lower():
            inner = next(iter(node.links().values()))
        if inner is None:
            self.loaded.known = False
            if what == "model":
                self.loaded.ignored.append(f"{node.shown}: which model it gives is not known here")
            return
        self.follow(inner, what, depth + 1)

    def _merged(self, node: Node, depth: int) -> None:
        parts = [link for name, link in node.links().items() if name.startswith("model")]
        files: list[str] = []
        for part in parts[:8]:
            inner = _Reading(self._graph, self._scalars)
            inner.follow(part, "model", depth + 1)
            files.append(inner.loaded.model)
            if part is parts[0]:
                self.loaded.loras += inner.loaded.loras
        named = ", ".join(in_short(file) for file in files if file)
        self.loaded.model = files[0] if files else ""
        self.loaded.approximated.append(
            f"model: {node.shown} merges {named or 'models'}; here it is the first of them alone"
        )

    def _change(self, node: Node, what: str) -> None:
        """What a node on the way makes of the model."""
        number = self._scalars.number
        loaded = self.loaded
        if loaded.clip_skip is None:
            self._skip(node)
        if node.kind == "RescaleCFG":
            loaded.rescale = number(node, "multiplier")
        elif node.kind in ("FreeU", "FreeU_V2"):
            self._free_u(node)
        elif node.kind == "TomePatchModel":
            loaded.token_merging = number(node, "ratio")
        elif node.kind in _SHIFTS and what == "model":
            self._shift(node)
        elif what == "model" and self._is_strange(node):
            loaded.ignored.append(f"{node.shown}: what it makes of the model is not made here")

    def _shift(self, node: Node) -> None:
        """How far the levels of a flow model are moved; the node next to the sampler counts. That
        for FLUX says it by the size: exp(mu), mu linear in the count of patches."""
        numbers = {
            key: self._scalars.number(node, key)
            for key in ("shift", "max_shift", "base_shift", "width", "height")
            if key in node.inputs
        }
        shift = numbers.get("shift")
        of_size = [numbers.get(key) for key in ("max_shift", "base_shift", "width", "height")]
        if shift is None and None not in of_size:
            most, least, width, height = (each or 0.0 for each in of_size)
            first, last = _PATCHES
            mu = least + (most - least) * (width * height / 256 - first) / (last - first)
            shift = math.exp(min(mu, 700.0))
        if shift is None or not is_allowed(Levels, "shift", shift):
            said = ", ".join(f"{key} {in_short(number)}" for key, number in numbers.items())
            self.loaded.ignored.append(f"{node.shown}: {said}")
        elif self.loaded.shift is None:
            self.loaded.shift = shift

    def _skip(self, node: Node) -> None:
        """How many of the text encoder's last layers are left out."""
        layer: int | None = None
        if node.kind == "CLIPSetLastLayer":
            layer = self._scalars.whole(node, "stop_at_clip_layer")
            if layer is not None and layer >= 0:
                self.loaded.ignored.append(f"{node.shown}: layer {layer}")
                return
        elif node.kind == "CheckpointLoader":
            config = _CONFIG_SKIP.search(str(node.literal("config_name")))
            layer = int(config[1]) if config else None
        elif "clip_skip" in node.inputs:
            layer = self._scalars.whole(node, "clip_skip")
        self.loaded.clip_skip = None if layer is None else max(abs(layer), 1)

    def _is_strange(self, node: Node) -> bool:
        if node.kind in _WAYS or _file_of(node, self._scalars) or _MERGE.search(node.kind):
            return False
        return not any(True for _ in _loras_of(self._graph, node, self._scalars, off=True))

    def _free_u(self, node: Node) -> None:
        gains = [self._scalars.number(node, name) for name in ("b1", "b2", "s1", "s2")]
        b1, b2, s1, s2 = gains
        if b1 is None or b2 is None or s1 is None or s2 is None:
            return
        self.loaded.freeu = (b1, b2, s1, s2)
        if node.kind == "FreeU_V2":
            self.loaded.approximated.append(
                f"{node.shown}: its gains follow the picture; here they are the same everywhere"
            )


def _file_of(node: Node, scalars: Scalars) -> str:
    """The model file that a node loads; "" for one that loads none."""
    if _NO_MODEL_LOADER.search(node.kind):
        return ""
    for name in _FILES:
        if name in ("model_name", "model_path") and "load" not in node.kind.lower():
            continue
        if name in node.inputs:
            value = node.inputs[name]
            text = scalars.text(node, name) if isinstance(value, Link | str) else None
            if row := table_or_empty(value):  # some keep the file's name in a table
                text = row.get("content")
            if name_of(text):
                return name_of(text)
    return ""


def _loras_of(
    graph: Graph, node: Node, scalars: Scalars, *, off: bool = False, depth: int = 0
) -> Iterator[NamedLora]:
    """The LoRAs that a node brings, in their order; `off`: with those that are switched off."""
    kind = node.kind.lower()
    if "lora" not in kind and "lora_name" not in node.inputs:
        return
    stack = graph.node(node.link("lora_stack", "optional_lora_stack"))
    if stack is not None and depth < _DEEPEST_STACK:
        yield from _loras_of(graph, stack, scalars, off=off, depth=depth + 1)
    if name := name_of(scalars.text(node, "lora_name")):
        yield from _single(node, scalars, name)
    for key, value in node.inputs.items():
        if name := name_of(table_or_empty(value).get("lora")):  # rgthree's
            row = table_or_empty(value)
            is_on = row.get("on", True) and number_of(row.get("strength", 1)) != 0
            if off or is_on:
                yield NamedLora(name, row.get("strength", 1), row.get("strengthTwo"))
        elif match := re.fullmatch(r"lora_name_(\d+)|lora_(\d+)(?:_name)?", key):
            yield from _numbered(node, scalars, key, match[1] or match[2], off)


def _single(node: Node, scalars: Scalars, name: str) -> Iterator[NamedLora]:
    weights = ("strength_model", "lora_model_strength", "model_weight", "lora_weight", "strength")
    weight = scalars.number(node, *weights)
    text = scalars.number(node, "strength_clip", "lora_clip_strength", "clip_weight")
    if weight != 0 or text not in (0, None):
        yield NamedLora(name, weight, text)


def _numbered(
    node: Node, scalars: Scalars, key: str, number: str, off: bool
) -> Iterator[NamedLora]:
    """One of a stack's numbered LoRAs."""
    name = name_of(node.inputs[key])
    count = number_of(node.literal("lora_count", "num_loras"))
    switch = node.literal(f"switch_{number}")
    is_off = str(switch).lower() in ("off", "false") or (count is not None and int(number) > count)
    if not name or (is_off and not off):
        return
    weight = scalars.number(
        node,
        f"model_weight_{number}",
        f"model_str_{number}",
        f"lora_wt_{number}",
        f"strength_{number:0>2}",
        f"strength_{number}",
        f"lora_{number}_strength",
        f"lora_{number}_model_strength",
    )
    text = scalars.number(
        node, f"clip_weight_{number}", f"clip_str_{number}", f"lora_{number}_clip_strength"
    )
    if off or weight != 0 or text not in (0, None):
        yield NamedLora(name, weight, text)


def vae_behind(graph: Graph, scalars: Scalars, link: Link | None) -> str:
    """The VAE of its own that a decoder is given; "" for the model's own, or where it is not
    known."""
    for _ in range(_DEPTH):
        node = graph.node(link)
        if node is None:
            return ""
        if "vae_name" in node.inputs:
            name = name_of(scalars.text(node, "vae_name"))
            return "" if name.lower() in ("baked vae", "baked") else name
        if _file_of(node, scalars):
            return ""
        links = node.links()
        link = node.link("vae", "VAE", "pipe") or (
            next(iter(links.values())) if len(links) == 1 else None
        )
    return ""


def without_repeats(loras: list[NamedLora]) -> list[NamedLora]:
    """Each LoRA once; of one that is there twice the weights are added, as its program does."""
    merged: dict[str, NamedLora] = {}
    for lora in loras:
        before = merged.get(lora.name)
        if before is None:
            merged[lora.name] = lora
            continue
        first, second = number_of(before.weight), number_of(lora.weight)
        if first is not None and second is not None:
            merged[lora.name] = replace(before, weight=first + second)
    return list(merged.values())
