"""Until which step a change of the prompt still changes a picture: other words from several steps
on, with the same noise, each a picture of its own that branches off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.service.insight.from_text.losses import COLOURS
from core.service.insight.measures import root_mean_square
from core.service.sweeps.cells import Variation
from core.service.sweeps.picture_measures import rows_of
from core.values.branching import branch_off
from core.values.picture import Pixels
from core.values.request import Request

BRANCHES = 8
COARSE_PIXELS = 64  # a wave is long, from which on it counts as composition
# a part still changes at a step where other words from there on change it by at least this share
# of what they do from the first step on
STILL = 0.25
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PartsChanged:
    """How far two pictures are apart in each part, root mean square of 255: `composition`
    brightness in waves of 64 pixels and more, `colour` both colour differences in such waves,
    `detail` brightness in shorter ones."""

    composition: float
    colour: float
    detail: float


@dataclass(frozen=True, slots=True)
class StillChanges:
    """Of each part the last step from which other words still changed it; None where they never
    did."""

    composition: int | None
    colour: int | None
    detail: int | None


def change_steps(steps: int) -> tuple[int, ...]:
    """After which steps the words are changed: up to eight, evenly from 0 on."""
    count = min(BRANCHES, steps)
    return tuple(dict.fromkeys(round(i * steps / count) for i in range(count)))


def prompt_variations(origin: Request, prompt: str, steps: int) -> tuple[Variation, ...]:
    """The picture of `origin` with `prompt` from each of `change_steps` on. Raises InvalidRequest
    where no picture may branch off from it."""
    found: list[Variation] = []
    for step in change_steps(steps):
        branch = branch_off(origin, origin, step).branch
        changes = (
            ("prompt", prompt),
            ("template", ""),
            ("negative_template", ""),
            ("styles", ()),
            ("branch", branch),
        )
        found.append(Variation(str(step), changes))
    return tuple(found)


def parts_changed(pixels: Pixels, reference: Pixels) -> PartsChanged | None:
    """Between two pictures; None where their sizes differ. Takes some hundredths of a second: not
    for the GUI thread."""
    if (pixels.width, pixels.height) != (reference.width, reference.height):
        return None
    moved = (rows_of(pixels).astype(np.float64) - rows_of(reference)) @ COLOURS.T
    luma = moved[..., 0]
    coarse = _coarse(luma)
    colours = np.stack([_coarse(moved[..., 1]), _coarse(moved[..., 2])])
    return PartsChanged(
        root_mean_square(coarse), root_mean_square(colours), root_mean_square(luma - coarse)
    )


def _coarse(plane: Values) -> Values:
    rows = np.fft.fftfreq(plane.shape[0])[:, None]
    columns = np.fft.fftfreq(plane.shape[1])[None, :]
    is_low = np.hypot(rows, columns) <= 1 / COARSE_PIXELS
    return np.fft.ifft2(np.fft.fft2(plane) * is_low).real


def shares_of(changed: Mapping[int, PartsChanged]) -> dict[int, tuple[float, float, float]]:
    """Of each step's change what share it is of that from the first step on, by part; nothing
    before that one is known."""
    whole = changed.get(0)
    if whole is None:
        return {}
    return {
        step: (
            _share(one.composition, whole.composition),
            _share(one.colour, whole.colour),
            _share(one.detail, whole.detail),
        )
        for step, one in sorted(changed.items())
    }


def still_changes(shares: Mapping[int, Sequence[float]]) -> StillChanges:
    """By `shares_of`."""
    return StillChanges(*(_last(shares, part) for part in range(3)))


def _last(shares: Mapping[int, Sequence[float]], part: int) -> int | None:
    return max((step for step, each in shares.items() if each[part] >= STILL), default=None)


def _share(value: float, whole: float) -> float:
    return value / whole if whole else 0.0
