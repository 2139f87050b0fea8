"""Pictures whose opposite edges join."""

from __future__ import annotations

from core.values.declared.parameter import Option, Parameter

TILING = Parameter(
    label="Seamless",
    help="Joins opposite edges, so that the picture can be laid side by side as tiles.",
    choices={
        "none": "None",
        "x": "Left and right",
        "y": "Top and bottom",
        "xy": "All edges",
    },
    advanced=True,
    option=Option(help="x, y or xy: which opposite edges join without a seam."),
)
