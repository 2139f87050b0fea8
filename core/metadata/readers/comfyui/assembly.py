"""What a chain of samplers asks for, as one request: a first pass, hires fix, a refiner; and a
sentence about each thing that is more than that.
"""

from __future__ import annotations

from dataclasses import replace

from core.metadata.infotext.told import is_allowed
from core.metadata.parsing.named_models import NamedModel, file_stem
from core.metadata.readers.comfyui.chain import Chain, Walk, chain_of
from core.metadata.readers.comfyui.graph import Graph
from core.metadata.readers.comfyui.latents import Scaling, size_after
from core.metadata.readers.comfyui.loaders import Loaded, loaded_behind, vae_behind, without_repeats
from core.metadata.readers.comfyui.passes import Pass
from core.metadata.readers.comfyui.scalars import Scalars
from core.metadata.readers.common.gathered import Gathered, in_short, known_sampler
from core.sampling.samplers import SAMPLERS
from core.values.noise import Noise
from core.values.program import Program
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.hires import BY_HAND, Hires
from core.values.request_parts.levels import Levels

_OF_LATENTS = {
    "nearest-exact": "latent_nearest_exact",
    "bilinear": "latent",
    "bicubic": "latent_bicubic",
}
_FLUX_GUIDANCE = 3.5  # where no node says another
_OF_PIXELS = {"lanczos": "lanczos"}
# samplers that draw the noise of their steps on the processor, where no "_gpu" says otherwise
_ON_PROCESSOR = frozenset({"dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"})


def assembled(graph: Graph, gathered: Gathered) -> None:
    """Put what a graph asks for into `gathered`."""
    scalars = Scalars(graph)
    chain = chain_of(graph, scalars)
    if not chain.walks:
        gathered.ignored.append("the graph has no sampler that made a picture")
        return
    if chain.lost:
        gathered.approximated.append(
            "what the graph saves is not made by a sampler alone; this is its last sampler's"
        )
    if chain.others:
        gathered.approximated.append(
            "the graph saves pictures of several samplers; this is taken for one of "
            f"{chain.walks[-1].made.node.shown}"
        )
    _Assembly(graph, scalars, chain, gathered).run()
    gathered.ignored += chain.notes
    gathered.ignored += scalars.notes()
    if graph.exhausted:
        gathered.ignored.append("the graph is too large to be followed to its end")


