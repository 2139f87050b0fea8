"""How the noise levels of the steps are spaced, beyond the schedule's name: how strongly it bends,
where it begins and ends, the shift of flow models; or each level by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from core.sampling.spacings import followed
from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_STEPS
from core.values.declared.parameter import Option, Parameter, in_full, parameter, parameters

MAX_SIGMA = 10_000.0  # training noise without any signal ends at 4519
_LIMIT = "Leave it out for the model's own."


@dataclass(frozen=True, slots=True)
class Levels:
    """Standard deviations of the noise relative to the data (sigma); of flow models its share.

    None is the schedule's own `rho`, the model's own `shift` and ends of the noise. `sigmas` are
    the levels themselves, falling, the last one mostly 0: one more than there are steps. Where
    there are some, the schedule, its rho and its ends have no say.
    """

    rho: float | None = parameter(
        None,
        Parameter(
            label="Rho",
            help="How strongly Karras and Polyexponential bend: more puts more steps at low noise.",
            remedy="7 is usual for Karras, 1 for Polyexponential.",
            low=0.5,
            high=20,
            usual=(1, 15),
            step=0.5,
            decimals=2,
            advanced=True,
            a1111="Schedule rho",
        ),
    )
    shift: float | None = parameter(
        None,
        Parameter(
            label="Shift",
            help="Moves the steps of flow models towards noise, as large pictures need it.",
            remedy="1 to 12 are usual; leave it out for the model's own.",
            low=0.01,
            high=100,
            usual=(0.5, 12),
            step=0.5,
            decimals=2,
            advanced=True,
            a1111="Shift",
        ),
    )
    sigma_min: float | None = parameter(
        None,
        Parameter(
            label="Smallest sigma",
            short="σ min",
            help="The noise level of the last step.",
            remedy=_LIMIT,
            low=0.0001,
            high=MAX_SIGMA,
            usual=(0.01, 1),
            step=0.01,
            decimals=4,
            advanced=True,
            a1111="Schedule min sigma",
        ),
    )
    sigma_max: float | None = parameter(
        None,
        Parameter(
            label="Largest sigma",
            short="σ max",
            help="The noise level of the first step.",
            remedy=_LIMIT,
            low=0.0001,
            high=MAX_SIGMA,
            usual=(1, 20),
            step=0.5,
            decimals=3,
            advanced=True,
            a1111="Schedule max sigma",
        ),
    )
    sigmas: tuple[float, ...] = parameter(
        (),
        Parameter(
            label="Noise levels",
            short="Sigmas",
            subject="Each noise level",
            help="The noise levels themselves, falling, the last one 0: one more than steps.",
            remedy="Write falling numbers, as in 14.6, 6.5, 2.7, 0.9, 0.",
            low=0,
            high=MAX_SIGMA,
            advanced=True,
            option=Option(
                help="All noise levels with commas between, falling to 0; one more than steps."
            ),
            a1111="Sigmas",
        ),
    )
    discard_penultimate: bool = parameter(
        False,
        Parameter(
            label="Discard penultimate sigma",
            short="Skip last",
            help="Leaves out the last noise level before zero, in as many steps: takes grain off "
            "the pictures of some samplers.",
            advanced=True,
            option=Option(help="Leave out the last noise level before zero."),
            a1111="Discard penultimate sigma",
        ),
    )
    # as ComfyUI has it where levels are made by a node of their own
    keep_penultimate: bool = parameter(
        False,
        Parameter(
            label="Keep penultimate sigma",
            help="Keeps the last noise level before zero, which a program leaves out for some "
            "of its samplers.",
            shown=False,
            option=None,
        ),
    )

    def check(self, steps: int) -> None:
        """Raises InvalidRequest, which says what is wrong; `steps` are the request's."""
        for name, declaration in parameters(Levels).items():
            declaration.check("levels", getattr(self, name))
        low, high = self.sigma_min, self.sigma_max
        if low is not None and high is not None and low >= high:
            raise InvalidRequest(
                "levels",
                f"The smallest sigma {in_full(low)} is not below the largest, {in_full(high)}.",
                "Exchange them, or leave them out for the model's own.",
            )
        if self.sigmas:
            self._check_list(steps)

    def for_steps(self, steps: int) -> Levels:
        """The same for another count of steps: levels along the list, linear in the logarithm; no
        list where they cannot be told apart any more. Steps that `check` refuses change nothing."""
        if not 1 <= steps <= MAX_STEPS or not self.sigmas or len(self.sigmas) == steps + 1:
            return self
        sigmas = followed(self.sigmas, steps)
        whole = len(sigmas) == steps + 1 and all(a > b for a, b in pairwise(sigmas))
        return replace(self, sigmas=sigmas if whole else ())

    def _check_list(self, steps: int) -> None:
        remedy = parameters(Levels)["sigmas"].remedy
        count = len(self.sigmas)
        if not 2 <= count <= MAX_STEPS + 1:
            message = f"A list of noise levels has 2 to {MAX_STEPS + 1} of them, not {count}."
            raise InvalidRequest("levels", message, remedy)
        for before, after in pairwise(self.sigmas):
            if after >= before:
                message = f"Noise levels fall; {in_full(after)} stands behind {in_full(before)}."
                raise InvalidRequest("levels", message, remedy)
        if count - 1 != steps:
            raise InvalidRequest(
                "levels",
                f"The list of {count} noise levels makes {_steps(count - 1)}, not {steps}.",
                f"Ask for {_steps(count - 1)}, or leave the list out.",
            )


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def sigmas_of(text: str) -> tuple[float, ...]:
    """Noise levels in a text, with commas, semicolons or blanks between them; () for an empty one.
    Raises InvalidRequest for one that holds anything else."""
    words = text.replace(",", " ").replace(";", " ").split()
    try:
        return tuple(float(word) for word in words[: MAX_STEPS + 2])
    except ValueError:
        shown = text if len(text) <= 80 else f"{text[:80]}..."
        raise InvalidRequest(
            "levels", f'"{shown}" is no list of noise levels.', parameters(Levels)["sigmas"].remedy
        ) from None


def as_text(sigmas: tuple[float, ...]) -> str:
    """What `sigmas_of` reads: every digit, commas between."""
    return ", ".join(map(in_full, sigmas))
