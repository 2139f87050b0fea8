"""One sampler of a graph: its seed, steps and levels, whichever nodes they stand in."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from core.metadata.readers.comfyui.graph import Graph, Link, Node
from core.metadata.readers.comfyui.scalars import Scalars
from core.metadata.readers.comfyui.tables.level_lists import INPUTS, listed_levels
from core.metadata.readers.comfyui.tables.sampler_nodes import SAMPLER_NODES
from core.metadata.readers.common.gathered import in_short
from core.sampling.schedules import SCHEDULES
from core.system.errors import InvalidRequest
from core.values.request_parts.levels import Levels

PLAIN = frozenset({"KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"})
_LATENTS = ("latent_image", "latent", "samples", "optional_latent", "latents")
_PICTURES = ("image", "upscaled_image", "images", "pixels")
# what every sampler is given
_OF_ALL = frozenset(
    {"seed", "noise_seed", "steps", "cfg", "sampler_name", "scheduler", "denoise", "add_noise",
     "start_at_step", "end_at_step", "return_with_leftover_noise", "preview_method", "vae_decode"}
)  # fmt: skip
_OF_SCHEDULES = {
    "KarrasScheduler": "karras",
    "ExponentialScheduler": "exponential",
    "PolyexponentialScheduler": "polyexponential",
    "AlignYourStepsScheduler": "align_your_steps",
    "BetaSamplingScheduler": "beta",
    "OptimalStepsScheduler": "",
    "GITSScheduler": "gits",
    "SDTurboScheduler": "turbo",
    "LTXVScheduler": "",
    "Flux2Scheduler": "",
}
_ON_CARD = "gpu"  # as "noise_device", and behind the names of samplers that draw there
# numbers of a schedule that are made otherwise here, and what they are usually
_USUAL = {"alpha": 0.6, "beta": 0.6, "coeff": 1.2}
# whose nodes count their steps before a part of them is left out
_SHARED = frozenset({"AlignYourStepsScheduler", "GITSScheduler"})
# those that are parts of a request, besides a schedule's own rho
_ENDS = {"sigma_min": 0.0291675, "sigma_max": 14.614642}
# as the node finds them in its text: "5..2" is none, and is looked at once
_NUMBERS = re.compile(r"[-+]?(?:\d++(?:\.++\d++)?|(?<!\.)\.++\d++)")
_LONGEST_LIST = 20_000  # characters
# of which KSampler leaves out the last level but one, nodes whose levels are made apart do not
_CUT = frozenset({"dpm_2", "dpm_2_ancestral", "uni_pc", "uni_pc_bh2"})
_SPLITS = frozenset({"SplitSigmas", "SplitSigmasDenoise"})
_MOST_HALVES = 16


@dataclass(slots=True)
class Pass:
    """A walk down the noise. `first` and `last` are the steps it begins and ends at, `last` None
    for the end; `noise` whether it adds its own; the links are where its inputs come from."""

    node: Node
    seed: int | None = None
    steps: int | None = None
    cfg: float | None = None
    sampler: str = ""
    schedule: str = ""
    denoise: float | None = None
    first: int = 0
    last: int | None = None
    noise: bool = True
    eta: float | None = None
    s_noise: float | None = None
    image_guidance: float | None = None
    levels: Levels = field(default_factory=Levels)
    model: Link | None = None
    positive: Link | None = None
    negative: Link | None = None
    latent: Link | None = None
    ignored: list[str] = field(default_factory=list[str])
    approximated: list[str] = field(default_factory=list[str])

    @property
    def strength(self) -> float:
        """The share of the steps that is walked, of which ComfyUI makes that many steps again."""
        if self.denoise is not None:
            return self.denoise
        steps = self.steps or 0
        run = steps - self.first
        if run < 1 or self.first < 0:
            return 0.0 if steps and not run else 1.0
        share = run / steps
        # 17 of 25 are 0.68, and 17 / 0.68 is a little less than 25
        return share if int(run / share) == steps else math.nextafter(share, 0.0)

    @property
    def run(self) -> int | None:
        """How many steps it makes."""
        if self.steps is None or self.denoise is not None or not 0 <= self.first <= self.steps:
            return self.steps
        return self.steps - self.first

    @property
    def is_whole(self) -> bool:
        """Whether it walks to the end."""
        return self.last is None or self.steps is None or self.last >= self.steps


def is_sampler(node: Node) -> bool:
    """Whether a node is given latents and a sampler's numbers."""
    if node.kind in PLAIN:
        return True
    named = "sampler_name" in node.inputs and "steps" in node.inputs
    return named and not is_detailer(node)


