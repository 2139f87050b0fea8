"""Model families as data: what the window offers and which defaults suit, not how they load."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_SEEN = 1.5  # times the default size, of a picture that is extended
_MOST_SEEN = 1024  # pixels a side
_SEEN_STEP = 64


@dataclass(frozen=True, slots=True)
class Family:
    """One row. `sizes` are the offered (width, height), the first being the default;
    `clip_skip` whether it applies.

    `flow` families take the samplers that follow a flow; `pipeline` ones run as diffusers'
    own, without our samplers. Those that `refine` make a picture better that was composed smaller
    than it is; others only spoil it. One that `instructs` is told what to change in a picture.
    """

    id: str
    label: str
    sizes: tuple[tuple[int, int], ...]
    steps: int
    guidance: float
    sampler: str
    schedule: str
    clip_skip: bool = True
    min_size: int = 64
    max_size: int = 2048
    flow: bool = False
    pipeline: bool = False
    refines: bool = True
    instructs: bool = False

    @property
    def window(self) -> tuple[int, int]:
        """Width and height of what the network sees in one go of a picture that is extended: more
        than its default size where it bears that, so that the subject stays in sight beside what
        is added. Seeing half of a subject, networks begin another one."""
        width, height = self.sizes[0]
        return self._seen(width), self._seen(height)

    def _seen(self, side: int) -> int:
        most = min(int(side * _SEEN), _MOST_SEEN, self.max_size)
        return max(side, most // _SEEN_STEP * _SEEN_STEP)

    def defaults(self) -> dict[str, object]:
        """What a request begins with, by its names: each parameter that is declared `of_family`."""
        width, height = self.sizes[0]
        return {
            "width": width,
            "height": height,
            "steps": self.steps,
            "guidance": self.guidance,
            "sampler": self.sampler,
            "schedule": self.schedule,
        }


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a person wants a model to begin with, instead of its family's values."""

    width: int
    height: int
    steps: int
    guidance: float
    sampler: str
    schedule: str

    def of(self, row: Family) -> Family:
        """The row with these values."""
        sizes = tuple(dict.fromkeys(((self.width, self.height), *row.sizes)))
        return replace(
            row,
            sizes=sizes,
            steps=self.steps,
            guidance=self.guidance,
            sampler=self.sampler,
            schedule=self.schedule,
        )


_XL_SIZES = (
    (1024, 1024),
    (832, 1216),
    (1216, 832),
    (896, 1152),
    (1152, 896),
    (768, 1344),
    (1344, 768),
)
_SD15_SIZES = ((512, 512), (512, 768), (768, 512), (512, 640), (640, 512))

# What few-step models were distilled for: steps, guidance, sampler,
# schedule (their authors' cards).
DISTILLED: dict[str, tuple[int, float, str, str]] = {
    "turbo": (4, 1.0, "euler_ancestral", "sgm_uniform"),
    "lcm": (6, 1.0, "lcm", "sgm_uniform"),
    "lightning": (4, 1.0, "euler", "sgm_uniform"),
    "hyper": (8, 1.0, "euler", "sgm_uniform"),
    "dmd2": (4, 1.0, "lcm", "sgm_uniform"),
    "tcd": (6, 1.0, "tcd", "sgm_uniform"),
}
# The same for flow families: (family, kind) to steps and guidance. FLUX's guidance is told to the
# network, not doubled calls.
FLOW_DISTILLED: dict[tuple[str, str], tuple[int, float]] = {
    ("sd3", "turbo"): (4, 1.0),
    ("flux", "schnell"): (4, 1.0),
    ("flux", "turbo"): (8, 3.5),
    ("flux", "hyper"): (8, 3.5),
    ("generic", "turbo"): (9, 1.0),
    ("generic", "lightning"): (8, 1.0),
    ("flux2", "turbo"): (8, 4.0),
}


# Stability's own were trained for 512 px, others' were not
_SMALL_TURBO = re.compile(r"(stabilityai[/_-])?sd(xl)?[-_ ]turbo")


