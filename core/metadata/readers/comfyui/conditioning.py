"""From a sampler's conditioning back to the words: encoders of all families, and what stands
between them and the sampler.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.metadata.readers.comfyui.graph import Graph, Link, Node
from core.metadata.readers.comfyui.scalars import Scalars
from core.metadata.readers.common.gathered import in_short, number_of
from core.values.request_parts.emphasis import Emphasis

_DEPTH = 64
_MOST_TEXTS = 16
# the inputs of encoders that hold the words, the one that says most first
_ENCODERS: dict[str, tuple[str, ...]] = {
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": ("text_g", "text_l"),
    "CLIPTextEncodeSDXLRefiner": ("text",),
    "CLIPTextEncodeFlux": ("t5xxl", "clip_l"),
    "CLIPTextEncodeSD3": ("t5xxl", "clip_g", "clip_l"),
    "CLIPTextEncodeHiDream": ("t5xxl", "llama", "clip_g", "clip_l"),
    "CLIPTextEncodeHunyuanDiT": ("mt5xl", "bert"),
    "CLIPTextEncodePixArtAlpha": ("text",),
    "CLIPTextEncodeLumina2": ("user_prompt",),
    "CLIPTextEncodeKandinsky5": ("qwen25_7b", "clip_l"),
    "TextEncodeQwenImageEdit": ("prompt",),
    "TextEncodeQwenImageEditPlus": ("prompt",),
    "TextEncodeZImageOmni": ("prompt",),
    "BNK_CLIPTextEncodeAdvanced": ("text",),
    "BNK_CLIPTextEncodeSDXLAdvanced": ("text_g", "text_l"),
    "smZ CLIPTextEncode": ("text", "text_g", "text_l"),
    "Power Prompt (rgthree)": ("prompt",),
    "Power Prompt - Simple (rgthree)": ("prompt",),
    "SDXL Power Prompt - Positive (rgthree)": ("prompt_g", "prompt_l"),
    "SDXL Power Prompt - Simple / Negative (rgthree)": ("prompt_g", "prompt_l"),
    "ImpactWildcardEncode": ("populated_text",),
    "SwarmClipTextEncodeAdvanced": ("prompt",),
    "CLIPTextEncodeSDXL+": ("text_g", "text_l"),
    "SDXLPromptStyler": ("text_positive",),
    "GLIGENTextBoxApply": (),
}
# by another syntax of weights than ComfyUI's own
_OTHER_WEIGHTS = {
    "BNK_CLIPTextEncodeAdvanced": "weight_interpretation",
    "smZ CLIPTextEncode": "parser",
}
_SIZES = ("width", "height", "target_width", "target_height", "crop_w", "crop_h")
_OWN_WEIGHTS = frozenset({"comfy", "comfy++", "none"})
_WEB_UI = "a1111"
_SEVERAL: dict[str, tuple[str, ...]] = {
    "ConditioningCombine": ("conditioning_1", "conditioning_2"),
    "ConditioningConcat": ("conditioning_to", "conditioning_from"),
    "ConditioningAverage": ("conditioning_to", "conditioning_from"),
    "ConditioningAverage ": ("conditioning_to", "conditioning_from"),
    "ConditioningSetDefaultCombine": ("cond", "cond_DEFAULT"),
    "PairConditioningCombine": ("positive_A", "positive_B"),
}
_THROUGH = (
    "conditioning",
    "conditioning_to",
    "cond",
    "cond1",
    "CONDITIONING",
    "positive",
    "negative",
)
# what is passed through, by a word of its class: what it adds is not made here
_PLAIN_WAYS = frozenset({"Reroute", "Reroute (rgthree)", "FluxGuidance"})


@dataclass(frozen=True, slots=True)
class ToldSize:
    """What an encoder of XL's tells the model of the picture: its size as it was and as it is to
    be, and where it was cut; `node` as notes call it."""

    node: str
    size: tuple[int, int]
    target: tuple[int, int]
    cut: tuple[int, int]

    def unlike(self, real: tuple[int, int] | None) -> str:
        """A sentence, where the model would be told something else of a picture of this size
        (None: not known); else ""."""
        if self.size == self.target == (real or self.size) and self.cut == (0, 0):
            return ""
        sizes = [f"{width}x{height}" for width, height in (self.size, self.target)]
        return (
            f"{self.node}: the model is told a size of {sizes[0]}, cut at {self.cut[0]},"
            f"{self.cut[1]}, for {sizes[1]}; here what is made"
        )


@dataclass(slots=True)
class Words:
    """What a sampler is told: `texts` in order, the text encoders' `clip` inputs, FLUX's
    `guidance`, what XL is `told` of sizes, and sentences; `known` where all of it led to words.
    `emphasis` is how words are weighed, where a node says so. `base` is where an earlier sampler's
    picture comes in (Stable Cascade)."""

    texts: list[str] = field(default_factory=list[str])
    clips: list[Link] = field(default_factory=list[Link])
    guidance: float | None = None
    known: bool = True
    base: Link | None = None
    told: list[ToldSize] = field(default_factory=list["ToldSize"])
    approximated: list[str] = field(default_factory=list[str])
    ignored: list[str] = field(default_factory=list[str])
    emphasis: str = ""

    @property
    def text(self) -> str | None:
        """One text of all; None where it is not known."""
        return ", ".join(self.texts) if self.texts and self.known else None


def named_words(graph: Graph, scalars: Scalars, side: str) -> Words | None:
    """The one encoder that a person has called "positive" or "negative" (`side`), where a sampler's
    own link is lost."""
    called = [
        node
        for node in graph.nodes.values()
        if node.kind in _ENCODERS and (side in node.id.lower() or side in node.title.lower())
    ]
    if len(called) != 1:
        return None
    words = words_behind(graph, scalars, Link(called[0].id, 0), side)
    words.approximated.append(
        f"{side} prompt: the graph does not say what the sampler is given; {called[0].shown} is "
        "called so"
    )
    return words


def words_behind(graph: Graph, scalars: Scalars, link: Link | None, side: str) -> Words:
    """What comes in at a sampler's "positive" or "negative" input (`side`)."""
    reading = _Reading(graph, scalars, side)
    reading.follow(link, 0)
    words = reading.words
    if len(words.texts) > 1:
        count = len(words.texts)
        words.approximated.append(f"{side} prompt: {count} texts of the graph stand in one here")
    return words


