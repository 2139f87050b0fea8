"""What the denoiser is told in each step: texts that are read once and change while a picture is
made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import Denoise
from core.prompt.grammar.plan import Branch, PromptPlan
from core.sampling.samplers import SAMPLERS
from core.values.program import Program
from core.values.request import Request

MOST_TURNS = 8  # guided denoisers that are kept: of so many texts in turn none is joined anew
Steps = Iterator[tuple[torch.Tensor, torch.Tensor]]  # x and x0 after each


@dataclass(frozen=True, slots=True, eq=False)
class ToldBranch:
    """A text over all steps: each row is the step up to which it holds, and its text read."""

    rows: tuple[tuple[int, Conditioning], ...]
    weight: float = 1.0

    def at(self, number: int) -> Conditioning:
        """What holds at the place `number`. Beyond the last row the first one holds, as in
        AUTOMATIC1111, where a sampler may ask more often than its steps say."""
        return next((told for until, told in self.rows if number <= until), self.rows[0][1])


@dataclass(frozen=True, slots=True, eq=False)
class ToldTexts:
    """What AND joins of the prompt, and the negative prompt."""

    positive: tuple[ToldBranch, ...]
    negative: ToldBranch

    def at(self, number: int) -> tuple[Conditioning, ...]:
        """The negative text at a place, then those of the prompt."""
        return tuple(branch.at(number) for branch in (self.negative, *self.positive))


def told_once(positive: Conditioning, negative: Conditioning) -> ToldTexts:
    """One text each, for all steps."""
    return ToldTexts((ToldBranch(((0, positive),)),), ToldBranch(((0, negative),)))


Encode = Callable[[tuple[str, ...], tuple[str, ...]], tuple[list[Conditioning], list[Conditioning]]]


def told_over(plan: PromptPlan, encode: Encode, program: Program) -> ToldTexts:
    """The texts of a plan; `encode` is given each of the prompt's and of the negative prompt's
    once. AUTOMATIC1111 reads each text that AND joins by itself, in a batch of all its rows."""
    if program == Program.A1111:
        positive = tuple(
            _told(branch, dict(zip(rows, encode(rows, ())[0], strict=True)))
            for branch in plan.positive
            for rows in [tuple(row.text for row in branch.rows)]
        )
        rows = tuple(row.text for row in plan.negative.rows)
        without = dict(zip(rows, encode((), rows)[1], strict=True))
        return ToldTexts(positive, _told(plan.negative, without))
    negatives = plan.negative.texts
    read, without = encode(plan.texts, negatives)
    of_prompt = dict(zip(plan.texts, read, strict=True))
    of_negative = dict(zip(negatives, without, strict=True))
    return ToldTexts(
        tuple(_told(branch, of_prompt) for branch in plan.positive),
        _told(plan.negative, of_negative),
    )


def equally_long(texts: Sequence[Conditioning]) -> tuple[Conditioning, ...]:
    """The texts that AND joins as AUTOMATIC1111 tells them: the states (1, tokens, width) of the
    shorter ones go on with copies of their last one."""
    most = max(text.states.shape[1] for text in texts)
    return tuple(
        replace(text, states=torch.cat([text.states, last], 1)) if last.shape[1] else text
        for text in texts
        for last in [text.states[:, -1:].expand(-1, most - text.states.shape[1], -1)]
    )


def _told(branch: Branch, read: dict[str, Conditioning]) -> ToldBranch:
    rows = tuple((row.until, read[row.text]) for row in branch.rows)
    return ToldBranch(rows, branch.weight)


class StepClock:
    """Where a walk down the noise is, for texts that change on the way.

    Steps count from 1, and all calls of one step get the same text. As AUTOMATIC1111 counts
    (`by_call`) each call is a place, from 0: a text holds one call longer than its step says, and
    samplers of two calls a step have twice as many places.
    """

    def __init__(self, *, by_call: bool, evaluations: int) -> None:
        self._by_call = by_call
        self._evaluations = evaluations
        self._calls = 0
        self._step = 1

    @property
    def place(self) -> int:
        """The place of the call that comes next, or is being made."""
        return self._calls if self._by_call else self._step

    def counted(self, denoise: Denoise) -> Denoise:
        """The same denoiser; its calls are counted."""

        def count(x: torch.Tensor, sigma: float) -> torch.Tensor:
            """x0 (n, c, h, w)."""
            found = denoise(x, sigma)
            self._calls += 1
            return found

        return count

    def walk(self, steps: Steps, done: int) -> Steps:
        """The same steps, of which `done` were made before; they are counted."""
        self._step = done + 1
        self._calls = done * self._evaluations
        for step in steps:
            yield step
            self._step += 1


def clock_of(request: Request) -> StepClock:
    """The clock for a request, as its program counts."""
    return StepClock(
        by_call=request.program == Program.A1111,
        evaluations=SAMPLERS[request.sampler].evaluations,
    )


def places_of(request: Request, steps: int) -> int:
    """How many places the clock of a request has where `steps` of its steps are run. AUTOMATIC1111
    counts those that were asked for, not those that a strength leaves, and calls for steps."""
    if request.program != Program.A1111:
        return steps
    twice = SAMPLERS[request.sampler].evaluations == 2
    return request.steps * (2 if twice else 1)


Guide = Callable[[tuple[Conditioning, ...]], Denoise]  # the negative text and those of the prompt


class ChangingTexts:
    """A guided denoiser whose texts are those of the clock's place; `guide` makes one for texts
    that stay."""

    def __init__(self, told: ToldTexts, clock: StepClock, guide: Guide) -> None:
        self._told = told
        self._clock = clock
        self._guide = guide
        self._made = dict[tuple[int, ...], Denoise]()

    def __call__(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """The clean latents (n, c, h, w) in x of that shape."""
        texts = self._told.at(self._clock.place)
        which = tuple(map(id, texts))
        denoise = self._made.pop(which, None) or self._guide(texts)
        self._made[which] = denoise  # the last one used stands last
        if len(self._made) > MOST_TURNS:
            del self._made[next(iter(self._made))]
        return denoise(x, sigma)