def is_detailer(node: Node) -> bool:
    """Whether a node samples parts or tiles of a finished picture."""
    seeded = "steps" in node.inputs and ("seed" in node.inputs or "noise_seed" in node.inputs)
    return seeded and node.link(*_PICTURES) is not None and node.link(*_LATENTS) is None


def pass_of(graph: Graph, scalars: Scalars, node: Node) -> Pass:
    """What a sampler is asked to do."""
    found = Pass(node)
    if node.kind == "SamplerCustomAdvanced":
        _advanced(graph, scalars, found)
        _uncut(found)
    elif node.kind == "SamplerCustom":
        _plain(graph, scalars, found)
        _sampler(graph, scalars, found, node.link("sampler"))
        _sigmas(graph, scalars, found, node.link("sigmas"))
        _uncut(found)
    else:
        _plain(graph, scalars, found)
        found.steps = scalars.whole(node, "steps")
        found.sampler = scalars.text(node, "sampler_name") or ""
        found.schedule = scalars.text(node, "scheduler") or ""
        found.denoise = scalars.number(node, "denoise")
        if "start_at_step" in node.inputs or "end_at_step" in node.inputs:
            found.first = scalars.whole(node, "start_at_step") or 0
            found.last = scalars.whole(node, "end_at_step")
        if node.kind not in PLAIN:
            found.approximated.append(f"{node.shown}: read by the names of what it is given")
            found.ignored += _more_of(node)
    return found


def _more_of(node: Node) -> Iterator[str]:
    """What a sampler that is not known is given beyond what all of them are, and is switched on."""
    for name, value in node.inputs.items():
        is_said = name in _OF_ALL or isinstance(value, Link) or value in (None, "", False, 0)
        if not is_said:
            yield f"{node.shown}: {in_short(name)} {in_short(value)}"


def _plain(graph: Graph, scalars: Scalars, found: Pass) -> None:
    node = found.node
    pipe = node.link("basic_pipe", "context")
    found.seed = scalars.whole(node, "seed", "noise_seed")
    found.cfg = scalars.number(node, "cfg")
    found.model = node.link("model", "pipe", "sdxl_tuple") or graph.carried(pipe, "model")
    found.positive = node.link("positive", "pipe", "sdxl_tuple") or graph.carried(pipe, "positive")
    found.negative = node.link("negative", "pipe", "sdxl_tuple") or graph.carried(pipe, "negative")
    found.latent = node.link(*_LATENTS) or node.link("pipe", "sdxl_tuple")
    found.latent = found.latent or graph.carried(pipe, "latent")
    found.noise = str(node.literal("add_noise")).lower() not in ("disable", "false")


def _advanced(graph: Graph, scalars: Scalars, found: Pass) -> None:
    """Noise, guider, sampler and levels are nodes of their own."""
    node = found.node
    found.latent = node.link(*_LATENTS)
    noise = graph.node(node.link("noise"))
    if noise is not None and noise.kind == "DisableNoise":
        found.noise = False
    elif noise is not None:
        found.seed = scalars.whole(noise, "noise_seed", "seed")
    _sampler(graph, scalars, found, node.link("sampler"))
    _sigmas(graph, scalars, found, node.link("sigmas"))
    guider = graph.node(node.link("guider"))
    if guider is None:
        found.ignored.append("guidance: the graph does not say what the sampler is given")
        return
    found.model = guider.link("model")
    found.positive = guider.link("conditioning", "positive", "cond1")
    found.negative = guider.link("negative")
    if guider.kind == "BasicGuider":
        found.cfg = 1.0
    elif guider.kind == "DualCFGGuider":
        found.cfg = scalars.number(guider, "cfg_conds")
        found.image_guidance = scalars.number(guider, "cfg_cond2_negative")
    else:
        found.cfg = scalars.number(guider, "cfg")
        if guider.kind != "CFGGuider":
            found.ignored.append(f"{guider.shown}: how it guides is not known here")
            found.cfg = None


