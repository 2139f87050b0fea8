"""An adapter on a request's model."""

from __future__ import annotations

from dataclasses import dataclass

from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_STEPS
from core.values.declared.parameter import Parameter

MAX_LORA = 20.0


@dataclass(frozen=True, slots=True)
class Lora:
    """An adapter on the model: `weight` for the denoiser,
    `text_weight` for the text encoders (None: the same).

    It is on the denoiser from `start` until `stop`: shares of the steps, or with `by_steps` numbers
    of them, after which it comes and goes. Texts are read once, with the adapter on.
    """

    id: str
    weight: float = 1.0
    text_weight: float | None = None
    start: float = 0.0
    stop: float = 1.0
    by_steps: bool = False

    @property
    def always(self) -> bool:
        """Whether it is on in all steps."""
        whole = float(MAX_STEPS) if self.by_steps else 1.0
        return self.start <= 0.0 and self.stop >= whole

    def is_on(self, step: int, steps: int) -> bool:
        """Whether it is on the denoiser in a step, counted from 1, of so many. Shares are rounded
        down to whole steps, as for words that change."""
        times = 1 if self.by_steps else steps
        return int(self.start * times) < step and (self.always or step <= int(self.stop * times))

    def check(self) -> None:
        """Raises InvalidRequest for a weight or steps beyond the limits."""
        subject = f'The weight of LoRA "{self.id}"'
        limits = Parameter(subject, low=-MAX_LORA, high=MAX_LORA, remedy="0.5 to 1 is usual.")
        for weight in (self.weight, self.text_weight):
            limits.check("loras", weight)
        most = float(MAX_STEPS) if self.by_steps else 1.0
        if not 0.0 <= self.start < self.stop <= most:
            raise InvalidRequest(
                "loras",
                f'The steps of LoRA "{self.id}" begin at {self.start:g} and end at {self.stop:g}.',
                "The end comes after the start; both are shares of the steps, as in start=0.2, or "
                f"numbers of them up to {MAX_STEPS}.",
            )
