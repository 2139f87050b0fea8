"""What a person asks for: `Request`, the one value that determines a picture, and the limits it must keep."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from core.engine.samplers import SAMPLERS
from core.engine.schedules import SCHEDULES
from core.errors import InvalidRequest

MAX_SEED = 2**64 - 1
SIZE_STEP, MIN_SIZE, MAX_SIZE = 8, 64, 4096
MAX_LORA = 20.0
MAX_STEPS, MAX_GUIDANCE, MAX_COUNT, MAX_CLIP_SKIP, MAX_PROMPT = 1000, 100.0, 10_000, 12, 100_000


@dataclass(frozen=True, slots=True)
class Lora:
    """An adapter on the model: `weight` for the denoiser, `text_weight` for the text encoders (None: the same)."""

    id: str
    weight: float = 1.0
    text_weight: float | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """All that determines a picture. `seed` None means: choose one. `count` pictures take seed, seed + 1, ..."""

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

    def check(self) -> Request:
        """The request itself if all is well, else InvalidRequest naming the first faulty field."""
        for field in ("width", "height"):
            _check_size(field, getattr(self, field))
        _check_range("steps", self.steps, 1, MAX_STEPS, "Steps", "20 suits most samplers.")
        if not math.isfinite(self.guidance):
            raise InvalidRequest("guidance", f"Guidance must be a number, not {self.guidance}.", "Values from 1 to 12 are usual.")
        _check_range("guidance", self.guidance, 0, MAX_GUIDANCE, "Guidance", "Values from 1 to 12 are usual.")
        _check_range("count", self.count, 1, MAX_COUNT, "Count", "Ask for fewer pictures at a time.")
        _check_range("clip_skip", self.clip_skip, 1, MAX_CLIP_SKIP, "Clip skip", "1 uses the whole text encoder.")
        if self.seed is not None:
            _check_range("seed", self.seed, 0, MAX_SEED, "Seed", "Leave it out for a random one.")
        if self.sampler not in SAMPLERS:
            raise InvalidRequest("sampler", f'There is no sampler "{self.sampler}".', f"Choose one of: {', '.join(SAMPLERS)}.")
        if self.schedule not in SCHEDULES:
            raise InvalidRequest("schedule", f'There is no schedule "{self.schedule}".', f"Choose one of: {', '.join(SCHEDULES)}.")
        for field in ("prompt", "negative_prompt"):
            if len(getattr(self, field)) > MAX_PROMPT:
                raise InvalidRequest(field, f"The text is longer than {MAX_PROMPT:,} characters.", "Shorten it.")
        for lora in self.loras:
            for value in (lora.weight, lora.weight if lora.text_weight is None else lora.text_weight):
                if not abs(value) <= MAX_LORA:
                    raise InvalidRequest("loras", f'The weight of LoRA "{lora.id}" must be from -{MAX_LORA:g} to {MAX_LORA:g}, '
                                                  f"not {value:g}.", "0.5 to 1 is usual.")
        return self

    def with_seed(self, seed: int) -> Request:
        """One picture of this request."""
        return replace(self, seed=seed, count=1)


def _check_size(field: str, value: int) -> None:
    name = field.capitalize()
    if value % SIZE_STEP:
        near = max(MIN_SIZE, min(MAX_SIZE, round(value / SIZE_STEP) * SIZE_STEP))
        raise InvalidRequest(field, f"{name} {value} is not a multiple of {SIZE_STEP}.", f"Use {near}.")
    _check_range(field, value, MIN_SIZE, MAX_SIZE, name, "Pick one of the listed sizes.")


def _check_range(field: str, value: float, low: float, high: float, name: str, hint: str) -> None:
    if not low <= value <= high:
        raise InvalidRequest(field, f"{name} must be from {low:g} to {high:g}, not {value:g}.", hint)