def _sampler(graph: Graph, scalars: Scalars, found: Pass, link: Link | None) -> None:
    node = graph.node(link)
    if node is None:
        return
    if node.kind == "KSamplerSelect" or "sampler_name" in node.inputs:
        found.sampler = scalars.text(node, "sampler_name") or ""
        return
    row = SAMPLER_NODES.get(node.kind)
    if row is None:
        found.ignored.append(f"sampler: {node.shown}")
        return
    found.sampler = row.sampler
    for (key, value), renamed in row.renamed.items():
        if str(node.literal(key)) == value:
            found.sampler = renamed
    if node.literal("noise_device") == _ON_CARD:
        found.sampler = f"{found.sampler}_{_ON_CARD}"
    found.eta = scalars.number(node, "eta") if row.takes_eta else None
    found.s_noise = scalars.number(node, "s_noise")
    strange = _strange(scalars, node, row.usual)
    strange += [
        key
        for key, other in row.alike.items()
        if scalars.number(node, key) not in (None, scalars.number(node, other))
    ]
    for form, values in row.forms.items():
        is_it = all(_said(scalars, node, key, value) == value for key, value in values.items())
        if strange and is_it:
            found.sampler = form
            return
    found.ignored += [
        f"{node.shown}: {in_short(key)} {in_short(node.literal(key))}" for key in strange
    ]


def _uncut(found: Pass) -> None:
    """Of samplers that leave out a level elsewhere all are walked there."""
    if found.sampler in _CUT and not found.levels.sigmas:
        found.levels = replace(found.levels, keep_penultimate=True)


def _said(scalars: Scalars, node: Node, key: str, like: float | str) -> object:
    """What a node says of an input, read as what it is compared with."""
    return scalars.number(node, key) if isinstance(like, float) else node.literal(key)


def _strange(scalars: Scalars, node: Node, usual: Mapping[str, float | str | bool]) -> list[str]:
    """The inputs of a node that have another value than the usual one."""
    said = {key: _said(scalars, node, key, value) for key, value in usual.items()}
    return [key for key, value in said.items() if value is not None and value != usual[key]]


def _sigmas(graph: Graph, scalars: Scalars, found: Pass, link: Link | None) -> None:
    """The levels: whole, or the half that is left of them."""
    node, halves = _whole(graph, scalars, link)
    if node is None:
        return
    if node.kind == "ManualSigmas":
        _manual(scalars, node, found)
    else:
        found.steps = scalars.whole(node, "steps")
        _list_of(scalars, node, found)
    _halve(found, halves)
    if found.levels.sigmas:
        return
    found.denoise = scalars.number(node, "denoise") if not found.first else None
    if node.kind == "BasicScheduler" or "scheduler" in node.inputs:
        found.schedule = scalars.text(node, "scheduler") or ""
        return
    _spacing(scalars, node, found)


class _Half(NamedTuple):
    """Which half of levels is taken, 0 for the noisy one, and where they are split: at a step, or
    so that a share of all steps lies behind."""

    slot: int
    step: int | None = None
    share: float | None = None


def _whole(
    graph: Graph, scalars: Scalars, link: Link | None
) -> tuple[Node | None, tuple[_Half, ...]]:
    """The node that all levels are from, None where there is none, and the halves that are taken of
    them, the last one first."""
    halves: list[_Half] = []
    while link is not None and len(halves) < _MOST_HALVES:
        link = graph.through(link)
        node = graph.nodes.get(link.node) if link is not None else None
        if link is None or node is None or node.kind not in _SPLITS:
            return node, tuple(halves)
        if node.kind == "SplitSigmas":
            halves.append(_Half(link.slot, step=scalars.whole(node, "step")))
        else:
            halves.append(_Half(link.slot, share=scalars.number(node, "denoise") or 0.0))
        link = node.link("sigmas")
    return None, ()


