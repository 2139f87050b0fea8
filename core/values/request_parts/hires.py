"""Hires fix: a picture is composed small, where its family composes well, and refined large."""

from __future__ import annotations

from dataclasses import dataclass

from core.sampling.samplers import SAMPLERS
from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_STEPS
from core.values.declared.parameter import Option, Parameter, parameter, parameters

OFF = "off"
AUTO = "auto"
BY_HAND = "by_hand"
MAX_SCALE = 8.0
_OPTION = Option(
    "hires",
    "off; auto: compose a size the model cannot compose in one go small, and refine it; or a "
    "factor: compose it smaller by that.",
)
# how the small picture is enlarged before it is refined, by A1111's names
UPSCALERS: dict[str, str] = {
    "latent": "Latent",
    "latent_antialiased": "Latent (antialiased)",
    "latent_bicubic": "Latent (bicubic)",
    "latent_bicubic_antialiased": "Latent (bicubic antialiased)",
    "latent_nearest": "Latent (nearest)",
    "latent_nearest_exact": "Latent (nearest-exact)",
    "lanczos": "Lanczos",
    "nearest": "Nearest",
}
PIXEL_UPSCALERS = frozenset(("lanczos", "nearest"))  # the others enlarge latents


@dataclass(frozen=True, slots=True)
class Hires:
    """The request's width and height are those of the large picture; the small one is smaller by
    `scale`.

    `mode` "auto" is resolved before there is a job: into "off" or "by_hand" with what was chosen.
    `steps` 0 is as many as the first pass has, `sampler` "" its sampler.
    """

    mode: str = parameter(
        OFF,
        Parameter(
            label="Hires fix",
            help="Composes the picture small and refines it large.",
            choices={OFF: "Off", AUTO: "Automatic", BY_HAND: "By hand"},
            shown=False,
            option=_OPTION,
        ),
    )
    scale: float = parameter(
        2.0,
        Parameter(
            label="Hires scale",
            short="Scale",
            help="How many times larger the refined picture is than the composed one.",
            remedy="1.5 to 2 are usual.",
            low=1,
            high=MAX_SCALE,
            usual=(1, 4),
            step=0.25,
            decimals=2,
            shown=False,
            option=_OPTION,
        ),
    )
    steps: int = parameter(
        0,
        Parameter(
            label="Hires steps",
            short="Steps",
            help="Steps of the refining pass; 0: as many as the first.",
            remedy="0 is usual.",
            low=0,
            high=MAX_STEPS,
            shown=False,
            option=Option("hires_steps", "Steps of the refining pass; 0: as many as the first."),
        ),
    )
    strength: float = parameter(
        0.7,
        Parameter(
            label="Hires strength",
            short="Strength",
            help="Denoising strength of the refining pass.",
            remedy="0.4 to 0.7 are usual.",
            low=0,
            high=1,
            step=0.05,
            decimals=2,
            shown=False,
            option=Option("hires_strength", "Denoising strength of the refining pass."),
        ),
    )
    upscaler: str = parameter(
        "latent",
        Parameter(
            label="Hires upscaler",
            short="Upscaler",
            help="How the small picture is enlarged before it is refined.",
            choices=UPSCALERS,
            shown=False,
            option=Option("hires_upscaler", "latent, latent_bicubic, lanczos and others."),
        ),
    )
    sampler: str = parameter(
        "",
        Parameter(
            label="Hires sampler",
            short="Sampler",
            help="Sampler of the refining pass; the first pass's when left out.",
            shown=False,
            option=Option("hires_sampler", "Sampler of the refining pass."),
        ),
    )

    def check(self) -> None:
        """Raises InvalidRequest, which names the faulty field."""
        for name, declaration in parameters(Hires).items():
            declaration.check("hires", getattr(self, name))
        if self.sampler and self.sampler not in SAMPLERS:
            raise InvalidRequest(
                "hires",
                f'There is no sampler "{self.sampler}".',
                f"Choose one of: {', '.join(SAMPLERS)}.",
            )