class _Reading:
    def __init__(self, graph: Graph, scalars: Scalars, side: str) -> None:
        self._graph = graph
        self._scalars = scalars
        self._side = side
        self._seen: set[tuple[str, int]] = set()
        self.words = Words()

    def follow(self, link: Link | None, depth: int) -> None:
        link = self._graph.through(link) if link is not None else None
        node = self._graph.nodes.get(link.node) if link is not None else None
        if link is None or node is None or depth > _DEPTH:
            self.words.known = False
            return
        if (node.id, link.slot) in self._seen:
            return
        self._seen.add((node.id, link.slot))
        if node.kind in _SEVERAL:
            for name in _SEVERAL[node.kind]:
                if (part := node.link(name)) is not None:
                    self.follow(part, depth + 1)
            if node.kind != "ConditioningConcat":
                self.words.ignored.append(f"{node.shown}: how its two texts are weighed")
        elif node.kind == "ConditioningZeroOut":
            self._zeros(node)
        elif node.kind == "GLIGENTextBoxApply":
            self.words.ignored.append(f"{node.shown}: {in_short(node.literal('text'))}")
            self.follow(node.link("conditioning_to"), depth + 1)
        elif not self._encoded(node, link.slot):
            self._through(node, link.slot, depth)

    def _zeros(self, node: Node) -> None:
        self.words.texts.append("")
        self.words.approximated.append(
            f"{self._side} prompt: {node.shown} gives zeros; here it is an empty text"
        )

    def _encoded(self, node: Node, slot: int) -> bool:
        names = _ENCODERS.get(node.kind)
        if names is None:
            names = self._own_name(node, slot)
            if names is None:
                return False
            self.words.approximated.append(
                f"{self._side} prompt: {node.shown} is not known; its text is taken as it stands"
            )
        given = [name for name in names if name in node.inputs]
        texts = {name: self._scalars.text(node, name) for name in given}
        if not given or texts[given[0]] is None:
            self.words.known = False
            return True
        self._note_others(node, texts)
        if any("image" in name for name in node.links()):
            self.words.ignored.append(f"{node.shown}: the pictures that it is given")
        self.words.texts.append(str(texts[given[0]]))
        if clip := node.link("clip", "clip1", "opt_clip", "CLIP"):
            self.words.clips.append(clip)
        self._note_guidance(node)
        self._note_weights(node)
        self._note_sizes(node)
        return True

    def _note_sizes(self, node: Node) -> None:
        whole = [self._scalars.whole(node, name) for name in _SIZES]
        sides = [side for side in whole if side is not None]
        if len(sides) == len(_SIZES):
            pairs = list(zip(sides[::2], sides[1::2], strict=True))
            self.words.told.append(ToldSize(node.shown, *pairs))

    def _own_name(self, node: Node, slot: int) -> tuple[str, ...] | None:
        """The input of an encoder that is not known, or of a loader with prompts in it; () for an
        output of it of which that is not known."""
        if node.link("clip", "opt_clip", "CLIP") and isinstance(
            node.inputs.get("text", node.inputs.get("prompt")), str | Link
        ):
            return ("text", "prompt") if slot == 0 else ("negative_prompt",) if slot == 1 else ()
        if isinstance(node.inputs.get(self._side), str) or node.kind.startswith("easy "):
            return (self._side,) if self._side in node.inputs else None
        return None

    def _note_others(self, node: Node, texts: dict[str, str | None]) -> None:
        """Of an encoder that is told something else for each of its parts one text is taken; one
        that is empty is none."""
        first, *others = texts.items()
        for name, text in others:
            if text is None or text == first[1]:
                continue
            if not str(first[1]).strip() and text.strip():
                texts[first[0]], first = text, (name, text)
                continue
            if text.strip():
                self.words.approximated.append(
                    f"{self._side} prompt: {node.shown} has another text for {name}: "
                    f"{in_short(text)}"
                )

    def _note_guidance(self, node: Node) -> None:
        if (
            "guidance" in node.inputs
            and (number := self._scalars.number(node, "guidance")) is not None
        ):
            self.words.guidance = number

    def _note_weights(self, node: Node) -> None:
        way = node.literal(_OTHER_WEIGHTS.get(node.kind, ""))
        if not isinstance(way, str) or way.lower() in _OWN_WEIGHTS:
            return
        if way.lower() == _WEB_UI:
            kept = node.literal("mean_normalization") is not False
            self.words.emphasis = Emphasis.ORIGINAL if kept else Emphasis.NO_NORM
            here = "here brackets are read as ComfyUI does"
        else:
            here = "here as ComfyUI does"
        self.words.approximated.append(
            f"{self._side} prompt: {node.shown} weighs words as {in_short(way)} does; {here}"
        )

    def _through(self, node: Node, slot: int, depth: int) -> None:
        """A node between encoder and sampler."""
        self._note_guidance(node)
        way = self._way(node, slot)
        if way is None:
            self.words.known = False
            self.words.ignored.append(f"{node.shown}: what it tells the sampler is not known here")
            return
        if node.kind == "StableCascade_StageB_Conditioning":
            self.words.base = node.link("stage_c")
        elif node.kind not in _PLAIN_WAYS:
            self.words.ignored.append(self._addition(node))
        self.follow(way, depth + 1)

    def _way(self, node: Node, slot: int) -> Link | None:
        pair = node.link("positive"), node.link("negative")
        if all(pair):
            return pair[slot] if slot < 2 else pair[self._side == "negative"]
        if (own := node.link(*_THROUGH)) is not None:
            return own
        links = list(node.links().values())
        return links[0] if len(links) == 1 and "reroute" in node.kind.lower() else None

    def _addition(self, node: Node) -> str:
        """What a node adds: a ControlNet by its name, anything else by its class."""
        parts: list[str] = []
        net = self._graph.node(node.link("control_net"))
        if net is not None:
            name = net.literal("control_net_name")
            if not isinstance(name, str):
                inner = self._graph.node(net.link("control_net"))
                name = inner.literal("control_net_name") if inner is not None else None
            parts.append(f"ControlNet {in_short(name)}" if isinstance(name, str) else "ControlNet")
        for key in ("strength", "start_percent", "end_percent"):
            if (number := number_of(node.literal(key))) is not None:
                parts.append(f"{key} {number:g}")
        return f"{node.shown}: {', '.join(parts) or 'what it adds'} is not made here"