def for_distilled(row: Family, kind: str, name: str) -> Family:
    """The row with the defaults of a distilled kind; a step count in the name ("4step") wins.
    Unchanged for other kinds."""
    if row.flow:
        steps, guidance = FLOW_DISTILLED.get((row.id, kind), (0, 0.0))
        return replace(row, steps=_said_steps(name) or steps, guidance=guidance) if steps else row
    if kind not in DISTILLED:
        return row
    steps, guidance, sampler, schedule = DISTILLED[kind]
    small = kind == "turbo" and _SMALL_TURBO.match(name.lower()) and row.sizes[0] != (512, 512)
    return replace(
        row,
        steps=_said_steps(name) or steps,
        guidance=guidance,
        sampler=sampler,
        schedule=schedule,
        sizes=((512, 512), *row.sizes) if small else row.sizes,
    )


def _said_steps(name: str) -> int:
    """The step count a name gives ("4step"), up to 16; 0 where it says none."""
    said = re.search(r"(?<!\d)(\d{1,2})[-_ ]?steps?(?![a-z])", name.lower())
    return int(said[1]) if said and 0 < int(said[1]) <= 16 else 0


FAMILIES: dict[str, Family] = {
    row.id: row
    for row in (
        Family(
            id="starter",
            label="Starter",
            sizes=((256, 256), (192, 256), (256, 192)),
            steps=20,
            guidance=4.0,
            sampler="dpmpp_2m",
            schedule="discrete",
            clip_skip=False,
            min_size=128,
            max_size=384,
            refines=False,
        ),
        Family(
            id="sd15",
            label="Stable Diffusion 1.x",
            sizes=_SD15_SIZES,
            steps=20,
            guidance=7.0,
            sampler="dpmpp_2m",
            schedule="karras",
        ),
        Family(
            id="sd21",
            label="Stable Diffusion 2.x",
            sizes=((768, 768), (768, 512), (512, 768)),
            steps=25,
            guidance=7.0,
            sampler="dpmpp_2m",
            schedule="karras",
        ),
        Family(
            id="sdxl",
            label="Stable Diffusion XL",
            sizes=_XL_SIZES,
            steps=30,
            guidance=6.0,
            sampler="dpmpp_2m",
            schedule="karras",
            min_size=256,
        ),
        Family(
            id="sdxl-refiner",
            label="Stable Diffusion XL refiner",
            sizes=_XL_SIZES,
            steps=30,
            guidance=6.0,
            sampler="dpmpp_2m",
            schedule="karras",
            min_size=256,
        ),
        Family(
            id="sd3",
            label="Stable Diffusion 3.x",
            sizes=_XL_SIZES,
            steps=28,
            guidance=4.5,
            sampler="euler",
            schedule="simple",
            min_size=256,
            flow=True,
        ),
        Family(
            id="flux",
            label="FLUX.1",
            sizes=_XL_SIZES,
            steps=20,
            guidance=3.5,
            sampler="euler",
            schedule="simple",
            clip_skip=False,
            min_size=256,
            flow=True,
        ),
        Family(
            id="flux2",
            label="FLUX.2",
            sizes=_XL_SIZES,
            steps=28,
            guidance=4.0,
            sampler="euler",
            schedule="simple",
            clip_skip=False,
            min_size=256,
            flow=True,
            pipeline=True,
        ),
        Family(
            id="generic",
            label="Other (diffusers)",
            sizes=_XL_SIZES,
            steps=28,
            guidance=4.5,
            sampler="euler",
            schedule="simple",
            clip_skip=False,
            min_size=256,
            flow=True,
            pipeline=True,
        ),
        Family(
            id="sd-unknown",
            label="Stable Diffusion (other)",
            sizes=((512, 512),),
            steps=20,
            guidance=7.0,
            sampler="dpmpp_2m",
            schedule="karras",
        ),
    )
}
