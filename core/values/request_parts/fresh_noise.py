"""How much fresh noise enters on the way from noise to picture, where a sampler takes any: a
parameter of parts, each declared, and eta beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.values.declared.parameter import Parameter, in_full, parameter, parameters
from core.values.request_parts.levels import MAX_SIGMA

ETA = Parameter(
    label="Eta",
    help="Share of fresh noise a step; the sampler's own when left out.",
    remedy="Leave it out for the sampler's own.",
    low=0,
    high=10,
    usual=(0, 1),
    step=0.1,
    decimals=2,
    advanced=True,
    a1111="Eta",
)
MOST_CHURN = 1000.0  # more than all steps can take


@dataclass(frozen=True, slots=True)
class FreshNoise:
    """The numbers of Karras et al. 2022, algorithm 2, under the names that the field has for them.

    `s_churn` is spread over the steps whose noise level lies from `s_tmin` to `s_tmax` (None: no
    end): each begins by raising the noise by that share, at most by the root of 2. `s_noise`
    multiplies whatever fresh noise a sampler adds.
    """

    s_churn: float = parameter(
        0.0,
        Parameter(
            label="Sigma churn",
            short="Churn",
            help="Fresh noise at the beginning of each step, so that faults are drawn over; "
            "for Euler, Heun, DPM2 and HeunPP2.",
            remedy="0 is none, 5 to 40 are usual.",
            low=0,
            high=MOST_CHURN,
            usual=(0, 100),
            step=1,
            decimals=2,
            advanced=True,
            a1111="Sigma churn",
        ),
    )
    s_tmin: float = parameter(
        0.0,
        Parameter(
            label="Sigma tmin",
            short="Down to",
            help="The noise level below which steps begin without fresh noise.",
            remedy="0 is the last step.",
            low=0,
            high=MAX_SIGMA,
            usual=(0, 10),
            step=0.05,
            decimals=3,
            advanced=True,
            a1111="Sigma tmin",
        ),
    )
    s_tmax: float | None = parameter(
        None,
        Parameter(
            label="Sigma tmax",
            short="From",
            help="The noise level above which steps begin without fresh noise.",
            remedy="Leave it out for no end.",
            low=0.001,
            high=MAX_SIGMA,
            usual=(1, 50),
            step=1,
            decimals=3,
            advanced=True,
            a1111="Sigma tmax",
        ),
    )
    s_noise: float = parameter(
        1.0,
        Parameter(
            label="Sigma noise",
            short="Noise ×",
            help="What fresh noise is multiplied by: a little more than 1 keeps detail.",
            remedy="1 is usual, 1.003 to 1.05 bring detail.",
            low=0,
            high=100,
            usual=(0.9, 1.1),
            step=0.005,
            decimals=3,
            advanced=True,
            a1111="Sigma noise",
        ),
    )

    def check(self) -> None:
        """Raises InvalidRequest, which names the first faulty field."""
        declared = parameters(FreshNoise)
        for name, declaration in declared.items():
            declaration.check("fresh_noise", getattr(self, name))
        if self.s_tmax is not None and self.s_tmin > self.s_tmax:
            most = replace(
                declared["s_tmin"],
                high=self.s_tmax,
                remedy=f"{in_full(self.s_tmax)} is where churn begins.",
            )
            most.check("fresh_noise", self.s_tmin)
