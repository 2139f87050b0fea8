"""An adapter on a request's model."""

from __future__ import annotations

from dataclasses import dataclass

from core.values.declared.parameter import Parameter

MAX_LORA = 20.0


@dataclass(frozen=True, slots=True)
class Lora:
    """An adapter on the model: `weight` for the denoiser,
    `text_weight` for the text encoders (None: the same)."""

    id: str
    weight: float = 1.0
    text_weight: float | None = None

    def check(self) -> None:
        """Raises InvalidRequest for a weight beyond the limits."""
        subject = f'The weight of LoRA "{self.id}"'
        limits = Parameter(subject, low=-MAX_LORA, high=MAX_LORA, remedy="0.5 to 1 is usual.")
        for weight in (self.weight, self.text_weight):
            limits.check("loras", weight)
