"""Going on from a step of a picture that was recorded, without computing the steps before again."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from core.engine.contract.recording_file import Latents, RecordingFile
from core.system.errors import InvalidRequest
from core.values.job import BranchStart


class Branch:
    """What stands in a recording up to the step where a picture branches off. All tensors are
    float32 (1, c, h, w) on `device`. `reuse` is the interval of the request's reused features.

    With the sampler and step noise that were recorded the sampler walks again, given what the
    network said then: so it has its earlier estimates, and draws the same noise. With others it
    begins at the step's latents. Raises WorldError where the recording cannot be read, ValueError
    for a step that it has not.
    """

    def __init__(self, start: BranchStart, device: torch.device, reuse: int) -> None:
        self.file = RecordingFile(Path(start.recording))
        self._device = device
        self.at_pass, self.own_step = self.file.place_of(start.step)
        self.same_walk = start.same_walk
        before = start.step - self.own_step  # steps of the passes before
        entered = self.file.head.passes[self.at_pass].entered
        self._entry = max(at for at in entered if at <= self.own_step)
        if not start.same_walk:
            self._entry = self.own_step
        self._entry_step = before + self._entry
        self.calls_at_entry = self.file.calls_before(self._entry_step)
        self.calls = self.file.calls_before(start.step)
        # so that the first call that counts goes on from the features that it went on from
        self._quiet = self.calls - self.calls % reuse

    @property
    def entered(self) -> tuple[int, ...]:
        """The steps of the pass after which a walk was begun anew."""
        before = self.file.head.passes[self.at_pass].entered
        return tuple(sorted({at for at in before if at <= self.own_step} | {self._entry}))

    def end_of_pass(self, number: int) -> torch.Tensor | None:
        """The latents at the end of an earlier pass than the step's; None for others."""
        if number >= self.at_pass:
            return None
        steps = [len(one.steps) for one in self.file.head.passes[: number + 1]]
        return self._on_device(self.file.latents(sum(steps)))

    def begun(self, number: int) -> tuple[torch.Tensor, int, int] | None:
        """The latents with which the step's pass is entered, how many of its steps are done, and
        how often noise was drawn; None where it is walked from its start, as other passes are."""
        if number != self.at_pass or not self._entry:
            return None
        done = self.file.head.passes[number].steps[self._entry - 1]
        return self._on_device(self.file.latents(self._entry_step)), done.step, done.draws

    def check_levels(self, levels: tuple[float, ...]) -> None:
        """Raises InvalidRequest where the noise levels of the step's pass, as they are wanted now,
        are not those that were recorded."""
        steps = self.file.head.passes[self.at_pass].steps
        before = [*(step.sigma for step in steps), *(step.sigma_next for step in steps[-1:])]
        same = len(before) == len(levels) and all(
            math.isclose(*pair, rel_tol=1e-6, abs_tol=1e-9)
            for pair in zip(before, levels, strict=True)
        )
        if not same:
            raise InvalidRequest(
                "branch",
                "The model begins with other noise levels than the picture that it would go on "
                "from.",
                "Choose a model of the same family.",
            )

    def answer(self, call: int) -> torch.Tensor | None:
        """What the network said at a call, counted over all passes; None where it is to be
        asked."""
        return self._on_device(self.file.call(call)) if call < self.calls else None

    def seen_without(self, call: int) -> torch.Tensor | None:
        """What was seen without the prompt at a call that has an answer, for a sampler that asks;
        None for others."""
        found = self.file.call_without(call)
        return None if found is None else self._on_device(found)

    def is_asked_all_the_same(self, call: int) -> bool:
        """Whether the network is to be called, though its answer is known, for what it keeps."""
        return call >= self._quiet

    def _on_device(self, values: Latents) -> torch.Tensor:
        return torch.from_numpy(values.copy()).to(self._device)