def _halve(found: Pass, halves: tuple[_Half, ...]) -> None:
    """Where a pass begins and ends that walks these halves of its levels."""
    high: int | None = None
    steps = found.steps or 0
    for half in halves:
        at = half.step
        if half.share is not None:
            at = steps - round(steps * min(max(half.share, 0.0), 1.0))
        if half.slot == 0:
            high = at
        else:
            found.first += at or 0
    found.last = None if high is None else found.first + high


def _spacing(scalars: Scalars, node: Node, found: Pass) -> None:
    """The schedule that a node of its own stands for, with its numbers."""
    found.schedule = _OF_SCHEDULES.get(node.kind, "")
    strange = [
        f"{key} {in_short(node.literal(key))}"
        for key, usual in _USUAL.items()
        if (number := scalars.number(node, key)) is not None and not _is_usual(number, usual)
    ]
    if not found.schedule:
        found.ignored.append(f"schedule: {node.shown}")
        return
    if node.kind in _SHARED and found.steps and found.denoise is not None:
        found.steps = max(round(found.steps * min(max(found.denoise, 0.0), 1.0)), 1)
    if node.kind == "SDTurboScheduler" and (found.denoise or 1.0) < 1:
        strange.append(f"denoise {in_short(node.literal('denoise'))}")
    _parts(scalars, node, found)
    if strange:
        found.approximated.append(f"{node.shown}: {', '.join(strange)}; here the model's own")


def _parts(scalars: Scalars, node: Node, found: Pass) -> None:
    """What of a schedule's numbers is not usual and can be had here too."""
    rho = SCHEDULES[found.schedule].rho
    values = {
        key: number
        for key, usual in (_ENDS if rho is None else {"rho": rho, **_ENDS}).items()
        if (number := scalars.number(node, key)) is not None and not _is_usual(number, usual)
    }
    levels = replace(found.levels, **values)
    if _is_allowed(levels):
        found.levels = levels
    else:
        said = ", ".join(f"{key} {in_short(number)}" for key, number in values.items())
        found.approximated.append(f"{node.shown}: {said}; here the model's own")


def _is_usual(number: float, usual: float) -> bool:
    """Whether a number is the usual one, also as programs round it: 0.0292 for 0.0291675."""
    return math.isclose(number, usual, rel_tol=1e-4) or number == round(usual, 4)


def _manual(scalars: Scalars, node: Node, found: Pass) -> None:
    """Levels written down one by one."""
    text = scalars.text(node, "sigmas") or ""
    numbers: tuple[float, ...] = ()
    if len(text) <= _LONGEST_LIST:
        with contextlib.suppress(ValueError):  # "5..2"
            numbers = tuple(map(float, _NUMBERS.findall(text)))
    levels = Levels(sigmas=numbers)
    found.steps = max(len(numbers) - 1, 0) or None
    if numbers and _is_allowed(levels):
        found.levels = levels
        found.schedule = "discrete"
    else:
        found.ignored.append(f"{node.shown}: {in_short(text)}")


def _list_of(scalars: Scalars, node: Node, found: Pass) -> None:
    """The levels of a node that is no schedule of ours, one by one."""
    told = {name: n for name in INPUTS if (n := scalars.number(node, name)) is not None}
    levels = Levels(sigmas=listed_levels(node.kind, found.steps or 0, told))
    if levels.sigmas and _is_allowed(levels):
        found.levels = levels
        found.steps = len(levels.sigmas) - 1
        found.schedule = "discrete"


def _is_allowed(levels: Levels) -> bool:
    try:
        levels.check(len(levels.sigmas) - 1)
    except InvalidRequest:
        return False
    return True
