"""Where a request's noise comes from, beyond its seed: a parameter of parts, each declared."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.values.declared.limits import MAX_SEED, MAX_SIZE, MIN_SIZE
from core.values.declared.parameter import Option, Parameter, Unit, parameter, parameters
from core.values.program import Program

# where each program mostly drew its noise: on a graphics card
USUAL_NOISE: dict[str, str] = {
    Program.CALOTYPE: "cpu",
    Program.A1111: "philox",
    Program.COMFYUI: "philox",
}
_VARIATION_OPTION = Option(
    "variation",
    "SEED:STRENGTH of a variation mixed into the noise.",
    form="SEED:STRENGTH",
    example="7:0.2",
)


@dataclass(frozen=True, slots=True)
class Noise:
    """Where the noise comes from, beyond the seed.

    `source`: "cpu" (torch's CPU generator) or "philox" (what an NVIDIA GPU draws). `variation_*`,
    `resized_from` (width, height) and `seed_delta` (ENSD) are AUTOMATIC1111's; picture
    `batch_index` of `batch_size` is ComfyUI's one tensor for a batch.
    """

    source: str = parameter(
        "cpu",
        Parameter(
            label="Noise from",
            help="Where the noise is drawn; recipes made on an NVIDIA card need its own.",
            choices={"cpu": "Processor", "philox": "NVIDIA card"},
            refusal='There is no noise source "{value}".',
            of_program=True,
            advanced=True,
            option=Option(
                "noise",
                "cpu, or philox for what an NVIDIA GPU draws, as A1111 and ComfyUI mostly "
                "did: their ways' default.",
            ),
        ),
    )
    variation_seed: int | None = parameter(
        None,
        Parameter(
            label="Variation seed",
            subject="The variation's seed",
            remedy="Leave it out for none.",
            low=0,
            high=MAX_SEED,
            shown=False,
            option=_VARIATION_OPTION,
            a1111="Variation seed",
        ),
    )
    variation_strength: float = parameter(
        0.0,
        Parameter(
            label="Variation strength",
            subject="The variation's strength",
            remedy="0 leaves the seed alone.",
            low=0,
            high=1,
            step=0.05,
            decimals=2,
            shown=False,
            option=_VARIATION_OPTION,
            a1111="Variation seed strength",
        ),
    )
    resized_from: tuple[int, int] | None = parameter(
        None,
        Parameter(
            label="Seed resized from",
            subject="A side of the size the seed is resized from",
            remedy="Leave it out.",
            low=MIN_SIZE,
            high=MAX_SIZE,
            unit=Unit.PIXELS,
            shown=False,
            option=None,
            a1111="Seed resize from",
        ),
    )
    seed_delta: int = parameter(
        0,
        Parameter(
            label="Seed delta of the steps' noise",
            subject="The step noise's seed delta",
            remedy="0 is usual.",
            low=-MAX_SEED,
            high=MAX_SEED,
            shown=False,
            option=Option("ensd", "Added to the seed of the step noise (AUTOMATIC1111)."),
            a1111="ENSD",
        ),
    )
    batch_index: int = parameter(
        0,
        Parameter(
            label="Place in the batch",
            subject="The picture's place in its batch",
            remedy="Count from 0.",
            low=0,
            shown=False,
            option=None,
        ),
    )
    batch_size: int = parameter(
        1,
        Parameter(
            label="Batch size",
            subject="The batch's size",
            remedy="Leave it at 1.",
            low=1,
            high=256,
            shown=False,
            option=None,
        ),
    )

    def check(self) -> None:
        """Raises InvalidRequest for a value beyond its limits."""
        for name, declared in parameters(Noise).items():
            declared.check("noise", getattr(self, name))
        if self.batch_index >= self.batch_size:
            place = replace(parameters(Noise)["batch_index"], high=self.batch_size - 1)
            place.check("noise", self.batch_index)
