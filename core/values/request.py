"""What a person asks for: `Request`, the one value that determines a picture,
and the limits it must keep."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NewType

from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.system.errors import InvalidRequest
from core.values.program import Program

MAX_SEED = 2**64 - 1
SIZE_STEP = 8  # sides are multiples of it: the autoencoders make 8 x 8 pixels of one latent
MIN_SIZE = 64
MAX_SIZE = 4096
MAX_LORA = 20.0
COMPATIBLE = tuple(Program)
NOISE_SOURCES = ("cpu", "philox")
# where each program mostly drew its noise: on a graphics card
USUAL_NOISE: dict[str, str] = {
    Program.CALOTYPE: "cpu",
    Program.A1111: "philox",
    Program.COMFYUI: "philox",
}
MAX_STEPS = 1000
MAX_GUIDANCE = 100.0
MAX_COUNT = 10_000
MAX_CLIP_SKIP = 12  # layers that the smallest of CLIP's text encoders has
MAX_PROMPT = 100_000  # characters
_SIZE = re.compile(r"(\d{1,6})\s*[xX×]\s*(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Lora:
    """An adapter on the model: `weight` for the denoiser,
    `text_weight` for the text encoders (None: the same)."""

    id: str
    weight: float = 1.0
    text_weight: float | None = None


@dataclass(frozen=True, slots=True)
class Noise:
    """Where the noise comes from, beyond the seed.

    `source`: "cpu" (torch's CPU generator) or "philox" (what an NVIDIA GPU draws). `variation_*`,
    `resized_from` (width, height) and `seed_delta` (ENSD) are AUTOMATIC1111's; picture
    `batch_index` of `batch_size` is ComfyUI's one tensor for a batch.
    """

    source: str = "cpu"
    variation_seed: int | None = None
    variation_strength: float = 0.0
    resized_from: tuple[int, int] | None = None
    seed_delta: int = 0
    batch_index: int = 0
    batch_size: int = 1


@dataclass(frozen=True, slots=True)
class Request:
    """All that determines a picture. `seed` None means: choose one.
    `count` pictures take seed, seed + 1, ...

    Sides in pixels, `refiner_at` as the share of the steps after which the refiner takes over.
    `eta` None is the sampler's own. Guidance works from the share `guidance_from` of the schedule
    until `guidance_until`. `freeu` holds b1, b2, s1, s2 (Si et al. 2023): the gain of the two
    deepest stages and of their skipped connections.
    """

    prompt: str = ""
    negative_prompt: str = ""
    model: str = "starter"
    width: int = 256
    height: int = 256
    steps: int = 20
    guidance: float = 4.0
    sampler: str = "dpmpp_2m"
    schedule: str = "karras"
    seed: int | None = None
    count: int = 1
    clip_skip: int = 1
    loras: tuple[Lora, ...] = ()
    vae: str = ""
    refiner: str = ""
    refiner_at: float = 0.8
    compatibility: str = Program.CALOTYPE
    noise: Noise = Noise()
    eta: float | None = None
    guidance_rescale: float = 0.0
    guidance_from: float = 0.0
    guidance_until: float = 1.0
    freeu: tuple[float, float, float, float] | None = None

    def check(self) -> CheckedRequest:
        """The request itself if all is well.

        Raises InvalidRequest, which names the first faulty field.
        """
        for field in ("width", "height"):
            _check_size(field, getattr(self, field))
        _check_range("steps", self.steps, 1, MAX_STEPS, "Steps", "20 suits most samplers.")
        if not math.isfinite(self.guidance):
            raise InvalidRequest(
                "guidance",
                f"Guidance must be a number, not {in_full(self.guidance)}.",
                "Values from 1 to 12 are usual.",
            )
        _check_range(
            "guidance", self.guidance, 0, MAX_GUIDANCE, "Guidance", "Values from 1 to 12 are usual."
        )
        _check_range(
            "count", self.count, 1, MAX_COUNT, "Count", "Ask for fewer pictures at a time."
        )
        _check_range(
            "clip_skip",
            self.clip_skip,
            1,
            MAX_CLIP_SKIP,
            "Clip skip",
            "1 uses the whole text encoder.",
        )
        if self.seed is not None:
            _check_range("seed", self.seed, 0, MAX_SEED, "Seed", "Leave it out for a random one.")
        if self.sampler not in SAMPLERS:
            raise InvalidRequest(
                "sampler",
                f'There is no sampler "{self.sampler}".',
                f"Choose one of: {', '.join(SAMPLERS)}.",
            )
        if self.schedule not in SCHEDULES:
            raise InvalidRequest(
                "schedule",
                f'There is no schedule "{self.schedule}".',
                f"Choose one of: {', '.join(SCHEDULES)}.",
            )
        self._check_texts()
        self._check_advanced()
        self._check_loras()
        return CheckedRequest(self)

    def _check_texts(self) -> None:
        for field in ("prompt", "negative_prompt"):
            if len(getattr(self, field)) > MAX_PROMPT:
                raise InvalidRequest(
                    field, f"The text is longer than {MAX_PROMPT:,} characters.", "Shorten it."
                )

    def _check_loras(self) -> None:
        for lora in self.loras:
            text_weight = lora.weight if lora.text_weight is None else lora.text_weight
            for weight in (lora.weight, text_weight):
                if not abs(weight) <= MAX_LORA:
                    cause = (
                        f'The weight of LoRA "{lora.id}" must be from -{MAX_LORA:g} to '
                        f"{MAX_LORA:g}, not {in_full(weight)}."
                    )
                    raise InvalidRequest("loras", cause, "0.5 to 1 is usual.")

    def _check_advanced(self) -> None:
        """The ways of other programs, their noise, and what bends guidance."""
        if self.compatibility not in COMPATIBLE:
            raise InvalidRequest(
                "compatibility",
                f'Calotype does not render as "{self.compatibility}".',
                f"Choose one of: {', '.join(COMPATIBLE)}.",
            )
        self._check_noise()
        self._check_guidance()

    def _check_noise(self) -> None:
        noise = self.noise
        if noise.source not in NOISE_SOURCES:
            raise InvalidRequest(
                "noise",
                f'There is no noise source "{noise.source}".',
                f"Choose one of: {', '.join(NOISE_SOURCES)}.",
            )
        if self.eta is not None:
            _check_range("eta", self.eta, 0, 10, "Eta", "Leave it out for the sampler's own.")
        _check_range(
            "noise",
            noise.variation_strength,
            0,
            1,
            "The variation's strength",
            "0 leaves the seed alone.",
        )
        _check_range("noise", noise.batch_size, 1, 256, "The batch's size", "Leave it at 1.")
        _check_range(
            "noise",
            noise.batch_index,
            0,
            noise.batch_size - 1,
            "The picture's place in its batch",
            "Count from 0.",
        )
        self._check_seed_shifts()

    def _check_seed_shifts(self) -> None:
        """What AUTOMATIC1111 does to a seed's noise: ENSD, the variation's seed, the resize."""
        noise = self.noise
        _check_range(
            "noise",
            abs(noise.seed_delta),
            0,
            MAX_SEED,
            "The step noise's seed delta",
            "0 is usual.",
        )
        if noise.variation_seed is not None:
            _check_range(
                "noise",
                noise.variation_seed,
                0,
                MAX_SEED,
                "The variation's seed",
                "Leave it out for none.",
            )
        for side in noise.resized_from or ():
            _check_range(
                "noise",
                side,
                MIN_SIZE,
                MAX_SIZE,
                "A side of the size the seed is resized from",
                "Leave it out.",
            )

    def _check_guidance(self) -> None:
        """FreeU, the refiner and what bends guidance."""
        for number in self.freeu or ():
            _check_range(
                "freeu",
                number,
                0,
                10,
                "Each number of FreeU",
                "1.3, 1.4, 0.9 and 0.2 suit Stable Diffusion 1.x.",
            )
        _check_range(
            "refiner_at",
            self.refiner_at,
            0,
            1,
            "The refiner's start",
            "0.8 is usual: the last fifth of the steps.",
        )
        _check_range(
            "guidance_rescale",
            self.guidance_rescale,
            0,
            1,
            "Guidance rescale",
            "0 is none, 0.7 suits v prediction.",
        )
        _check_range(
            "guidance_from",
            self.guidance_from,
            0,
            self.guidance_until,
            "The start of guidance",
            "0 is the first step.",
        )
        _check_range(
            "guidance_until",
            self.guidance_until,
            0,
            1,
            "The end of guidance",
            "1 is the last step.",
        )

    @property
    def program(self) -> Program:
        """Whose picture a checked request makes; ValueError where `check` would refuse.

        `compatibility` itself is text: a stored request may name a program of a later version, and
        is read and refused in a sentence all the same.
        """
        return Program(self.compatibility)


CheckedRequest = NewType("CheckedRequest", Request)  # one that `check` let through


def size_of(text: str) -> tuple[int, int]:
    """(width, height) in pixels of "512x768". Raises InvalidRequest for any other text."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise InvalidRequest(
            "size", f'"{text}" is not a size.', "Write WIDTHxHEIGHT, as in 512x768."
        )
    return int(match.group(1)), int(match.group(2))


def in_full(number: float) -> str:
    """A number as a person would write it: every digit that tells it from another,
    no point behind a whole one."""
    if isinstance(number, int) and abs(number) >= 10**40:
        return f"a number of {math.floor(math.log10(abs(number))) + 1} digits"
    return str(number).removesuffix(".0")


def _check_size(field: str, value: int) -> None:
    name = field.capitalize()
    if value % SIZE_STEP:
        near = max(MIN_SIZE, min(MAX_SIZE, round(value / SIZE_STEP) * SIZE_STEP))
        raise InvalidRequest(
            field, f"{name} {in_full(value)} is not a multiple of {SIZE_STEP}.", f"Use {near}."
        )
    _check_range(field, value, MIN_SIZE, MAX_SIZE, name, "Pick one of the listed sizes.")


def _check_range(field: str, value: float, low: float, high: float, name: str, hint: str) -> None:
    if not low <= value <= high:
        raise InvalidRequest(
            field,
            f"{name} must be from {in_full(low)} to {in_full(high)}, not {in_full(value)}.",
            hint,
        )