class _Assembly:
    def __init__(self, graph: Graph, scalars: Scalars, chain: Chain, gathered: Gathered) -> None:
        self._graph = graph
        self._scalars = scalars
        self._walks = list(chain.walks)
        self._finished = chain.finished
        self._out = gathered
        self._size: tuple[int, int] | None = None

    def run(self) -> None:
        """Everything of the chain."""
        first = self._walks.pop(0)
        loaded = self._model(first)
        self._base(first)
        first = self._joined(first, loaded)
        self._start(first)
        self._hires(first)
        for walk in self._walks:
            self._out.approximated.append(
                f"{walk.made.node.shown}: a further pass over the picture is not made here"
            )
        self._words(first)
        self._sides()
        self._done_behind()
        self._out.plain_tags()
        self._out.way(Program.COMFYUI)

    def _base(self, walk: Walk) -> None:
        """Numbers of the first pass."""
        made = walk.made
        out = self._out
        out.put("seed", made.seed)
        out.put("steps", made.steps)
        out.put("guidance", made.cfg)
        out.sampling(made.sampler, made.schedule, bh1=True)
        if made.levels != Levels():
            out.put("levels", made.levels)
        self._fresh_noise(made)
        out.ignored += made.ignored
        out.approximated += made.approximated
        self._size = size_after(walk.origin.size, walk.origin.scalings)
        if walk.origin.size is not None and self._size is None:
            out.ignored.append("size: how the empty picture is changed is not known here")
        if not made.noise and walk.origin.sampler is None:
            out.ignored.append(f"{made.node.shown}: it adds no noise; here its seed's is")
        out.ignored += walk.origin.ignored
        by_card = made.sampler.endswith("gpu")
        on_processor = known_sampler(made.sampler) in _ON_PROCESSOR and not by_card
        batch = walk.origin.batch
        place = walk.origin.place or 0
        noise = Noise(
            source="cpu" if on_processor else "philox",
            batch_index=place if 0 <= place < batch <= 256 else 0,
            batch_size=batch if 1 <= batch <= 256 else 1,
        )
        out.put("noise", noise)
        if batch > 1 and walk.origin.place is None:
            out.approximated.append(
                f"seed: one of {batch} pictures that were drawn together; which one is not said, "
                "here it is the first"
            )

    def _model(self, walk: Walk) -> Loaded:
        made = walk.made
        clips = [*walk.positive.clips, *walk.negative.clips]
        loaded = loaded_behind(self._graph, self._scalars, made.model, clips)
        out = self._out
        out.model(loaded.model)
        if loaded.model:
            out.put("model", file_stem(loaded.model))
        for lora in without_repeats(loaded.loras):
            out.lora(lora.name, lora.weight, lora.text_weight)
        out.put("clip_skip", loaded.clip_skip)
        out.put("guidance_rescale", loaded.rescale)
        out.put("freeu", loaded.freeu)
        if loaded.shift is not None:
            made.levels = replace(made.levels, shift=loaded.shift)
        if loaded.token_merging is not None:
            out.put("token_merging", loaded.token_merging)
            out.approximated.append("token_merging: another rule says which tokens are merged here")
        out.approximated += loaded.approximated
        out.ignored += loaded.ignored
        return loaded

    def _fresh_noise(self, made: Pass) -> None:
        """What a sampler's node says of its noise, where that is not its own."""
        row = SAMPLERS.get(known_sampler(made.sampler))
        if made.eta is not None and row is not None and made.eta != row.default_eta:
            self._out.put("eta", made.eta)
        if made.s_noise is not None and made.s_noise != 1.0:
            self._out.put("fresh_noise", FreshNoise(s_noise=made.s_noise))

    def _joined(self, first: Walk, loaded: Loaded) -> Walk:
        """Samplers that share one walk down the noise: the second goes on where the first stops,
        with a refiner's model or its own."""
        while self._walks and _goes_on(first.made, self._walks[0]):
            second = self._walks.pop(0)
            other = loaded_behind(
                self._graph, self._scalars, second.made.model, second.positive.clips
            )
            steps = first.made.steps or 0
            if other.model and loaded.model and other.model != loaded.model:
                self._out.part("refiner", other.model)
                at = second.made.first / steps if steps else None
                self._out.put("refiner_at", at)
            elif _unlike(first.made, second.made):
                self._out.approximated.append(
                    f"{second.made.node.shown}: its steps from {second.made.first} on are like "
                    "those before them here"
                )
            self._out.ignored += second.origin.ignored
            first.made.last = second.made.last
        if not first.made.is_whole:
            self._out.ignored.append(
                f"{first.made.node.shown}: it ends at step {first.made.last}; here all are made"
            )
        return first

    def _start(self, walk: Walk) -> None:
        """Image to image and inpainting."""
        origin, made = walk.origin, walk.made
        strength = made.strength
        if origin.picture:
            scaled = size_after(None, origin.scalings)
            self._size = scaled
            self._out.start(
                strength,
                masked=origin.masked,
                exact_steps=True,
                mask_grow=origin.grow,
                mask_blur=0.0 if origin.masked else None,
                image_guidance=made.image_guidance,
            )
            if origin.grow is not None:
                self._out.approximated.append("mask: what it covers was grey there, not as it was")
            if made.run != made.steps:
                self._out.put("steps", made.run)
                self._out.approximated.append(
                    f"steps: the last {made.run} of {made.steps} are all that are made"
                )
        elif origin.masked and origin.sampler is None:
            self._out.ignored.append("mask: it lies on an empty picture")
        elif strength < 1 and origin.sampler is None:
            self._out.ignored.append(f"denoise: {in_short(strength)}, on an empty picture")
        elif made.image_guidance is not None:
            self._out.ignored.append(f"second guidance: {in_short(made.image_guidance)}")
        if not origin.known and not origin.picture and origin.size is None:
            self._out.ignored.append("size: what the sampler starts from is not known here")

    def _hires(self, first: Walk) -> None:
        """The pass that makes the small picture large."""
        if not self._walks or first.origin.picture:
            return
        second = self._walks[0]
        made, origin = second.made, second.origin
        large = size_after(self._size, origin.scalings)
        if large is None or self._size is None or min(self._size) <= 0:
            self._out.ignored.append(
                f"{made.node.shown}: how much larger its picture is is not known here"
            )
            return
        scale = max(large[0] / self._size[0], large[1] / self._size[1])
        parts = {"scale": scale, "strength": made.strength}
        if not all(is_allowed(Hires, name, value) for name, value in parts.items()):
            self._out.ignored.append(f"{made.node.shown}: {in_short(parts)}")
            return
        self._walks.pop(0)
        self._out.put("hires", self._hires_of(first.made, second, scale))
        self._size = large
        self._hires_notes(first, second)

    def _hires_of(self, first: Pass, walk: Walk, scale: float) -> Hires:
        made = walk.made
        own = known_sampler(made.sampler)
        if own == "unipc" and "bh" not in made.sampler.lower():
            own = "unipc_bh1"
        own = "" if own == self._out.values.get("sampler") else own
        steps = made.run if made.run != first.steps else 0
        if steps is None or not is_allowed(Hires, "steps", steps):
            steps = 0
        return Hires(
            mode=BY_HAND,
            scale=scale,
            steps=steps,
            strength=made.strength,
            upscaler=self._upscaler(walk),
            sampler=own,
        )

    def _upscaler(self, walk: Walk) -> str:
        scaling = walk.origin.scalings[-1] if walk.origin.scalings else Scaling()
        names = _OF_LATENTS if scaling.of_latents else _OF_PIXELS
        network = any(each.by_network for each in walk.origin.scalings)
        if scaling.method in names and not network:
            return names[scaling.method]
        nearest = "latent" if scaling.of_latents else "lanczos"
        said = "a network" if network else in_short(scaling.method or "nothing")
        self._out.approximated.append(
            f"hires fix: the picture was enlarged by {said}; here by {nearest}"
        )
        return nearest

    def _hires_notes(self, first: Walk, second: Walk) -> None:
        made = second.made
        name = made.node.shown

        def note(what: str) -> None:
            self._out.approximated.append(f"{name}: its {what} the first pass's here")

        if made.seed is not None and made.seed != first.made.seed:
            note(f"seed {made.seed} is")
        if (made.schedule, made.levels) != (first.made.schedule, first.made.levels):
            note(f"schedule {in_short(made.schedule)} is")
        if made.cfg != first.made.cfg:
            note(f"guidance {in_short(made.cfg)} is")
        if second.positive.texts != first.positive.texts or (
            second.negative.texts != first.negative.texts
        ):
            note("words are")
        if made.model != first.made.model:
            note("model is")
        if made.sampler and not known_sampler(made.sampler):
            note(f"sampler {in_short(made.sampler)} is")
        self._out.ignored += second.origin.ignored
        self._out.ignored += made.ignored

    def _words(self, walk: Walk) -> None:
        positive, negative = walk.positive, walk.negative
        out = self._out
        out.prompts(positive.text, negative.text)
        if walk.made.negative is None and walk.made.cfg == 1.0 and positive.text is not None:
            out.prompts(positive.text, "")
        for words, side in ((positive, "positive"), (negative, "negative")):
            out.approximated += words.approximated
            out.ignored += words.ignored
            real = size_after(walk.origin.size, walk.origin.scalings)
            out.approximated += filter(None, (told.unlike(real) for told in words.told))
            if not words.known and (side == "positive" or walk.made.negative is not None):
                out.ignored.append(f"{side} prompt: the graph does not lead to its text")
        if positive.emphasis:
            out.put("emphasis", positive.emphasis)
        if positive.text is None:
            self._unlinked_texts()
        if positive.guidance is None and walk.made.cfg == 1.0 and self._is_flux():
            out.put("guidance", _FLUX_GUIDANCE)
            out.approximated.append(
                f"guidance: the graph names none for the model; here its usual {_FLUX_GUIDANCE:g}"
            )
        if positive.guidance is not None:
            if walk.made.cfg in (None, 1.0):
                out.put("guidance", positive.guidance)
            else:
                out.ignored.append(f"guidance of the model: {in_short(positive.guidance)}")

    def _is_flux(self) -> bool:
        """Whether the text encoders are FLUX's, whose model is told its guidance."""
        loaders = (node for node in self._graph.nodes.values() if "CLIPLoader" in node.kind)
        return any(node.literal("type") == "flux" for node in loaders)

    def _unlinked_texts(self) -> None:
        """What the graph has of texts where none is known to be the prompt."""
        for node in list(self._graph.of_kind("CLIPTextEncode"))[:8]:
            if text := self._scalars.text(node, "text"):
                self._out.ignored.append(f"{node.shown}: {in_short(text)}")

    def _sides(self) -> None:
        if self._size is not None:
            self._out.size(*self._size)

    def _done_behind(self) -> None:
        """What happened to the finished picture, and the VAE that made it visible."""
        finished = self._finished
        self._out.ignored += finished.ignored
        if finished.scalings:
            size = size_after(self._size, finished.scalings)
            said = f" to {size[0]}x{size[1]}" if size is not None else ""
            self._out.ignored.append(f"the finished picture was scaled{said}")
        if name := vae_behind(self._graph, self._scalars, finished.vae):
            self._out.part("vae", name)
        for net in self._graph.of_kind("ControlNetLoader"):
            if isinstance(file := net.literal("control_net_name"), str):
                self._out.models.append(NamedModel("controlnet", file[:300]))


def _goes_on(first: Pass, walk: Walk) -> bool:
    """Whether a pass walks on where the first one stops, at the same size."""
    second = walk.made
    if walk.origin.scalings or first.is_whole or first.last is None:
        return False
    return not second.noise and second.first == first.last and second.steps == first.steps


def _unlike(first: Pass, second: Pass) -> bool:
    alike = first.sampler == second.sampler and first.schedule == second.schedule
    return not alike or first.cfg != second.cfg
