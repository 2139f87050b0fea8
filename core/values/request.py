"""What a person asks for: `Request`, the one value that determines a picture. Each field declares
what there is to know of it; `check` keeps the limits.

A new parameter of a picture is a field here, and its effect in the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NewType

from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES
from core.values.declared.limits import (
    MAX_CLIP_SKIP,
    MAX_COUNT,
    MAX_GUIDANCE,
    MAX_PROMPT,
    MAX_SEED,
    MAX_SIZE,
    MAX_STEPS,
    MIN_SIZE,
    SIZE_STEP,
)
from core.values.declared.parameter import Option, Parameter, Unit, parameter, parameters
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.program import Program
from core.values.request_parts.branch import Branch
from core.values.request_parts.chosen_style import ChosenStyle, check_styles
from core.values.request_parts.emphasis import EMPHASIS, Emphasis
from core.values.request_parts.free_gains import FREEU
from core.values.request_parts.fresh_noise import ETA, FreshNoise
from core.values.request_parts.hires import Hires
from core.values.request_parts.levels import Levels
from core.values.request_parts.seamless import TILING
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.sweep_place import SweepPlace
from core.values.request_parts.time_saving import (
    DECODER,
    FEATURE_REUSE,
    FULL,
    GUIDED,
    MATRICES,
    TOKEN_MERGING,
)
from core.values.request_parts.upscale import UPSCALING, Upscale

# what two fields declare together
_SIDE = Parameter(
    label="Size",
    help="Width and height of the picture in pixels.",
    remedy="Pick one of the listed sizes.",
    low=MIN_SIZE,
    high=MAX_SIZE,
    step=SIZE_STEP,
    multiple_of=SIZE_STEP,
    unit=Unit.PIXELS,
    of_family=True,
    option=Option("size", "WIDTHxHEIGHT in pixels."),
    a1111="Size",
)
_USUAL = Noise()
_NOTHING = StartPicture()
_NO_HIRES = Hires()
_NO_BRANCH = Branch()
_OWN_LEVELS = Levels()
_NO_CHURN = FreshNoise()
_NO_UPSCALE = Upscale()
_NO_SWEEP = SweepPlace()
_TEMPLATE = Parameter(label="Template", longest=MAX_PROMPT, advanced=True, shown=False, option=None)


@dataclass(frozen=True, slots=True)
class Request:
    """All that determines a picture. `seed` None means: choose one.
    `count` pictures take seed, seed + 1, ...

    Sides in pixels, `refiner_at` as the share of the steps after which the refiner takes over.
    `eta` None is the sampler's own. Guidance works from the share `guidance_from` of the schedule
    until `guidance_until`. `freeu` holds b1, b2, s1, s2 (Si et al. 2023): the gain of the two
    deepest stages and of their skipped connections. Of `feature_reuse` steps one is worked out in
    full (DeepCache, Ma et al. 2024); `token_merging` is the share of tokens that are taken together
    (Bolya & Hoffman 2023). `parent` is the picture it was made from, by the sha256 of its pixels,
    `document` the id of the document of the Edit room that it was made for, `sweep` its cell of a
    sweep; none of them changes it.
    `template` and `negative_template` are the texts whose choices and wildcards were drawn or which
    got `styles` around them, where there were any.
    """

    prompt: str = parameter(
        "",
        Parameter("Prompt", "What to draw.", longest=MAX_PROMPT, option=Option(positional=True)),
    )
    negative_prompt: str = parameter(
        "",
        Parameter(
            label="Negative prompt",
            help="What to keep out.",
            longest=MAX_PROMPT,
            option=Option("negative"),
        ),
    )
    model: str = parameter(
        "starter",
        Parameter(
            label="Model",
            help="The trained network that makes the picture.",
            option=Option(help="A model's id, or a folder."),
            a1111="Model",
        ),
    )
    width: int = parameter(256, replace(_SIDE, subject="Width"))
    height: int = parameter(256, replace(_SIDE, subject="Height"))
    steps: int = parameter(
        20,
        Parameter(
            label="Steps",
            help="How many times the picture is refined; more takes longer.",
            remedy="20 suits most samplers.",
            low=1,
            high=MAX_STEPS,
            usual=(1, 60),
            of_family=True,
            option=Option(help="Denoising steps."),
            a1111="Steps",
        ),
    )
    guidance: float = parameter(
        4.0,
        Parameter(
            label="Guidance",
            help="How strongly the prompt pulls; too much burns the colours.",
            remedy="Values from 1 to 12 are usual.",
            low=0,
            high=MAX_GUIDANCE,
            usual=(1, 15),
            step=0.5,
            decimals=1,
            of_family=True,
            option=Option(help="How strongly the prompt pulls."),
            a1111="CFG scale",
        ),
    )
    sampler: str = parameter(
        "dpmpp_2m",
        Parameter(
            label="Sampler",
            help="The method that walks from noise to picture.",
            choices={row.id: row.label for row in SAMPLERS.values()},
            of_family=True,
            option=Option(help="Sampler id."),
            a1111="Sampler",
        ),
    )
    schedule: str = parameter(
        "karras",
        Parameter(
            label="Schedule",
            help="How the noise levels of the steps are spaced.",
            choices={row.id: row.label for row in SCHEDULES.values()},
            of_family=True,
            option=Option(help="Noise schedule id."),
            a1111="Schedule type",
        ),
    )
    seed: int | None = parameter(
        None,
        Parameter(
            label="Seed",
            help=(
                "The number that decides the start noise: "
                "the same seed gives the same picture again."
            ),
            remedy="Leave it out for a random one.",
            low=0,
            high=MAX_SEED,
            option=Option(help="Start noise; random when left out."),
            a1111="Seed",
        ),
    )
    count: int = parameter(
        1,
        Parameter(
            label="Count",
            help="How many pictures, with seeds counting up.",
            remedy="Ask for fewer pictures at a time.",
            low=1,
            high=MAX_COUNT,
        ),
    )
    clip_skip: int = parameter(
        1,
        Parameter(
            label="Clip skip",
            help="Leaves out the text encoder's last layers; some fine-tunes want 2.",
            remedy="1 uses the whole text encoder.",
            low=1,
            high=MAX_CLIP_SKIP,
            option=Option(help="1 uses the whole text encoder."),
            a1111="Clip skip",
        ),
    )
    loras: tuple[Lora, ...] = parameter(
        (),
        Parameter(
            label="LoRAs",
            option=Option("lora", "ID:WEIGHT of a LoRA; may be given several times."),
        ),
    )
    vae: str = parameter(
        "",
        Parameter(
            label="VAE",
            help=(
                "What turns the finished latents into pixels; "
                "some models look better with another one."
            ),
            advanced=True,
            option=Option(help="Another VAE than the model's own: its name, or a file."),
            a1111="VAE",
        ),
    )
    refiner: str = parameter(
        "",
        Parameter(
            label="Refiner",
            help="A second model that takes over the last steps.",
            advanced=True,
            option=Option(help="A model that makes the last steps: its id, or a path."),
            a1111="Refiner",
        ),
    )
    refiner_at: float = parameter(
        0.8,
        Parameter(
            label="Refiner from",
            short="Refine from",
            help="The share of the steps, in percent, after which the refiner takes over.",
            subject="The refiner's start",
            remedy="0.8 is usual: the last fifth of the steps.",
            low=0,
            high=1,
            unit=Unit.SHARE,
            advanced=True,
            option=Option(help="The share of the steps after which it takes over."),
            a1111="Refiner switch at",
        ),
    )
    compatibility: str = parameter(
        Program.CALOTYPE,
        Parameter(
            label="Same picture as",
            short="Same as",
            help=(
                "Whose way of drawing noise and weighing words: choose the program a recipe comes "
                "from to get its picture."
            ),
            choices={
                Program.CALOTYPE: "Calotype",
                Program.A1111: "AUTOMATIC1111, Forge",
                Program.COMFYUI: "ComfyUI",
            },
            refusal='Calotype does not render as "{value}".',
            advanced=True,
            option=Option(help="Render as calotype, a1111 or comfyui does."),
            a1111="Compatibility",
        ),
    )
    noise: Noise = parameter(
        _USUAL,
        Parameter(label="Noise from", advanced=True, option=None),
    )
    eta: float | None = parameter(None, ETA)
    fresh_noise: FreshNoise = parameter(
        _NO_CHURN, Parameter(label="Fresh noise", advanced=True, shown=False, option=None)
    )
    emphasis: str = parameter(Emphasis.AUTO, EMPHASIS)
    guidance_rescale: float = parameter(
        0.0,
        Parameter(
            label="Guidance rescale",
            short="Rescale",
            help="Brings the colours of strong guidance back; 0.7 suits models that predict v.",
            remedy="0 is none, 0.7 suits v prediction.",
            low=0,
            high=1,
            step=0.05,
            decimals=2,
            advanced=True,
            option=Option(help="0 to 1; 0.7 suits v prediction."),
            a1111="CFG Rescale",
        ),
    )
    guidance_from: float = parameter(
        0.0,
        replace(
            GUIDED,
            subject="The start of guidance",
            remedy="0 is the first step.",
            a1111="Guidance from",
        ),
    )
    guidance_until: float = parameter(
        1.0,
        replace(
            GUIDED,
            subject="The end of guidance",
            remedy="1 is the last step.",
            a1111="Guidance until",
        ),
    )
    freeu: tuple[float, float, float, float] | None = parameter(None, FREEU)
    feature_reuse: int = parameter(1, FEATURE_REUSE)
    token_merging: float = parameter(0.0, TOKEN_MERGING)
    decoder: str = parameter(FULL, DECODER)
    matrices: str = parameter(FULL, MATRICES)
    tiling: str = parameter("none", TILING)
    start: StartPicture = parameter(
        _NOTHING, Parameter(label="Start picture", advanced=True, shown=False, option=None)
    )
    hires: Hires = parameter(
        _NO_HIRES, Parameter(label="Hires fix", advanced=True, shown=False, option=None)
    )
    upscale: Upscale = parameter(_NO_UPSCALE, UPSCALING)
    levels: Levels = parameter(
        _OWN_LEVELS, Parameter(label="Noise levels", advanced=True, shown=False, option=None)
    )
    parent: str = parameter(
        "",
        Parameter(label="Made from", longest=64, advanced=True, shown=False, option=None),
    )
    document: str = parameter(
        "",
        Parameter(label="Made for", longest=32, advanced=True, shown=False, option=None),
    )
    branch: Branch = parameter(
        _NO_BRANCH, Parameter(label="Branch", advanced=True, shown=False, option=None)
    )
    sweep: SweepPlace = parameter(
        _NO_SWEEP, Parameter(label="Sweep", advanced=True, shown=False, option=None)
    )
    template: str = parameter("", replace(_TEMPLATE, label="Template"))
    negative_template: str = parameter("", replace(_TEMPLATE, label="Negative template"))
    styles: tuple[ChosenStyle, ...] = parameter(
        (), Parameter(label="Styles", advanced=True, shown=False, option=None)
    )

    def check(self) -> CheckedRequest:
        """The request itself if all is well.

        Raises InvalidRequest, which names the first faulty field.
        """
        declared = parameters(type(self))
        for name, declaration in declared.items():
            declaration.check(name, getattr(self, name))
        self.noise.check()
        self.start.check()
        self.hires.check()
        self.upscale.check()
        self.branch.check()
        self.levels.check(self.steps)
        self.fresh_noise.check()
        self.sweep.check()
        for lora in self.loras:
            lora.check()
        check_styles(self.styles)
        if self.guidance_from > self.guidance_until:
            start = replace(declared["guidance_from"], high=self.guidance_until)
            start.check("guidance_from", self.guidance_from)
        return CheckedRequest(self)

    @property
    def stack(self) -> str:
        """The key of what its pictures lie together for in the gallery; "" for none."""
        return self.document or self.sweep.stack

    @property
    def program(self) -> Program:
        """Whose picture a checked request makes; ValueError where `check` would refuse.

        `compatibility` itself is text: a stored request may name a program of a later version, and
        is read and refused in a sentence all the same.
        """
        return Program(self.compatibility)


CheckedRequest = NewType("CheckedRequest", Request)  # one that `check` let through
