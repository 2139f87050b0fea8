"""FreeU (Si et al. 2023): what its four gains declare."""

from __future__ import annotations

from core.values.declared.parameter import Option, Parameter

FREEU = Parameter(
    label="FreeU",
    subject="Each number of FreeU",
    remedy="1.3, 1.4, 0.9 and 0.2 suit Stable Diffusion 1.x.",
    low=0,
    high=10,
    decimals=2,
    advanced=True,
    shown=False,
    option=Option(
        help="B1:B2:S1:S2, gains of FreeU; 1.3:1.4:0.9:0.2 suits 1.x.",
        form="B1:B2:S1:S2",
        example="1.3:1.4:0.9:0.2",
    ),
)
